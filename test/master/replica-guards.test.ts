import {describe, expect, it} from 'vitest'
import {dbId, type NodeId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {ReplicaChange} from '../../src/entity/replica-change.js'
import type {Server} from '../../src/entity/server.js'
import type {Holding} from '../../src/master/group-sight.js'
import {placeOne} from '../../src/master/placement.js'
import {changeFault, type GuardSight, type WantedChange} from '../../src/master/replica-guards.js'
import {isRecorded, withReplicas} from '../../src/master/space-replicas.js'
import {testSpace} from '../ps/fixtures.js'

const n = nodeId
const ids = (...nodes: number[]) => nodes.map(nodeId)

function server(node: number, fields: Partial<Server> = {}): [NodeId, Server] {
  const ports = {rpc_port: 1, raft_heartbeat_port: 2, raft_replicate_port: 3}
  const plain = {name: n(node), resource_name: 'default', ...ports, ip: `10.0.0.${node}`, private: false, version: null}
  return [n(node), {...plain, ...fields}]
}

const running: ReplicaChange = {
  id: 1,
  partition_id: partitionId(1),
  space_id: spaceId(1),
  db_id: dbId(1),
  add: n(4),
  reason: 'move_replica',
  state: 'running',
  step: 'catch_up',
  waits_for: '',
  since: 0,
  began: 0,
}

const usual: GuardSight = {
  voters: ids(1, 2, 3),
  servers: new Map([1, 2, 3, 4].map((node) => server(node))),
  holdings: new Map<NodeId, Holding>([1, 2, 3].map((node) => [n(node), 'sound'])),
  known: null,
  labelOf: () => '',
  pool: {resourceName: 'default', dbServers: [], cordoned: new Set()},
}
const cordoned = (...nodes: number[]): Partial<GuardSight> => ({
  pool: {...usual.pool, cordoned: new Set(ids(...nodes))},
})
const silent = (...nodes: number[]): Partial<GuardSight> => ({
  holdings: new Map<NodeId, Holding>(
    [1, 2, 3].filter((node) => !nodes.includes(node)).map((node) => [n(node), 'sound']),
  ),
})

describe('a change is refused', () => {
  const rows: readonly [string, Omit<WantedChange, 'partition'>, Partial<GuardSight>, string | null, RegExp?][] = [
    ['never, when all is well', {add: n(4), remove: n(3)}, {}, null],
    ['while another is under way', {add: n(4)}, {known: running}, 'GUARD_FAILED', /replica_changes\/1/],
    ['not when the last one has ended', {add: n(4)}, {known: {...running, state: 'done'}}, null],
    ['without a leader', {add: n(4)}, {voters: null}, 'PARTITION_NO_LEADER'],
    ['where the newcomer is a member', {add: n(3)}, {}, 'PARAM_ERROR', /on node:\[3\] already/],
    ['where the one that goes is none', {remove: n(4)}, {}, 'PARAM_ERROR', /not on node:\[4\]/],
    ['where the newcomer is not alive', {add: n(9)}, {}, 'PARTITION_SERVER_NOT_EXIST'],
    ['for the last replica', {remove: n(1)}, {voters: ids(1)}, 'GUARD_FAILED', /last replica/],
    ['not for the last replica when it moves', {remove: n(1), add: n(4)}, {voters: ids(1)}, null],
    ['where no majority would answer', {remove: n(1)}, silent(2), 'GUARD_FAILED', /nodes \[2\] do not answer/],
    ['not for the one that does not answer', {remove: n(2)}, silent(2), null],
    ['not where the majority is larger', {remove: n(2), add: n(4)}, silent(2), null],
    ['where all others do not answer', {add: n(4)}, silent(2, 3), 'GUARD_FAILED', /\[2,3\] do not answer/],
    [
      'for another pool',
      {add: n(4)},
      {pool: {resourceName: 'gpu', dbServers: [], cordoned: new Set()}},
      'GUARD_FAILED',
      /not open to its space/,
    ],
    ['for a cordoned server', {add: n(4)}, cordoned(4), 'GUARD_FAILED', /not open to its space .*cordon/],
    ['not for a cordoned server, with force', {add: n(4), force: true}, cordoned(4), null],
    ['not for a cordoned server that only stays', {remove: n(2)}, cordoned(1, 3), null],
    ['for a shared rack', {add: n(4)}, {labelOf: (node) => (node > 2 ? 'rack1' : '')}, 'GUARD_FAILED', /shares rack1/],
    ['not for a shared rack, with force', {add: n(4), force: true}, {labelOf: () => 'rack1'}, null],
    ['not for a rack that is left', {add: n(4), remove: n(3)}, {labelOf: (node) => (node > 2 ? 'rack1' : '')}, null],
    ['for a quorum, with force too', {remove: n(1), force: true}, silent(2), 'GUARD_FAILED', /no.*majority|majority/],
  ]
  it.each(rows)('%s', (_, wanted, sight, errorName, detail) => {
    const fault = changeFault({partition: partitionId(1), ...wanted}, {...usual, ...sight})
    expect(fault?.errorName ?? null).toBe(errorName)
    if (detail !== undefined) expect(fault?.detail).toMatch(detail)
    if (fault !== null) expect(fault.outcome).toBe('rejected')
  })
})

describe('one more replica goes', () => {
  const servers = [1, 2, 3, 4, 5].map((node) => server(node)[1])
  const request = {
    resourceName: 'default',
    dbServers: [],
    cordoned: new Set<NodeId>(),
    holders: ids(1, 2),
    labelOf: () => '',
  }
  const load = new Map([
    [n(3), 4],
    [n(4), 1],
    [n(5), 1],
  ])
  it('to the server that has the fewest', () => {
    expect(placeOne(servers, load, request)).toBe(4)
  })
  it('to no rack that has one already', () => {
    expect(placeOne(servers, load, {...request, labelOf: (node) => (node === 1 || node === 4 ? 'a' : '')})).toBe(5)
  })
  it('to the rack of the one that leaves', () => {
    const labelOf = (node: NodeId) => (node === 1 || node === 4 ? 'a' : '')
    expect(placeOne(servers, load, {...request, leaves: n(1), labelOf})).toBe(4)
  })
  it('to none that is cordoned', () => {
    expect(placeOne(servers, load, {...request, cordoned: new Set(ids(4))})).toBe(5)
  })
  it('nowhere if all have it', () => {
    expect(placeOne(servers, load, {...request, holders: ids(1, 2, 3, 4, 5)})).toBeNull()
  })
})

describe('a space whose partition has other members', () => {
  const [partition] = testSpace().partitions
  if (partition === undefined) throw new Error('no partition')
  const space = {
    ...testSpace(),
    replica_num: 2,
    partitions: [
      {...partition, replicas: ids(2, 1)},
      {...partition, id: partitionId(2), replicas: ids(1, 2, 3)},
    ],
  }
  it('keeps the order of those that stay', () => {
    const after = withReplicas(space, running, ids(1, 2, 4))
    expect(after.partitions.map(({replicas}) => replicas)).toEqual([ids(2, 1, 4), ids(1, 2, 3)])
    expect(after.replica_num).toBe(2)
  })
  it('counts what all have come to', () => {
    const change = {...running, replica_num: 3}
    expect(withReplicas(space, change, ids(1, 2, 4)).replica_num).toBe(3)
    expect(withReplicas(space, change, ids(1, 2)).replica_num).toBe(2)
    expect(isRecorded(space, change, ids(1, 2))).toBe(true)
    expect(isRecorded(space, change, ids(1, 2, 4))).toBe(false)
  })
})
