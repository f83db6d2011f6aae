/** A bundle without names and addresses shows the same faults, and nothing of whose they are. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {bundledPicture, bundleLines} from '../../../src/admin/debug/bundle.js'
import {type Redaction, StrictRedaction, secretsHidden} from '../../../src/admin/debug/redaction.js'
import {examine} from '../../../src/admin/doctor/doctor.js'
import type {ClusterPicture} from '../../../src/admin/picture/picture.js'
import type {Session} from '../../../src/admin/session/session.js'
import {dbId, nodeId} from '../../../src/entity/ids.js'
import {systemDisk} from '../../../src/env/disk.js'
import {ClusterFixture, keys} from '../cluster-fixture.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'redaction-'))
})
afterAll(() => rm(directory, {recursive: true, force: true}))

function named(): ClusterFixture {
  const cluster = new ClusterFixture()
  const vector = {name: 'face', type: 'vector', dimension: 4, index: {name: 'face_index', type: 'FLAT'}}
  cluster.editSpace({
    desc: 'faces of customers',
    fields: [vector],
    space_properties: {face: {...vector, field_type: 5}},
  })
  cluster.records.set(keys.user('ann'), {name: 'ann', role_name: 'readers', password: 'a-secret'})
  cluster.records.set(keys.role('readers'), {name: 'readers', privileges: {ResourceSpace: 'ReadOnly'}})
  cluster.records.set(keys.cordon(nodeId(2)), {reason: 'broken fan in Berlin', sinceMs: 1})
  cluster.records.set(keys.alias('gone'), {name: 'gone', db_name: 'web', space_name: 'nothing'})
  cluster.edit(keys.server(nodeId(3)), {host_rack: 'berlin-7'})
  cluster.silence(3, 'unreachable', 'connect ECONNREFUSED 10.0.0.3:8081, of space img')
  cluster.records.set(keys.dbName(dbId(1)), 'retail')
  return cluster
}

async function bundleOf(
  cluster: ClusterFixture,
  redaction: Redaction,
): Promise<{text: string; picture: ClusterPicture}> {
  const lines: string[] = []
  const records = (async function* () {
    yield* cluster.kvs()
  })()
  for await (const line of bundleLines(cluster.picture(), records, {logs: null, redaction})) lines.push(line)
  const text = lines.join('')
  const file = join(directory, 'bundle.jsonl')
  await writeFile(file, text)
  const target = {cluster: null, at: null, atTime: null, passphraseFile: null}
  const picture = await bundledPicture({env: {disk: systemDisk}, target} as unknown as Session, file)
  if (picture === null) throw new Error('it is a bundle')
  return {text, picture}
}

const codesIn = (picture: ClusterPicture) => examine(picture).findings.map(({code, severity}) => `${severity} ${code}`)

test('what is said strictly has no name and no address, whatever field it is in', () => {
  const redaction = new StrictRedaction()
  for (const kv of named().kvs()) redaction.record(keys, kv)
  const said = redaction.said({
    event: 'raft.peer.lost',
    reason: 'call_rpcclient_failed:10.0.0.9:8069: connect ECONNREFUSED 10.0.0.9:8069, of space img',
    from: '10.0.0.9:8046',
    state: 'waits for 10.0.0.9',
    level: 'warn',
  })
  expect(JSON.stringify(said)).not.toMatch(/10\.0\.0|img/)
  expect(said).toMatchObject({event: 'raft.peer.lost', level: 'warn'})
})

describe('a bundle', () => {
  test('leaves out passwords', async () => {
    const {text} = await bundleOf(named(), secretsHidden)
    expect(text).not.toContain('a-secret')
    expect(text).toContain('berlin-7')
  })

  test('that is strict names nobody and nothing, and shows the same', async () => {
    const {text, picture} = await bundleOf(named(), new StrictRedaction())
    const told = [
      'web',
      'retail',
      'img',
      'face',
      'customers',
      'ann',
      'readers',
      'secret',
      'Berlin',
      'berlin',
      'pictures',
    ]
    expect(told.filter((word) => new RegExp(`(?<![a-z_])${word}(?![a-z_])`).test(text))).toEqual([])
    expect(text).not.toMatch(/10\.0\.0\.\d/)
    const open = await bundleOf(named(), secretsHidden)
    expect(codesIn(picture)).toEqual(codesIn(open.picture))
    expect(codesIn(picture).length).toBeGreaterThan(2)
    expect([...picture.metadata.broken.keys()]).toEqual([])
    expect(picture.partitions.size).toBe(open.picture.partitions.size)
  })

  test('has one word for one name, wherever it is', () => {
    const redaction = new StrictRedaction()
    const value = new TextEncoder().encode('{"name":"pics","db_name":"web","space_name":"img"}')
    const alias = redaction.record(keys, {...kv, key: keys.alias('pics'), value})
    const record = JSON.parse(new TextDecoder().decode(alias.value)) as Record<string, string>
    expect(alias.key).toBe(keys.alias(record.name ?? ''))
    expect(redaction.said({change: 'alias pics: web/img, webs', level: 'web'})).toEqual({
      change: `alias ${record.name}: ${record.db_name}/${record.space_name}, webs`,
      level: 'web',
    })
  })
})

test('an event says which fields changed, and numbers', () => {
  const event = {
    at: null,
    revision: 5,
    kind: 'metadata',
    subject: 'space 1',
    change: 'desc a; b → c; replica_num 3 → 2',
  }
  const {change} = new StrictRedaction().event({...event, kind: 'metadata'})
  expect(change).not.toMatch(/\b[bc]\b/)
  expect(change).toContain('replica_num 3 → 2')
})

test('a name that is also a word of ours changes nothing but itself', () => {
  const redaction = new StrictRedaction()
  const record = (key: string, text: string) => {
    const {key: after, value} = redaction.record(keys, {...kv, key, value: new TextEncoder().encode(text)})
    return [after, new TextDecoder().decode(value)]
  }
  const [, db = ''] = record(keys.db(dbId(1)), '{"id":1,"name":"partition"}')
  const {name} = JSON.parse(db) as {name: string}
  expect(record('/vearch/partition/7', '{"id":7,"space_id":1}')).toEqual([
    '/vearch/partition/7',
    '{"id":7,"space_id":1}',
  ])
  expect(redaction.said({from: 'partition', detail: 'of partition'})).toEqual({from: 'partition', detail: `of ${name}`})
})

const kv = {createRevision: 1, modRevision: 1, version: 1, lease: null}
