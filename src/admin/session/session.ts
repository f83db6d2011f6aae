/**
 * One command's use of a cluster: what it may ask, for how long, and whether it may change anything.
 *
 * The chapter: a `Target` says which cluster is meant; `Connections` to it are opened as they are needed and outlive the
 * session where they can; `reading()` is the metadata at one revision, `writer()` the only thing that changes it;
 * `masters()` and `nodes()` ask those who know more than the metadata. Functions of `admin` take the narrowest of these
 * that they need, so one that takes a reading works on a cluster, at an old revision and on a snapshot file alike.
 */
import type {Config} from '../../config/config.js'
import type {Env} from '../../env/env.js'
import {CodedError} from '../../errors/coded-error.js'
import type {EtcdUpkeep} from '../../meta/etcd-store-upkeep.js'
import {Keys} from '../../meta/keys.js'
import {ContentReading, type MetaReading, StoreReading} from '../../meta/reading.js'
import type {MetaStore} from '../../meta/store.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import type {Journal} from '../changes/journal.js'
import type {Target} from '../contexts/target.js'
import type {Connections} from './connections.js'
import {Deadline} from './deadline.js'
import type {MasterCalls} from './master-calls.js'
import type {NodeCalls} from './node-calls.js'

/** What can be asked of the store's own health. */
export type ObservedStore = Pick<MetaStore, 'status' | 'leaseTimeToLive'>

export interface SessionOptions {
  readonly timeoutMs: number
  /** For each partition server that is asked. */
  readonly nodeTimeoutMs: number
  /** Nothing is changed: there is no writer. */
  readonly isDryRun: boolean
  /** Where the journal of changes is. */
  readonly stateDirectory: string
  readonly interrupt: AbortSignal
  /** Told of each question that goes out, before it is answered. */
  onAsk?(question: string): void
}

export class Session {
  /** Aborted by an interrupt, and when the time is up. */
  readonly signal: AbortSignal
  readonly #deadline: Deadline
  /** Whom an answer is awaited from, for the error when none comes. */
  #asking = 'the cluster'
  #reading: Promise<MetaReading> | null = null
  readonly #dated = new Map<string, Promise<MetaReading>>()

