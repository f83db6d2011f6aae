/**
 * What a router serves (data-plane spec §1.4, control-plane spec §6.2): documents and its caches by itself, everything about
 * metadata by passing it on to a master.
 */
import {Buffer} from 'node:buffer'
import type {FastifyReply, FastifyRequest} from 'fastify'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import {errorCodes} from '../../errors/codes.js'
import {PasswordHasher} from '../../master/password.js'
import {Refusal} from '../../router/refusal.js'
import type {RequestKind} from '../../router/request-limit.js'
import type {Router} from '../../router/router.js'
import {type App, createApp, sendFault} from '../app.js'
import {Authenticator} from '../auth.js'
import {faultOf, HttpFault} from '../envelope.js'
import {type Handler, type RouteSpec, route} from '../route.js'
import * as read from './router-bodies.js'

export function routerApp(router: Router): App {
  const {config, env} = router.deps
  const {skip_auth: skipAuth, signkey} = config.global
  const {clock, random, log} = env
  const hasher = new PasswordHasher(random)
  const authenticator = skipAuth ? null : new Authenticator(router.accounts, hasher, signkey, random)
  const app = createApp({log, clock, random, authenticator, allowOrigins: config.router.allow_origins})
  for (const spec of routerRoutes(router)) route(app, spec)
  for (const path of proxiedPaths) proxy(app, router, path)
  return app
}

export function routerRoutes(router: Router): RouteSpec[] {
  return [...documentRoutes(router), ...indexRoutes(router), ...cacheRoutes(router), ...processRoutes(router)]
}

function post(path: string, handler: Handler): RouteSpec {
  return {method: 'POST', path, auth: 'user', errorStatus: 500, handler: refusing(handler)}
}

/** A refusal knows its own status. */
function refusing(handler: Handler): Handler {
  return async (request, context) => {
    try {
      return await handler(request, context)
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      const {status, code} = faultOf(thrown.error, thrown.status)
      throw new HttpFault(status, code, thrown.message)
    }
  }
}

function documentRoutes({upserts, queries, searches, deletes, limiter, memory}: Router): RouteSpec[] {
  const document = (verb: string, kind: RequestKind, handler: Handler) =>
    post(`/document/${verb}`, (request, context) => {
      memory.admit(request.rawBody.length)
      limiter.admit(kind)
      return handler(request, context)
    })
  return [
    document('upsert', 'write', ({body}, context) => upserts.upsert(read.upsertRequest(body), context)),
    document('delete', 'write', ({body}, context) => deletes.delete(read.searchRequest(body), context)),
    document('query', 'read', ({body, query}, context) =>
      queries.query(onlyId(query.queryOnlyId, read.searchRequest(body)), context),
    ),
    document('search', 'read', ({body, query}, context) =>
      searches.search(onlyId(query.queryOnlyId, read.searchRequest(body)), context),
    ),
  ]
}

function onlyId<Request extends {readonly fields: readonly string[]}>(flag: string | undefined, request: Request) {
  return flag ? {...request, fields: ['_id']} : request
}

function indexRoutes({indexes}: Router): RouteSpec[] {
  return [
    post('/index/flush', ({body}, context) => indexes.flush(read.indexRequest(body), context)),
    post('/index/forcemerge', ({body}, context) => indexes.forceMerge(read.indexRequest(body), context)),
    post('/index/rebuild', ({body}, context) => indexes.rebuild(read.indexRequest(body), context)),
  ]
}

/** What this router believes at the moment; passwords are not shown. */
function cacheRoutes({spaces, accounts}: Router): RouteSpec[] {
  const get = (path: string, handler: Handler): RouteSpec => ({
    method: 'GET',
    path,
    auth: 'user',
    body: 'raw',
    errorStatus: 500,
    handler,
  })
  return [
    get('/cache/dbs/:db/spaces/:space', ({params}, context) =>
      spaces.find({dbName: params.db ?? '', spaceName: params.space ?? ''}, context),
    ),
    get('/cache/users/:user', async ({params}) => {
      const user = await accounts.user(params.user ?? '')
      if (user === null) throw new CodedError('USER_NOT_EXIST', `user:${params.user}`)
      const {password, ...shown} = user
      return password === undefined ? shown : {...shown, password: '******'}
    }),
    get('/cache/roles/:role', async ({params}) => {
      const role = await accounts.role(params.role ?? '')
      if (role === null) throw new CodedError('ROLE_NOT_EXIST', `role:${params.role}`)
      return role
    }),
  ]
}

function processRoutes({deps}: Router): RouteSpec[] {
  const {config, version} = deps
  return [
    {
      method: 'GET',
      path: '/',
      auth: 'user',
      body: 'raw',
      errorStatus: 500,
      handler: () => ({name: config.global.name, version}),
    },
    // For clients that send it: Vearch switches timings in its log by this, and there are none here.
    post('/config/trace', ({body}) => read.traceRequest(body)),
  ]
}

/** Every route of a master (control-plane spec §4.6) but those for the cluster's own processes. */
const proxiedPaths = [
  '/servers',
  '/partitions',
  '/partitions/*',
  '/schedule/*',
  '/meta/*',
  '/routers',
  '/dbs',
  '/dbs/*',
  '/backup/*',
  '/restore/*',
  '/alias',
  '/alias/*',
  '/users',
  '/users/*',
  '/roles',
  '/roles/*',
  '/cluster/*',
  '/config/*',
  '/members',
  '/members/*',
]
const proxyTimeoutMs = 60_000

/** Authentication, deadline and body are the master's business; the answer is its own, with status 200. */
function proxy(app: App, router: Router, path: string): void {
  const forward = (method: RouteSpec['method']) => async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      const {status, contentType, body} = await router.proxy.forward({
        method,
        url: request.url,
        authorization: request.headers.authorization,
        requestId: request.id,
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        timeoutMs: Math.max(proxyTimeoutMs, wantedTimeoutMs(request.query)),
      })
      const isEnvelope = contentType.includes('json')
      return reply
        .status(isEnvelope ? 200 : status)
        .type(contentType)
        .send(Buffer.from(body))
    } catch (thrown) {
      return sendFault(request, reply, new HttpFault(500, errorCodes.INTERNAL_ERROR.code, toCodedError(thrown).detail))
    }
  }
  for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const) {
    app.http.route({method, url: path, handler: forward(method)})
  }
}

/** As the master will read it, with a moment on top for its own answer that the time is up. */
function wantedTimeoutMs(query: unknown): number {
  const timeout = Number(Object(query).timeout ?? 0)
  return Number.isFinite(timeout) ? timeout + 1_000 : 0
}
