/**
 * Requests to the masters' API, ours or a real Vearch's: in the order of the target, the next one when one does not answer.
 *
 * What changes something is sent to another master only while it certainly reached none.
 */
import {Buffer} from 'node:buffer'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import {errorNameOf} from '../../errors/codes.js'
import {type HttpCall, type HttpReply, type HttpTls, httpCall} from './http-call.js'

export interface MasterReply {
  /** Who answered. */
  readonly master: string
  readonly data: unknown
}

export interface MasterCallsOptions {
  /** URLs without a path. */
  readonly masters: readonly string[]
  readonly user: string
  readonly password: string
  readonly tls: HttpTls | null
  readonly signal: AbortSignal
  /** What answers at those URLs, where it is not masters: routers have the same envelope. */
  readonly kind?: 'master' | 'router'
  onAsk(question: string): void
}

/** With these there never was a connection. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

export class MasterCalls {
  readonly #headers: Readonly<Record<string, string>>

  constructor(private readonly options: MasterCallsOptions) {
    const {user, password} = options
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    this.#headers = {authorization, 'content-type': 'application/json'}
  }

  get(path: string): Promise<MasterReply> {
    return this.call('GET', path)
  }

  /**
   * Errors: the master's own refusal by its code; SERVICE_UNAVAILABLE, naming what became of each master, with outcome
   * `unknown` where one may have acted. `until`: the answer is not waited for any longer when it is aborted.
   */
  async call(method: HttpCall['method'], path: string, body?: unknown, until?: AbortSignal): Promise<MasterReply> {
    const {masters, tls, onAsk, kind = 'master'} = this.options
    const signal = until === undefined ? this.options.signal : AbortSignal.any([this.options.signal, until])
    const troubles: string[] = []
    let mayHaveActed = false
    for (const master of masters) {
      onAsk(`${method} ${master}${path}`)
      const text = body === undefined ? null : stringifyJson(body)
      try {
        const reply = await httpCall(`${master}${path}`, {method, headers: this.#headers, body: text, tls, signal})
        const data = dataOf(reply)
        if (data !== noMaster) return {master, data}
        troubles.push(`${master}: status ${reply.status}, and not a ${kind}'s answer`)
      } catch (thrown) {
        if (thrown instanceof CodedError) throw thrown
        signal.throwIfAborted()
        troubles.push(`${master}: ${reasonOf(thrown)}`)
        mayHaveActed = method !== 'GET' && !neverSent.includes((thrown as NodeJS.ErrnoException).code ?? '')
        if (mayHaveActed) break
      }
    }
    throw new CodedError('SERVICE_UNAVAILABLE', `no ${kind} answered ${method} ${path}: ${troubles.join('; ')}`, {
      outcome: mayHaveActed ? 'unknown' : 'rejected',
      hint: `name others with --${kind}, or look whether they run: vearchctl context test`,
    })
  }
}

const noMaster = Symbol('not an answer of a master')

function dataOf({status, body}: HttpReply): unknown {
  const envelope = readJson(body)
  if (!isObject(envelope) || typeof envelope.code !== 'number') return noMaster
  if (status === 200 && envelope.code === 0) return envelope.data
  const detail = typeof envelope.msg === 'string' ? envelope.msg : `status ${status}`
  if (status === 401 || status === 403) {
    throw new CodedError('AUTHENTICATION_FAILED', detail, {hint: 'name the user with --user and --password-file'})
  }
  throw new CodedError(errorNameOf(envelope.code), detail)
}

function readJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.message === '' ? ((thrown as NodeJS.ErrnoException).code ?? thrown.name) : thrown.message
}
