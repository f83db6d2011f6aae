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

export interface GroupLog {
  readonly group: PartitionId
  /** The oldest entry kept; `lastIndex` + 1 when there is none. */
  readonly firstIndex: number
  /** 0 for a log that never held an entry. */
  readonly lastIndex: number
  /** Bytes of the entries kept, as written. */
  readonly bytes: number
  /**
   * Appends entries that follow `lastIndex` (or, later, replace a suffix). Resolves when they are on disk. A failed sync
   * rejects and poisons the whole log: nothing more is accepted, the process must stop.
   */
  append(entries: readonly LogEntry[]): Promise<void>
  /** The entries from `from` on, in order; `from` must not be below `firstIndex`. */
  read(from: number): AsyncIterable<LogEntry>
  /** Entries up to and including `index` are no longer needed; their segments go when no group needs them. */
  truncatePrefix(index: number): Promise<void>
}

export interface SharedLog {
  /** The group's log, empty if it is new. */
  group(id: PartitionId): GroupLog
  /** Groups that have entries or did have some. */
  groups(): readonly PartitionId[]
  /** Forgets a group for good. */
  dropGroup(id: PartitionId): Promise<void>
  /** Waits for what is under way; later appends are refused. Idempotent. */
  close(): Promise<void>
}
