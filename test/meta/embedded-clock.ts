import type {Clock, Timer} from '../../src/env/clock.js'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #nowMs = 1_000
  readonly #timers = new Set<{readonly dueMs: number; readonly callback: () => void}>()

  wallMs = (): number => this.#nowMs
  nowMs = (): number => this.#nowMs

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.after(ms, resolve))
  }

  after(ms: number, callback: () => void): Timer {
    const timer = {dueMs: this.#nowMs + ms, callback}
    this.#timers.add(timer)
    return {cancel: () => void this.#timers.delete(timer)}
  }

  soon(callback: () => void): void {
    setImmediate(callback)
  }

  /** Time passes, and what is due happens when it is due. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      this.#fire(next)
    }
    this.#nowMs = untilMs
  }

  /** Time passes while the process does not run: what was due happens late, and once. */
  pause(ms: number): void {
    this.#nowMs += ms
    for (const timer of [...this.#timers]) if (timer.dueMs <= this.#nowMs) this.#fire(timer)
  }

  #nextDue(untilMs: number) {
    return [...this.#timers].filter(({dueMs}) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
  }

  #fire(timer: {readonly dueMs: number; readonly callback: () => void}): void {
    this.#timers.delete(timer)
    timer.callback()
  }
}
