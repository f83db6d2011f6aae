/**
 * What a role serves over HTTP, without the socket: its own routes, deadlines and envelope, called where they are.
 */
import {parseJson} from '../../src/entity/json.js'
import type {Clock} from '../../src/env/clock.js'
import {Deadline, parseTimeout} from '../../src/http/deadline.js'
import {faultBody, faultOf, successBody} from '../../src/http/envelope.js'
import type {RouteSpec} from '../../src/http/route.js'

export interface Request {
  readonly method: RouteSpec['method']
  /** Path and query. */
  readonly url: string
  readonly body: string
  readonly remoteAddress: string
}

export interface Reply {
  readonly status: number
  readonly body: string
}

interface Route {
  readonly spec: RouteSpec
  readonly pattern: RegExp
}

export class Door {
  readonly #routes: readonly Route[]
  #requests = 0

  constructor(
    specs: readonly RouteSpec[],
    private readonly clock: Clock,
  ) {
    this.#routes = specs.map((spec) => ({spec, pattern: patternOf(spec.path)}))
  }

  /** Null where there is no such route. */
  async serve(request: Request, gone: AbortSignal): Promise<Reply | null> {
    const {pathname, searchParams} = new URL(request.url, 'http://door')
    for (const {spec, pattern} of this.#routes) {
      const params = spec.method === request.method ? pattern.exec(pathname) : null
      if (params !== null)
        return this.#handle(spec, {...params.groups}, Object.fromEntries(searchParams), request, gone)
    }
    return null
  }

  async #handle(
    spec: RouteSpec,
    params: Record<string, string>,
    query: Record<string, string>,
    {url, body, remoteAddress}: Request,
    gone: AbortSignal,
  ): Promise<Reply> {
    const requestId = String(++this.#requests)
    const deadline = new Deadline(this.clock, parseTimeout(query.timeout))
    gone.addEventListener('abort', () => deadline.clientHasGone(), {once: true})
    try {
      const rawBody = Buffer.from(body)
      const parsed = spec.body === 'raw' || body === '' ? undefined : parseJson(body)
      const request = {params, query, body: parsed, rawBody, url, headers: {}, remoteAddress}
      const {signal} = deadline
      const context = {requestId, signal, remainingMs: () => deadline.remainingMs(), user: null}
      const data = await deadline.within(() => spec.handler(request, context))
      return {status: 200, body: successBody(requestId, data)}
    } catch (thrown) {
      const fault = faultOf(thrown, spec.errorStatus)
      return {status: fault.status, body: faultBody(requestId, fault)}
    } finally {
      deadline.end()
    }
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
}
