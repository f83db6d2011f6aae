/**
 * The log as one partition sees it: a contiguous run of entries, durable before they are acknowledged.
 *
 * All partitions of a node share one write-ahead log on disk (`wal/`): appends that arrive while a sync is under way go
 * into the next one together, whichever partition they belong to.
 */
import type {PartitionId} from '../entity/ids.js'

export interface LogEntry {
  /** From 1, without gaps. */
  readonly index: number
  readonly term: number
  readonly payload: Uint8Array
}

/** What raft must not forget about a group (paper, figure 2), beside the entries. */
export interface HardState {
  readonly term: number
  /** Who got this node's vote in `term`; 0 for nobody. */
  readonly vote: number
  readonly commit: number
}

export interface GroupLog {
  readonly group: PartitionId
  /** The oldest entry kept; `lastIndex` + 1 when there is none. */
  readonly firstIndex: number
  /** 0 for a log that never held an entry. */
  readonly lastIndex: number
  /** Bytes of the entries kept, as written. */
  readonly bytes: number
  /** All zero for a group that never saved one. */
  readonly hardState: HardState
  /** Of the last entry, or of the last one that was truncated if none is kept; 0 for a log that never held one. */
  readonly lastTerm: number
  /** Of an entry that is kept, or of the one before the first; null for any other. */
  term(index: number): number | null
  /**
   * Appends entries that follow `lastIndex`, or replace what is there from the first one's index on. Resolves when they
   * are on disk. Errors: PARTITION_RESOURCE_EXHAUSTED (rejected, retryable: the disk is full or the queue is). A
   * failed sync rejects with outcome `unknown` and poisons the whole log: nothing more is accepted, the process must stop.
   */
  append(entries: readonly LogEntry[]): Promise<void>
  /** Durable together with what is appended in the same turn of the event loop. Errors as `append`. */
  saveHardState(state: HardState): Promise<void>
  /** The entries from `from` on, in order; `from` must not be below `firstIndex`. */
  read(from: number): AsyncIterable<LogEntry>
  /**
   * Entries up to and including `index`, all durable, are no longer needed; their segments go when no group needs them. `term` says that a
   * state came from elsewhere, whose last entry was of it: where the log ends before `index` or holds an entry of another term
   * there, what it has belongs to another past, so it is emptied and goes on after `index`.
   */
  truncatePrefix(index: number, term?: number): Promise<void>
}

/** A group that keeps segments of the log from being removed. */
export interface PinningGroup {
  readonly group: PartitionId
  readonly firstIndex: number
  readonly lastIndex: number
  /** Segments from its oldest entry to the newest segment. */
  readonly segments: number
}

export interface SharedLog {
  /** The group's log, empty if it is new. */
  group(id: PartitionId): GroupLog
  /** Groups that have entries or did have some. */
  groups(): readonly PartitionId[]
  /** Groups that keep more of the log on disk than a group may, the worst first: they had better let go of what they can. */
  pinned(): readonly PinningGroup[]
  /** Forgets a group for good. */
  dropGroup(id: PartitionId): Promise<void>
  /** Waits for what is under way; later appends are refused. Idempotent. */
  close(): Promise<void>
}
