/**
 * The answering end of one connection: requests that run side by side.
 */
import type {Timer} from '../env/clock.js'
import type {Env} from '../env/env.js'
import {type Connection, type ConnectionEvents, outgoingBytesMax} from '../env/net/connection.js'
import {type Frame, FrameKind, frameBytesMax, frameHeaderBytes} from '../env/net/frame.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {decodeRequest, encodeBody, encodeError, type RequestMessage} from './message.js'

/** Every function of a handlers object is a method; it is called with the decoded request. */
export type RpcHandlers = Readonly<Record<string, RpcHandler>>
export type RpcHandler = (request: never, context: {readonly signal: AbortSignal}) => Promise<unknown>

export interface SessionHost {
  readonly env: Pick<Env, 'clock' | 'log'>
  readonly handlers: RpcHandlers
  readonly inFlightMax: number
  /** Counts a request in, or returns why it is refused. */
  admit(): string | null
  release(): void
  closed(session: Session): void
}

export class Session implements ConnectionEvents {
  readonly #calls = new Map<number, CallContext>()

  constructor(
    private readonly connection: Connection,
    private readonly host: SessionHost,
  ) {}

  /** Ends what is still running and closes once what was answered is sent. */
  end(): void {
    this.#abortAll(new CodedError('CANCELED', 'the server stops'))
    this.connection.end()
  }

  destroy(): void {
    this.connection.destroy()
  }

  frame({id, kind, payload}: Frame): void {
    if (kind === FrameKind.request) void this.#answer(id, payload)
    else if (kind === FrameKind.cancel) this.#calls.get(id)?.abort(new CodedError('CANCELED', 'the caller gave up'))
    else if (kind !== FrameKind.ping) this.connection.destroy(new CodedError('RPC_PARAM_ERROR', `frame kind ${kind}`))
  }

  async #answer(id: number, payload: Buffer): Promise<void> {
    const refusal = this.#refusal(id) ?? this.host.admit()
    if (refusal !== null) return this.#fail(id, new CodedError('SERVICE_UNAVAILABLE', refusal, {retryable: true}))
    let context: CallContext | null = null
    try {
      const request = decodeRequest(payload)
      context = new CallContext(this.host.env, request.timeoutMs)
      this.#calls.set(id, context)
      const answer = encodeBody(await this.#handle(request, context))
      if (answer.length + frameHeaderBytes > frameBytesMax) throw answerTooLong(request.method, answer.length)
      this.connection.send(id, FrameKind.response, answer)
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) this.host.env.log.error('rpc.handler.failed', {error: thrown})
      this.#fail(id, toCodedError(thrown))
    } finally {
      context?.finish()
      this.#calls.delete(id)
      this.host.release()
    }
  }

  async #handle({method, body}: RequestMessage, context: CallContext): Promise<unknown> {
    const {handlers} = this.host
    const handler = method in Object.prototype ? undefined : handlers[method]
    if (typeof handler !== 'function') throw new CodedError('METHOD_NOT_IMPLEMENT', method)
    return handler.call(handlers, body as never, context)
  }

  #refusal(id: number): string | null {
    if (this.#calls.has(id)) return `request id ${id} is in use`
    if (this.#calls.size >= this.host.inFlightMax) return `${this.#calls.size} calls of this connection are under way`
    return this.connection.outgoingBytes > outgoingBytesMax ? 'the caller does not read its answers' : null
  }

  #fail(id: number, error: CodedError): void {
    this.connection.send(id, FrameKind.error, encodeError(error))
  }

  closed(): void {
    this.#abortAll(new CodedError('CANCELED', 'the caller has gone'))
    this.host.closed(this)
  }

  #abortAll(reason: CodedError): void {
    for (const call of this.#calls.values()) call.abort(reason)
  }
}

/** What a handler is told of its call. Most never ask for the signal, so it is made when the first one does. */
class CallContext {
  readonly #env: Pick<Env, 'clock'>
  readonly #deadlineMs: number
  #controller: AbortController | null = null
  #timer: Timer | null = null
  #abortReason: CodedError | null = null

  constructor(env: Pick<Env, 'clock'>, timeoutMs: number) {
    this.#env = env
    this.#deadlineMs = env.clock.nowMs() + timeoutMs
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason)
      const leftMs = this.#deadlineMs - this.#env.clock.nowMs()
      this.#timer = this.#env.clock.after(leftMs, () =>
        this.abort(new CodedError('TIMEOUT', 'the caller waits no longer')),
      )
    }
    return this.#controller.signal
  }

  abort(reason: CodedError): void {
    this.#abortReason ??= reason
    this.#controller?.abort(reason)
  }

  finish(): void {
    this.#timer?.cancel()
  }
}

/** The work was done, so the caller may not take this for a refusal. */
function answerTooLong(method: string, bytes: number): CodedError {
  return new CodedError('RPC_PARAM_ERROR', `the answer of ${method} has ${bytes} bytes, more than ${frameBytesMax}`, {
    outcome: 'unknown',
    hint: 'Ask for fewer documents or fewer fields at once.',
  })
}
