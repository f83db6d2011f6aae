/**
 * What stands between a partition and its log: proposals go into the log, what is committed is applied in log order.
 *
 * A replica alone in its group commits what its own disk has; a raft group commits what a majority has. The state
 * machine cannot tell the difference.
 */
import type {NodeId} from '../entity/ids.js'
import type {RaftStatus} from '../entity/report.js'
import type {LogEntry} from './log.js'

export interface StateMachine<Result> {
  /** Index of the last entry that is part of the state. */
  readonly appliedIndex: number
  /**
   * Applies entries in order, the first following `appliedIndex`; one result each. Deterministic: the same entries give
   * the same state everywhere. A command that is refused is a result, not an exception; an exception stops the replica.
   */
  apply(entries: readonly LogEntry[]): Promise<readonly Result[]>
}

export interface Leadership {
  readonly term: number
  /** Null while there is no leader. */
  readonly leader: NodeId | null
}

export interface Replica<Result> {
  /** Replays the log into the state machine, then accepts proposals. */
  start(): Promise<void>
  /**
   * Resolves with the command's result when it is durable and applied here. Errors: PARTITION_NOT_LEADER and
   * PARTITION_NO_LEADER (rejected), PARTITION_IS_CLOSED (rejected before, unknown after it was appended).
   */
  propose(command: Uint8Array): Promise<Result>
  readonly leadership: Leadership
  onLeadership(listener: (leadership: Leadership) => void): () => void
  status(): RaftStatus
  /** Waits for what is under way. Idempotent. */
  stop(): Promise<void>
}
