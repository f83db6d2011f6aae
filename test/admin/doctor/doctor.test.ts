/** What is made of the findings: order, mutes, exit codes, and the formats for other programs. */
import {describe, expect, test} from 'vitest'
import {examinationExit, examine} from '../../../src/admin/doctor/doctor.js'
import {subjectText} from '../../../src/admin/doctor/finding.js'
import {expiredMutes, muteKey, muteRecord} from '../../../src/admin/doctor/mutes.js'
import {junitOf} from '../../../src/admin/doctor/output/junit.js'
import {sarifOf} from '../../../src/admin/doctor/output/sarif.js'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, keys, nowMs} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

const sick: Change = (cluster) => {
  cluster.fail(3)
  cluster.records.delete(keys.partition(partitionId(1)))
}

test('findings come by severity, then by code', () => {
  const {findings} = examine(fixture(sick))
  expect(findings.map(({code, severity}) => `${severity} ${code}`)).toEqual([
    'critical VC105',
    'critical VC109',
    'critical VC109',
    'warning VC103',
    'warning VC103',
  ])
})

test.each<[string, Change, number]>([
  ['nothing found', () => {}, 0],
  ['a note', (cluster) => cluster.edit(keys.server(nodeId(2)), {version: {build_version: '3.4.0'}}), 0],
  ['warnings', (cluster) => cluster.fail(3), 10],
  ['something critical', sick, 11],
  ['a snapshot in which nothing is wrong', (cluster) => cluster.alone(), 0],
])('exit code: %s', (_, change, exit) => {
  expect(examinationExit(examine(fixture(change)))).toBe(exit)
})

test('a check that can see nothing is no success', () => {
  expect(
    examinationExit(
      examine(
        fixture((cluster) => cluster.alone()),
        {codes: ['vc119']},
      ),
    ),
  ).toBe(4)
})

test.each<[string, Parameters<typeof examine>[1], string[]]>([
  ['by code', {codes: ['VC103']}, ['VC103', 'VC103']],
  ['by group', {group: 'metadata'}, ['VC109', 'VC109']],
  ['by severity', {severity: 'critical'}, ['VC105', 'VC109', 'VC109']],
])('chosen %s', (_, options, codes) => {
  expect(examine(fixture(sick), options).findings.map(({code}) => code)).toEqual(codes)
})

test('a code that there is not', () => {
  expect(() => examine(fixture(), {codes: ['VC999']})).toThrow(/VC999/)
})

test('one silent node leaves a check partly done', () => {
  const {results} = examine(
    fixture((cluster) => cluster.silence(4, 'late')),
    {codes: ['VC119']},
  )
  expect(results).toMatchObject([
    {verdict: 'partlyChecked', gaps: [{source: 'nodes', subject: {kind: 'node', name: '4'}}]},
  ])
})

describe('a mute', () => {
  const mute = (request: {code: string; subject: string | null; ttlMs?: number}): Change => {
    return (cluster) => {
      const {key, value} = muteRecord(keys, {reason: 'known', ttlMs: 3_600_000, ...request}, nowMs)
      cluster.records.set(key, value)
    }
  }

  test.each<[string, {code: string; subject: string | null}, number]>([
    ['of a code', {code: 'VC103', subject: null}, 0],
    ['of one subject', {code: 'VC103', subject: 'partition 1'}, 1],
    ['of another code', {code: 'VC101', subject: null}, 2],
  ])('%s', (_, request, left) => {
    const {findings, muted} = examine(
      fixture((cluster) => cluster.fail(3), mute(request)),
      {codes: ['VC103']},
    )
    expect([findings.length, muted.length]).toEqual([left, 2 - left])
  })

  test('ends', () => {
    const picture = fixture((cluster) => cluster.fail(3), mute({code: 'VC103', subject: null}))
    const later = {...picture, takenAtMs: nowMs + 3_600_001}
    expect(examine(later, {codes: ['VC103']}).findings).toHaveLength(2)
    expect(expiredMutes(later)).toHaveLength(1)
  })

  test('needs a reason and an end', () => {
    const request = {code: 'VC103', subject: null, reason: 'x', ttlMs: 1}
    expect(() => muteRecord(keys, {...request, reason: ' '}, nowMs)).toThrow(/reason/)
    expect(() => muteRecord(keys, {...request, ttlMs: 1e12}, nowMs)).toThrow(/30 days/)
  })

  test('has a key of its own for each subject, and the key is read back', () => {
    const key = muteKey(keys, 'VC103', 'space web/img')
    expect(keys.parse(key)).toEqual({kind: 'mute', name: 'VC103%3Aspace%20web%2Fimg'})
    expect(key).not.toBe(muteKey(keys, 'VC103', null))
  })
})

test('sarif: rules, results with their evidence, and what could not be asked', () => {
  const examination = examine(fixture(sick, (cluster) => cluster.silence(4, 'late')))
  const sarif = JSON.parse(JSON.stringify(sarifOf(examination)))
  const [run] = sarif.runs
  const ids = new Set(run.tool.driver.rules.map(({id}: {id: string}) => id))
  expect(run.results.length).toBe(examination.findings.length)
  for (const result of run.results) {
    expect(ids.has(result.ruleId)).toBe(true)
    expect(result.locations[0].logicalLocations[0].fullyQualifiedName).not.toBe('')
  }
  expect(run.invocations[0].toolExecutionNotifications.length).toBeGreaterThan(0)
})

test('junit: a failure for each finding, a skip for what was not checked, and well formed', () => {
  const picture = fixture(
    sick,
    (cluster) => cluster.records.set(keys.alias('<&">\u0001'), '{'),
    (cluster) => cluster.alone(),
  )
  const examination = examine(picture)
  const xml = junitOf(examination)
  expect(xml.match(/<failure /g)).toHaveLength(examination.findings.length)
  const skipped = examination.results.filter(({verdict}) => verdict === 'notChecked').length
  expect(xml.match(/<skipped /g)).toHaveLength(skipped)
  expect(xml).toContain('&lt;&amp;&quot;&gt;\ufffd')
  const open = xml.match(/<(testcase|testsuite|failure)\b[^>]*[^/]>/g)?.length
  expect(xml.match(/<\/(testcase|testsuite|failure)>/g)?.length).toBe(open)
})

test('subjects have names that people type', () => {
  expect(examine(fixture(sick)).findings.map(({subject}) => subjectText(subject))).toContain('partition 1')
})
