/**
 * The metadata store on a real etcd (3.4 to 3.7).
 *
 * This chapter: `etcd-store-calls.ts` decides which member is asked, how often and for how long; `etcd-store-failure.ts` what a
 * failure means; `etcd-store-watch.ts` is the watch loop; `etcd-store-wire.ts` translates the messages. Nothing outside these
 * files knows the `etcd3` client, and of that client only its raw service calls are used: its watcher, leases, locks and
 * transactions have the faults that infra §1.6 lists.
 *
 * - Every call has a deadline: `timeoutMs` of the caller, else 5 s (for a range: for each page).
 * - A transaction that writes is sent twice only if the first was certainly not executed; otherwise its failure says `unknown`.
 * - Ranges are read in pages at the first page's revision, so no reply grows with the cluster.
 */
import {EtcdLeaseInvalidError} from 'etcd3'
import {EtcdCalls, type EtcdEnv, type EtcdStoreOptions, type Send} from './etcd-store-calls.js'
import {EtcdWatch} from './etcd-store-watch.js'
import {
  bytesOf,
  keyValueOf,
  pageRequest,
  prefixRange,
  successor,
  transactionRequest,
  transactionResult,
} from './etcd-store-wire.js'
import {
  type CallOptions,
  type GetOptions,
  type KeyValue,
  type Lease,
  type LeaseId,
  leaseId,
  type MetaStatus,
  type MetaStore,
  type RangeOptions,
  type Snapshot,
  type Transaction,
  type TransactionResult,
  type WatchMessage,
  type WatchOptions,
} from './store.js'

export type {EtcdEnv, EtcdStoreOptions, EtcdTls} from './etcd-store-calls.js'

const pageKeysMax = 1_000

export class EtcdStore implements MetaStore {
  readonly #calls: EtcdCalls
  readonly #env: EtcdEnv
  readonly #closing = new AbortController()

  constructor(options: EtcdStoreOptions, env: EtcdEnv) {
    this.#calls = new EtcdCalls(options, env)
    this.#env = env
  }

  async get(key: string, options: GetOptions = {}): Promise<KeyValue | null> {
    const request = {key: bytesOf(key), ...(options.revision === undefined ? {} : {revision: options.revision})}
    const {kvs} = await this.#calls.repeatable((etcd, limits) => etcd.kv.range(request, limits), options)
    return kvs[0] === undefined ? null : keyValueOf(kvs[0])
  }

  async range(prefix: string, options?: RangeOptions): Promise<Snapshot> {
    const kvs: KeyValue[] = []
    let revision = 0
    for await (const page of this.pages(prefix, options)) {
      for (const kv of page.kvs) kvs.push(kv)
      revision = page.revision
    }
    return {kvs, revision}
  }

  async *pages(prefix: string, options: RangeOptions = {}): AsyncGenerator<Snapshot, void, void> {
    const {signal, timeoutMs, keysOnly = false} = options
    const endsAtMs = timeoutMs === undefined ? null : this.#env.clock.nowMs() + timeoutMs
    let {revision} = options
    let {key, range_end: end} = prefixRange(prefix)
    for (;;) {
      const request = pageRequest(key, end, pageKeysMax, revision, keysOnly)
      const page = await this.#calls.repeatable((etcd, limits) => etcd.kv.range(request, limits), {
        ...(signal === undefined ? {} : {signal}),
        ...(endsAtMs === null ? {} : {timeoutMs: endsAtMs - this.#env.clock.nowMs()}),
      })
      revision ??= Number(page.header.revision)
      yield {kvs: page.kvs.map(keyValueOf), revision}
      const last = page.kvs.at(-1)
      if (!page.more || last === undefined) return
      key = successor(last.key)
    }
  }

  async count(prefix: string, options?: CallOptions): Promise<number> {
    const request = {...prefixRange(prefix), count_only: true}
    const {count} = await this.#calls.repeatable((etcd, limits) => etcd.kv.range(request, limits), options)
    return Number(count)
  }

  async transact(transaction: Transaction, options?: CallOptions): Promise<TransactionResult> {
    const request = transactionRequest(transaction)
    const send: Send<TransactionResult> = async (etcd, limits) =>
      transactionResult(transaction, await etcd.kv.txn(request, limits))
    const {then, otherwise = []} = transaction
    const writes = [...then, ...otherwise].some(({type}) => type !== 'get')
    if (!writes) return this.#calls.repeatable(send, options)
    await this.#env.failpoints.hit('meta.transaction.before')
    const result = await this.#calls.once(send, options)
    await this.#env.failpoints.hit('meta.transaction.after')
    return result
  }

  watch(prefix: string, {signal, fromRevision}: WatchOptions): AsyncIterable<WatchMessage> {
    const either = AbortSignal.any([signal, this.#closing.signal])
    const scan = () => this.range(prefix, {signal: either})
    return new EtcdWatch(this.#calls, scan, prefix, either, fromRevision).messages()
  }

  /** Repeatable: a lease granted twice leaves one without keys, which expires. */
  async grantLease(ttlSeconds: number, options?: CallOptions): Promise<Lease> {
    const {ID, TTL} = await this.#calls.repeatable(
      (etcd, limits) => etcd.leaseClient.leaseGrant({TTL: ttlSeconds}, limits),
      options,
    )
    return {id: leaseId(ID), ttlSeconds: Number(TTL)}
  }

  /** One short stream for each renewal: nothing to keep alive, nothing to reconnect. */
  renewLease(id: LeaseId, options?: CallOptions): Promise<number> {
    return this.#calls.repeatable(async (etcd, limits) => {
      const stream = await etcd.leaseClient.leaseKeepAlive(limits)
      try {
        return await new Promise<number>((resolve, reject) => {
          stream.on('data', ({TTL}) => resolve(Number(TTL)))
          stream.on('error', reject)
          stream.on('end', () => reject(new Error('etcd ended the stream without an answer')))
          stream.write({ID: id})
        })
      } finally {
        stream.end()
      }
    }, options)
  }

  async revokeLease(id: LeaseId, options?: CallOptions): Promise<void> {
    await this.#calls.repeatable(
      (etcd, limits) =>
        etcd.leaseClient.leaseRevoke({ID: id}, limits).catch((thrown: unknown) => {
          if (!(thrown instanceof EtcdLeaseInvalidError)) throw thrown
        }),
      options,
    )
  }

  async leaseTimeToLive(id: LeaseId, options?: CallOptions): Promise<number | null> {
    const {TTL} = await this.#calls.repeatable(
      (etcd, limits) => etcd.leaseClient.leaseTimeToLive({ID: id}, limits),
      options,
    )
    const seconds = Number(TTL)
    return seconds < 0 ? null : seconds
  }

  status(options?: CallOptions): Promise<MetaStatus> {
    return this.#calls.repeatable(async (etcd, limits, endpoint) => {
      const {version, dbSize, header} = await etcd.maintenance.status(limits)
      return {backend: 'etcd', version, dbBytes: Number(dbSize), revision: Number(header.revision), endpoint}
    }, options)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#calls.close()
  }
}
