/**
 * Whether a replica has, since it started, once had all that was acknowledged before: until then it would answer reads from the
 * past that it woke up in (Vearch #705).
 */
import type {Clock} from '../../env/clock.js'
import type {LeadershipFeed} from './leadership-feed.js'

/** Between two questions how far the leader is. */
const pauseMs = 200

export class CatchUp {
  #isDone = false

  constructor(
    private readonly clock: Clock,
    private readonly leadership: LeadershipFeed,
  ) {}

  get isDone(): boolean {
    return this.#isDone
  }

  /** Resolves when it is so, or the signal is aborted. `readBarrier` is the replica's. */
  async run(readBarrier: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!this.#isDone && !signal.aborted) {
      await this.leadership.when(({leader}) => leader !== null, signal)
      const asked = readBarrier().then(() => {
        this.#isDone = true
      })
      await asked.catch(() => this.clock.sleep(pauseMs, signal)).catch(() => {})
    }
  }
}
