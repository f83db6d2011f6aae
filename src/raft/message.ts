/**
 * What the cores of a group say to each other. Each message carries its sender's term, save that a pre-vote and the grant of
 * one carry the term that the sender would begin: they bind nobody (thesis §9.6).
 */
import type {NodeId} from '../entity/ids.js'
import type {Entry, SnapshotMeta} from './entry.js'

interface Addressed {
  readonly from: NodeId
  readonly to: NodeId
  readonly term: number
}

export interface VoteRequest extends Addressed {
  readonly type: 'vote' | 'pre-vote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader asked for this election (thesis §3.10), so that hearing from it is no reason to refuse. */
  readonly isTransfer: boolean
}

export interface VoteReply extends Addressed {
  readonly type: 'vote-reply' | 'pre-vote-reply'
  readonly isGranted: boolean
  /** The last entry that the voter knows to be committed. A candidate that has it too learns that it is. */
  readonly committed: {readonly index: number; readonly term: number}
}

export interface Append extends Addressed {
  readonly type: 'append'
  readonly previousIndex: number
  readonly previousTerm: number
  readonly entries: readonly Entry[]
  readonly commit: number
}

/** The follower's log is durable and equal to the leader's up to `index`. */
export interface AppendAccepted extends Addressed {
  readonly type: 'append-accepted'
  readonly index: number
}

/** The follower has no entry at `index` with the term that the leader named; what it has agrees at most up to `hintIndex`. */
export interface AppendRejected extends Addressed {
  readonly type: 'append-rejected'
  readonly index: number
  readonly hintIndex: number
  readonly hintTerm: number
}

/** Numbers only: a shell packs those of all groups to one peer into one frame. */
export interface Heartbeat extends Addressed {
  readonly type: 'heartbeat'
  /** Never beyond what the follower is known to have. */
  readonly commit: number
  /** Of the reads that wait for it; see `read-only.ts`. */
  readonly round: number
}

export interface HeartbeatReply extends Addressed {
  readonly type: 'heartbeat-reply'
  readonly round: number
}

/** The data travels apart; the receiving shell steps this once it has all of it. */
export interface Snapshot extends Addressed {
  readonly type: 'snapshot'
  readonly snapshot: SnapshotMeta
}

/** Campaign at once (thesis §3.10). */
export interface TimeoutNow extends Addressed {
  readonly type: 'timeout-now'
}

export interface ReadIndex extends Addressed {
  readonly type: 'read-index'
  readonly context: number
}

export interface ReadIndexReply extends Addressed {
  readonly type: 'read-index-reply'
  readonly context: number
  readonly index: number
}

export type Message =
  | VoteRequest
  | VoteReply
  | Append
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatReply
  | Snapshot
  | TimeoutNow
  | ReadIndex
  | ReadIndexReply

/** Only who leads the message's term sends these. */
export function isFromLeader({type}: Message): boolean {
  return type === 'append' || type === 'heartbeat' || type === 'snapshot' || type === 'timeout-now'
}
