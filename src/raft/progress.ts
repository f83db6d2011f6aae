/**
 * What the leader knows of one other member, and how fast it may send to it.
 *
 * - probe: where the logs agree is not known; one append at a time, and the next after an answer or a heartbeat's reply.
 * - replicate: the follower accepted; appends are sent ahead of their answers, as many as the window lets through.
 * - snapshot: the entries it needs are compacted; nothing is sent until the snapshot is reported, or the follower answers.
 */
import {addInflight, copyInflight, emptyInflight, freeThrough, type Inflight} from './inflight.js'

export interface Progress {
  mode: 'probe' | 'replicate' | 'snapshot'
  /** Durable there, and equal to the leader's log. */
  match: number
  /** The first entry to send next. */
  next: number
  /** A probe is under way: wait for its answer. */
  isPaused: boolean
  /** An append may have been lost: ask with an empty one, even through a full window. */
  mustCheck: boolean
  /** The entries to send next are being loaded. */
  awaitsEntries: boolean
  /** Index of the snapshot under way; 0 outside mode snapshot. */
  snapshotIndex: number
  inflight: Inflight
  /** The highest commit index told. */
  commitTold: number
  /** Heard from since the last check of the quorum. */
  isActive: boolean
  /** The latest read round that it answered. */
  round: number
}

export function newProgress(next: number): Progress {
  return {
    mode: 'probe',
    match: 0,
    next,
    isPaused: false,
    mustCheck: false,
    awaitsEntries: false,
    snapshotIndex: 0,
    inflight: emptyInflight(),
    commitTold: 0,
    isActive: false,
    round: 0,
  }
}

export function copyProgress(progress: Progress): Progress {
  return {...progress, inflight: copyInflight(progress.inflight)}
}

export function probe(progress: Progress): void {
  progress.next = Math.max(progress.match, progress.snapshotIndex) + 1
  enter(progress, 'probe')
}

export function replicate(progress: Progress): void {
  progress.next = progress.match + 1
  enter(progress, 'replicate')
}

export function awaitSnapshot(progress: Progress, index: number): void {
  enter(progress, 'snapshot')
  progress.snapshotIndex = index
}

function enter(progress: Progress, mode: Progress['mode']): void {
  progress.mode = mode
  progress.isPaused = false
  progress.mustCheck = false
  progress.awaitsEntries = false
  progress.snapshotIndex = 0
  progress.inflight = emptyInflight()
}

/** An append with entries up to `lastIndex` has gone out. */
export function sent(progress: Progress, lastIndex: number, bytes: number): void {
  if (progress.mode === 'probe') {
    progress.isPaused = true
  } else if (bytes > 0) {
    addInflight(progress.inflight, lastIndex, bytes)
    progress.next = lastIndex + 1
  }
}

/** The follower has everything up to `index`; `keptFrom` is the first entry that can still be sent. */
export function accepted(progress: Progress, index: number, keptFrom: number): void {
  progress.match = Math.max(progress.match, index)
  progress.next = Math.max(progress.next, index + 1)
  if (progress.mode === 'replicate') freeThrough(progress.inflight, index)
  // A snapshot need not be waited for once the log reaches the follower again.
  else if (progress.mode === 'probe' || progress.match + 1 >= keptFrom) replicate(progress)
}

/**
 * The follower lacks the entry before the ones sent; what it has agrees at most up to `agreed`. False for an answer to
 * an append that is not the last one: it says nothing new.
 */
export function rejected(progress: Progress, index: number, agreed: number): boolean {
  if (progress.mode === 'replicate') {
    if (index <= progress.match) return false
    probe(progress)
    return true
  }
  if (progress.mode === 'snapshot' || progress.next - 1 !== index) return false
  progress.next = Math.max(Math.min(index, agreed + 1), progress.match + 1)
  progress.isPaused = false
  return true
}
