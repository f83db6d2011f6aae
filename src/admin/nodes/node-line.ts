/**
 * `node list`: every node that any source names. Those that are alive, those that failed, and ghosts: ids that have replicas
 * somewhere and are recorded nowhere.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {lags} from '../partitions/standing.js'
import {intendedReplicas, leaderOf} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'

/** `leased`: alive by its lease, and there was no way to ask it. */
export type NodeState = 'up' | 'leased' | 'silent' | 'impostor' | 'failed' | 'ghost'

export interface NodeLine {
  readonly id: NodeId
  readonly role: 'ps'
  /** Null where nobody has recorded one. */
  readonly address: string | null
  readonly state: NodeState
  /** Seconds; null where there is no lease or it was not told. */
  readonly leaseTtl: number | null
  /** ISO 8601; only of failed ones. */
  readonly failedAt: string | null
  readonly version: string | null
  readonly zone: string | null
  readonly rack: string | null
  readonly pool: string | null
  readonly partitions: number
  readonly leaders: number
  /** Null from here on: it was not heard. */
  readonly docs: number | null
  readonly memoryPercent: number | null
  readonly diskPercent: number | null
  /** Of its replica that is furthest behind. */
  readonly lag: number | null
}

interface Tally {
  partitions: number
  leaders: number
  lag: number | null
}

export function nodeLines(picture: ClusterPicture): NodeLine[] {
  const tallies = tallyOf(picture)
  const {servers, failServers} = picture.metadata
  const ids = new Set([...servers.keys(), ...failServers.keys(), ...tallies.keys()])
  return [...ids].sort((a, b) => a - b).map((id) => nodeLine(id, tallies.get(id), picture))
}

/** One pass over all partitions. */
function tallyOf({partitions}: ClusterPicture): ReadonlyMap<NodeId, Tally> {
  const tallies = new Map<NodeId, Tally>()
  const tally = (node: NodeId): Tally => {
    const known = tallies.get(node)
    if (known !== undefined) return known
    const fresh = {partitions: 0, leaders: 0, lag: null}
    tallies.set(node, fresh)
    return fresh
  }
  for (const sight of partitions.values()) {
    for (const node of intendedReplicas(sight)) tally(node).partitions++
    const leader = sight.listing === null ? null : leaderOf(sight)
    if (leader !== null) tally(leader).leaders++
    for (const {node, lag} of lags(sight.raft)) tally(node).lag = Math.max(tally(node).lag ?? 0, lag)
  }
  return tallies
}

function nodeLine(id: NodeId, tally: Tally | undefined, picture: ClusterPicture): NodeLine {
  const {servers, failServers} = picture.metadata
  const live = servers.get(id)
  const failed = failServers.get(id)
  const server: Server | undefined = live?.value ?? failed?.value.server
  const answer = picture.nodes.get(id)
  const says = answer?.told === true ? answer.value : null
  const lease = live?.lease ?? null
  return {
    id,
    role: 'ps',
    address: server === undefined || server.ip === '' ? null : `${server.ip}:${server.rpc_port}`,
    state: nodeState(id, picture),
    leaseTtl: lease === null || !picture.leases.told ? null : (picture.leases.value.get(lease) ?? null),
    failedAt:
      live === undefined && failed !== undefined ? new Date(failed.value.time_stamp * 1000).toISOString() : null,
    version: server?.version?.build_version || null,
    zone: server?.host_zone || null,
    rack: server?.host_rack || null,
    pool: server?.resource_name || null,
    partitions: tally?.partitions ?? 0,
    leaders: tally?.leaders ?? 0,
    docs: says === null ? null : says.partitions.reduce((sum, {doc_num}) => sum + doc_num, 0),
    memoryPercent: says?.stats?.mem.used_percent ?? null,
    diskPercent: says?.stats?.fs.used_percent ?? null,
    lag: tally?.lag ?? null,
  }
}

export function nodeState(id: NodeId, {metadata, nodes}: Pick<ClusterPicture, 'metadata' | 'nodes'>): NodeState {
  if (!metadata.servers.has(id)) return metadata.failServers.has(id) ? 'failed' : 'ghost'
  const answer = nodes.get(id)
  if (answer === undefined) return 'leased'
  if (answer.told) return 'up'
  if (answer.silence.reason === 'notAsked') return 'leased'
  return answer.silence.reason === 'impostor' ? 'impostor' : 'silent'
}
