/**
 * Answers calls of other nodes. Requests run side by side, bounded per connection and in total; what is beyond a bound
 * is refused at once with SERVICE_UNAVAILABLE, which the caller may retry. Whatever a peer sends, the process lives on.
 */
import type {Env} from '../env/env.js'
import {Listener} from '../env/net/listener.js'
import type {TlsListenOptions} from '../env/net/network.js'
import {type RpcHandlers, Session, type SessionHost} from './session.js'

export interface RpcServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly handlers: RpcHandlers
  readonly authKey: string
  readonly inFlightMax?: number
  readonly inFlightPerConnectionMax?: number
  readonly tls?: TlsListenOptions | undefined
}

const inFlightMaxDefault = 10_000
const inFlightPerConnectionMaxDefault = 4_000
/** How long `stop` waits for requests that are under way, and then for their answers to leave. */
const drainTimeoutMs = 5_000
const closeTimeoutMs = 1_000

export class RpcServer {
  readonly #env: Pick<Env, 'clock' | 'random' | 'network' | 'log'>
  readonly #options: RpcServerOptions
  readonly #host: SessionHost
  readonly #sessions = new Set<Session>()
  readonly #listener: Listener
  #inFlight = 0
  #stopping: Promise<void> | null = null
  /** Called whenever a request or a connection has ended. */
  #onLess: () => void = () => {}

  constructor(env: Pick<Env, 'clock' | 'random' | 'network' | 'log'>, options: RpcServerOptions) {
    this.#env = env
    this.#options = options
    this.#host = {
      env,
      handlers: options.handlers,
      inFlightMax: options.inFlightPerConnectionMax ?? inFlightPerConnectionMaxDefault,
      admit: () => this.#admit(),
      release: () => {
        this.#inFlight -= 1
        this.#onLess()
      },
      closed: (session) => {
        this.#sessions.delete(session)
        this.#onLess()
      },
    }
    const {host, port, authKey, tls} = options
    this.#listener = new Listener(env, {address: {host, port}, authKey, tls, protocol: 'rpc'}, (connection) => {
      const session = new Session(connection, this.#host)
      this.#sessions.add(session)
      return session
    })
  }

  /** Resolves with the port once it is open. Throws PORT_TAKEN. */
  start(): Promise<number> {
    return this.#listener.start()
  }

  /** Refuses what is new, lets what runs finish within a bound, then closes. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#listener.close()
    await this.#less(() => this.#inFlight === 0, drainTimeoutMs)
    for (const session of this.#sessions) session.end()
    await this.#less(() => this.#sessions.size === 0, closeTimeoutMs)
    for (const session of this.#sessions) session.destroy()
    await this.#less(() => this.#sessions.size === 0, closeTimeoutMs)
  }

  #admit(): string | null {
    if (this.#stopping !== null) return 'the server stops'
    const max = this.#options.inFlightMax ?? inFlightMaxDefault
    if (this.#inFlight >= max) return `${this.#inFlight} calls are under way`
    this.#inFlight += 1
    return null
  }

  #less(done: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#env.clock.after(timeoutMs, resolve)
      this.#onLess = () => {
        if (!done()) return
        timer.cancel()
        resolve()
      }
      this.#onLess()
    })
  }
}
