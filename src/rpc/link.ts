/**
 * The calling end of one authenticated connection: requests out, each matched with its answer by id.
 */
import {connect, type Socket} from 'node:net'
import {type ConnectionOptions, connect as connectTls} from 'node:tls'
import type {Clock, Timer} from '../env/clock.js'
import type {Env} from '../env/env.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {Connection, outgoingBytesMax} from './connection.js'
import {type Frame, FrameKind, frameBytesMax, frameHeaderBytes} from './frame.js'
import {decodeGreeting, encodeAnswer, type Nonces, newNonce, verifyConclusion} from './handshake.js'
import {decodeBody, decodeError, encodeRequest} from './message.js'
import type {CallOptions} from './ps-api.js'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface LinkOptions {
  readonly authKey: string
  /** For the connection and the handshake together. */
  readonly connectTimeoutMs: number
  readonly tls?: ConnectionOptions
}

interface OpenCall {
  resolve(answer: unknown): void
  reject(error: CodedError): void
}

const requestIdMax = 0xffffffff
const noBytes = new Uint8Array(0)

export class Link {
  readonly #clock: Clock
  readonly #address: Address
  readonly #connection: Connection
  readonly #calls = new Map<number, OpenCall>()
  #lastId = 0
  #nonces: Nonces | null = null
  #trusted = false
  #closed = false

  /** Resolves when both ends have proved the key. Errors are `rejected`: nothing was asked yet. */
  static async dial(
    env: Pick<Env, 'clock' | 'random'>,
    address: Address,
    options: LinkOptions,
    onClosed: (link: Link) => void,
  ): Promise<Link> {
    return new Promise((resolve, reject) => {
      const fail = (error: CodedError): void => {
        timer.cancel()
        link.close()
        reject(error)
      }
      const link = new Link(env, address, options, {
        trusted: () => {
          timer.cancel()
          resolve(link)
        },
        refused: fail,
        closed: () => onClosed(link),
      })
      const timer = env.clock.after(options.connectTimeoutMs, () => {
        fail(notSent(address, `no connection within ${options.connectTimeoutMs} ms`))
      })
    })
  }

  private constructor(
    env: Pick<Env, 'clock' | 'random'>,
    address: Address,
    options: LinkOptions,
    events: {trusted(): void; refused(error: CodedError): void; closed(): void},
  ) {
    this.#clock = env.clock
    this.#address = address
    const socket: Socket = options.tls === undefined ? connect(address) : connectTls({...options.tls, ...address})
    this.#connection = new Connection(socket, env.clock, {
      frame: (frame) => {
        if (this.#trusted) return this.#receive(frame)
        try {
          this.#shakeHands(frame, env, options.authKey)
        } catch (thrown) {
          return events.refused(toCodedError(thrown))
        }
        if (this.#trusted) events.trusted()
      },
      closed: (cause) => {
        this.#closed = true
        if (!this.#trusted)
          return events.refused(notSent(address, cause?.message ?? 'closed during the handshake', cause))
        this.#abandonAll(cause?.message ?? 'the peer closed the connection')
        events.closed()
      },
    })
  }

  /** Rejects as `PsCaller.call` says. */
  request(method: string, body: unknown, {timeoutMs, signal}: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw notSent(this.#address, 'the connection is closed')
      if (this.#connection.outgoingBytes > outgoingBytesMax) throw notSent(this.#address, 'the peer does not keep up')
      const payload = encodeRequest({method, timeoutMs, body})
      if (payload.length + frameHeaderBytes > frameBytesMax) {
        throw new CodedError('RPC_PARAM_ERROR', `a request of ${payload.length} bytes, more than ${frameBytesMax}`)
      }
      const id = this.#newId()
      const abandon = (error: CodedError): void => {
        this.#connection.send(id, FrameKind.cancel, noBytes)
        this.#calls.get(id)?.reject(error)
      }
      const onAbort = (): void => abandon(canceled(method, 'unknown', signal?.reason))
      const timer: Timer = this.#clock.after(timeoutMs, () => abandon(timedOut(method, timeoutMs, 'unknown')))
      signal?.addEventListener('abort', onAbort, {once: true})
      const forget = (): void => {
        this.#calls.delete(id)
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      this.#calls.set(id, {
        resolve: (answer) => {
          forget()
          resolve(answer)
        },
        reject: (error) => {
          forget()
          reject(error)
        },
      })
      this.#connection.send(id, FrameKind.request, payload)
    })
  }

  close(): void {
    this.#connection.destroy()
  }

  #shakeHands({kind, payload}: Frame, env: Pick<Env, 'random'>, key: string): void {
    if (kind === FrameKind.error) throw decodeError(payload)
    if (kind !== FrameKind.hello) throw new CodedError('AUTHENTICATION_FAILED', 'the peer skips the handshake')
    if (this.#nonces === null) {
      this.#nonces = {server: decodeGreeting(payload), client: newNonce(env.random)}
      this.#connection.send(0, FrameKind.hello, encodeAnswer(key, this.#nonces))
      return
    }
    verifyConclusion(key, this.#nonces, payload)
    this.#trusted = true
    this.#connection.trust()
  }

  /** An answer to a call that was given up meanwhile is dropped. */
  #receive({id, kind, payload}: Frame): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    try {
      if (kind === FrameKind.response) call.resolve(decodeBody(payload))
      else if (kind === FrameKind.error) call.reject(decodeError(payload))
    } catch (thrown) {
      call.reject(lost(this.#address, 'the answer is no msgpack', thrown))
    }
  }

  #abandonAll(why: string): void {
    for (const call of [...this.#calls.values()]) call.reject(lost(this.#address, why))
  }

  #newId(): number {
    do {
      this.#lastId = this.#lastId === requestIdMax ? 1 : this.#lastId + 1
    } while (this.#calls.has(this.#lastId))
    return this.#lastId
  }
}

export function notSent({host, port}: Address, why: string, cause?: unknown): CodedError {
  return new CodedError('CALL_RPCCLIENT_FAILED', `${host}:${port}: ${why}`, {retryable: true, cause})
}

function lost({host, port}: Address, why: string, cause?: unknown): CodedError {
  return new CodedError('CALL_RPCCLIENT_FAILED', `${host}:${port}: ${why}`, {
    outcome: 'unknown',
    retryable: true,
    cause,
  })
}

export function timedOut(method: string, timeoutMs: number, outcome: 'rejected' | 'unknown'): CodedError {
  return new CodedError('TIMEOUT', `${method} took more than ${Math.round(timeoutMs)} ms`, {outcome, retryable: true})
}

export function canceled(method: string, outcome: 'rejected' | 'unknown', cause: unknown): CodedError {
  return new CodedError('CANCELED', method, {outcome, cause})
}
