import {CodedError} from '../errors/coded-error.js'

/** Reads that wait for their turn; more are refused. */
const waitingMax = 10_000

/** Lets so many reads run at a time, the others in the order in which they came. */
export class ReadGate {
  #running = 0
  #closed = false
  readonly #waiting: (() => void)[] = []
  readonly #idle: (() => void)[] = []

  constructor(private readonly runningMax: number) {}

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new CodedError('PARTITION_IS_CLOSED')
    if (this.#running < this.runningMax) this.#running++
    else await this.#turn()
    try {
      return await read()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** Refuses new reads; resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** The place of the read that ended is handed over, so `running` stays. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= waitingMax) {
      throw new CodedError('SERVICE_UNAVAILABLE', `${waitingMax} reads are waiting`, {retryable: true})
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
