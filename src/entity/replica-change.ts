import type {DbId, NodeId, PartitionId, SpaceId} from './ids.js'

/** Who or what asked for a change. */
export type ChangeReason =
  | 'change_member'
  | 'change_replicas'
  | 'move_replica'
  | 'recover_server'
  | 'remove_server'
  | 'auto_recover'

/**
 * What is being done, in this order: an empty replica is made and becomes a learner; it catches up; leadership leaves the member
 * that goes; the learner is promoted, in the same step in which that member goes where there is one; the space and the
 * partition's record are told; what the member has left is set aside.
 */
export type ChangeStep =
  | 'begin'
  | 'learn'
  | 'catch_up'
  | 'transfer'
  | 'promote'
  | 'remove'
  | 'record'
  | 'retire'
  | 'end'

/**
 * A change of who belongs to a partition, the one under way or the last. Stored at `P/replica_change/<partition id>`, so that
 * any master can go on with it, and so that there is one at a time. Ours, not Vearch's.
 */
export interface ReplicaChange {
  /** One more with every change of the partition. */
  readonly id: number
  readonly partition_id: PartitionId
  readonly space_id: SpaceId
  readonly db_id: DbId
  readonly add?: NodeId
  readonly remove?: NodeId
  /** What the space's `replica_num` becomes when every partition of it has as many. */
  readonly replica_num?: number
  /** In which the newcomer may fetch a checkpoint; as fast as it can if absent. */
  readonly bytes_per_second?: number
  readonly reason: ChangeReason
  /** `cancelling`: the newcomer, if it has not been promoted, goes again. */
  readonly state: 'running' | 'cancelling' | 'done' | 'cancelled' | 'failed'
  readonly step: ChangeStep
  /** What the step waits for, or why it could not be done yet; empty while it is being done. */
  readonly waits_for: string
  /** Seconds since the epoch: of this step; of the change; of its end. */
  readonly since: number
  readonly began: number
  readonly ended?: number
  /** Why it failed, or was cancelled. */
  readonly error?: {readonly code: number; readonly msg: string}
}

export function isUnderWay({state}: ReplicaChange): boolean {
  return state === 'running' || state === 'cancelling'
}
