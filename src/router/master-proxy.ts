/**
 * Requests that a master answers, passed on: method, path, body and the client's credentials, to a master chosen at random
 * and, only if that one certainly did not get the request, to the next.
 *
 * A GET is repeated whatever went wrong. Anything else may have been carried out as soon as it may have been sent: it is not
 * replayed on another master (B14).
 */
import {Buffer} from 'node:buffer'
import type {MasterConfig} from '../config/config.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  /** Null for a request without one. */
  readonly body: Uint8Array | null
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/** Rejects when there is no whole answer; the error's `code` says why, as Node's and undici's do. */
export type HttpSend = (url: string, call: HttpCall) => Promise<HttpAnswer>

export interface ProxiedRequest {
  readonly method: HttpCall['method']
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
  /** So that the answer names the request as the client, or the router, did. */
  readonly requestId?: string
  readonly body: Uint8Array
  readonly timeoutMs: number
}

/** With these there never was a connection. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

export class MasterProxy {
  readonly #stopping = new AbortController()

  constructor(
    private readonly masters: readonly MasterConfig[],
    private readonly send: HttpSend,
    private readonly env: Pick<Env, 'random' | 'log'>,
  ) {}

  stop(): void {
    this.#stopping.abort(new CodedError('CANCELED', 'the router stops', {outcome: 'unknown'}))
  }

  /** Errors: INTERNAL_ERROR, naming what became of each master that was asked. */
  async forward(request: ProxiedRequest): Promise<HttpAnswer> {
    const troubles: string[] = []
    let sent = false
    for (const {address, api_port} of this.#inRandomOrder()) {
      const master = `${address}:${api_port}`
      try {
        return await this.send(`http://${master}${request.url}`, this.#call(request))
      } catch (thrown) {
        const code = codeOf(thrown)
        troubles.push(`${master}: ${code ?? (thrown instanceof Error ? thrown.message : String(thrown))}`)
        this.env.log.warn('router.master.unreached', {master, url: request.url, reason: troubles.at(-1)})
        sent = code === null || !neverSent.includes(code)
        if (sent && request.method !== 'GET') break
      }
    }
    throw new CodedError('INTERNAL_ERROR', `no master answered: ${troubles.join('; ')}`, {
      outcome: sent ? 'unknown' : 'rejected',
      retryable: true,
    })
  }

  /** The router's own call as a process of the cluster. Returns the `data` of the answer. */
  async ask(url: string, signkey: string, timeoutMs: number): Promise<unknown> {
    const authorization = `Basic ${Buffer.from(`root:${signkey}`).toString('base64')}`
    const {status, body} = await this.forward({method: 'POST', url, authorization, body: emptyObject, timeoutMs})
    const answer = envelopeOf(body)
    if (answer.code === 0) return answer.data
    const detail = `a master says: ${answer.msg ?? `status ${status}`}`
    if (status === 401) {
      const hint = 'global.signkey must be the same on every node of the cluster'
      throw new CodedError('AUTHENTICATION_FAILED', detail, {hint})
    }
    const refused = status >= 400 && status < 500
    throw new CodedError(refused ? 'CONFIG_ERROR' : 'SERVICE_UNAVAILABLE', detail, {retryable: !refused})
  }

  #call({method, authorization, requestId, body, timeoutMs}: ProxiedRequest): HttpCall {
    return {
      method,
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : {authorization}),
        ...(requestId === undefined ? {} : {'x-request-id': requestId}),
      },
      body: body.length === 0 ? null : body,
      timeoutMs,
      signal: this.#stopping.signal,
    }
  }

  #inRandomOrder(): readonly MasterConfig[] {
    const first = this.env.random.below(Math.max(1, this.masters.length))
    return [...this.masters.slice(first), ...this.masters.slice(0, first)]
  }
}

const emptyObject = new TextEncoder().encode('{}')

function envelopeOf(body: Uint8Array): {code?: number; msg?: string; data?: unknown} {
  try {
    return Object(JSON.parse(Buffer.from(body).toString('utf8')))
  } catch {
    return {msg: 'its answer is no JSON'}
  }
}

function codeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error)) return null
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return codeOf(thrown.cause)
}
