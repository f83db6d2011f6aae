import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import {toCodedError} from '../errors/coded-error.js'
import {type Call, ownCall} from './cluster.js'

/** Work that goes on after the request that caused it was answered. It has a time limit of its own, and `stop` waits for it. */
export class Background {
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  run(what: string, timeoutMs: number, work: (call: Call) => Promise<void>): void {
    const running = this.#run(what, timeoutMs, work).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Waits `graceMs` for what is under way, then ends it. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    const timer = this.clock.after(graceMs, () => this.#stopping.abort())
    await this.idle()
    timer.cancel()
  }

  async #run(what: string, timeoutMs: number, work: (call: Call) => Promise<void>): Promise<void> {
    const expired = new AbortController()
    const timer = this.clock.after(timeoutMs, () => expired.abort())
    const signal = AbortSignal.any([this.#stopping.signal, expired.signal])
    try {
      await work(ownCall(this.clock, signal, timeoutMs))
    } catch (thrown) {
      this.log.warn('master.background.failed', {what, error: toCodedError(thrown).message})
    } finally {
      timer.cancel()
    }
  }
}
