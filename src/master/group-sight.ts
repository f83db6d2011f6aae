/** A partition's raft group, asked of every server that has or had a part in it: only the group knows who belongs to it. */
import type {NodeId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {ErrorName} from '../errors/codes.js'
import type {ReplicaReport} from '../rpc/ps-api.js'
import type {Call, Cluster} from './cluster.js'
import {callServer, onEach} from './partition-servers.js'

/** One that answers later is taken for silent. */
const askTimeoutMs = 2_000

/** What a server that answered has of the partition. */
export type Holding = 'sound' | 'broken' | 'none'

export interface GroupAnswers {
  readonly leader: ReplicaReport | null
  readonly holdings: ReadonlyMap<NodeId, Holding>
}

export async function askGroup(
  cluster: Cluster,
  {id, replicas = []}: Pick<Partition, 'id' | 'replicas'>,
  others: readonly (NodeId | undefined)[],
  call: Call,
): Promise<GroupAnswers> {
  const {view} = cluster
  const registered = view.partitions.get(id)?.replicas ?? []
  const nodes = new Set([...replicas, ...registered, ...others])
  const servers = [...nodes].flatMap((node) => (node === undefined ? [] : (view.servers.get(node) ?? [])))
  const outcomes = await onEach(servers, (server) =>
    callServer(cluster, server, 'replicaReport', {partitionId: id}, call, askTimeoutMs),
  )
  const holdings = new Map<NodeId, Holding>()
  let leader: ReplicaReport | null = null
  for (const [position, {name}] of servers.entries()) {
    const outcome = outcomes[position]
    if (outcome === undefined || (!outcome.ok && silence.has(outcome.error.errorName))) continue
    holdings.set(name, outcome.ok ? 'sound' : outcome.error.errorName === 'PARTITION_NOT_EXIST' ? 'none' : 'broken')
    if (!outcome.ok) continue
    const {value: report} = outcome
    if (report.leader === name && report.term > (leader?.term ?? 0)) leader = report
  }
  return {leader, holdings}
}

/** Errors that are no answer of the server's. */
const silence: ReadonlySet<ErrorName> = new Set([
  'CALL_RPCCLIENT_FAILED',
  'CREATE_RPCCLIENT_FAILED',
  'TIMEOUT',
  'CANCELED',
  'SERVICE_UNAVAILABLE',
])
