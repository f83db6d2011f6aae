/** Reads that wait for the leader to learn that it still leads; the rules are in `read-only.ts`. */
import type {NodeId} from '../entity/ids.js'

export interface Reader {
  readonly from: NodeId
  readonly context: number
}

export interface ReadState {
  readonly context: number
  /** A state that has applied this much answers the read. */
  readonly index: number
}

export interface Reads {
  /** The last round that was begun in this term. */
  round: number
  /** Of no round yet. */
  queued: Reader[]
  pending: {readonly round: number; readonly index: number; readonly readers: readonly Reader[]}[]
  /** This node's own reads that may go on. */
  confirmed: ReadState[]
}

export function newReads(): Reads {
  return {round: 0, queued: [], pending: [], confirmed: []}
}

export function copyReads({round, queued, pending, confirmed}: Reads): Reads {
  return {round, queued: [...queued], pending: [...pending], confirmed: [...confirmed]}
}

export function waitingReads({queued, pending}: Reads): number {
  return pending.reduce((sum, {readers}) => sum + readers.length, queued.length)
}
