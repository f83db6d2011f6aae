/**
 * The store as one LMDB snapshot shows it. Reads are synchronous and cost no copy of what they do not return.
 */
import type {Transaction} from 'lmdb'
import type {Databases} from './image.js'
import {bounds, isSingleKey, type KeyRange} from './key-range.js'
import {type Change, changeKey, decodeChange, decodeRecord, type KeyRecord, revisionBytes} from './record.js'

/** A store that never held anything is at revision 1, as etcd is. */
const firstRevision = 1

export class View {
  /** Options of every read: which transaction it belongs to. */
  readonly #within: {readonly transaction?: Transaction}

  /** Without a transaction, reads belong to the write transaction under way. */
  constructor(
    protected readonly databases: Databases,
    transaction?: Transaction,
  ) {
    this.#within = transaction === undefined ? {} : {transaction}
  }

  get revision(): number {
    return Number(this.fact('revision') ?? firstRevision)
  }

  /** The oldest revision that can still be read; -1 before the first compaction. */
  get compactRevision(): number {
    return Number(this.fact('compactRevision') ?? -1)
  }

  fact(name: string): string | null {
    return this.databases.facts.get(name, this.#within)?.toString() ?? null
  }

  get(key: Buffer): KeyRecord | null {
    const bytes = key.length === 0 ? undefined : this.databases.current.get(key, this.#within)
    return bytes === undefined ? null : decodeRecord(key, bytes)
  }

  /** In key order. */
  *scan(range: KeyRange): Generator<KeyRecord, void, void> {
    if (isSingleKey(range)) {
      const record = this.get(range.key)
      if (record !== null) yield record
      return
    }
    for (const {key, value} of this.databases.current.getRange({...bounds(range), ...this.#within})) {
      yield decodeRecord(key, value)
    }
  }

  count(range: KeyRange): number {
    if (isSingleKey(range)) return this.get(range.key) === null ? 0 : 1
    return this.databases.current.getKeysCount({...bounds(range), ...this.#within})
  }

  /** Of the revisions in [from, to], in order. */
  *changes(from: number, to: number): Generator<Change, void, void> {
    const range = {start: changeKey(from, 0), end: changeKey(to + 1, 0), ...this.#within}
    for (const {key, value} of this.databases.history.getRange(range)) {
      yield decodeChange(key.readUIntBE(0, revisionBytes), value)
    }
  }

  /** The TTL that a lease was granted, in seconds; null if there is no such lease. */
  leaseTtl(id: bigint): number | null {
    const bytes = this.databases.leases.get(leaseBytes(id), this.#within)
    return bytes === undefined ? null : Number(bytes.readBigInt64BE())
  }

  *leases(): Generator<{readonly id: bigint; readonly ttlSeconds: number}, void, void> {
    for (const {key, value} of this.databases.leases.getRange(this.#within)) {
      yield {id: key.readBigInt64BE(), ttlSeconds: Number(value.readBigInt64BE())}
    }
  }

  /** In key order. */
  keysOfLease(id: bigint): Buffer[] {
    const prefix = leaseBytes(id)
    const keys: Buffer[] = []
    for (const key of this.databases.leaseKeys.getKeys({start: prefix, ...this.#within})) {
      if (!key.subarray(0, prefix.length).equals(prefix)) break
      keys.push(key.subarray(prefix.length))
    }
    return keys
  }
}

export function leaseBytes(id: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(id)
  return bytes
}
