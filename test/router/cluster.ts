/**
 * A router on a real etcd with a real master, and real partition servers whose engine is the plain one: every answer of
 * theirs is exact, so that what a test sees is the router's doing.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type App, closeApp, listen} from '../../src/http/app.js'
import {routerApp} from '../../src/http/routes/router.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {MetaRepository} from '../../src/meta/repository.js'
import {PartitionServer} from '../../src/ps/partition-server.js'
import {httpSend} from '../../src/router/http-send.js'
import {Router} from '../../src/router/router.js'
import {RpcClient} from '../../src/rpc/client.js'
import type {TestEtcd} from '../harness/etcd.js'
import {ModelEngine} from '../harness/model-engine.js'
import {basic, MasterHarness, type Reply, signkey} from '../master/cluster-harness.js'
import {postJson, testConfig, testEnv} from '../ps/fixtures.js'

const version = {build_version: 'test', build_time: '', commit_id: ''}

export class RunningRouter {
  private constructor(
    readonly router: Router,
    readonly app: App,
    readonly store: EtcdStore,
    readonly rpc: RpcClient,
    readonly url: string,
  ) {}

  static async start(master: MasterHarness, allowOrigins: readonly string[] = []): Promise<RunningRouter> {
    const store = new EtcdStore({endpoints: [master.etcd.endpoint]}, testEnv)
    const rpc = new RpcClient(testEnv, {authKey: signkey})
    const config = configOf(master, [])
    const router = new Router({
      config: {...config, router: {...config.router, allow_origins: allowOrigins}},
      env: testEnv,
      store,
      keys: master.keys,
      rpc,
      send: httpSend,
      version,
      hostZone: '',
    })
    await router.start(AbortSignal.timeout(10_000))
    const app = routerApp(router)
    const port = await listen(app, {host: '127.0.0.1', port: 0})
    return new RunningRouter(router, app, store, rpc, `http://127.0.0.1:${port}`)
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const response = await fetch(this.url + path, {
      method,
      headers: {authorization: basic('root', signkey), ...headers},
      ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
    })
    const text = await response.text()
    return {status: response.status, ...(text.startsWith('{') ? JSON.parse(text) : {code: -1, msg: text})}
  }

  async stop(): Promise<void> {
    await closeApp(this.app)
    await this.router.stop()
    await this.rpc.stop()
    await this.store.close()
  }
}

export class RouterCluster {
  readonly servers: PartitionServer[] = []

  private constructor(
    readonly master: MasterHarness,
    readonly front: RunningRouter,
    readonly directory: string,
  ) {}

  static async start(etcd: TestEtcd, servers: number): Promise<RouterCluster> {
    const master = await MasterHarness.start(etcd, 0)
    const front = await RunningRouter.start(master)
    const cluster = new RouterCluster(master, front, await mkdtemp(join(tmpdir(), 'router-')))
    for (let index = 0; index < servers; index++) await cluster.addServer(`ps${index}`)
    return cluster
  }

  /** The same name again is the same node, on its old data. */
  async addServer(name: string): Promise<PartitionServer> {
    const server = new PartitionServer({
      env: testEnv,
      config: configOf(this.master, [join(this.directory, name)]),
      repository: new MetaRepository(this.master.master.store, this.master.keys),
      post: postJson,
      version,
      host: {},
      listenHost: '127.0.0.1',
      openEngine: ModelEngine.open,
      probeEngine: async () => null,
      onFatal: () => {},
    })
    await server.start()
    this.servers.push(server)
    return server
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.front.call('POST', path, body)
  }

  async stop(): Promise<void> {
    await this.front.stop()
    await Promise.all(this.servers.map((server) => server.stop()))
    await this.master.stop()
    await rm(this.directory, {recursive: true})
  }
}

function configOf({master, cluster}: MasterHarness, data: readonly string[]) {
  const config = testConfig(data, [Number(new URL(master.url).port)])
  return {...config, global: {...config.global, name: cluster, signkey, skip_auth: false}}
}
