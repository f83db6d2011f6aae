/**
 * The router: where clients send documents and searches, whichever partition they concern.
 *
 * It keeps nothing of its own: what it needs to know of the cluster is a live view of the metadata, so there may be any
 * number of routers and one may come or go at any time. Per request it finds the space (`space-lookup.ts`), reads the body
 * against the space (`document-parser.ts`, `search-request.ts`, `query-vectors.ts`), decides which partitions are concerned
 * (`routing.ts`, pure), calls them (`scatter.ts`, with `replica-choice.ts`), puts together what they answered (`merge.ts`,
 * pure) and shows it (`document-view.ts`). One service a verb: upsert, query (with get), search, delete, index operations.
 * What concerns metadata is a master's: `master-proxy.ts`.
 *
 * Invariants
 * - A batch with a fault in it changes nothing. A batch without one has a fate for each document.
 * - What may have been written is never sent a second time, and is reported as unknown, not as failed.
 * - Equal questions to an unchanged space get equal answers: no result depends on which partition was faster.
 * - An answer that some partitions had no part in says so.
 */
import type {Config} from '../config/config.js'
import type {BuildVersion} from '../entity/server.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import type {Keys} from '../meta/keys.js'
import {LeaseKeeper} from '../meta/lease-keeper.js'
import {LiveView} from '../meta/live-view.js'
import type {MetaStore} from '../meta/store.js'
import type {PsCaller} from '../rpc/ps-api.js'
import {DeleteService} from './delete-service.js'
import {DocumentParsers} from './document-parser.js'
import {GetService} from './get-service.js'
import {Horizon} from './horizon.js'
import {IndexService} from './index-service.js'
import {type HttpSend, MasterProxy} from './master-proxy.js'
import {MemoryGuard} from './memory-guard.js'
import {QueryService} from './query-service.js'
import {ReplicaChoice} from './replica-choice.js'
import {RequestLimiter} from './request-limit.js'
import {Scatter} from './scatter.js'
import {SearchService} from './search-service.js'
import {SpaceLookup} from './space-lookup.js'
import {UpsertService} from './upsert-service.js'
import {ViewAccounts} from './view-accounts.js'

export interface RouterDeps {
  readonly config: Pick<Config, 'global' | 'masters' | 'router'>
  readonly env: Env
  readonly store: MetaStore
  readonly keys: Keys
  readonly rpc: PsCaller
  readonly send: HttpSend
  readonly version: BuildVersion
  /** This host's zone (`VEARCH_HOST_ZONE`), for `nearest_connection`. */
  readonly hostZone: string
}

const leaseSeconds = 10
const registerTimeoutMs = 10_000
/** Between two rounds of asking the masters for admission. */
const registerAgainMs = 500

export class Router {
  readonly view: LiveView
  readonly accounts: ViewAccounts
  readonly spaces: SpaceLookup
  readonly upserts: UpsertService
  readonly queries: QueryService
  readonly searches: SearchService
  readonly deletes: DeleteService
  readonly indexes: IndexService
  readonly limiter: RequestLimiter
  readonly memory: MemoryGuard
  readonly proxy: MasterProxy
  #keeper: LeaseKeeper | null = null

  constructor(readonly deps: RouterDeps) {
    const {config, env, store, keys, rpc, send, hostZone} = deps
    const {clock} = env
    const view = new LiveView(store, keys, env.log)
    const replicas = new ReplicaChoice(view, clock, {raftConsistent: config.global.raft_consistent, hostZone})
    const horizon = config.global.raft_consistent ? new Horizon(view) : null
    const scatter = new Scatter({view, rpc, env, replicas, horizon, rpcTimeoutMs: config.router.rpc_timeout})
    const spaces = new SpaceLookup(view, clock)
    this.view = view
    this.accounts = new ViewAccounts(view, clock)
    this.spaces = spaces
    this.upserts = new UpsertService({spaces, scatter, parsers: new DocumentParsers(env.random)})
    this.queries = new QueryService({spaces, scatter, gets: new GetService(scatter)})
    this.searches = new SearchService({spaces, scatter})
    this.deletes = new DeleteService({spaces, scatter})
    this.indexes = new IndexService({spaces, scatter})
    this.limiter = new RequestLimiter(view, clock)
    this.memory = new MemoryGuard(view, clock)
    this.proxy = new MasterProxy(config.masters, send, env)
  }

  /** Resolves when requests may come. Errors: AUTHENTICATION_FAILED and CONFIG_ERROR if the masters refuse this router. */
  async start(signal: AbortSignal): Promise<void> {
    const {config, env, store, keys} = this.deps
    const ip = await this.#admission(signal)
    await this.view.start(signal)
    this.#keeper = new LeaseKeeper(store, env, {
      key: keys.router(ip),
      value: `${ip}:${config.router.port}`,
      ttlSeconds: leaseSeconds,
    })
    await this.#keeper.start(signal)
    env.log.info('router.started', {ip, spaces: this.view.spaces.size, revision: this.view.revision})
  }

  /** Idempotent. The store and the rpc client are closed by whoever opened them. */
  async stop(): Promise<void> {
    this.proxy.stop()
    await this.#keeper?.stop()
    await this.view.stop()
  }

  /** The address under which a master sees this router. Masters that cannot be reached are asked for ever. */
  async #admission(signal: AbortSignal): Promise<string> {
    const {config, env, keys} = this.deps
    const url = `/register_router?clusterName=${encodeURIComponent(keys.cluster)}`
    for (;;) {
      try {
        return String(await this.proxy.ask(url, config.global.signkey, registerTimeoutMs))
      } catch (thrown) {
        if (!(thrown instanceof CodedError) || !thrown.retryable) throw thrown
        env.log.warn('router.register.retry', {error: thrown.message})
        await env.clock.sleep(registerAgainMs, signal)
      }
    }
  }
}
