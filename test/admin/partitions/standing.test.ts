/** The state of partition 1, what can be done with it, and the same as lines. */
import {expect, test} from 'vitest'
import {textOf} from '../../../src/admin/messages/message.js'
import {diskLines} from '../../../src/admin/partitions/disk-line.js'
import {wantedSights} from '../../../src/admin/partitions/list-sources.js'
import {locate} from '../../../src/admin/partitions/location.js'
import type {PartitionFilter} from '../../../src/admin/partitions/partition-filter.js'
import {replicaLines} from '../../../src/admin/partitions/replica-line.js'
import {standingOf} from '../../../src/admin/partitions/standing.js'
import {verificationOf} from '../../../src/admin/partitions/verification.js'
import type {ClusterPicture} from '../../../src/admin/picture/picture.js'
import {findSpace} from '../../../src/admin/why/why-space.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, fromDisk, infoOf, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

const sightIn = (picture: ClusterPicture, id = 1) => {
  const sight = picture.partitions.get(partitionId(id))
  if (sight === undefined) throw new Error(`no partition ${id}`)
  return sight
}

const deadLeader: Change = (cluster) => {
  cluster.fail(1)
  cluster.fail(3)
  cluster.raft(2, 1, {Leader: 0, State: 'StateCandidate', Term: 9})
}

test.each<[string, Change, string, string | null, writable: boolean | null, readable: boolean | null]>([
  ['sound', () => {}, 'ok', null, true, true],
  ['a follower down', (cluster) => cluster.fail(3), 'degraded', 'not alive: node 3', true, true],
  ['a follower frozen', (cluster) => cluster.silence(3, 'late'), 'degraded', 'not answering: node 3', true, true],
  ['the leader frozen', (cluster) => cluster.silence(1, 'late'), 'degraded', 'not answering: node 1', false, true],
  ['no majority', deadLeader, 'leaderless', 'nobody leads it', false, true],
  [
    'all down',
    (cluster) => {
      for (const node of [1, 2, 3]) cluster.fail(node)
    },
    'lost',
    'no replica is alive: 1, 2, 3',
    false,
    false,
  ],
  [
    'another leader than recorded',
    (cluster) => cluster.editPartition(1, {leader_name: 2}),
    'mismatch',
    'node 2 is recorded as its leader, node 1 leads',
    true,
    true,
  ],
  [
    'records that differ',
    (cluster) => cluster.editPartition(1, {replicas: [1, 2]}),
    'mismatch',
    'space says 1, 2, 3, record says 1, 2, raft says 1, 2, 3',
    true,
    true,
  ],
  [
    'data that is gone',
    (cluster) => cluster.infos.get(3)?.delete(1),
    'mismatch',
    'node 3 should have it and does not',
    true,
    true,
  ],
  [
    'no record of its own',
    (cluster) => cluster.records.delete(keys.partition(partitionId(1))),
    'mismatch',
    'it has no record of its own',
    false,
    false,
  ],
  [
    'a record that cannot be read, and a leader',
    (cluster) => cluster.records.set(keys.partition(partitionId(1)), '{'),
    'mismatch',
    'it has no record of its own',
    false,
    false,
  ],
  [
    'no space',
    (cluster) => cluster.records.delete(keys.space(dbId(1), spaceId(1))),
    'orphan',
    'no space lists it',
    false,
    false,
  ],
  [
    'a space that cannot be read',
    (cluster) => cluster.records.set(keys.space(dbId(1), spaceId(1)), '['),
    'unknown',
    'the record of its space cannot be read',
    false,
    false,
  ],
  ['no room', (cluster) => cluster.editPartition(1, {resourceExhausted: true}), 'ok', null, false, true],
  [
    'behind',
    (cluster) => cluster.editPartition(1, {status: {1: 1, 2: 1, 3: 2}}),
    'degraded',
    'not ready: node 3',
    true,
    true,
  ],
  [
    'a replica that does not open',
    (cluster) => cluster.tell(3, 1, {error: 'corrupt'}),
    'degraded',
    'node 3 cannot serve it: corrupt',
    true,
    true,
  ],
  ['metadata only', (cluster) => cluster.alone(), 'ok', null, null, null],
  [
    'metadata only, and two of three down',
    (cluster) => {
      cluster.fail(1)
      cluster.fail(3)
      cluster.alone()
    },
    'leaderless',
    'its leader, node 1, is not alive',
    false,
    null,
  ],
])('%s', (_, change, state, reason, writable, readable) => {
  const picture = fixture(change)
  const standing = standingOf(sightIn(picture), picture)
  const text = standing.reason === null ? null : textOf(standing.reason)
  expect([standing.state, text, standing.writable, standing.readable]).toEqual([state, reason, writable, readable])
})

