/**
 * Metadata without an etcd: a store with etcd's semantics in the master's own process, on LMDB, which the other roles, the
 * tool and a stock etcdctl reach over gRPC as if it were a single-member etcd.
 *
 * - What is acknowledged is on disk; concurrent writes share one fsync.
 * - A transaction is checked completely before it changes anything.
 * - Revisions, versions, history, leases and errors are etcd's 3.4, compared with it reply by reply
 *   (`test/contract/meta-fuzz.test.ts`).
 * - One process per data directory, one member, no users: for those there is etcd.
 *
 * Reading order: `record.ts` is what lies on disk, `image.ts` the LMDB environment, `view.ts` and `draft.ts` the two ways to
 * look at it. A request is checked by itself (`check.ts`), planned against the state (`plan.ts`) and carried out
 * (`execute.ts`, `range.ts`); `commit-queue.ts` puts many into one fsync, `change-feed.ts` tells the watches.
 * `mvcc-store.ts` joins these. In front of it stand this class, for the master itself, and `grpc/` for everybody else.
 */
import {CodedError} from '../../errors/coded-error.js'
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
} from '../store.js'
import {CompactedFault, EtcdFault} from './faults.js'
import {GrpcServer, type Listen} from './grpc/server.js'
import {prefixRange, singleKey} from './key-range.js'
import {etcdVersion, type MvccEnv, type MvccOptions, MvccStore} from './mvcc-store.js'
import {everythingOf} from './requests.js'
import {keyValueOf, transactionResult, txnRequestOf, watchEventOf} from './terms.js'

export interface EmbeddedOptions extends Partial<MvccOptions> {
  readonly directory: string
  /** Where to serve gRPC; nowhere if absent. */
  readonly listen?: Listen
}

/** Vearch's settings for the etcd inside its master. */
const defaults = {
  requestBytesMax: 32 * 1_024 * 1_024,
  leaseTtlSecondsMin: 2,
  retentionMs: 3_600_000,
  revisionsMax: 1_000_000,
} as const

const pageKeysMax = 1_000

export class EmbeddedStore implements MetaStore {
  /** Resolves when the disk fails: what was acknowledged is safe, nothing more is accepted, the process must restart. */
  readonly failed: Promise<CodedError>
  readonly #mvcc: MvccStore
  readonly #server: GrpcServer | null
  readonly #directory: string

