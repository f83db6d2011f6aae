/**
 * The three roles on a machine: what `src/node/roles.ts` is to a real process.
 */
import type {Config} from '../../src/config/config.js'
import type {NodeId} from '../../src/entity/ids.js'
import type {BuildVersion} from '../../src/entity/server.js'
import type {Env} from '../../src/env/env.js'
import type {RouteSpec} from '../../src/http/route.js'
import {masterRoutes} from '../../src/http/routes/master.js'
import {routerRoutes} from '../../src/http/routes/router.js'
import {Master} from '../../src/master/master.js'
import type {Keys} from '../../src/meta/keys.js'
import {MetaRepository} from '../../src/meta/repository.js'
import type {MetaStore} from '../../src/meta/store.js'
import {PartitionServer} from '../../src/ps/partition-server.js'
import {Router} from '../../src/router/router.js'
import {RpcClient} from '../../src/rpc/client.js'
import {Door} from './door.js'
import {engineOn} from './engine.js'
import type {HttpClient} from './http-client.js'
import type {Machine} from './machine.js'

export interface RoleParts {
  readonly machine: Machine
  readonly env: Env
  readonly config: Config
  readonly store: MetaStore
  readonly keys: Keys
  readonly http: HttpClient
  /** Of the shared log's files. */
  readonly segmentBytes: number
  /** The process cannot go on. */
  readonly fail: (error: Error) => void
}

export class Role {
  /** Null while the role does not listen, or never does. */
  door: Door | null = null

  constructor(
    private readonly parts: RoleParts,
    private readonly life: {start(signal: AbortSignal): Promise<void>; stop(): Promise<void>},
    private readonly routes: readonly RouteSpec[],
    readonly server: PartitionServer | null = null,
  ) {}

  get node(): NodeId | null {
    return this.server?.nodeId ?? null
  }

  async start(): Promise<void> {
    await this.life.start(new AbortController().signal)
    this.door = new Door(this.routes, this.parts.env.clock)
  }

  async stop(): Promise<void> {
    this.door = null
    await this.life.stop()
    await this.parts.store.close()
  }
}

const version: BuildVersion = {build_version: 'simulated', build_time: '', commit_id: ''}

export function masterRole(parts: RoleParts): Role {
  const {env, store, keys, config, machine} = parts
  const self = config.masters.find(({address}) => address === machine.ip)
  if (self === undefined) throw new Error(`no master is configured at ${machine.ip}`)
  const rpc = new RpcClient(env, {authKey: config.global.signkey})
  const master = new Master({...env, store, keys, ps: rpc, config, self, version})
  const stop = async () => {
    await master.stop()
    await rpc.stop()
  }
  return new Role(parts, {start: (signal) => master.start(signal), stop}, masterRoutes(master))
}

export function routerRole(parts: RoleParts): Role {
  const {env, store, keys, config, http} = parts
  const rpc = new RpcClient(env, {authKey: config.global.signkey, inFlightMax: config.router.concurrent_num})
  const router = new Router({config, env, store, keys, rpc, send: http.send, version, hostZone: ''})
  const stop = async () => {
    await router.stop()
    await rpc.stop()
  }
  return new Role(parts, {start: (signal) => router.start(signal), stop}, routerRoutes(router))
}

export function serverRole(parts: RoleParts): Role {
  const {env, config, store, keys, http, machine, segmentBytes, fail} = parts
  const server = new PartitionServer({
    env,
    config,
    repository: new MetaRepository(store, keys),
    post: http.post,
    version,
    host: {},
    listenHost: machine.ip,
    openEngine: engineOn(env.disk, {
      failsCheckpoints: () => machine.checkpointFaults > 0,
      hasPages: () => machine.hasPages,
      die: fail,
    }),
    probeEngine: async () => null,
    segmentBytes,
    onFatal: fail,
  })
  return new Role(parts, {start: () => server.start(), stop: () => server.stop()}, [], server)
}
