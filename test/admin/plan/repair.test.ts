/** Each repair cures what its check finds: shown by simulating it and asking the check again. */
import {expect, test} from 'vitest'
import {catalogue} from '../../../src/admin/doctor/catalogue.js'
import {checkOf, findingsOf} from '../../../src/admin/doctor/doctor.js'
import {unmet} from '../../../src/admin/plan/progress.js'
import {isRepairable, planRepair} from '../../../src/admin/plan/repair.js'
import {simulate} from '../../../src/admin/plan/simulation.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, infoOf, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

const spaceKey = keys.space(dbId(1), spaceId(1))
const partitionKey = keys.partition(partitionId(1))

const rows: readonly (readonly [string, string, Change, keysWritten: readonly string[]])[] = [
  ['a leader that raft has not', 'VC102', (cluster) => cluster.editPartition(1, {leader_name: 3}), [partitionKey]],
  ['a replica down', 'VC103', (cluster) => cluster.fail(3), []],
  [
    'a replica never made',
    'VC103',
    (cluster) => {
      cluster.editSpace({replica_num: 4})
    },
    [],
  ],
  [
    'records behind raft',
    'VC104',
    (cluster) => {
      for (const node of [1, 2, 4]) cluster.putInfo(node, infoOf(1, node, {leader: 1, members: [1, 2, 4]}))
      cluster.infos.get(3)?.delete(1)
    },
    [partitionKey, spaceKey],
  ],
  ['a record that is gone', 'VC105', (cluster) => cluster.records.delete(partitionKey), [partitionKey]],
  [
    'a record that is left over',
    'VC106',
    (cluster) =>
      cluster.records.set(keys.partition(partitionId(7)), {
        id: 7,
        space_id: 8,
        db_id: 1,
        replicas: [1],
        partition_slot: 0,
      }),
    [keys.partition(partitionId(7))],
  ],
  ['a body that is gone', 'VC107', (cluster) => cluster.records.delete(keys.db(dbId(1))), [keys.db(dbId(1))]],
  ['two names of a db', 'VC108', (cluster) => cluster.records.set(keys.dbName(dbId(1)), 'net'), [keys.dbName(dbId(1))]],
  ['a name that leads nowhere', 'VC108', (cluster) => cluster.records.set(keys.dbId('old'), '8'), [keys.dbId('old')]],
  ['a fail record without need', 'VC111', (cluster) => cluster.fail(4), []],
  [
    'a sequence behind',
    'VC114',
    (cluster) => cluster.records.set(keys.sequence('partition'), '1'),
    [keys.sequence('partition')],
  ],
  [
    'a lock without a lease',
    'VC115',
    (cluster) => cluster.records.set(`${keys.lock('x')}/0`, ''),
    [`${keys.lock('x')}/0`],
  ],
  [
    'an alias of nothing',
    'VC116',
    (cluster) => cluster.edit(keys.alias('pictures'), {space_name: 'gone'}),
    [keys.alias('pictures')],
  ],
  ['a replica whose files are damaged', 'VC137', (cluster) => damage(cluster, 3), []],
]

function damage(cluster: ClusterFixture, node: number): void {
  cluster.tell(node, 1, {error: 'data_corrupt: nothing to restore from in /data/1', color: 'red'})
}

test.each(rows)('%s: %s', (_, code, change, written) => {
  const picture = fixture(change)
  expect(findingsOf(checkOf(code), picture).length).toBeGreaterThan(0)
  const plan = planRepair(picture, code, null)
  expect(plan.blocked).toEqual([])
  const after = simulate(picture, plan.steps)
  expect(findingsOf(checkOf(code), after)).toEqual([])
  expect(unmet(plan, after)).toEqual([])
  expect(unmet(plan, picture).length).toBeGreaterThan(0)
  expect(plan.steps.flatMap((step) => (step.do === 'writeRecord' ? [step.key] : []))).toEqual(written)
})

