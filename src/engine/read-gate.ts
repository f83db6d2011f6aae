import {CodedError} from '../errors/coded-error.js'

/** Counts the reads of one engine, so that it is closed when none is under way. */
export class ReadGate {
  #running = 0
  #closed = false
  readonly #idle: (() => void)[] = []

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new CodedError('PARTITION_IS_CLOSED')
    this.#running++
    try {
      return await read()
    } finally {
      this.#running--
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** Refuses new reads; resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}
