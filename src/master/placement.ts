/**
 * Where the replicas of new partitions go. Pure: the same request gives the same answer.
 *
 * A server is eligible if it is in the space's resource pool, open to its db, and not cordoned by an operator. Each
 * replica goes to the eligible server with the fewest replicas so far, never two of one partition to one server, nor, where
 * a strategy asks for it, to two servers of one host, rack or zone. Among equals the order rotates by `rotation`, so that
 * parallel masters and successive spaces do not all begin with the same server.
 */
import type {NodeId} from '../entity/ids.js'
import {isUnderWay} from '../entity/replica-change.js'
import type {Server} from '../entity/server.js'
import type {LiveView} from '../meta/live-view.js'

/** Vearch's `replica_anti_affinity_strategy`: none, by host, by rack, by zone. */
export type AntiAffinity = 0 | 1 | 2 | 3

export interface PlacementRequest {
  readonly partitions: number
  readonly replicas: number
  readonly resourceName: string
  /** Host IPs that the db is confined to; if there are none, every server that is not private. */
  readonly dbServers: readonly string[]
  /** Servers that get nothing new. */
  readonly cordoned: ReadonlySet<NodeId>
  readonly antiAffinity: AntiAffinity
  readonly rotation: number
}

/** What makes a server one that may hold a space. */
export type Eligibility = Pick<PlacementRequest, 'resourceName' | 'dbServers' | 'cordoned'>

export type Placement =
  | {readonly placed: true; readonly assignment: readonly (readonly NodeId[])[]}
  | {readonly placed: false; readonly needed: number; readonly available: number; readonly reason: string}

export function eligibleServers(
  servers: readonly Server[],
  {resourceName, dbServers, cordoned}: Eligibility,
): Server[] {
  return servers.filter(
    (server) =>
      server.resource_name === resourceName &&
      !cordoned.has(server.name) &&
      (dbServers.length > 0 ? dbServers.includes(server.ip) : !server.private),
  )
}

/**
 * `load`: replicas that a server holds; none where it is absent. The first replica of a partition is its preferred leader; of the
 * partitions of a request each server is that of as many as any other.
 */
export function place(
  servers: readonly Server[],
  load: ReadonlyMap<NodeId, number>,
  request: PlacementRequest,
): Placement {
  const eligible = eligibleServers(servers, request).sort((left, right) => left.name - right.name)
  if (eligible.length < request.replicas) {
    return refusal(request, eligible.length, 'not enough partition servers')
  }
  const candidates = eligible.map((server, position) => ({
    server,
    label: labelOf(server, request.antiAffinity),
    replicas: load.get(server.name) ?? 0,
    firsts: 0,
    turn: (position + eligible.length - (request.rotation % eligible.length)) % eligible.length,
  }))
  const assignment: NodeId[][] = []
  for (let partition = 0; partition < request.partitions; partition++) {
    const labels = new Set<string>()
    const chosen: typeof candidates = []
    candidates.sort((left, right) => left.replicas - right.replicas || left.turn - right.turn)
    for (const candidate of candidates) {
      if (chosen.length === request.replicas) break
      if (candidate.label !== '' && labels.has(candidate.label)) continue
      labels.add(candidate.label)
      chosen.push(candidate)
      candidate.replicas++
    }
    if (chosen.length < request.replicas) {
      return refusal(request, chosen.length, 'not enough partition servers on different hosts, racks or zones')
    }
    chosen.sort((left, right) => left.firsts - right.firsts)
    for (const first of chosen.slice(0, 1)) first.firsts++
    assignment.push(chosen.map(({server}) => server.name))
  }
  return {placed: true, assignment}
}

/**
 * Where one more replica of a partition goes: the eligible server that has the fewest, none of `holders`, none that shares a label
 * with those of them that stay. Null if there is none.
 */
export function placeOne(
  servers: readonly Server[],
  load: ReadonlyMap<NodeId, number>,
  request: Eligibility & {
    readonly holders: readonly NodeId[]
    readonly leaves?: NodeId
    readonly labelOf: (node: NodeId) => string
  },
): NodeId | null {
  const {holders, leaves, labelOf: label} = request
  const taken = new Set(holders.filter((node) => node !== leaves).map(label))
  taken.delete('')
  const [best] = eligibleServers(servers, request)
    .filter(({name}) => !holders.includes(name) && !taken.has(label(name)))
    .sort((a, b) => (load.get(a.name) ?? 0) - (load.get(b.name) ?? 0) || a.name - b.name)
  return best?.name ?? null
}

function refusal({replicas}: PlacementRequest, available: number, what: string): Placement {
  const reason = `${what}, need ${replicas} replicas but only have ${available}`
  return {placed: false, needed: replicas, available, reason}
}

/** Replicas by server, those of spaces that are being created and those that are on their way there included. */
export function replicasPerServer({
  spaces,
  replicaChanges,
}: Pick<LiveView, 'spaces' | 'replicaChanges'>): Map<NodeId, number> {
  const load = new Map<NodeId, number>()
  const count = (node: NodeId) => load.set(node, (load.get(node) ?? 0) + 1)
  for (const {partitions} of spaces.values()) {
    for (const {id, replicas = []} of partitions) {
      replicas.forEach(count)
      const change = replicaChanges.get(id)
      if (change?.add !== undefined && isUnderWay(change) && !replicas.includes(change.add)) count(change.add)
    }
  }
  return load
}

/** Labels of servers by their ids, those of failed ones included. */
export function labelsOf(
  {servers, failServers}: Pick<LiveView, 'servers' | 'failServers'>,
  strategy: AntiAffinity,
): (node: NodeId) => string {
  return (node) => {
    const server = servers.get(node) ?? failServers.get(node)?.server
    return server === undefined ? '' : labelOf(server, strategy)
  }
}

/** Servers that share a label do not share a partition; one without the label stands alone. */
function labelOf(server: Server, strategy: AntiAffinity): string {
  return [undefined, server.host_ip, server.host_rack, server.host_zone][strategy] ?? ''
}
