/**
 * What stands behind a group's log: commands go into the log, what is committed is applied in log order. A group of one commits
 * what its own disk has, a larger one what a majority has; the state machine cannot tell the difference.
 */
import type {NodeId} from '../entity/ids.js'
import type {Membership} from '../raft/membership.js'
import type {LogEntry} from './log.js'

export interface StateMachine<Result> {
  /** Index of the last entry that is part of the state. */
  readonly appliedIndex: number
  /**
   * Applies entries in order, the first following `appliedIndex`; one result each. Deterministic: the same entries give
   * the same state everywhere. A command that is refused is a result, not an exception; an exception stops the replica. An
   * empty payload is an entry of raft's own, and changes nothing.
   */
  apply(entries: readonly LogEntry[]): Promise<readonly Result[]>
}

/** What a state machine comes back with, beside its state. */
export interface AppliedState {
  /** Of the entry at the machine's applied index. */
  readonly term: number
  /** In force there. */
  readonly membership: Membership
}

export interface Leadership {
  readonly term: number
  /** Null while there is no leader. */
  readonly leader: NodeId | null
}
