/** Gives the state machine what is committed: batch after batch, in order, while later ones are written and sent. */
import {assert} from '../../errors/assert.js'
import type {Entry} from '../../raft/entry.js'
import type {StateMachine} from '../state-machine.js'
import {commandOf} from './entry-payload.js'

export interface ApplierEvents<Result> {
  applied(entries: readonly Entry[], results: readonly Result[]): void
  /** The state can no longer be trusted. */
  failed(thrown: unknown): void
}

export class Applier<Result> {
  #last: Promise<void> = Promise.resolve()
  #size = 0
  #stopped = false

  constructor(
    private readonly machine: StateMachine<Result>,
    private readonly events: ApplierEvents<Result>,
  ) {}

  /** Entries that were given and are not applied. */
  get size(): number {
    return this.#size
  }

  apply(entries: readonly Entry[]): void {
    this.#size += entries.length
    this.#last = this.#last.then(() => this.#next(entries))
  }

  /** Resolves when nothing that was given is being applied. */
  idle(): Promise<void> {
    return this.#last
  }

  /** What has not begun never will. */
  stop(): void {
    this.#stopped = true
  }

  async #next(entries: readonly Entry[]): Promise<void> {
    if (this.#stopped) return
    try {
      const results = await this.machine.apply(entries.map(commandOf))
      assert(results.length === entries.length, 'a state machine gives one result for each entry')
      this.events.applied(entries, results)
    } catch (thrown) {
      this.events.failed(thrown)
    } finally {
      this.#size -= entries.length
    }
  }
}
