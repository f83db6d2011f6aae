/**
 * One server as its callers see it: a connection that is opened when it is first needed and again when it is lost, and
 * a bound on the calls in flight.
 */
import {type DialEnv, type DialOptions, notSent} from '../env/net/dial.js'
import type {Address} from '../env/net/network.js'
import {type CodedError, toCodedError} from '../errors/coded-error.js'
import {canceled, Link, timedOut} from './link.js'
import type {CallOptions} from './ps-api.js'

/** After a failed connection the next is tried no sooner than this, doubled with each failure in a row. */
const backOffMs = {first: 20, max: 1_000}

export interface PeerOptions extends DialOptions {
  /** Calls to one server that may be under way together; one more is refused at once. */
  readonly inFlightMax: number
}

export class Peer {
  readonly #env: DialEnv
  readonly #address: Address
  readonly #options: PeerOptions
  #inFlight = 0
  #link: Link | null = null
  #dialing: Promise<Link> | null = null
  #failures = 0
  #lastFailure: CodedError | null = null
  #retryAtMs = 0
  #closed = false

  constructor(env: DialEnv, address: Address, options: PeerOptions) {
    this.#env = env
    this.#address = address
    this.#options = options
  }

  async call(method: string, body: unknown, options: CallOptions): Promise<unknown> {
    if (options.signal?.aborted) throw canceled(method, 'rejected', options.signal.reason)
    if (this.#inFlight >= this.#options.inFlightMax) {
      throw notSent(this.#address, `${this.#inFlight} calls are in flight already`)
    }
    this.#inFlight += 1
    try {
      if (this.#link !== null) return await this.#link.request(method, body, options)
      const startMs = this.#env.clock.nowMs()
      const link = await this.#whileWaiting(this.#dial(), method, options)
      const timeoutMs = options.timeoutMs - (this.#env.clock.nowMs() - startMs)
      return await link.request(method, body, {...options, timeoutMs})
    } finally {
      this.#inFlight -= 1
    }
  }

  close(): void {
    this.#closed = true
    this.#link?.close()
  }

  /** All callers of the moment share one attempt. */
  #dial(): Promise<Link> {
    this.#dialing ??= this.#connect().finally(() => {
      this.#dialing = null
    })
    return this.#dialing
  }

  async #connect(): Promise<Link> {
    const {clock, random} = this.#env
    if (this.#lastFailure !== null && clock.nowMs() < this.#retryAtMs) throw this.#lastFailure
    try {
      const link = await Link.open(this.#env, this.#address, this.#options, () => {
        this.#link = null
      })
      if (this.#closed) {
        link.close()
        throw notSent(this.#address, 'this client has stopped')
      }
      this.#link = link
      this.#lastFailure = null
      this.#failures = 0
      return link
    } catch (thrown) {
      this.#lastFailure = toCodedError(thrown)
      const pauseMs = Math.min(backOffMs.max, backOffMs.first * 2 ** this.#failures)
      this.#failures += 1
      this.#retryAtMs = clock.nowMs() + pauseMs / 2 + random.below(Math.ceil(pauseMs / 2))
      throw this.#lastFailure
    }
  }

  /** Waits for a connection no longer than the call itself may take. */
  #whileWaiting(link: Promise<Link>, method: string, {timeoutMs, signal}: CallOptions): Promise<Link> {
    return new Promise((resolve, reject) => {
      const timer = this.#env.clock.after(timeoutMs, () => reject(timedOut(method, timeoutMs, 'rejected')))
      const onAbort = (): void => reject(canceled(method, 'rejected', signal?.reason))
      signal?.addEventListener('abort', onAbort, {once: true})
      link.then(resolve, reject).finally(() => {
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      })
    })
  }
}
