/**
 * One command's use of a cluster: what it may ask, for how long, and whether it may change anything.
 *
 * The chapter: a `Target` says which cluster is meant; `Connections` to it are opened as they are needed and outlive the
 * session where they can; `reading()` is the metadata at one revision, `writer()` the only thing that changes it;
 * `masters()` and `nodes()` ask those who know more than the metadata. Functions of `admin` take the narrowest of these
 * that they need, so one that takes a reading works on a cluster, at an old revision and on a snapshot file alike.
 */
import type {Config} from '../config/config.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {Keys} from '../meta/keys.js'
import {ContentReading, type MetaReading, StoreReading} from '../meta/reading.js'
import type {MetaStore} from '../meta/store.js'
import type {Connections} from './connections.js'
import {Deadline} from './deadline.js'
import type {GuardedWriter} from './guarded-writer.js'
import type {Journal} from './journal.js'
import type {MasterCalls} from './master-calls.js'
import type {NodeCalls} from './node-calls.js'
import type {Target} from './target.js'

/** What can be asked of the store without changing anything. */
export type ObservedStore = Pick<MetaStore, 'watch' | 'count' | 'status' | 'leaseTimeToLive'>

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
    return this.readingAt(this.target.at)
  }

  /** As of that revision, or as it is now, whatever the target says of a revision. */
  async readingAt(revision: number | null): Promise<MetaReading> {
    const [place, cluster] = await Promise.all([this.connections.place(), this.cluster()])
    const keys = new Keys(cluster)
    const {snapshot} = this.target
    if (snapshot !== null) return new ContentReading(keys, place, await this.connections.content(snapshot, revision))
    this.#ask(place)(`metadata of ${place}`)
    return new StoreReading(await this.connections.reader(), {keys, place, signal: this.signal, revision})
  }

  /** False for a file or an old revision. */
  get isLive(): boolean {
    return this.target.snapshot === null && this.target.at === null
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
    const [{GuardedWriter}, journal] = await Promise.all([import('./guarded-writer.js'), this.journal()])
    const [cluster, place] = await Promise.all([this.cluster(), this.connections.place()])
    return new GuardedWriter({
      store: () => this.#store(),
      journal,
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
    const {Journal, journalPath} = await import('./journal.js')
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

  /** The live store, for what watches it or asks after its health. */
  observed(): Promise<ObservedStore> {
    return this.#store()
  }

  /** A person is asked something: meanwhile the time stands still. */
  whileAsking<T>(question: () => Promise<T>): Promise<T> {
    return this.#deadline.suspendedFor(question)
  }

  end(): void {
    this.#deadline.cancel()
  }

  async #store(): Promise<MetaStore> {
    const place = await this.connections.place()
    this.#ask(place)(`metadata of ${place}`)
    return this.connections.store()
  }

  #ask(whom: string): (question: string) => void {
    return (question) => {
      this.#asking = whom
      this.options.onAsk?.(question)
    }
  }
}