test.each<[string, PartitionFilter, number[]]>([
  ['all', {}, [1, 2]],
  ['by node', {nodeId: nodeId(4)}, []],
  ['that a node leads', {nodeId: nodeId(1), role: 'leader'}, [1]],
  ['that a node follows', {nodeId: nodeId(1), role: 'follower'}, [2]],
  ['of a space by its short name', {space: 'img'}, [1, 2]],
  ['of another space', {space: 'web/gone'}, []],
  ['unhealthy ones', {unhealthy: true}, [2]],
  ['by state', {state: 'ok'}, [1]],
])('chosen: %s', (_, filter, ids) => {
  const picture = fixture((cluster) => cluster.editPartition(2, {status: {3: 2}}))
  expect(wantedSights(picture, filter).map(({id}) => id)).toEqual(ids)
})

test.each<[string, Change, Record<number, string>]>([
  ['sound', () => {}, {1: 'ok', 2: 'ok', 3: 'ok'}],
  ['one down', (cluster) => cluster.fail(3), {1: 'ok', 2: 'ok', 3: 'down'}],
  ['one frozen', (cluster) => cluster.silence(3, 'late'), {1: 'ok', 2: 'ok', 3: 'unknown'}],
  ['one gone from its server', (cluster) => cluster.infos.get(3)?.delete(1), {1: 'ok', 2: 'ok', 3: 'missing'}],
  [
    'one too many',
    (cluster) => cluster.putInfo(4, infoOf(1, 4, {leader: 1, members: []})),
    {1: 'ok', 2: 'ok', 3: 'ok', 4: 'doomed'},
  ],
])('replicas by source: %s', (_, change, verdicts) => {
  const picture = fixture(change)
  const lines = replicaLines(sightIn(picture), picture)
  expect(Object.fromEntries(lines.map(({node, verdict}) => [node, verdict]))).toEqual(verdicts)
})

test.each<[string, Change, string]>([
  ['equal', () => {}, 'equal'],
  ['different', (cluster) => cluster.tell(3, 1, {max_docid: 48}), 'different'],
  ['one is behind', (cluster) => cluster.raft(3, 1, {Applied: 90}), 'partly'],
  [
    'all at different entries',
    (cluster) => {
      cluster.raft(2, 1, {Applied: 91})
      cluster.raft(3, 1, {Applied: 90})
    },
    'notComparable',
  ],
])('verified: %s', (_, change, verdict) => {
  expect(verificationOf(sightIn(fixture(change))).verdict).toBe(verdict)
})

test('directories are held against the records', () => {
  const picture = fixture((cluster) => {
    const stray = {id: 77, path: '/data/4/data/77', dataBytes: 10, raftBytes: 3}
    const doomed = {id: 1, path: '/data/4/data/1', dataBytes: 20, raftBytes: 4}
    cluster.disks = [fromDisk('/data/4', {identity: {node: nodeId(4), cluster: 'vearch'}, partitions: [doomed, stray]})]
  })
  expect(diskLines(picture, nodeId(4))).toEqual([
    {node: 4, partition: 1, path: '/data/4/data/1', dataBytes: 20, raftBytes: 4, verdict: 'doomed'},
    {node: 4, partition: 77, path: '/data/4/data/77', dataBytes: 10, raftBytes: 3, verdict: 'orphan'},
  ])
  expect(diskLines(picture, nodeId(1)).map(({verdict}) => verdict)).toEqual(['ok', 'ok'])
})

test('a document is located by its slot', () => {
  const picture = fixture()
  const {slot, partitions} = locate(picture, findSpace(picture, 'web/img').value, 'doc-1')
  expect(partitions).toEqual([
    slot < 2_147_483_647
      ? {id: 1, range: '', leader: 1, replicas: [1, 2, 3]}
      : {id: 2, range: '', leader: 2, replicas: [1, 2, 3]},
  ])
})