test('two repairs of one record do not undo each other', () => {
  const picture = fixture((cluster) => {
    for (const [id, leader] of [
      [1, 1],
      [2, 2],
    ] as const) {
      for (const node of [1, 2, 4]) cluster.putInfo(node, infoOf(id, node, {leader, members: [1, 2, 4]}))
      cluster.infos.get(3)?.delete(id)
    }
  })
  const plan = planRepair(picture, 'VC104', null)
  expect(plan.steps.filter((step) => step.do === 'writeRecord' && step.key === spaceKey)).toHaveLength(1)
  expect(findingsOf(checkOf('VC104'), simulate(picture, plan.steps))).toEqual([])
})

test('every repair is here', () => {
  const repairable = catalogue.map(({code}) => code).filter(isRepairable)
  expect(new Set(rows.map(([, code]) => code))).toEqual(new Set(repairable))
})

test('a record that is written again keeps what no code here knows', () => {
  const picture = fixture((cluster) =>
    cluster.editPartition(1, {leader_name: 3, of_a_later_release: {a: 1}, update_time: 1_785_585_540_000_000_001n}),
  )
  const [step] = planRepair(picture, 'VC102', '1').steps
  const after = step?.do === 'writeRecord' ? (step.after ?? '') : ''
  expect(after).toContain('"of_a_later_release":{"a":1}')
  expect(after).toContain('"update_time":1785585540000000001')
  expect(after).toContain('"leader_name":1')
})

test.each<[string, Change, string, string | null, RegExp]>([
  [
    'a code that a person must judge',
    (cluster) => cluster.tell(3, 1, {doc_num: 49}),
    'VC120',
    null,
    /no repair that follows from the facts/,
  ],
  ['nothing to repair', () => {}, 'VC102', null, /finds nothing/],
  ['another subject', (cluster) => cluster.editPartition(1, {leader_name: 3}), 'VC102', '2', /finds nothing of 2/],
  [
    'no leader to ask',
    (cluster) => {
      cluster.records.delete(partitionKey)
      for (const node of [1, 2, 3]) cluster.silence(node, 'late')
    },
    'VC105',
    null,
    /no leader was heard/,
  ],
  [
    'a left over record with documents',
    (cluster) => cluster.records.delete(spaceKey),
    'VC106',
    null,
    /has 50 documents/,
  ],
  [
    'the last copy',
    (cluster) => {
      for (const node of [1, 2]) cluster.fail(node)
      damage(cluster, 3)
    },
    'VC137',
    null,
    /no other replica is sound, so this is its last copy/,
  ],
  ['a code that there is not', () => {}, 'VC7', null, /no check VC7/],
])('refused: %s', (_, change, code, subject, reason) => {
  expect(() => planRepair(fixture(change), code, subject)).toThrow(reason)
})

test('a damaged replica is made anew where it is, and leads no more meanwhile', () => {
  const plan = planRepair(
    fixture((cluster) => damage(cluster, 1)),
    'VC137',
    '1',
  )
  expect(plan.steps.map((step) => step.do)).toEqual(['transferLeader', 'removeReplica', 'addReplica'])
  expect(plan.steps.slice(1)).toMatchObject([{node: 1}, {node: 1}])
})

test('a lock is not put back', () => {
  const plan = planRepair(
    fixture((cluster) => cluster.records.set(`${keys.lock('x')}/0`, '')),
    'VC115',
    null,
  )
  expect(plan.inverse).toEqual([null])
})

test('other things can be put back', () => {
  const plan = planRepair(
    fixture((cluster) => cluster.editPartition(1, {leader_name: 3})),
    'VC102',
    'partition 1',
  )
  const [step] = plan.steps
  expect(plan.inverse).toEqual([step?.do === 'writeRecord' ? {...step, before: step.after, after: step.before} : null])
})

test('nodes of a fail record are ids', () => {
  const plan = planRepair(
    fixture((cluster) => cluster.fail(4)),
    'VC111',
    'node 4',
  )
  expect(plan.steps).toEqual([{do: 'forgetNode', node: nodeId(4)}])
})