  constructor(
    readonly connections: Connections,
    readonly options: SessionOptions,
  ) {
    this.#deadline = new Deadline(this.env.clock, options.timeoutMs, () => this.#asking)
    this.signal = AbortSignal.any([options.interrupt, this.#deadline.signal])
  }

  get env(): Env {
    return this.connections.env
  }

  get target(): Target {
    return this.connections.target
  }

  config(): Promise<Config> {
    return this.connections.config()
  }

  cluster(): Promise<string> {
    return this.connections.cluster()
  }

  /** The same for the whole of a command. */
  reading(): Promise<MetaReading> {
    this.#reading ??= this.readAnew()
    return this.#reading
  }

  /** For whoever looks again at what may have changed. */
  readAnew(): Promise<MetaReading> {
    const {at, atTime} = this.target
    return atTime === null ? this.readingAt(at) : this.readingAsOf(atTime)
  }

  /** As of a time, whatever the target says. Errors: USAGE, META_COMPACTED, NOT_FOUND. */
  readingAsOf(time: string): Promise<MetaReading> {
    const known = this.#dated.get(time)
    if (known !== undefined) return known
    const reading = this.#readingAsOf(time)
    this.#dated.set(time, reading)
    return reading
  }

  async #readingAsOf(time: string): Promise<MetaReading> {
    const [{revisionAt}, {requireTime}] = await Promise.all([
      import('../meta/revision-at.js'),
      import('../time-word.js'),
    ])
    const timeMs = requireTime(time, this.env.clock.wallMs())
    if (this.target.snapshot !== null) {
      const {capturedRevision} = await import('../debug/capture/captured-timeline.js')
      const revision = await capturedRevision(this, this.target.snapshot, time)
      if (revision !== null) return this.readingAt(revision)
    }
    const journal = this.target.snapshot === null ? await (await this.journal()).changes(this.env.disk) : []
    const readingAt = (revision: number | null) => this.readingAt(revision)
    const revision = await revisionAt({timeMs, readingAt, journal})
    return this.readingAt(revision, ` (nothing dated after ${new Date(timeMs).toISOString()})`)
  }

  /** As of that revision, or as it is now, whatever the target says of a revision; `remark` is said of where it comes from. */
  async readingAt(revision: number | null, remark = ''): Promise<MetaReading> {
    const [name, cluster] = await Promise.all([this.connections.place(), this.cluster()])
    const place = `${name}${remark}`
    const keys = new Keys(cluster)
    const {snapshot} = this.target
    if (snapshot !== null) return new ContentReading(keys, place, await this.connections.content(snapshot, revision))
    this.#ask(name)(`metadata of ${name}`)
    return new StoreReading(await this.connections.reader(), {keys, place, signal: this.signal, revision})
  }

  /** False for a file or an old revision. */
  get isLive(): boolean {
    const {snapshot, at, atTime} = this.target
    return snapshot === null && at === null && atTime === null
  }

  /** Null on a dry run. Errors: GUARD_FAILED where nothing may be changed. */
  async writer(): Promise<GuardedWriter | null> {
    const {readOnlyBecause, context} = this.target
    if (!this.isLive) {
      throw new CodedError('GUARD_FAILED', 'the past cannot be changed', {hint: 'leave out --snapshot and --at'})
    }
    if (this.options.isDryRun) return null
    if (readOnlyBecause !== null) {
      throw new CodedError('GUARD_FAILED', `nothing may be changed: read-only by ${readOnlyBecause}`, {
        hint: 'see what it would do with --dry-run',
      })
    }
    const [{GuardedWriter}, journal] = await Promise.all([import('../changes/guarded-writer.js'), this.journal()])
    const [cluster, place] = await Promise.all([this.cluster(), this.connections.place()])
    return new GuardedWriter({
      store: () => this.#store(),
      journal,
      disk: this.env.disk,
      keys: new Keys(cluster),
      place,
      context,
      clock: this.env.clock,
      random: this.env.random,
      signal: this.signal,
    })
  }

  /** Of the changes that were made from this machine. */
  async journal(): Promise<Journal> {
    const {Journal, journalPath} = await import('../changes/journal.js')
    return new Journal(journalPath(this.options.stateDirectory, await this.cluster()))
  }

  /** URLs without a path, in the order in which to ask. */
  async masterUrls(): Promise<readonly string[]> {
    const masters = await this.connections.masterUrls()
    this.#asking = `masters ${masters.join(', ')}`
    return masters
  }

  /** The masters' API, of our kind or of a real Vearch. */
  async masters(): Promise<MasterCalls> {
    const {connections, signal} = this
    const [masters, {user, password}, tls, {MasterCalls}] = await Promise.all([
      this.masterUrls(),
      connections.credentials(),
      connections.httpTls(),
      import('./master-calls.js'),
    ])
    return new MasterCalls({masters, user, password, tls, signal, onAsk: this.#ask(`masters ${masters.join(', ')}`)})
  }

  /** Partition servers, of our kind only. `workMs`: what they are asked for takes as long. */
  async nodes({workMs = 0}: {readonly workMs?: number} = {}): Promise<NodeCalls> {
    const timeoutMs = this.options.nodeTimeoutMs + workMs
    const [caller, {NodeCalls}] = await Promise.all([this.connections.nodes(), import('./node-calls.js')])
    return new NodeCalls(caller, this.env, {timeoutMs, signal: this.signal, onAsk: this.#ask('the partition servers')})
  }

  /** The live store, for what asks after its health. */
  async observed(): Promise<ObservedStore> {
    await this.#asksStore()
    return this.connections.reader()
  }

  /** The live store, for what waits for its changes. */
  watched(): Promise<Pick<MetaStore, 'watch' | 'status'>> {
    return this.#store()
  }

  /** Etcd itself. Errors: GUARD_FAILED for a file or an old revision. */
  async upkeep(): Promise<EtcdUpkeep> {
    if (!this.isLive) {
      throw new CodedError('GUARD_FAILED', 'a file or an old revision has no etcd', {
        hint: 'leave out --snapshot and --at',
      })
    }
    const place = await this.connections.place()
    this.#ask(place)(`${place} itself`)
    return this.connections.upkeep()
  }

  /** A person is asked something: meanwhile the time stands still. */
  whileAsking<T>(question: () => Promise<T>): Promise<T> {
    return this.#deadline.suspendedFor(question)
  }

  /** What has a bound of its own, which may be longer than the command's. */
  onItsOwnTime<T>(wait: () => Promise<T>): Promise<T> {
    return this.#deadline.suspendedFor(wait)
  }

  end(): void {
    this.#deadline.cancel()
  }

  async #store(): Promise<MetaStore> {
    await this.#asksStore()
    return this.connections.store()
  }

  async #asksStore(): Promise<void> {
    const place = await this.connections.place()
    this.#ask(place)(`metadata of ${place}`)
  }

  #ask(whom: string): (question: string) => void {
    return (question) => {
      this.#asking = whom
      this.options.onAsk?.(question)
    }
  }
}
