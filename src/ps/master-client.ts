/**
 * A partition server's calls to the masters: in the order of the configuration, the next one when one does not answer. One that is
 * silent holds nobody up: the next is asked too, and the first answer counts. What is asked may be asked twice.
 */
import {Buffer} from 'node:buffer'
import type {MasterConfig} from '../config/config.js'
import {parseJson, stringifyJson} from '../entity/json.js'
import type {Clock} from '../env/clock.js'
import {CodedError} from '../errors/coded-error.js'

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** Rejects when there is no answer at all. */
export type HttpPost = (url: string, request: HttpRequest) => Promise<HttpAnswer>

/** What a master that understood the request said: its `data`, or why it refuses. */
export type MasterAnswer =
  | {readonly accepted: true; readonly master: string; readonly data: unknown}
  | {
      readonly accepted: false
      readonly master: string
      readonly status: number
      readonly code: number
      readonly msg: string
    }

const callTimeoutMs = 10_000
/** Of one that is silent, before the next is asked as well. */
const patienceMs = 2_000

export class MasterClient {
  readonly #authorization: string

  constructor(
    private readonly post: HttpPost,
    private readonly masters: readonly Pick<MasterConfig, 'address' | 'api_port'>[],
    signkey: string,
    private readonly clock: Clock,
  ) {
    this.#authorization = `Basic ${Buffer.from(`root:${signkey}`).toString('base64')}`
  }

  /**
   * The first answer that is not a master's own trouble. Errors: SERVICE_UNAVAILABLE, naming what each master said, when
   * none gave one; the signal's reason.
   */
  async call(path: string, body: unknown, signal: AbortSignal): Promise<MasterAnswer> {
    const troubles: string[] = []
    const answered = new AbortController()
    const either = AbortSignal.any([signal, answered.signal])
    const asked: Promise<MasterAnswer | null>[] = []
    try {
      for (const {address, api_port} of this.masters) {
        asked.push(this.#try(`${address}:${api_port}`, path, body, either, troubles))
        const isLast = asked.length === this.masters.length
        const waiting = isLast ? [] : [this.clock.sleep(patienceMs, either).catch(() => null)]
        const answer = (await Promise.race([firstOf(asked), ...waiting])) ?? null
        signal.throwIfAborted()
        if (answer !== null) return answer
      }
    } finally {
      answered.abort()
    }
    throw new CodedError('SERVICE_UNAVAILABLE', `no master answered: ${troubles.join('; ')}`, {
      outcome: 'unknown',
      retryable: true,
    })
  }

  /** Null, and one trouble more, if it gives no answer. */
  async #try(
    master: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
    troubles: string[],
  ): Promise<MasterAnswer | null> {
    try {
      const answer = await this.#ask(master, path, body, signal)
      if (typeof answer !== 'string') return answer
      troubles.push(`${master}: ${answer}`)
    } catch (thrown) {
      troubles.push(`${master}: ${reason(thrown)}`)
    }
    return null
  }

  /** The answer, or in words why it is none. */
  async #ask(master: string, path: string, body: unknown, signal: AbortSignal): Promise<MasterAnswer | string> {
    const late = new AbortController()
    const timer = this.clock.after(callTimeoutMs, () => late.abort(new Error(`no answer in ${callTimeoutMs} ms`)))
    const {status, body: text} = await this.post(`http://${master}${path}`, {
      headers: {authorization: this.#authorization, 'content-type': 'application/json'},
      body: stringifyJson(body),
      signal: AbortSignal.any([signal, late.signal]),
    }).finally(() => timer.cancel())
    const envelope = readEnvelope(text)
    if (envelope === null) return `status ${status}, and not a master's answer`
    const {code, msg, data} = envelope
    if (status === 200 && code === 0) return {accepted: true, master, data}
    return isAnswer(status, code) ? {accepted: false, master, status, code, msg} : `status ${status}, ${msg}`
  }
}

/** Null when all of them are. */
async function firstOf<T>(promises: readonly Promise<T | null>[]): Promise<T | null> {
  const found = promises.map(async (promise) => (await promise) ?? Promise.reject(new Error('nothing')))
  return Promise.any(found).catch(() => null)
}

/** Codes from 100 to 699 are about what was asked, whatever the status: another master would say the same. */
function isAnswer(status: number, code: number): boolean {
  return (status >= 400 && status < 500 && status !== 408 && status !== 429) || (code >= 100 && code < 700)
}

function readEnvelope(text: string): {code: number; msg: string; data: unknown} | null {
  try {
    const {code, msg, data} = parseJson(text) as {code?: unknown; msg?: unknown; data?: unknown}
    return typeof code === 'number' ? {code, msg: typeof msg === 'string' ? msg : `code ${code}`, data} : null
  } catch {
    return null
  }
}

function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.message === '' ? ((thrown as NodeJS.ErrnoException).code ?? thrown.name) : thrown.message
}
