import {expect, test} from 'vitest'
import {type PartitionFacts, partitionRow} from '../../../src/admin/partitions/partition-row.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import type {Partition} from '../../../src/entity/partition.js'

const nodes = (...ids: number[]) => ids.map(nodeId)

const record: Partition = {
  id: partitionId(7),
  name: '',
  space_id: spaceId(2),
  db_id: dbId(1),
  partition_slot: 0,
  leader_name: nodeId(1),
  replicas: nodes(1, 2, 3),
  resourceExhausted: false,
}

const sound: PartitionFacts = {
  id: partitionId(7),
  own: {record, modRevision: 5},
  membership: {db: 'd', space: 's', dbId: dbId(1), spaceId: spaceId(2), replicas: nodes(3, 2, 1), slots: [0, 9]},
  hasBrokenSpace: false,
  alive: new Set(nodes(1, 2, 3)),
}

const own = (change: Partial<Partition>) => ({own: {record: {...record, ...change}, modRevision: 5}})

test.each<[string, Partial<PartitionFacts>, string, string | null]>([
  ['all alive, in whatever order', {}, 'ok', null],
  ['one replica down', {alive: new Set(nodes(1, 2))}, 'degraded', 'not alive: node 3'],
  ['one replica behind', own({status: {1: 1, 2: 2, 3: 1}}), 'degraded', 'not ready: node 2'],
  ['the leader down', {alive: new Set(nodes(2, 3))}, 'leaderless', 'its leader, node 1, is not alive'],
  ['no leader yet', own({leader_name: nodeId(0)}), 'leaderless', 'no leader is recorded'],
  ['no record of its own', {own: null}, 'leaderless', 'no leader has registered'],
  ['everybody down', {alive: new Set()}, 'lost', 'no replica is alive'],
  ['no replicas', {...own({replicas: []}), alive: new Set()}, 'lost', 'no replicas'],
  [
    'a leader from elsewhere',
    {...own({leader_name: nodeId(9)}), alive: new Set(nodes(1, 2, 3, 9))},
    'mismatch',
    'its leader, node 9, is none of its replicas',
  ],
  ['records that differ', own({replicas: nodes(1, 2)}), 'mismatch', 'its space says replicas 3,2,1'],
  ['no space', {membership: null}, 'orphan', 'no space has it'],
  ['a broken record', {own: {record: null, modRevision: 5}}, 'unknown', 'its record cannot be read'],
  ['a broken space', {membership: null, hasBrokenSpace: true}, 'unknown', 'its space’s record cannot be read'],
])('%s', (_, change, state, reason) => {
  const row = partitionRow({...sound, ...change})
  expect([row.state, row.reason]).toEqual([state, reason])
})

test.each<[bigint | undefined, string | null]>([
  [undefined, null],
  [1_633_653_906_105_116_793n, '2021-10-08T00:45:06.105Z'],
  [9_223_372_036_854_775_807n, '2262-04-11T23:47:16.854Z'],
  [10n ** 30n, null],
])('the time %s', (update_time, expected) => {
  expect(partitionRow({...sound, ...own(update_time === undefined ? {} : {update_time})}).updatedAt).toBe(expected)
})
