import type {DbId, NodeId, PartitionId, SpaceId} from './ids.js'

/** Whether a replica keeps up with its leader: the values of a partition's `status` map. */
export const ReplicaState = {ok: 1, notReady: 2} as const
export type ReplicaState = (typeof ReplicaState)[keyof typeof ReplicaState]

/**
 * A slice of a space's documents, by slot. Stored inside its space (who belongs to it) and at `P/partition/<id>`
 * (who leads it); only the latter carries `leader_name`, `update_time` and `status`.
 */
export interface Partition {
  readonly id: PartitionId
  /** The name of the range that the partition serves; empty without a partition rule. */
  readonly name: string
  readonly space_id: SpaceId
  readonly db_id: DbId
  /** Lower bound of the slots that it owns. */
  readonly partition_slot: number
  /** The leader's node id, despite its name. */
  readonly leader_name?: NodeId
  readonly replicas?: readonly NodeId[]
  /** Nanoseconds since the epoch, beyond 2^53: set by the master that received the registration. */
  readonly update_time?: bigint
  readonly add_num?: number
  readonly resourceExhausted: boolean
  readonly status?: Readonly<Record<string, ReplicaState>>
  /** The term in which `leader_name` was elected: an older one never overwrites a newer. Ours, not Vearch's. */
  readonly term?: number
}

/** A `status` map as reports of a partition show it. */
export function replicaStatus(
  status: Readonly<Record<string, ReplicaState>>,
): Readonly<Record<string, 'ReplicasOK' | 'ReplicasNotReady'>> {
  const entries = Object.entries(status)
  return Object.fromEntries(
    entries.map(([node, state]) => [node, state === ReplicaState.ok ? 'ReplicasOK' : 'ReplicasNotReady']),
  )
}

/** In whatever order. */
export function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.every((node) => b.includes(node)) && b.every((node) => a.includes(node))
}
