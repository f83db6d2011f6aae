/** One route, and the life of one request on it: deadline, authentication, body, handler, answer. */
import {Buffer} from 'node:buffer'
import {Readable} from 'node:stream'
import type {FastifyReply, FastifyRequest} from 'fastify'
import {parseJson, stringifyJson} from '../entity/json.js'
import type {RequestContext} from '../entity/request.js'
import {CodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'
import {type App, sendFault, sendJson} from './app.js'
import {Deadline, parseTimeout} from './deadline.js'
import {type ErrorStatus, faultOf, HttpFault, successBody} from './envelope.js'
import type {Needed} from './privilege.js'

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>
  /** The first value of each query parameter. */
  readonly query: Readonly<Record<string, string | undefined>>
  /** The parsed body; undefined if there was none, or if the route takes the body raw. */
  readonly body: unknown
  readonly rawBody: Buffer
  /** Path and query as the client sent them. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** From the socket, never from a header that anyone may write. */
  readonly remoteAddress: string
}

/** What a handler returns becomes `data`; undefined leaves it out. `RawReply` and `StreamedData` are answers of another shape. */
export type Handler = (request: RouteRequest, context: RequestContext) => unknown

export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parameters as `:name`; also the pattern by which the resource is chosen that a user needs. */
  readonly path: string
  /** `none`: anyone. `user`: a user whose role allows it. `internal`: the cluster's own processes, by the signkey. */
  readonly auth: 'none' | 'user' | 'internal'
  /** Where the method does not say what the route does: a GET that changes something. */
  readonly needs?: Needed
  /** `required` (the default of POST and PUT): an empty body is a 400. `optional`. `raw`: not parsed. */
  readonly body?: 'required' | 'optional' | 'raw'
  readonly errorStatus: ErrorStatus
  readonly handler: Handler
}

/** An answer without the envelope. */
export class RawReply {
  constructor(
    readonly status: number,
    readonly body: string | Uint8Array,
    readonly contentType = 'application/json; charset=utf-8',
  ) {}
}

/** `data` as JSON text in pieces, for what is too large to hold at once. */
export class StreamedData {
  private constructor(
    readonly first: string | null,
    readonly rest: AsyncIterator<string>,
  ) {}

  /** Waits for the first piece, so that what fails at once still gets a proper answer. */
  static async of(pieces: AsyncIterable<string>): Promise<StreamedData> {
    const rest = pieces[Symbol.asyncIterator]()
    const first = await rest.next()
    return new StreamedData(first.done === true ? null : first.value, rest)
  }
}

interface Exchange {
  readonly deadline: Deadline
  readonly context: RequestContext
}

export function route(app: App, spec: RouteSpec): void {
  const exchanges = new WeakMap<FastifyRequest, Exchange>()
  app.http.route({
    method: spec.method,
    url: spec.path,
    onRequest: async (request, reply) => {
      try {
        exchanges.set(request, await begin(app, spec, request, reply))
        return undefined
      } catch (thrown) {
        // Whatever status the route has for its own errors: that nobody could be asked who this is, is none of them.
        return refuse(app, {...spec, errorStatus: 500}, request, reply, thrown)
      }
    },
    handler: async (request, reply) => {
      const exchange = exchanges.get(request)
      if (exchange === undefined) return refuse(app, spec, request, reply, new Error('request without a beginning'))
      try {
        return answer(reply, request.id, await handle(spec, request, exchange))
      } catch (thrown) {
        return refuse(app, spec, request, reply, thrown)
      }
    },
  })
}

async function begin(app: App, spec: RouteSpec, request: FastifyRequest, reply: FastifyReply): Promise<Exchange> {
  const deadline = new Deadline(app.options.clock, parseTimeout(firstValues(request.query).timeout))
  reply.raw.once('close', () => (reply.raw.writableFinished ? deadline.end() : deadline.clientHasGone()))
  const user = await deadline.within(() => authenticate(app, spec, request.headers.authorization))
  const {signal} = deadline
  return {deadline, context: {requestId: request.id, signal, remainingMs: () => deadline.remainingMs(), user}}
}

async function authenticate(app: App, spec: RouteSpec, header: string | undefined): Promise<string | null> {
  const {authenticator} = app.options
  if (authenticator === null || spec.auth === 'none') return null
  if (spec.auth === 'internal') {
    authenticator.requireSignkey(header)
    return null
  }
  return authenticator.requirePrivilege(header, spec)
}

async function handle(spec: RouteSpec, request: FastifyRequest, {deadline, context}: Exchange): Promise<unknown> {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const routeRequest: RouteRequest = {
    params: request.params as Record<string, string>,
    query: firstValues(request.query),
    body: spec.body === 'raw' ? undefined : parseBody(rawBody, spec),
    rawBody,
    url: request.url,
    headers: request.headers,
    remoteAddress: plainAddress(request.socket.remoteAddress ?? ''),
  }
  return deadline.within(() => spec.handler(routeRequest, context))
}

function parseBody(body: Buffer, spec: RouteSpec): unknown {
  if (body.length === 0) {
    const required =
      spec.body === 'required' || (spec.body === undefined && (spec.method === 'POST' || spec.method === 'PUT'))
    if (required) throw bindFault('EOF')
    return undefined
  }
  try {
    return parseJson(body.toString('utf8'))
  } catch (thrown) {
    throw bindFault((thrown as Error).message)
  }
}

/** A body that is not what the route takes: 400 with code 1 and the decoder's text. */
export function bindFault(text: string): HttpFault {
  return new HttpFault(400, errorCodes.INTERNAL_ERROR.code, text)
}

function answer(reply: FastifyReply, requestId: string, result: unknown): FastifyReply {
  if (result instanceof RawReply) return reply.status(result.status).type(result.contentType).send(result.body)
  if (result instanceof StreamedData) {
    reply.status(200).type('application/json; charset=utf-8')
    return reply.send(Readable.from(envelopeAround(requestId, result)))
  }
  return sendJson(reply, 200, successBody(requestId, result))
}

async function* envelopeAround(requestId: string, data: StreamedData): AsyncGenerator<string> {
  yield `{"code":0,"request_id":${stringifyJson(requestId)},"data":${data.first ?? 'null'}`
  for (let piece = await data.rest.next(); piece.done !== true; piece = await data.rest.next()) yield piece.value
  yield '}'
}

function refuse(
  app: App,
  spec: RouteSpec,
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): FastifyReply {
  const fault = faultOf(thrown, spec.errorStatus)
  if (!(thrown instanceof HttpFault || thrown instanceof CodedError)) {
    const {stack} = thrown instanceof Error ? thrown : {stack: undefined}
    app.options.log.error('http.handler.threw', {path: spec.path, requestId: request.id, error: fault.message, stack})
  }
  return sendFault(request, reply, fault)
}

function firstValues(query: unknown): Record<string, string | undefined> {
  const entries = Object.entries(query as Record<string, string | string[]>)
  return Object.fromEntries(entries.map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]))
}

/** An IPv4 client of a dual-stack socket has the same address as of a plain one. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
