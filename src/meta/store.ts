/**
 * The metadata store: etcd's model, and only the part of it that we use.
 *
 * - Reads are linearizable unless they name a revision.
 * - A key's value is bytes; nearly all of ours are UTF-8 text.
 * - A write happens in a transaction that may compare what it read first: no write is guarded by a lock alone.
 * - A watch starts from a revision, never from "now", so nothing falls between a scan and its watch.
 *
 * Two implementations, held to one contract suite: `etcd-store.ts` (a real etcd) and `embedded/` (LMDB, in this process).
 * Errors: META_UNREACHABLE (outcome `unknown` for a transaction that writes), META_COMPACTED, META_REFUSED.
 */
declare const leaseBrand: unique symbol
/** etcd's 64-bit lease id in decimal: beyond 2^53, so never a number. */
export type LeaseId = string & {readonly [leaseBrand]: 'LeaseId'}
export const leaseId = (decimal: string): LeaseId => decimal as LeaseId

export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
  readonly createRevision: number
  readonly modRevision: number
  /** 1 at creation, one more with every change. */
  readonly version: number
  readonly lease: LeaseId | null
}

export interface Snapshot {
  /** In key order. */
  readonly kvs: readonly KeyValue[]
  /** The revision at which all of them were read. */
  readonly revision: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Milliseconds for the whole call, retries included. */
  readonly timeoutMs?: number
}

export interface GetOptions extends CallOptions {
  /** Read as of this revision; now if absent. */
  readonly revision?: number
}

export interface RangeOptions extends GetOptions {
  readonly keysOnly?: boolean
}

/** `version` 0 means: the key does not exist. */
export type Compare =
  | {readonly key: string; readonly target: 'modRevision' | 'createRevision' | 'version'; readonly equals: number}
  | {readonly key: string; readonly target: 'value'; readonly equals: string | Uint8Array}

export type Operation =
  | {readonly type: 'put'; readonly key: string; readonly value: string | Uint8Array; readonly lease?: LeaseId}
  | {readonly type: 'delete'; readonly key: string}
  | {readonly type: 'deletePrefix'; readonly prefix: string}
  | {readonly type: 'get'; readonly key: string}

export type OperationResult =
  | {readonly type: 'put'}
  | {readonly type: 'delete'; readonly deleted: number}
  | {readonly type: 'get'; readonly kv: KeyValue | null}

/** At most 128 operations a branch (etcd's limit); compares are all of them ANDed. */
export interface Transaction {
  readonly compare?: readonly Compare[]
  readonly then: readonly Operation[]
  readonly otherwise?: readonly Operation[]
}

export interface TransactionResult {
  /** Whether every compare held. */
  readonly succeeded: boolean
  readonly revision: number
  /** One for each operation of the branch that ran. */
  readonly results: readonly OperationResult[]
}

export type WatchEvent =
  | {readonly type: 'put'; readonly kv: KeyValue}
  | {readonly type: 'delete'; readonly key: string; readonly modRevision: number}

/**
 * What a watch delivers. `snapshot`: everything under the prefix as of `revision`; what was known before is void.
 * `events`: all changes of one or more revisions, in order, up to and including `revision`.
 */
export type WatchMessage =
  | {readonly type: 'snapshot'; readonly kvs: readonly KeyValue[]; readonly revision: number}
  | {readonly type: 'events'; readonly events: readonly WatchEvent[]; readonly revision: number}

export interface WatchOptions {
  readonly signal: AbortSignal
  /** The first revision wanted. If absent, the watch begins with a snapshot and continues after it. */
  readonly fromRevision?: number
}

export interface Lease {
  readonly id: LeaseId
  /** What the store granted, which may be more than what was asked. */
  readonly ttlSeconds: number
}

export interface MetaStatus {
  readonly backend: 'etcd' | 'embedded'
  readonly version: string
  readonly dbBytes: number
  readonly revision: number
  readonly endpoint: string
}

export interface MetaStore {
  get(key: string, options?: GetOptions): Promise<KeyValue | null>
  /** All keys under `prefix` at one revision, read in pages. */
  range(prefix: string, options?: RangeOptions): Promise<Snapshot>
  /** The same, page by page, for what may be large: every page has the revision of the first. */
  pages(prefix: string, options?: RangeOptions): AsyncIterable<Snapshot>
  count(prefix: string, options?: CallOptions): Promise<number>
  transact(transaction: Transaction, options?: CallOptions): Promise<TransactionResult>
  /**
   * Changes under `prefix`, for ever: across dropped connections and restarts without losing or doubling an event.
   * When the history it needs was compacted, it scans again and delivers a `snapshot`. Ends when the signal is aborted.
   */
  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchMessage>
  grantLease(ttlSeconds: number, options?: CallOptions): Promise<Lease>
  /** Renews once. Returns the seconds left, or 0 if the lease is gone. */
  renewLease(id: LeaseId, options?: CallOptions): Promise<number>
  /** Ends the lease and deletes its keys; one that is gone already is fine. */
  revokeLease(id: LeaseId, options?: CallOptions): Promise<void>
  /** Seconds left of a lease, or null if it is gone. */
  leaseTimeToLive(id: LeaseId, options?: CallOptions): Promise<number | null>
  status(options?: CallOptions): Promise<MetaStatus>
  /** Ends every watch and closes connections. Idempotent. */
  close(): Promise<void>
}
