import type {Clock} from '../env/clock.js'

/**
 * Lets so many bytes through in a second, over any stretch of time: what was not used is saved up for one second, and what is taken
 * beyond it is waited for by whoever takes next.
 */
export class TokenBucket {
  #saved = 0
  #countedAtMs: number

  constructor(
    private readonly clock: Pick<Clock, 'nowMs' | 'sleep'>,
    readonly bytesPerSecond: number,
  ) {
    this.#countedAtMs = clock.nowMs()
  }

  /** Resolves when these bytes may be sent. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.clock.nowMs()
    const earned = ((nowMs - this.#countedAtMs) / 1_000) * this.bytesPerSecond
    this.#countedAtMs = nowMs
    this.#saved = Math.min(this.bytesPerSecond, this.#saved + earned) - bytes
    if (this.#saved < 0) await this.clock.sleep((-this.#saved / this.bytesPerSecond) * 1_000, signal)
  }
}
