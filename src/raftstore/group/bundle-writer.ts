/**
 * Makes the core's bundles durable, in their order; several are under way at once, in the log's shared writes.
 *
 * A full disk is no failure: what was refused, and all behind it, is written again after a pause, for as long as it takes. The
 * core cannot take a bundle back, and it need not: it counts on nothing that was not acknowledged.
 */
import type {Clock, Timer} from '../../env/clock.js'
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {HardState} from '../../raft/entry.js'
import type {Ready} from '../../raft/ready.js'
import type {GroupLog} from '../log.js'
import {encodeEntry} from './entry-payload.js'

const retryMs = 500

export interface BundleEvents {
  /** This bundle and all before it are durable. */
  durable(bundle: Ready): void
  /** The disk is full: writes are tried again until it is not. */
  refused(error: CodedError): void
  /** The log can no longer be trusted. */
  lost(error: CodedError): void
  /** Puts the state that the bundle brings in place, durably; nothing behind it is written meanwhile. */
  install(bundle: Ready): Promise<void>
}

/** A bundle, and the hard state that goes to disk with it. */
interface Write {
  readonly bundle: Ready
  readonly hardState: HardState | null
}

export class BundleWriter {
  readonly #queue: Write[] = []
  /** A commit index that need not be synced by itself: it goes with what is written next, so that no entry is without it. */
  #deferred: HardState | null = null
  /** Completions of writes that were given up belong to an earlier attempt. */
  #attempt = 0
  #tail: Promise<unknown> = Promise.resolve()
  #retry: Timer | null = null
  /** From a refusal until something was written again. */
  #isFull = false
  #isInstalling = false
  #stopped = false

  constructor(
    private readonly log: GroupLog,
    private readonly clock: Clock,
    private readonly events: BundleEvents,
  ) {}

  /** The disk refuses what is written; whoever would add to it should be refused too. */
  get isFull(): boolean {
    return this.#isFull
  }

  write(bundle: Ready): void {
    const newest = bundle.hardState ?? this.#deferred
    this.#deferred = bundle.mustSync ? null : newest
    if (this.#queue.length === 0 && !bundle.mustSync) {
      this.events.durable(bundle)
      return
    }
    const write = {bundle, hardState: bundle.mustSync ? newest : null}
    this.#queue.push(write)
    if (this.#retry === null && !this.#isInstalling) this.#submit(write)
  }

  /** Nothing is acknowledged any more; resolves when the log does nothing more for this writer. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#attempt += 1
    this.#retry?.cancel()
    await this.#tail.catch(() => {})
  }

  #submit(write: Write): void {
    const {bundle} = write
    const attempt = this.#attempt
    const isCurrent = () => attempt === this.#attempt && !this.#stopped
    const written = bundle.snapshot === null ? this.#append(write) : this.#install(write, this.#tail)
    this.#tail = Promise.all([this.#tail, written]).then(
      () => {
        if (!isCurrent()) return
        this.#queue.shift()
        this.#isFull = false
        this.events.durable(bundle)
        if (bundle.snapshot !== null) this.#installed()
      },
      (thrown: unknown) => {
        if (isCurrent()) this.#failed(toCodedError(thrown))
      },
    )
  }

  /** The hard state first: entries of a term that nobody knows of are worse than a term without entries. */
  async #append({hardState, bundle: {entries}}: Write): Promise<void> {
    const writes: Promise<void>[] = []
    if (hardState !== null) writes.push(this.log.saveHardState({...hardState, vote: hardState.vote ?? 0}))
    if (entries.length > 0) writes.push(this.log.append(entries.map(encodeEntry)))
    await Promise.all(writes)
  }

  async #install(write: Write, before: Promise<unknown>): Promise<void> {
    this.#isInstalling = true
    await before
    await this.events.install(write.bundle)
    await this.#append(write)
  }

  /** What came while a state was put in place goes on now. */
  #installed(): void {
    this.#isInstalling = false
    for (const write of this.#queue) {
      this.#submit(write)
      if (write.bundle.snapshot !== null) return
    }
  }

  #failed(error: CodedError): void {
    this.#attempt += 1
    this.#isInstalling = false
    this.#tail = Promise.resolve()
    if (error.outcome === 'unknown') {
      this.#stopped = true
      this.events.lost(error)
      return
    }
    this.#isFull = true
    this.events.refused(error)
    this.#retry = this.clock.after(retryMs, () => {
      this.#retry = null
      this.#installed()
    })
  }
}
