import {expect, test} from 'vitest'
import {type NodeId, nodeId} from '../../src/entity/ids.js'
import type {Server} from '../../src/entity/server.js'
import {type PlacementRequest, place} from '../../src/master/placement.js'

const server = (name: number, fields: Partial<Server> = {}): Server => ({
  name: nodeId(name),
  resource_name: 'default',
  rpc_port: 1,
  raft_heartbeat_port: 2,
  raft_replicate_port: 3,
  ip: `10.0.0.${name}`,
  private: false,
  version: null,
  ...fields,
})
const basic: PlacementRequest = {
  partitions: 1,
  replicas: 1,
  resourceName: 'default',
  dbServers: [],
  cordoned: new Set(),
  antiAffinity: 0,
  rotation: 0,
}
const loads = (load: Readonly<Record<number, number>>) =>
  new Map<NodeId, number>(Object.entries(load).map(([node, count]) => [nodeId(Number(node)), count]))
const three = [server(1), server(2), server(3)]

interface Row {
  readonly what: string
  readonly servers: readonly Server[]
  readonly load?: Readonly<Record<number, number>>
  readonly request?: Partial<PlacementRequest>
  readonly gives: readonly (readonly number[])[] | string
}

test.each<Row>([
  {what: 'the least loaded server gets it', servers: three, load: {1: 2, 2: 1, 3: 2}, gives: [[2]]},
  {what: 'among equals the first does', servers: three, gives: [[1]]},
  {what: 'among equals, rotated by one, the second does', servers: three, request: {rotation: 1}, gives: [[2]]},
  {what: 'the rotation goes round', servers: three, request: {rotation: 5}, gives: [[3]]},
  {what: 'partitions spread evenly', servers: three, request: {partitions: 4}, gives: [[1], [2], [3], [1]]},
  {
    what: 'what is placed counts as load for the next partition',
    servers: three,
    load: {1: 2},
    request: {partitions: 5},
    gives: [[2], [3], [2], [3], [1]],
  },
  {
    what: 'where every server has every partition, each is the preferred leader of as many',
    servers: three,
    request: {replicas: 3, partitions: 4},
    gives: [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
      [1, 2, 3],
    ],
  },
  {
    what: 'replicas go to different servers',
    servers: three,
    request: {replicas: 2, partitions: 3},
    gives: [
      [1, 2],
      [3, 1],
      [2, 3],
    ],
  },
  {
    what: 'the order of the list does not matter',
    servers: [...three].reverse(),
    request: {partitions: 2},
    gives: [[1], [2]],
  },
  {what: 'another pool is not used', servers: [server(1, {resource_name: 'gpu'}), server(2)], gives: [[2]]},
  {
    what: 'its own pool is',
    servers: [server(1, {resource_name: 'gpu'}), server(2)],
    request: {resourceName: 'gpu'},
    gives: [[1]],
  },
  {what: 'a private server is not used', servers: [server(1, {private: true}), server(2)], gives: [[2]]},
  {
    what: 'a db with servers of its own uses those, private or not',
    servers: [server(1), server(2, {private: true}), server(3)],
    request: {dbServers: ['10.0.0.2', '10.0.0.3'], partitions: 2},
    gives: [[2], [3]],
  },
  {what: 'no server', servers: [], gives: 'need 1 replicas but only have 0'},
  {
    what: 'fewer servers than replicas',
    servers: three,
    request: {replicas: 4},
    gives: 'need 4 replicas but only have 3',
  },
  {
    what: 'servers of the wrong pool do not count',
    servers: [server(1), server(2, {resource_name: 'gpu'})],
    request: {replicas: 2},
    gives: 'need 2 replicas but only have 1',
  },
  {
    what: 'two replicas never share a host',
    servers: [server(1, {host_ip: 'a'}), server(2, {host_ip: 'a'}), server(3, {host_ip: 'b'})],
    load: {3: 9},
    request: {replicas: 2, antiAffinity: 1},
    gives: [[1, 3]],
  },
  {
    what: 'nor a rack',
    servers: [server(1, {host_rack: 'r'}), server(2, {host_rack: 'r'}), server(3, {host_rack: 's'})],
    request: {replicas: 2, antiAffinity: 2},
    gives: [[1, 3]],
  },
  {
    what: 'nor a zone, and when there are not enough it says so',
    servers: [server(1, {host_zone: 'z'}), server(2, {host_zone: 'z'})],
    request: {replicas: 2, antiAffinity: 3},
    gives: 'hosts, racks or zones, need 2 replicas but only have 1',
  },
  {
    what: 'servers without the label stand alone',
    servers: three,
    request: {replicas: 3, antiAffinity: 3},
    gives: [[1, 2, 3]],
  },
  {
    what: 'without a strategy labels do not matter',
    servers: [server(1, {host_ip: 'a'}), server(2, {host_ip: 'a'})],
    request: {replicas: 2},
    gives: [[1, 2]],
  },
  {what: 'no partitions need no placing', servers: three, request: {partitions: 0}, gives: []},
])('$what', ({servers, load = {}, request = {}, gives}) => {
  const placement = place(servers, loads(load), {...basic, ...request})
  if (placement.placed) expect(placement.assignment).toEqual(gives)
  else expect(placement.reason).toContain(gives)
})
