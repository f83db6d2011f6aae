/**
 * A process's client of the simulated etcd, with the policy of `src/meta/etcd-store-calls.ts`: what only reads is tried again
 * within its time, what writes is sent once and may have been heard.
 */
import type {Clock} from '../../src/env/clock.js'
import {type Failpoints, noFailpoints} from '../../src/env/failpoints.js'
import {CodedError, type Outcome} from '../../src/errors/coded-error.js'
import type {
  CallOptions,
  KeyValue,
  Lease,
  LeaseId,
  MetaStatus,
  MetaStore,
  RangeOptions,
  Snapshot,
  Transaction,
  TransactionResult,
  WatchMessage,
  WatchOptions,
} from '../../src/meta/store.js'
import type {EtcdHost} from './etcd-host.js'
import type {Asker} from './wire.js'

const callTimeoutMs = 5_000
const attemptTimeoutMs = 1_000
const pauseMs = 50
const pageKeysMax = 1_000

export class MetaClient implements MetaStore {
  readonly #closing = new AbortController()

  constructor(
    private readonly host: EtcdHost,
    private readonly self: Asker,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints = noFailpoints,
  ) {}

  get(key: string, options?: CallOptions): Promise<KeyValue | null> {
    return this.#call(true, () => this.host.etcd.get(key), options)
  }

  range(prefix: string, options: RangeOptions = {}): Promise<Snapshot> {
    const {revision, keysOnly} = options
    return this.#call(true, () => this.host.etcd.range(prefix, revision, keysOnly), options)
  }

  async *pages(prefix: string, options: RangeOptions = {}): AsyncGenerator<Snapshot, void, void> {
    const {kvs, revision} = await this.range(prefix, options)
    for (let from = 0; from === 0 || from < kvs.length; from += pageKeysMax) {
      yield {kvs: kvs.slice(from, from + pageKeysMax), revision}
    }
  }

  async count(prefix: string, options?: CallOptions): Promise<number> {
    return (await this.range(prefix, options)).kvs.length
  }

  async transact(transaction: Transaction, options?: CallOptions): Promise<TransactionResult> {
    const {then, otherwise = []} = transaction
    const isRead = [...then, ...otherwise].every(({type}) => type === 'get')
    const execute = () => this.host.etcd.transact(transaction)
    if (isRead) return this.#call(true, execute, options)
    await this.failpoints.hit('meta.transaction.before')
    const result = await this.#call(false, execute, options)
    await this.failpoints.hit('meta.transaction.after')
    return result
  }

  async *watch(prefix: string, {signal, fromRevision}: WatchOptions): AsyncGenerator<WatchMessage, void, void> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    let from = fromRevision
    while (!ended.aborted) {
      try {
        if (from === undefined) {
          const snapshot = await this.range(prefix, {signal: ended})
          yield {type: 'snapshot', ...snapshot}
          from = snapshot.revision + 1
          continue
        }
        const {events, revision} = await this.host.changes(this.self, prefix, from, ended)
        if (events.length > 0) yield {type: 'events', events, revision}
        from = revision + 1
      } catch (thrown) {
        if (ended.aborted) return
        if (thrown instanceof CodedError && thrown.errorName === 'META_COMPACTED') from = undefined
        else await this.clock.sleep(pauseMs, ended).catch(() => {})
      }
    }
  }

  grantLease(ttlSeconds: number, options?: CallOptions): Promise<Lease> {
    return this.#call(true, () => this.host.etcd.grantLease(ttlSeconds), options)
  }

  renewLease(id: LeaseId, options?: CallOptions): Promise<number> {
    return this.#call(true, () => this.host.etcd.renewLease(id), options)
  }

  revokeLease(id: LeaseId, options?: CallOptions): Promise<void> {
    return this.#call(true, () => this.host.etcd.revokeLease(id), options)
  }

  leaseTimeToLive(id: LeaseId, options?: CallOptions): Promise<number | null> {
    return this.#call(true, () => this.host.etcd.leaseTimeToLive(id), options)
  }

  status(options?: CallOptions): Promise<MetaStatus> {
    const answer = (): MetaStatus => ({
      backend: 'etcd',
      version: '3.4.23',
      dbBytes: 1,
      revision: this.host.etcd.revision,
      endpoint: this.host.ip,
    })
    return this.#call(true, answer, options)
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  /** `repeatable`: executed twice it does no harm. */
  async #call<T>(repeatable: boolean, execute: () => T, options: CallOptions = {}): Promise<T> {
    const {signal, timeoutMs = callTimeoutMs} = options
    const endsAtMs = this.clock.nowMs() + timeoutMs
    for (;;) {
      if (signal?.aborted) throw canceled(signal, 'rejected')
      if (this.#closing.signal.aborted) throw unreachable('the store is closed', 'rejected')
      const leftMs = Math.max(1, endsAtMs - this.clock.nowMs())
      const late = new AbortController()
      const timer = this.clock.after(repeatable ? Math.min(leftMs, attemptTimeoutMs) : leftMs, () => late.abort())
      const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
      try {
        return await this.host.execute(this.self, execute, either)
      } catch (thrown) {
        if (signal?.aborted) throw canceled(signal, repeatable ? 'rejected' : 'unknown')
        if (thrown instanceof CodedError) throw thrown
        const isExecuted = !repeatable && (thrown as {code?: unknown}).code !== 'ECONNREFUSED'
        if (isExecuted) throw unreachable('no answer', 'unknown')
        if (this.clock.nowMs() + pauseMs >= endsAtMs) throw unreachable('no answer in time', 'rejected')
      } finally {
        timer.cancel()
      }
      await this.clock.sleep(pauseMs, signal).catch(() => {})
    }
  }
}

function canceled(signal: AbortSignal, outcome: Outcome): CodedError {
  return new CodedError('CANCELED', 'the call was aborted', {outcome, cause: signal.reason})
}

function unreachable(detail: string, outcome: Outcome): CodedError {
  return new CodedError('META_UNREACHABLE', detail, {outcome, retryable: true})
}