  constructor(options: EmbeddedOptions, env: MvccEnv) {
    this.#directory = options.directory
    let fail: (error: CodedError) => void = () => {}
    this.failed = new Promise((resolve) => {
      fail = resolve
    })
    this.#mvcc = new MvccStore(env, {...defaults, ...options}, (reason) => {
      const detail = `writing metadata to ${options.directory}: ${reason instanceof Error ? reason.message : reason}`
      env.log.error('meta.embedded.failed', {detail})
      fail(new CodedError('INTERNAL_ERROR', detail, {outcome: 'unknown', cause: reason}))
    })
    this.#server = options.listen === undefined ? null : new GrpcServer(this.#mvcc, options.listen, env.clock)
  }

  /** Throws DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE, DATA_CORRUPT or PORT_TAKEN; then nothing is left open. */
  async start(): Promise<void> {
    try {
      await this.#mvcc.start()
      await this.#server?.start()
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
  }

  /** Ends every watch, writes what was accepted and lets go of the directory. Idempotent. */
  async stop(): Promise<void> {
    await this.#server?.stop()
    await this.#mvcc.stop()
  }

  close(): Promise<void> {
    return this.stop()
  }

  /** The port that gRPC is served on, once started. */
  get port(): number | null {
    return this.#server?.port ?? null
  }

  get(key: string, options: GetOptions = {}): Promise<KeyValue | null> {
    return answer(options, () => {
      const request = {...everythingOf(singleKey(key)), revision: options.revision ?? 0}
      const [record] = this.#mvcc.range(request).records
      return record === undefined ? null : keyValueOf(record)
    })
  }

  range(prefix: string, options: RangeOptions = {}): Promise<Snapshot> {
    return answer(options, () => {
      const {revision, keysOnly = false} = options
      const request = {...everythingOf(prefixRange(prefix)), revision: revision ?? 0, keysOnly}
      const reply = this.#mvcc.range(request)
      return {kvs: reply.records.map(keyValueOf), revision: revision ?? reply.revision}
    })
  }

  async *pages(prefix: string, options: RangeOptions = {}): AsyncGenerator<Snapshot, void, void> {
    const {keysOnly = false} = options
    let {revision} = options
    let range = prefixRange(prefix)
    for (;;) {
      const request = {...everythingOf(range), revision: revision ?? 0, keysOnly, limit: pageKeysMax}
      const reply = await answer(options, () => this.#mvcc.range(request))
      revision ??= reply.revision
      yield {kvs: reply.records.map(keyValueOf), revision}
      const last = reply.records.at(-1)
      if (!reply.more || last === undefined) return
      range = {key: Buffer.concat([last.key, Buffer.alloc(1)]), end: range.end}
    }
  }

  count(prefix: string, options?: CallOptions): Promise<number> {
    return answer(options, () => this.#mvcc.range({...everythingOf(prefixRange(prefix)), countOnly: true}).count)
  }

  transact(transaction: Transaction, options?: CallOptions): Promise<TransactionResult> {
    const {failpoints} = this.#mvcc.env
    return answer(options, async () => {
      await failpoints.hit('meta.transaction.before')
      const result = transactionResult(await this.#mvcc.txn(txnRequestOf(transaction)))
      await failpoints.hit('meta.transaction.after')
      return result
    })
  }

  async *watch(prefix: string, {signal, fromRevision}: WatchOptions): AsyncGenerator<WatchMessage, void, void> {
    let from = fromRevision
    while (!signal.aborted) {
      if (from === undefined) {
        const snapshot = await this.range(prefix)
        yield {type: 'snapshot', ...snapshot}
        from = snapshot.revision + 1
      }
      try {
        for await (const {changes} of this.#mvcc.watch(prefixRange(prefix), from, signal)) {
          const last = changes.at(-1)
          if (last === undefined) continue
          yield {type: 'events', events: changes.map(watchEventOf), revision: last.revision}
        }
        return
      } catch (thrown) {
        if (!(thrown instanceof CompactedFault)) throw thrown
        from = undefined
      }
    }
  }

  grantLease(ttlSeconds: number, options?: CallOptions): Promise<Lease> {
    return answer(options, async () => {
      const lease = await this.#mvcc.grantLease(0n, ttlSeconds)
      return {id: leaseId(String(lease.id)), ttlSeconds: lease.ttlSeconds}
    })
  }

  renewLease(id: LeaseId, options?: CallOptions): Promise<number> {
    return answer(options, () => this.#mvcc.renewLease(BigInt(id)))
  }

  revokeLease(id: LeaseId, options?: CallOptions): Promise<void> {
    return answer(options, async () => {
      try {
        await this.#mvcc.revokeLease(BigInt(id))
      } catch (thrown) {
        if (!(thrown instanceof EtcdFault) || thrown.fault !== 'leaseNotFound') throw thrown
      }
    })
  }

  leaseTimeToLive(id: LeaseId, options?: CallOptions): Promise<number | null> {
    return answer(options, () => this.#mvcc.leaseTimeToLive(BigInt(id))?.left ?? null)
  }

  /** Forgets the history before `revision`, now instead of after the retention. */
  compact(revision: number): Promise<void> {
    return answer({}, async () => void (await this.#mvcc.compact(revision, {physical: true})))
  }

  status(options?: CallOptions): Promise<MetaStatus> {
    return answer(options, () => ({
      backend: 'embedded',
      version: etcdVersion,
      dbBytes: this.#mvcc.bytesOnDisk,
      revision: this.#mvcc.revision,
      endpoint: this.#server?.address ?? this.#directory,
    }))
  }
}

/** Calls take no longer than the disk does, so of a call's options only an abort that came before counts. */
async function answer<T>({signal}: CallOptions = {}, call: () => T | Promise<T>): Promise<T> {
  if (signal?.aborted) throw new CodedError('CANCELED', 'the call was aborted before it began', {cause: signal.reason})
  try {
    return await call()
  } catch (thrown) {
    throw thrown instanceof EtcdFault ? codedError(thrown) : thrown
  }
}

function codedError(fault: EtcdFault): CodedError {
  switch (fault.fault) {
    case 'compacted':
      return new CodedError('META_COMPACTED', 'that revision was compacted', {cause: fault})
    case 'writeFailed':
      return new CodedError('META_UNREACHABLE', fault.message, {outcome: 'unknown', cause: fault})
    case 'stopped':
    case 'diskFailed':
    case 'tooManyRequests':
      return new CodedError('META_UNREACHABLE', fault.message, {retryable: true, cause: fault})
    default:
      return new CodedError('META_REFUSED', fault.message, {cause: fault})
  }
}
