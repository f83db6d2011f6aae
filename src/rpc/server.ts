/**
 * Answers calls of other nodes. Requests run side by side, bounded per connection and in total; what is beyond a bound
 * is refused at once with SERVICE_UNAVAILABLE, which the caller may retry. Whatever a peer sends, the process lives on.
 */
import {createServer, type Server, type Socket} from 'node:net'
import {createServer as createTlsServer, type TlsOptions} from 'node:tls'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {type RpcHandlers, Session, type SessionHost} from './session.js'

export interface RpcServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly handlers: RpcHandlers
  readonly authKey: string
  readonly inFlightMax?: number
  readonly inFlightPerConnectionMax?: number
  readonly tls?: TlsOptions
}

const inFlightMaxDefault = 10_000
const inFlightPerConnectionMaxDefault = 4_000
const connectionsMax = 10_000
/** How long `stop` waits for requests that are under way, and then for their answers to leave. */
const drainTimeoutMs = 5_000
const closeTimeoutMs = 1_000

export class RpcServer {
  readonly #env: Pick<Env, 'clock' | 'random' | 'log'>
  readonly #options: RpcServerOptions
  readonly #host: SessionHost
  readonly #sessions = new Set<Session>()
  #server: Server | null = null
  #inFlight = 0
  #stopping: Promise<void> | null = null
  /** Called whenever a request or a connection has ended. */
  #onLess: () => void = () => {}

  constructor(env: Pick<Env, 'clock' | 'random' | 'log'>, options: RpcServerOptions) {
    this.#env = env
    this.#options = options
    this.#host = {
      env,
      handlers: options.handlers,
      authKey: options.authKey,
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
  }

  /** Resolves with the port once it is open. Throws PORT_TAKEN. */
  start(): Promise<number> {
    const {host, port, tls} = this.#options
    const accept = (socket: Socket): void => this.#accept(socket)
    const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
    server.maxConnections = connectionsMax
    server.on('tlsClientError', (error: Error) => this.#env.log.warn('rpc.peer.refused', {reason: error.message}))
    this.#server = server
    return new Promise((resolve, reject) => {
      // Once it listens, an error is about a single connection (no descriptor was left for it).
      server.on('error', (error: NodeJS.ErrnoException) => {
        this.#env.log.warn('rpc.listener.failed', {host, port, error})
        reject(listenError(error, host, port))
      })
      server.listen({host, port}, () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** Refuses what is new, lets what runs finish within a bound, then closes. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const server = this.#server
    if (server === null) return
    server.close()
    await this.#less(() => this.#inFlight === 0, drainTimeoutMs)
    for (const session of this.#sessions) session.end()
    await this.#less(() => this.#sessions.size === 0, closeTimeoutMs)
    for (const session of this.#sessions) session.destroy()
    await this.#less(() => this.#sessions.size === 0, closeTimeoutMs)
  }

  #accept(socket: Socket): void {
    if (this.#stopping !== null) return void socket.destroy()
    this.#sessions.add(new Session(socket, this.#host))
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

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new CodedError('PORT_TAKEN', `${host}:${port} is in use`, {
    hint: 'Another process listens there: stop it, or choose another port in the configuration.',
    cause: error,
  })
}
