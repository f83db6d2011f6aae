/** One plan for many findings, and what became of findings since a plan. */
import {expect, test} from 'vitest'
import {examine} from '../../../src/admin/doctor/doctor.js'
import {findingText} from '../../../src/admin/doctor/finding.js'
import {baselineOf} from '../../../src/admin/doctor/news.js'
import {textOf} from '../../../src/admin/messages/message.js'
import {planDrain} from '../../../src/admin/plan/node-plans.js'
import {type Plan, stepMessage} from '../../../src/admin/plan/plan.js'
import {PlanJournal} from '../../../src/admin/plan/plan-journal.js'
import {planRepairs} from '../../../src/admin/plan/repair.js'
import {simulate} from '../../../src/admin/plan/simulation.js'
import {nodeId} from '../../../src/entity/ids.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'
import {fixture, keys} from '../cluster-fixture.js'

const steps = ({steps}: Plan) => steps.map((step) => textOf(stepMessage(step)))
const blocked = ({blocked}: Plan) => blocked.map((reason) => textOf(reason))
const names = (picture = fixture()) => examine(picture).findings.map(findingText)

test('one plan cures all that can be cured, members last, and says what it leaves', () => {
  const picture = fixture((cluster) => {
    cluster.editPartition(1, {leader_name: 3})
    cluster.fail(3)
    cluster.records.set(keys.alias('lost'), {name: 'lost', db_name: 'web', space_name: 'gone'})
    cluster.records.set(keys.sequence('space'), '0')
  })
  const {findings} = examine(picture)
  const plan = planRepairs(picture, findings, {action: 'test'})
  expect(steps(plan)).toEqual([
    expect.stringContaining(keys.sequence('space')),
    expect.stringContaining('/partition/1'),
    expect.stringContaining('/alias/lost'),
    'move the replica of partition 1 from node 3 to node 4',
    'move the replica of partition 2 from node 3 to node 4',
  ])
  const left = names(simulate(picture, plan.steps))
  const cured = findings.map(findingText).filter((text) => !left.includes(text))
  expect(cured).toEqual(expect.arrayContaining(['VC102 partition 1', 'VC114 sequence space', 'VC116 alias lost']))
  expect(blocked(plan).every((reason) => /^VC\d+ .+: ./.test(reason))).toBe(true)
})

test('what is not found any more is left out', () => {
  const subject = {kind: 'alias', name: 'lost'} as const
  const plan = planRepairs(fixture(), [{code: 'VC116', subject}], {action: 'test'})
  expect([steps(plan), blocked(plan)]).toEqual([[], ['VC116 alias lost: not found any more']])
})

test('what was found when a plan was made is no news, and what is gone is named', async () => {
  const lost = (name: string) => [keys.alias(name), {name, db_name: 'web', space_name: 'gone'}] as const
  const before = fixture((cluster) => cluster.records.set(...lost('old')))
  const journal = new PlanJournal(new SimDisk(new SeededRandom(1)), '/state/plans')
  const plan = planDrain(before, nodeId(1))
  await journal.keep(plan)
  await expect(baselineOf(journal, plan.id, before)).rejects.toMatchObject({errorName: 'NOT_FOUND'})
  await journal.keepFindings(plan.id, names(before))
  const after = fixture((cluster) => cluster.records.set(...lost('new')))
  await journal.keepFindings(plan.id, names(after))
  const {known, gone} = await baselineOf(journal, plan.id, after)
  expect(gone).toEqual(['VC116 alias old'])
  expect(examine(after, {known}).findings.map(findingText)).toEqual(['VC116 alias new'])
  expect((await journal.list()).map((history) => history.plan.id)).toEqual([plan.id])
})
