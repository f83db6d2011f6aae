import {setMaxListeners} from 'node:events'
import type {Clock, Timer} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'
import {HttpFault} from './envelope.js'

const defaultTimeoutMs = 10_000
/** Beyond this a timer of the platform fires at once; nobody waits 24 days. */
const timeoutMsMax = 2_147_483_647

/** The `timeout` parameter in milliseconds. Throws the spec's 400 for what is no integer. */
export function parseTimeout(text: string | undefined): number {
  if (text === undefined || text === '') return defaultTimeoutMs
  if (!/^[+-]?\d+$/.test(text)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
    throw new HttpFault(
      400,
      errorCodes.INTERNAL_ERROR.code,
      `timeout[${text}] param parse to int failed, err: ${reason}`,
    )
  }
  return Math.min(Number(text), timeoutMsMax)
}

/** A request's time: aborts its signal when it is up, or when the client has gone. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #expired: Promise<never>
  readonly #endsAtMs: number
  readonly #timer: Timer | null

  constructor(
    private readonly clock: Clock,
    timeoutMs: number,
  ) {
    this.#endsAtMs = clock.nowMs() + timeoutMs
    // One request may wait for as many partitions as a space has.
    setMaxListeners(0, this.signal)
    this.#expired = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason), {once: true})
    })
    this.#expired.catch(() => {})
    this.#timer = timeoutMs > 0 ? clock.after(timeoutMs, () => this.#expire()) : null
    if (this.#timer === null) this.#expire()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#endsAtMs - this.clock.nowMs())
  }

  /**
   * Runs `work` unless the time is up already; its result, or the timeout, whichever is first. A late result is dropped, and
   * so is what fails because the time is up, a moment before the timer says so.
   */
  async within<T>(work: () => Promise<T> | T): Promise<T> {
    this.signal.throwIfAborted()
    try {
      return await Promise.race([this.#expired, work()])
    } catch (thrown) {
      if (this.remainingMs() === 0) this.#expire()
      this.signal.throwIfAborted()
      throw thrown
    }
  }

  #expire(): void {
    this.#controller.abort(new HttpFault(504, errorCodes.TIMEOUT.code, 'request timeout'))
  }

  clientHasGone(): void {
    this.end()
    this.#controller.abort(new CodedError('CANCELED', 'the client has gone', {outcome: 'unknown'}))
  }

  /** The answer is out: no timer is left behind. */
  end(): void {
    this.#timer?.cancel()
  }
}
