/**
 * REST translation: requests in, one call of a service each, answers out. No decision about databases is made here.
 *
 * Invariants
 * - Every answer carries `X-Request-Id` and, but for an unknown path, the envelope of the spec.
 * - Every request has a deadline (`?timeout=` in milliseconds). When it passes the client gets a 504 at once; the handler's
 *   signal is aborted and whatever it still returns is dropped.
 * - A request's state belongs to that request alone; a handler that throws costs its own request and nothing else.
 * - Authentication comes before the body: a stranger cannot make this process hold one.
 * - The body is JSON whatever its content type says; 64-bit integers in it are kept.
 *
 * Reading order: this file (the server), `route.ts` (one request), `deadline.ts`, `envelope.ts`, `auth.ts`
 * (`base64.ts`, `privilege.ts`), then `routes/` (what is served).
 */
import {Buffer} from 'node:buffer'
import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify'
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import type {Random} from '../env/random.js'
import {CodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'
import type {Authenticator} from './auth.js'
import {allowOrigins} from './cors.js'
import {faultBody, HttpFault} from './envelope.js'

export interface AppOptions {
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  /** Null where `skip_auth` is set: every request may do everything. */
  readonly authenticator: Authenticator | null
  readonly bodyBytesMax?: number
  /** Origins of browsers that may call; none if empty. */
  readonly allowOrigins?: readonly string[]
}

export interface App {
  readonly http: FastifyInstance
  readonly options: AppOptions
}

/** Larger than any batch that is worth sending, small enough to hold a few of. */
const bodyBytesMaxDefault = 256 * 1024 * 1024
/** A client that needs longer to send its request is cut off. */
const receiveTimeoutMs = 300_000
const pathParameterLengthMax = 4_096
/** How long `closeApp` waits for answers under way. */
const closeGraceMs = 5_000

export function createApp(options: AppOptions): App {
  const bodyBytesMax = options.bodyBytesMax ?? bodyBytesMaxDefault
  const http = Fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: receiveTimeoutMs,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: {ignoreTrailingSlash: true, maxParamLength: pathParameterLengthMax},
    genReqId: (request) => requestId(request.headers['x-request-id'], options.random),
    frameworkErrors: (error, request, reply) => {
      sendFault(request, reply, new HttpFault(400, errorCodes.PARAM_ERROR.code, `param_error:${error.message}`))
    },
  })
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('*', {parseAs: 'buffer'}, (_request, body, done) => done(null, body))
  http.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    // An odd content type is no reason to refuse what is JSON anyway.
    delete request.raw.headers['content-type']
    return redirectTrailingSlash(request, reply)
  })
  if (options.allowOrigins !== undefined && options.allowOrigins.length > 0) allowOrigins(http, options.allowOrigins)
  http.setNotFoundHandler((_request, reply) => reply.status(404).type('text/plain').send('404 page not found'))
  http.setErrorHandler((error, request, reply) => {
    const fault = transportFault(error, bodyBytesMax)
    if (fault.status === 500) options.log.error('http.transport.failed', {path: request.url, error: fault.message})
    sendFault(request, reply, fault)
  })
  return {http, options}
}

/** Listens and returns the port, which the system chose where `port` is 0. Throws PORT_TAKEN. */
export async function listen(app: App, address: {readonly host: string; readonly port: number}): Promise<number> {
  try {
    await app.http.listen({host: address.host, port: address.port})
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown
    throw new CodedError('PORT_TAKEN', `${address.host}:${address.port} is in use`, {
      hint: `find who has it: ss -ltnp 'sport = :${address.port}'`,
      cause: thrown,
    })
  }
  const bound = app.http.server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : address.port
}

/** Stops listening, waits a little for answers under way, then cuts what is left. Idempotent. */
export async function closeApp(app: App): Promise<void> {
  const timer = app.options.clock.after(closeGraceMs, () => app.http.server.closeAllConnections())
  try {
    await app.http.close()
  } finally {
    timer.cancel()
  }
}

export function sendFault(request: FastifyRequest, reply: FastifyReply, fault: HttpFault): FastifyReply {
  return sendJson(reply.header('X-Request-Id', request.id), fault.status, faultBody(request.id, fault))
}

export function sendJson(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.status(status).type('application/json; charset=utf-8').send(body)
}

/** The client's own id, or ten characters of the base64 of a UUID, as Vearch makes them. */
function requestId(given: string | string[] | undefined, random: Random): string {
  if (typeof given === 'string' && given !== '') return given
  const hex = Buffer.from(random.bytes(4)).toString('hex')
  return Buffer.from(hex).toString('base64').slice(0, 10)
}

function redirectTrailingSlash(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const [path = '', query] = request.url.split(/\?(.*)/s, 2)
  if (request.is404 || path.length < 2 || !path.endsWith('/')) return undefined
  const target = path.replace(/\/+$/, '').replace(/^\/+/, '/')
  return reply.redirect(query === undefined ? target : `${target}?${query}`, request.method === 'GET' ? 301 : 307)
}

/** Errors of the server itself: a body that is too large or cut off, a request that is no HTTP. */
function transportFault(error: unknown, bodyBytesMax: number): HttpFault {
  const {code, statusCode, message} = error as {code?: string; statusCode?: number; message: string}
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new HttpFault(
      413,
      errorCodes.PARAM_ERROR.code,
      `param_error:request body is larger than ${bodyBytesMax} bytes`,
    )
  }
  const status = statusCode ?? 500
  return status < 500
    ? new HttpFault(status, errorCodes.PARAM_ERROR.code, `param_error:${message}`)
    : new HttpFault(status, errorCodes.INTERNAL_ERROR.code, message)
}
