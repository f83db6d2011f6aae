/** At most so many tasks at once, at most so many waiting, first come first served. */
import {CodedError} from '../errors/coded-error.js'

export interface PoolLimits {
  readonly running: number
  readonly waiting: number
}

export class Pool {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** `name`: what runs here, in the plural. */
  constructor(
    readonly name: string,
    private readonly limits: PoolLimits,
  ) {}

  /** Errors, both before `task` began: SERVICE_UNAVAILABLE when too many wait; TIMEOUT when the signal is aborted. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw this.#late()
    if (this.#running < this.limits.running) this.#running++
    else await this.#turn(signal)
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  /** The place of the task that ended is handed over, so `running` stays. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.limits.waiting) {
      const detail = `${this.#running} ${this.name} are running and ${this.#waiting.length} wait`
      throw new CodedError('SERVICE_UNAVAILABLE', detail, {retryable: true})
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1)
        reject(this.#late())
      }
      signal?.addEventListener('abort', leave, {once: true})
      this.#waiting.push(admit)
    })
  }

  #late(): CodedError {
    return new CodedError('TIMEOUT', `waited for one of ${this.limits.running} ${this.name}`, {retryable: true})
  }
}
