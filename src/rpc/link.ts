/**
 * The calling end of one authenticated connection: requests out, each matched with its answer by id.
 */
import type {Clock, Timer} from '../env/clock.js'
import {type Connection, type ConnectionEvents, outgoingBytesMax} from '../env/net/connection.js'
import {type DialEnv, type DialOptions, dial, notSent} from '../env/net/dial.js'
import {type Frame, FrameKind, frameBytesMax, frameHeaderBytes} from '../env/net/frame.js'
import type {Address} from '../env/net/network.js'
import {CodedError} from '../errors/coded-error.js'
import {decodeBody, decodeError, encodeRequest} from './message.js'
import type {CallOptions} from './ps-api.js'

interface OpenCall {
  resolve(answer: unknown): void
  reject(error: CodedError): void
}

const requestIdMax = 0xffffffff
const noBytes = new Uint8Array(0)

export class Link implements ConnectionEvents {
  readonly #calls = new Map<number, OpenCall>()
  #connection: Connection | null = null
  #lastId = 0
  #closed = false

  /** Errors: those of `dial`. */
  static async open(env: DialEnv, address: Address, options: DialOptions, onClosed: () => void): Promise<Link> {
    const link = new Link(env.clock, address, onClosed)
    link.#connection = await dial(env, address, options, link)
    return link
  }

  private constructor(
    private readonly clock: Clock,
    private readonly address: Address,
    private readonly onClosed: () => void,
  ) {}

  /** Rejects as `PsCaller.call` says. */
  request(method: string, body: unknown, {timeoutMs, signal}: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const connection = this.#connection
      if (connection === null || this.#closed) throw notSent(this.address, 'the connection is closed')
      if (connection.outgoingBytes > outgoingBytesMax) throw notSent(this.address, 'the peer does not keep up')
      const payload = encodeRequest({method, timeoutMs, body})
      if (payload.length + frameHeaderBytes > frameBytesMax) {
        throw new CodedError('RPC_PARAM_ERROR', `a request of ${payload.length} bytes, more than ${frameBytesMax}`)
      }
      const id = this.#newId()
      const abandon = (error: CodedError): void => {
        connection.send(id, FrameKind.cancel, noBytes)
        this.#calls.get(id)?.reject(error)
      }
      const onAbort = (): void => abandon(canceled(method, 'unknown', signal?.reason))
      const timer: Timer = this.clock.after(timeoutMs, () => abandon(timedOut(method, timeoutMs, 'unknown')))
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
      connection.send(id, FrameKind.request, payload)
    })
  }

  close(): void {
    this.#connection?.destroy()
  }

  /** An answer to a call that was given up meanwhile is dropped. */
  frame({id, kind, payload}: Frame): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    try {
      if (kind === FrameKind.response) call.resolve(decodeBody(payload))
      else if (kind === FrameKind.error) call.reject(decodeError(payload))
    } catch (thrown) {
      call.reject(lost(this.address, 'the answer is no msgpack', thrown))
    }
  }

  closed(cause: Error | null): void {
    this.#closed = true
    const why = cause?.message ?? 'the peer closed the connection'
    for (const call of [...this.#calls.values()]) call.reject(lost(this.address, why))
    this.onClosed()
  }

  #newId(): number {
    do {
      this.#lastId = this.#lastId === requestIdMax ? 1 : this.#lastId + 1
    } while (this.#calls.has(this.#lastId))
    return this.#lastId
  }
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
