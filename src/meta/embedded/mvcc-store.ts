/**
 * etcd's store over LMDB: keys with revisions, transactions, leases, history; without the wire.
 *
 * Everything here speaks etcd's requests and replies and throws `EtcdFault`. `EmbeddedStore` and the gRPC services are two
 * faces of it.
 */
import type {Env} from '../../env/env.js'
import {ChangeFeed} from './change-feed.js'
import {checkDelete, checkPut, checkRange, checkSize, checkTxn} from './check.js'
import {CommitQueue} from './commit-queue.js'
import {Compactor, type Retention} from './compactor.js'
import type {Draft} from './draft.js'
import {executeDelete, executePlan, executePut, readPlan} from './execute.js'
import {CompactedFault, EtcdFault} from './faults.js'
import {Image} from './image.js'
import {contains, type KeyRange} from './key-range.js'
import {Leases} from './leases.js'
import {checkKept, checkLease, isReadOnly, planTxn} from './plan.js'
import {readRange} from './range.js'
import type {Change} from './record.js'
import type {
  DeleteReply,
  DeleteRequest,
  PutReply,
  PutRequest,
  RangeReply,
  RangeRequest,
  TxnReply,
  TxnRequest,
} from './requests.js'
import type {View} from './view.js'

export type MvccEnv = Pick<Env, 'clock' | 'random' | 'disk' | 'log' | 'failpoints'>

export interface MvccOptions extends Retention {
  readonly directory: string
  readonly requestBytesMax: number
  /** A lease asked for less gets this. */
  readonly leaseTtlSecondsMin: number
}

/** Who answers, as every etcd reply says it: drawn once for a data directory; the term counts its starts. */
export interface Identity {
  readonly clusterId: bigint
  readonly memberId: bigint
  readonly term: number
}

/** All changes of the range in one or more revisions, up to and including `revision`; possibly none. */
export interface ChangeBatch {
  readonly changes: readonly Change[]
  readonly revision: number
}

/** The etcd whose behaviour this is. */
export const etcdVersion = '3.4.23+vearchctl'

const leaseTtlSecondsMax = 9_000_000_000
const compactionSliceMax = 5_000

export class MvccStore {
  readonly #image: Image
  readonly #queue: CommitQueue
  readonly #feed = new ChangeFeed()
  readonly #leases: Leases
  readonly #compactor: Compactor
  #cleaning: Promise<void> = Promise.resolve()
  #identity: Identity = {clusterId: 0n, memberId: 0n, term: 0}

