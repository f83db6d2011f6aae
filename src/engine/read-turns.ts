import {CodedError} from '../errors/coded-error.js'

/** Reads that wait for their turn; more are refused. */
const waitingMax = 10_000

/** Lets so many reads run at a time, the others in the order in which they came. */
export class ReadTurns {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(private readonly runningMax: number) {}

  async take<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running < this.runningMax) this.#running++
    else await this.#turn()
    try {
      return await read()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  /** The place of the read that ended is handed over, so `running` stays. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= waitingMax) {
      throw new CodedError('SERVICE_UNAVAILABLE', `${waitingMax} reads are waiting`, {retryable: true})
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
