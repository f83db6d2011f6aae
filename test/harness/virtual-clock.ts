/**
 * Time that passes only when there is nothing else to do: what waits for a minute waits no longer than what waits for a
 * millisecond, and in the same order every time.
 *
 * It presumes that nothing but this clock and promises drives the code under test: no sockets, no threads, no real disk.
 */
import type {Clock, Timer} from '../../src/env/clock.js'

interface Due {
  readonly atMs: number
  readonly callback: () => void
}

export class VirtualClock implements Clock {
  /** Told when nothing can happen any more, although somebody may still wait. */
  onStill: () => void = () => {}
  #nowMs = 0
  #soon: (() => void)[] = []
  readonly #timers = new Set<Due>()
  #isTurning = false
  #stopped = false

  nowMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abandon = () => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', abandon)
        resolve()
      })
      signal?.addEventListener('abort', abandon, {once: true})
    })
  }

  after(ms: number, callback: () => void): Timer {
    const due = {atMs: this.#nowMs + Math.max(0, ms), callback}
    this.#timers.add(due)
    this.#turn()
    return {cancel: () => void this.#timers.delete(due)}
  }

  soon(callback: () => void): void {
    this.#soon.push(callback)
    this.#turn()
  }

  /** Nothing that was planned comes about any more: whoever planned it is dead. */
  stop(): void {
    this.#stopped = true
    this.#soon = []
    this.#timers.clear()
  }

  /** All promises that can settle by themselves have when the platform's own turn is over. */
  #turn(): void {
    if (this.#isTurning || this.#stopped) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      if (this.#stopped) return
      const callbacks = this.#soon.length > 0 ? this.#soon.splice(0) : this.#takeFirst()
      for (const callback of callbacks) callback()
      if (this.#soon.length > 0 || this.#timers.size > 0) this.#turn()
      else setImmediate(() => this.#lookAgain())
    })
  }

  #lookAgain(): void {
    if (!this.#stopped && !this.#isTurning) this.onStill()
  }

  #takeFirst(): readonly (() => void)[] {
    let first: Due | null = null
    for (const due of this.#timers) if (first === null || due.atMs < first.atMs) first = due
    if (first === null) return []
    this.#timers.delete(first)
    this.#nowMs = Math.max(this.#nowMs, first.atMs)
    return [first.callback]
  }
}