  constructor(
    readonly env: MvccEnv,
    readonly options: MvccOptions,
    /** The disk failed: nothing is accepted any more, and only a restart of the process helps. */
    onFailure: (reason: unknown) => void,
  ) {
    this.#image = new Image(options.directory, env.disk)
    this.#queue = new CommitQueue(this.#image, (changes) => this.#feed.append(changes), onFailure)
    // What fails here was revoked or compacted meanwhile; that the disk failed, the queue reports.
    const ignore = () => {}
    this.#leases = new Leases(env.clock, (id) => void this.#revoke(id, {onlyIfOver: true}).catch(ignore))
    this.#compactor = new Compactor(
      env.clock,
      options,
      () => this.revision,
      (revision) => void this.compact(revision).catch(ignore),
    )
  }

  /** Throws DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE or DATA_CORRUPT. */
  async start(): Promise<void> {
    await this.#image.open()
    this.#identity = await this.#queue.submit((draft) => this.#identify(draft))
    for (const {id, ttlSeconds} of this.#view.leases()) this.#leases.grant(id, ttlSeconds)
    this.#leases.start()
    this.#compactor.start()
    this.#clean(this.#view.compactRevision)
  }

  async stop(): Promise<void> {
    this.#leases.stop()
    this.#compactor.stop()
    this.#feed.close()
    await this.#queue.close()
    await this.#cleaning
    await this.#image.close()
  }

  get identity(): Identity {
    return this.#identity
  }

  get revision(): number {
    return this.#view.revision
  }

  get bytesOnDisk(): number {
    return this.#image.bytes
  }

  range(request: RangeRequest): RangeReply {
    checkRange(request)
    return readRange(this.#view, request)
  }

  async put(request: PutRequest): Promise<PutReply> {
    checkPut(request)
    checkSize(request, this.options.requestBytesMax)
    return this.#queue.submit((draft) => {
      // Outside a transaction etcd looks at the lease first.
      checkLease(draft, request)
      checkKept(draft, request)
      return executePut(draft, request)
    })
  }

  async delete(request: DeleteRequest): Promise<DeleteReply> {
    checkDelete(request)
    return this.#queue.submit((draft) => executeDelete(draft, request))
  }

  async txn(request: TxnRequest): Promise<TxnReply> {
    checkTxn(request)
    checkSize(request, this.options.requestBytesMax)
    if (isReadOnly(request)) return readPlan(this.#view, planTxn(this.#view, request))
    return this.#queue.submit((draft) => executePlan(draft, planTxn(draft, request)))
  }

  /** Forgets the history before `revision`; resolves when that is decided and, if `physical`, when it is gone from disk. */
  async compact(revision: number, {physical = false} = {}): Promise<{readonly revision: number}> {
    const reply = await this.#queue.submit((draft) => {
      if (revision > draft.revision) throw new EtcdFault('futureRevision')
      if (revision <= draft.compactRevision) throw new EtcdFault('compacted')
      draft.setCompactRevision(revision)
      return {revision: draft.revision}
    })
    this.#clean(revision)
    if (physical) await this.#cleaning
    return reply
  }

  /**
   * The changes of a range from a revision on, which may lie ahead. Ends when the signal is aborted or the store stops.
   * Throws `CompactedFault`.
   */
  async *watch(range: KeyRange, fromRevision: number, signal: AbortSignal): AsyncGenerator<ChangeBatch, void, void> {
    for (let next = fromRevision; !signal.aborted && !this.#feed.isClosed; ) {
      const view = this.#view
      if (next < view.compactRevision) throw new CompactedFault(view.compactRevision)
      if (next > view.revision) {
        await this.#feed.next(signal)
        continue
      }
      const {changes, through} = this.#feed.read(view, next)
      next = through + 1
      yield {changes: changes.filter(({key}) => contains(range, key)), revision: through}
    }
  }

  /** An id of 0n lets the store choose. */
  async grantLease(id: bigint, ttlSeconds: number): Promise<{readonly id: bigint; readonly ttlSeconds: number}> {
    if (ttlSeconds > leaseTtlSecondsMax) throw new EtcdFault('leaseTtlTooLarge')
    const granted = Math.ceil(Math.max(ttlSeconds, this.options.leaseTtlSecondsMin))
    const chosen = await this.#queue.submit((draft) => {
      const free = id === 0n ? this.#freeLeaseId(draft) : id
      if (draft.leaseTtl(free) !== null) throw new EtcdFault('leaseExists')
      draft.grantLease(free, granted)
      return free
    })
    this.#leases.grant(chosen, granted)
    return {id: chosen, ttlSeconds: granted}
  }

  /** Ends the lease and deletes its keys. */
  async revokeLease(id: bigint): Promise<void> {
    await this.#revoke(id, {onlyIfOver: false})
  }

  /** Returns the seconds that the lease has now; 0 if it is gone. */
  renewLease(id: bigint): number {
    this.#checkRunning()
    return this.#leases.renew(id) ?? 0
  }

  /** Null if it is gone. */
  leaseTimeToLive(id: bigint): {readonly left: number; readonly granted: number} | null {
    this.#checkRunning()
    return this.#leases.secondsLeft(id)
  }

  keysOfLease(id: bigint): readonly Buffer[] {
    return this.#view.keysOfLease(id)
  }

  leaseIds(): readonly bigint[] {
    this.#checkRunning()
    return this.#leases.ids()
  }

  get #view(): View {
    return this.#image.view
  }

  /** What only memory knows must not be asked of a store that has stopped: every lease would seem gone. */
  #checkRunning(): void {
    if (this.#feed.isClosed) throw new EtcdFault('stopped')
  }

  async #revoke(id: bigint, {onlyIfOver}: {readonly onlyIfOver: boolean}): Promise<void> {
    await this.#queue.submit((draft) => {
      if (draft.leaseTtl(id) === null) throw new EtcdFault('leaseNotFound')
      if (!onlyIfOver || this.#leases.isOver(id)) {
        draft.revokeLease(id)
        this.#leases.forget(id)
      }
    })
  }

  #freeLeaseId(draft: Draft): bigint {
    for (;;) {
      const id = randomId(this.env)
      if (draft.leaseTtl(id) === null) return id
    }
  }

  #identify(draft: Draft): Identity {
    const clusterId = draft.fact('clusterId') ?? String(randomId(this.env))
    const memberId = draft.fact('memberId') ?? String(randomId(this.env))
    const term = Number(draft.fact('starts') ?? 0) + 1
    draft.setFact('clusterId', clusterId)
    draft.setFact('memberId', memberId)
    draft.setFact('starts', String(term))
    return {clusterId: BigInt(clusterId), memberId: BigInt(memberId), term}
  }

  /** Removes compacted history slice by slice, so that other writes come in between. */
  #clean(revision: number): void {
    const slice = () => this.#queue.submit((draft) => draft.forgetChangesBelow(revision, compactionSliceMax))
    const clean = async () => {
      while (await slice());
    }
    // What a stop interrupts is removed after the next start.
    this.#cleaning = this.#cleaning.then(clean).catch(() => {})
  }
}

/** 63 bits, never 0. */
function randomId({random}: MvccEnv): bigint {
  const id = Buffer.from(random.bytes(8)).readBigUInt64BE() >> 1n
  return id === 0n ? 1n : id
}
