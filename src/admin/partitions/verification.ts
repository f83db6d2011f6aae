/** `partitions verify`: whether replicas that should be equal are. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {contentsByApplied, divergence, type ReplicaContent} from '../picture/divergence.js'
import {intendedReplicas, type PartitionSight} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import {running} from '../picture/sight-facts.js'
import {compareDocuments, type DeepComparison, type DeepOptions} from './deep-verification.js'

export interface Verification {
  readonly partition: PartitionId
  /** `partly`: those that could be compared are equal, and not all could. */
  readonly verdict: 'equal' | 'different' | 'partly' | 'notComparable'
  readonly replicas: readonly (ReplicaContent & {readonly applied: number})[]
  /** Not heard, or without a raft status. */
  readonly missing: readonly NodeId[]
  /** Null where only counts were compared. */
  readonly deep: DeepComparison | null
}

export function verificationOf(sight: PartitionSight): Verification {
  const groups = [...contentsByApplied(running(sight))]
  const replicas = groups.flatMap(([applied, contents]) => contents.map((content) => ({...content, applied})))
  const missing = intendedReplicas(sight).filter((node) => !replicas.some((replica) => replica.node === node))
  const compared = Math.max(0, ...groups.map(([, contents]) => contents.length))
  const all = intendedReplicas(sight).length
  const isDifferent = divergence(sight).length > 0
  const verdict = isDifferent ? 'different' : compared >= all ? 'equal' : compared > 1 ? 'partly' : 'notComparable'
  return {partition: sight.id, verdict, replicas, missing, deep: null}
}

/** Document by document; of replicas that answered when they were looked for. */
export async function deepVerificationOf(
  sight: PartitionSight,
  {metadata}: Pick<ClusterPicture, 'metadata'>,
  options: DeepOptions,
): Promise<Verification> {
  const nodes = running(sight).flatMap(({node}) => {
    const server = metadata.servers.get(node)?.value
    return server === undefined ? [] : [{id: node, host: server.ip, port: server.rpc_port}]
  })
  const shallow = verificationOf(sight)
  if (nodes.length < 2) return shallow
  const deep = await compareDocuments(sight.id, nodes, options)
  const silent = deep.silent.map(({node}) => node)
  const missing = [...new Set([...shallow.missing, ...silent])]
  return {...shallow, deep, missing, verdict: deepVerdict(deep, {missing, compared: nodes.length - silent.length})}
}

function deepVerdict(
  {differing, unsettled}: DeepComparison,
  {missing, compared}: {readonly missing: readonly NodeId[]; readonly compared: number},
): Verification['verdict'] {
  if (differing.length > 0) return 'different'
  if (compared < 2) return 'notComparable'
  return missing.length > 0 || unsettled > 0 ? 'partly' : 'equal'
}
