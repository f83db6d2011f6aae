import {expect, test} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {FailServer, Server} from '../../src/entity/server.js'
import type {Space} from '../../src/entity/space.js'
import {type Action, decide, type Sight} from '../../src/master/reconcile.js'
import type {Removal} from '../../src/master/space-removal.js'

const nothing: Sight = {
  spaces: [],
  servers: new Map(),
  failServers: new Map(),
  lastSeen: new Map(),
  isSettled: true,
  removals: [],
  claims: [],
}
const server = (node: number): Server => ({
  name: nodeId(node),
  resource_name: 'default',
  rpc_port: 1,
  raft_heartbeat_port: 2,
  raft_replicate_port: 3,
  ip: `10.0.0.${node}`,
  private: false,
  version: null,
})
const alive = (...nodes: number[]) => new Map(nodes.map((node) => [nodeId(node), server(node)]))
const failed = (...nodes: number[]) =>
  new Map(
    nodes.map((node): [Server['name'], FailServer] => [
      nodeId(node),
      {nodeID: nodeId(node), time_stamp: 1, server: server(node)},
    ]),
  )
const space = (id: number, version: number, ...nodes: number[]): Space => ({
  id: spaceId(id),
  name: `s${id}`,
  resource_name: 'default',
  version,
  db_id: dbId(1),
  enabled: version > 1,
  partitions: nodes.map((node, position) => ({
    id: partitionId(id * 10 + position),
    name: '',
    space_id: spaceId(id),
    db_id: dbId(1),
    partition_slot: 0,
    replicas: [nodeId(node)],
    resourceExhausted: false,
  })),
  partition_num: nodes.length,
  replica_num: 1,
  fields: [],
  space_properties: {},
})
const removal = (id: number, ...nodes: number[]): Removal => ({
  space_id: spaceId(id),
  db_id: dbId(1),
  name: 's',
  time_stamp: 1,
  pending: nodes.map((node) => ({partition: partitionId(node), nodes: [nodeId(node)]})),
})
const claim = (id: number, isAlive: boolean) => ({key: `claim${id}`, space: spaceId(id), alive: isAlive})
const brief = (action: Action) => {
  switch (action.type) {
    case 'markFailed':
      return `${action.node} failed with ${action.server.p_ids} at ${action.server.ip || 'nowhere'}`
    case 'clearFailed':
      return `${action.node} is back`
    case 'removeUnfinished':
      return `remove ${action.space.name}`
    case 'removeClaimed':
      return `remove what ${action.claimKey} is about`
    case 'workOff':
      return `go on with removal ${action.space}`
  }
}

test.each<[string, Partial<Sight>, string[]]>([
  ['an empty cluster needs nothing', {}, []],
  ['a healthy one neither', {spaces: [space(1, 2, 1, 2)], servers: alive(1, 2)}, []],
  [
    'a server that holds replicas and is gone has failed',
    {spaces: [space(1, 2, 1, 2)], servers: alive(1), lastSeen: alive(1, 2)},
    ['2 failed with 11 at 10.0.0.2'],
  ],
  ['also when nobody saw it alive', {spaces: [space(1, 2, 1, 1)]}, ['1 failed with 10,11 at nowhere']],
  ['but not before it had the time to come', {spaces: [space(1, 2, 1)], isSettled: false}, []],
  ['a server without replicas may go', {lastSeen: alive(1)}, []],
  ['a failure is recorded once', {spaces: [space(1, 2, 1)], failServers: failed(1)}, []],
  [
    'a server that returns has not failed',
    {spaces: [space(1, 2, 1)], servers: alive(1), failServers: failed(1)},
    ['1 is back'],
  ],
  ['also when it holds nothing any more', {servers: alive(1), failServers: failed(1)}, ['1 is back']],
  [
    'a space that is being created is left alone',
    {spaces: [space(1, 1, 1)], servers: alive(1), claims: [claim(1, true)]},
    [],
  ],
  ['one that nobody claims is removed', {spaces: [space(1, 1, 1)], servers: alive(1)}, ['remove s1']],
  [
    'one whose creator gave up is removed',
    {spaces: [space(1, 1, 1)], servers: alive(1), claims: [claim(1, false)]},
    ['remove what claim1 is about'],
  ],
  ['one that serves is never removed', {spaces: [space(1, 2, 1), space(2, 9, 1)], servers: alive(1)}, []],
  ['a removal waits for its node', {removals: [removal(1, 5)], failServers: failed(5)}, []],
  ['which has failed, so that an operator can give it up', {removals: [removal(1, 5)]}, ['5 failed with 5 at nowhere']],
  ['and goes on when it is back', {removals: [removal(1, 5)], servers: alive(5)}, ['go on with removal 1']],
  [
    'and when one of its nodes is',
    {removals: [removal(1, 5, 6)], servers: alive(6), failServers: failed(5)},
    ['go on with removal 1'],
  ],
  ['a removal with nothing to wait for is ended', {removals: [removal(1)]}, ['go on with removal 1']],
])('%s', (_, sight, expected) => expect(decide({...nothing, ...sight}).map(brief)).toEqual(expected))
