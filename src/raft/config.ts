import type {NodeId} from '../entity/ids.js'
import type {Entry, SnapshotMeta} from './entry.js'

/** Pre-vote and check-quorum are not options: without them one flaky link unseats a healthy leader (thesis §6.2, §9.6). */
export interface RaftConfig {
  readonly id: NodeId
  /** Without a word from a leader for this long plus jitter, a voter campaigns; a leader without a quorum steps down. */
  readonly electionTicks: number
  readonly heartbeatTicks: number
  /** Ticks since the node's other groups last beat: the heartbeats of all that lead go together. */
  readonly heartbeatPhase: number
  /** Drawn whenever the election timer starts anew: an integer from 0 to below `electionTicks`. */
  electionJitter(): number
  /** Entries of one append message; a larger entry travels alone. */
  readonly appendBytesMax: number
  /** Append messages and their bytes under way to one follower. */
  readonly inflightMessagesMax: number
  readonly inflightBytesMax: number
  /** Proposals in the leader's log that are not committed; one more is refused, save when there is none. */
  readonly uncommittedBytesMax: number
  /** Committed entries of one bundle, and how many such bundles may be with the state machine at once. */
  readonly applyBytesMax: number
  readonly applyBatchesMax: number
  /** Reads that wait for a round; one more is refused. */
  readonly readsMax: number
}

/**
 * The log as far as it is durable, read synchronously. The core keeps what is not durable yet, and the terms of everything;
 * how many of the durable entries stay in memory is the shell's choice.
 */
export interface LogReader {
  /**
   * Entries from index `from` to below `to`, at least one and not many more than `bytesMax`. Null if they are not in
   * memory: the core names them in `entriesWanted`, and goes on when the shell calls `entriesLoaded()`.
   * Asked only for entries whose bundle was acknowledged and which were not compacted.
   */
  entries(from: number, to: number, bytesMax: number): readonly Entry[] | null
  /**
   * The newest snapshot that can be sent, not older than what was compacted; null if there is none yet: the core says
   * `snapshotWanted`, and asks again with the follower's next heartbeat reply.
   */
  snapshot(): SnapshotMeta | null
}
