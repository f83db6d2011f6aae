/**
 * HTTP between simulated machines, as the roles' own clients have it.
 */
import type {Clock} from '../../src/env/clock.js'
import type {HttpPost} from '../../src/ps/master-client.js'
import type {HttpSend} from '../../src/router/master-proxy.js'
import type {Reply, Request} from './door.js'
import type {Process} from './process.js'
import type {Asker, Wire} from './wire.js'

/** Who answers at an address now. */
export interface Listener {
  readonly process: Process
  serve(request: Request, gone: AbortSignal): Promise<Reply | null>
}

/** Null where nobody listens. */
export type Resolve = (ip: string) => Listener | null

export class HttpClient {
  constructor(
    private readonly wire: Wire,
    private readonly self: Asker,
    private readonly clock: Clock,
    private readonly resolve: Resolve,
  ) {}

  readonly post: HttpPost = (url, {body, signal}) => this.request(url, {method: 'POST', body, signal})

  readonly send: HttpSend = async (url, {method, body, timeoutMs, signal}) => {
    const text = body === null ? '' : Buffer.from(body).toString('utf8')
    const reply = await this.request(url, {method, body: text, signal, timeoutMs})
    return {status: reply.status, contentType: 'application/json', body: Buffer.from(reply.body)}
  }

  async request(
    url: string,
    options: {
      readonly method: Request['method']
      readonly body: string
      readonly signal?: AbortSignal
      readonly timeoutMs?: number
    },
  ): Promise<Reply> {
    const {hostname: ip, pathname, search} = new URL(url)
    const {method, body, signal, timeoutMs = Number.POSITIVE_INFINITY} = options
    const request = {method, url: `${pathname}${search}`, body, remoteAddress: this.self.ip}
    const late = new AbortController()
    const timer = Number.isFinite(timeoutMs) ? this.clock.after(timeoutMs, () => late.abort(headersTimeout())) : null
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    const server = () => ({ip, process: this.resolve(ip)?.process ?? null})
    const serve = async (gone: AbortSignal) => {
      const reply = await this.resolve(ip)?.serve(request, gone)
      return reply ?? {status: 404, body: '404 page not found'}
    }
    try {
      return await this.wire.ask(this.self, server, serve, either)
    } finally {
      timer?.cancel()
    }
  }
}

function headersTimeout(): Error {
  return Object.assign(new Error('no answer in time'), {code: 'UND_ERR_HEADERS_TIMEOUT'})
}
