/**
 * When leases end. Only the time left is kept here, in memory; that a lease exists, and its keys, is on disk.
 *
 * After a restart every lease has its full time again. Time in which this process did not run (it was paused, or its event
 * loop was blocked) does not count: renewals could not be heard meanwhile.
 */
import type {Clock, Timer} from '../../env/clock.js'

const sweepMs = 500

interface Term {
  readonly ttlSeconds: number
  endsAtMs: number
}

export class Leases {
  readonly #terms = new Map<bigint, Term>()
  #timer: Timer | null = null
  #sweptAtMs = 0

  constructor(
    readonly clock: Clock,
    /** Called at every sweep for a lease whose time is over, until it is forgotten. */
    readonly onExpired: (id: bigint) => void,
  ) {}

  start(): void {
    this.#sweptAtMs = this.clock.nowMs()
    this.#arm()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  grant(id: bigint, ttlSeconds: number): void {
    this.#terms.set(id, {ttlSeconds, endsAtMs: this.clock.nowMs() + ttlSeconds * 1_000})
  }

  forget(id: bigint): void {
    this.#terms.delete(id)
  }

  /** Gives the lease its full time again and returns it in seconds; null if there is no such lease. */
  renew(id: bigint): number | null {
    const term = this.#terms.get(id)
    if (term === undefined) return null
    this.grant(id, term.ttlSeconds)
    return term.ttlSeconds
  }

  /** Null if there is no such lease. */
  secondsLeft(id: bigint): {readonly left: number; readonly granted: number} | null {
    const term = this.#terms.get(id)
    if (term === undefined) return null
    const left = Math.max(0, Math.floor((term.endsAtMs - this.clock.nowMs()) / 1_000))
    return {left, granted: term.ttlSeconds}
  }

  isOver(id: bigint): boolean {
    const term = this.#terms.get(id)
    return term !== undefined && term.endsAtMs <= this.clock.nowMs()
  }

  /** The one that ends first, first. */
  ids(): bigint[] {
    return [...this.#terms].sort(([, a], [, b]) => a.endsAtMs - b.endsAtMs).map(([id]) => id)
  }

  #arm(): void {
    this.#timer = this.clock.after(sweepMs, () => {
      this.#sweep()
      this.#arm()
    })
  }

  #sweep(): void {
    const nowMs = this.clock.nowMs()
    const lostMs = nowMs - this.#sweptAtMs - sweepMs
    this.#sweptAtMs = nowMs
    for (const [id, term] of this.#terms) {
      if (lostMs > sweepMs) term.endsAtMs += lostMs
      if (term.endsAtMs <= nowMs) this.onExpired(id)
    }
  }
}
