/**
 * Makes the core's bundles durable, in their order; several are under way at once, in the log's shared writes.
 *
 * A full disk is no failure: what was refused, and all behind it, is written again after a pause, for as long as it takes. The
 * core cannot take a bundle back, and it need not: it counts on nothing that was not acknowledged.
 */
import type {Clock, Timer} from '../../env/clock.js'
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
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

export class BundleWriter {
  #queue: Ready[] = []
  /** Completions of writes that were given up belong to an earlier attempt. */
  #attempt = 0
  #tail: Promise<unknown> = Promise.resolve()
  #retry: Timer | null = null
  #isInstalling = false
  #stopped = false

  constructor(
    private readonly log: GroupLog,
    private readonly clock: Clock,
    private readonly events: BundleEvents,
  ) {}

  /** The disk refuses what is written; whoever would add to it should be refused too. */
  get isFull(): boolean {
    return this.#retry !== null
  }

  write(bundle: Ready): void {
    if (this.#queue.length === 0 && isNothing(bundle)) {
      this.events.durable(bundle)
      return
    }
    this.#queue.push(bundle)
    if (this.#retry === null && !this.#isInstalling) this.#submit(bundle)
  }

  /** Nothing is acknowledged any more; resolves when the log does nothing more for this writer. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#attempt += 1
    this.#retry?.cancel()
    await this.#tail.catch(() => {})
  }

  #submit(bundle: Ready): void {
    const attempt = this.#attempt
    const isCurrent = () => attempt === this.#attempt && !this.#stopped
    const written = bundle.snapshot === null ? this.#append(bundle) : this.#install(bundle, this.#tail)
    this.#tail = Promise.all([this.#tail, written]).then(
      () => {
        if (!isCurrent()) return
        this.#queue.shift()
        this.events.durable(bundle)
        if (bundle.snapshot !== null) this.#installed()
      },
      (thrown: unknown) => {
        if (isCurrent()) this.#failed(toCodedError(thrown))
      },
    )
  }

  /** The hard state first: entries of a term that nobody knows of are worse than a term without entries. */
  async #append({hardState, entries, mustSync}: Ready): Promise<void> {
    const writes: Promise<void>[] = []
    if (hardState !== null && mustSync) writes.push(this.log.saveHardState({...hardState, vote: hardState.vote ?? 0}))
    if (entries.length > 0) writes.push(this.log.append(entries.map(encodeEntry)))
    await Promise.all(writes)
  }

  async #install(bundle: Ready, before: Promise<unknown>): Promise<void> {
    this.#isInstalling = true
    await before
    await this.events.install(bundle)
    await this.#append(bundle)
  }

  /** What came while a state was put in place goes on now. */
  #installed(): void {
    this.#isInstalling = false
    for (const bundle of this.#queue) {
      this.#submit(bundle)
      if (bundle.snapshot !== null) return
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
    this.events.refused(error)
    this.#retry = this.clock.after(retryMs, () => {
      this.#retry = null
      this.#installed()
    })
  }
}

/** A pulse and its answer, most of the time. */
function isNothing({hardState, entries, snapshot, mustSync}: Ready): boolean {
  return entries.length === 0 && snapshot === null && (hardState === null || !mustSync)
}
