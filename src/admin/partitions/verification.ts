/** `partitions verify`: whether replicas that should be equal are. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {contentsByApplied, divergence, type ReplicaContent} from '../picture/divergence.js'
import {intendedReplicas, type PartitionSight} from '../picture/partition-sight.js'
import {running} from '../picture/sight-facts.js'

export interface Verification {
  readonly partition: PartitionId
  /** `partly`: those that could be compared are equal, and not all could. */
  readonly verdict: 'equal' | 'different' | 'partly' | 'notComparable'
  readonly replicas: readonly (ReplicaContent & {readonly applied: number})[]
  /** Not heard, or without a raft status. */
  readonly missing: readonly NodeId[]
}

export function verificationOf(sight: PartitionSight): Verification {
  const groups = [...contentsByApplied(running(sight))]
  const replicas = groups.flatMap(([applied, contents]) => contents.map((content) => ({...content, applied})))
  const missing = intendedReplicas(sight).filter((node) => !replicas.some((replica) => replica.node === node))
  const compared = Math.max(0, ...groups.map(([, contents]) => contents.length))
  const all = intendedReplicas(sight).length
  const isDifferent = divergence(sight).length > 0
  const verdict = isDifferent ? 'different' : compared >= all ? 'equal' : compared > 1 ? 'partly' : 'notComparable'
  return {partition: sight.id, verdict, replicas, missing}
}
