import type {Clock} from '../env/clock.js'
import type {Random} from '../env/random.js'

export interface BackOffBounds {
  readonly firstMs: number
  readonly mostMs: number
}

/** Waits longer after each failure, with a spread of a quarter so that many nodes do not come back in step. */
export class BackOff {
  #failures = 0

  constructor(
    private readonly env: {readonly clock: Clock; readonly random: Random},
    private readonly bounds: BackOffBounds,
  ) {}

  reset(): void {
    this.#failures = 0
  }

  /** Returns the milliseconds waited; rejects when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<number> {
    const {firstMs, mostMs} = this.bounds
    const full = Math.min(mostMs, firstMs * 2 ** Math.min(this.#failures++, 20))
    const ms = full - this.env.random.below(Math.max(1, Math.floor(full / 4)))
    await this.env.clock.sleep(ms, signal)
    return ms
  }
}
