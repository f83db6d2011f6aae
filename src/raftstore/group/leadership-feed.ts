/** Who leads a group, as this member knows, for whoever wants to hear of it. */
import type {Leadership} from '../state-machine.js'

export class LeadershipFeed {
  readonly #listeners = new Set<(leadership: Leadership) => void>()
  #current: Leadership = {term: 0, leader: null}

  get current(): Leadership {
    return this.#current
  }

  /** Returns what ends it. */
  listen(listener: (leadership: Leadership) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(leadership: Leadership): void {
    this.#current = leadership
    for (const listener of this.#listeners) listener(leadership)
  }

  /** Resolves when `isReached`, asked now and with each change, or when the signal is aborted. */
  when(isReached: (leadership: Leadership) => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        unsubscribe()
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const unsubscribe = this.listen((leadership) => {
        if (isReached(leadership)) finish()
      })
      signal.addEventListener('abort', finish, {once: true})
      if (signal.aborted || isReached(this.#current)) finish()
    })
  }
}
