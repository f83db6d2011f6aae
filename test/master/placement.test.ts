import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type NodeId, nodeId} from '../../src/entity/ids.js'
import type {Server} from '../../src/entity/server.js'
import {type AntiAffinity, eligibleServers, type PlacementRequest, place, placeOne} from '../../src/master/placement.js'
import {property} from '../harness/property.js'

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

describe('whatever servers there are,', () => {
  const label = fc.constantFrom('a', 'b', 'c', '')
  const some = fc
    .array(
      fc.record({host_ip: label, private: fc.boolean(), resource_name: fc.constantFrom('default', 'default', 'gpu')}),
      {maxLength: 8},
    )
    .map((all) => all.map((fields, at) => server(at + 1, fields)))
  const replicaLoads = fc
    .array(fc.nat(6), {minLength: 8, maxLength: 8})
    .map((all) => loads(Object.fromEntries(all.map((load, at) => [at + 1, load]))))
  const asked = fc.record({
    partitions: fc.integer({min: 1, max: 6}),
    replicas: fc.integer({min: 1, max: 4}),
    cordoned: fc.uniqueArray(fc.integer({min: 1, max: 8}).map(nodeId), {maxLength: 2}).map((nodes) => new Set(nodes)),
    antiAffinity: fc.constantFrom<AntiAffinity>(0, 1),
    rotation: fc.nat(20),
  })
  const labelOf = ({host_ip = '', name}: Server, {antiAffinity}: Pick<PlacementRequest, 'antiAffinity'>) =>
    antiAffinity === 0 || host_ip === '' ? `alone ${name}` : host_ip

  property(
    'a space is placed just where there are servers enough, and by every rule',
    [some, replicaLoads, asked],
    (servers, load, request) => {
      const whole = {...basic, ...request}
      const eligible = eligibleServers(servers, whole)
      const placement = place(servers, load, whole)
      const labels = new Set(eligible.map((each) => labelOf(each, whole)))
      expect(placement.placed).toBe(labels.size >= request.replicas)
      if (!placement.placed) return
      expect(placement.assignment).toHaveLength(request.partitions)
      for (const nodes of placement.assignment) {
        const holders = nodes.flatMap((node) => eligible.filter(({name}) => name === node))
        expect(holders).toHaveLength(request.replicas)
        expect(new Set(holders.map((each) => labelOf(each, whole))).size).toBe(request.replicas)
      }
    },
  )

  property(
    'no order of theirs changes what is placed',
    [some, replicaLoads, asked, fc.nat()],
    (servers, load, request, turn) => {
      const at = turn % Math.max(1, servers.length)
      const turned = [...servers.slice(at), ...servers.slice(0, at)].reverse()
      expect(place(turned, load, {...basic, ...request})).toEqual(place(servers, load, {...basic, ...request}))
    },
  )

  property(
    'the loads come nearer to each other, and each leads as many as another',
    [some, replicaLoads, asked],
    (servers, load, request) => {
      const placement = place(servers, load, {...basic, ...request, antiAffinity: 0})
      if (!placement.placed) return
      const after = new Map(load)
      for (const node of placement.assignment.flat()) after.set(node, (after.get(node) ?? 0) + 1)
      const eligible = eligibleServers(servers, {...basic, ...request}).map(({name}) => name)
      const spread = (loadOf: ReadonlyMap<NodeId, number>) => {
        const figures = eligible.map((node) => loadOf.get(node) ?? 0)
        return Math.max(...figures) - Math.min(...figures)
      }
      expect(spread(after)).toBeLessThanOrEqual(Math.max(1, spread(load)))
      if (request.replicas < eligible.length) return
      const firsts = eligible.map((node) => placement.assignment.filter(([first]) => first === node).length)
      expect(Math.max(...firsts) - Math.min(...firsts)).toBeLessThanOrEqual(1)
    },
  )

  property(
    'one more replica goes where a whole placement might have put it',
    [some, replicaLoads, asked],
    (servers, load, request) => {
      const whole = {...basic, ...request}
      const holders = servers.slice(0, 2).map(({name}) => name)
      const byName = new Map(servers.map((each) => [each.name, each]))
      const label = (node: NodeId) => (whole.antiAffinity === 0 ? '' : (byName.get(node)?.host_ip ?? ''))
      const found = placeOne(servers, load, {...whole, holders, labelOf: label})
      const open = eligibleServers(servers, whole).filter(
        (each) =>
          !holders.includes(each.name) &&
          holders.every((node) => label(node) === '' || label(node) !== label(each.name)),
      )
      if (open.length === 0) expect(found).toBeNull()
      else {
        expect(open.map(({name}) => name)).toContain(found)
        expect(load.get(found ?? nodeId(0))).toBe(Math.min(...open.map(({name}) => load.get(name) ?? 0)))
      }
    },
  )
})
