/**
 * The time that a command has. It does not run while a person is asked something.
 */
import type {Clock, Timer} from '../../env/clock.js'
import {CodedError} from '../../errors/coded-error.js'

export class Deadline {
  readonly signal: AbortSignal
  readonly #late = new AbortController()
  #leftMs: number
  #startedAtMs = 0
  #timer: Timer | null = null

  /** `whom` names who owes the answer. */
  constructor(
    private readonly clock: Pick<Clock, 'nowMs' | 'after'>,
    private readonly timeoutMs: number,
    private readonly whom: () => string,
  ) {
    this.signal = this.#late.signal
    this.#leftMs = timeoutMs
    this.#run()
  }

  async suspendedFor<T>(question: () => Promise<T>): Promise<T> {
    this.cancel()
    this.#leftMs -= this.clock.nowMs() - this.#startedAtMs
    try {
      return await question()
    } finally {
      this.#run()
    }
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #run(): void {
    this.#startedAtMs = this.clock.nowMs()
    this.#timer = this.clock.after(Math.max(0, this.#leftMs), () => {
      const detail = `${this.whom()} gave no answer within ${this.timeoutMs} ms`
      this.#late.abort(new CodedError('TIMEOUT', detail, {outcome: 'unknown', hint: 'wait longer with --timeout 60s'}))
    })
  }
}
