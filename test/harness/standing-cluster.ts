/**
 * A cluster that stands still: real metadata in a real etcd and real sockets that answer for its servers, but nobody who changes
 * anything. So whatever changes was changed by the command under test. Its masters are not there.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {nodeId} from '../../src/entity/ids.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {RpcServer} from '../../src/rpc/server.js'
import {ClusterFixture, keys} from '../admin/cluster-fixture.js'
import {freePorts, startEtcd, type TestEtcd} from './etcd.js'

const env = systemEnv(silentLog)
const host = '127.0.0.1'
const signkey = 'a secret of our own'

/** What stands at a server's address. */
export type Standing = 'well' | 'dead' | 'frozen' | 'of another cluster' | 'of another key'

export class StandingCluster {
  readonly fixture = new ClusterFixture()
  readonly #servers: RpcServer[] = []
  readonly #frozen: ChildProcess[] = []

  private constructor(
    readonly etcd: TestEtcd,
    readonly store: EtcdStore,
    /** Names an etcd and a master that are not there. */
    readonly confOfNobody: string,
    readonly conf: string,
  ) {}

  static async start(): Promise<StandingCluster> {
    const etcd = await startEtcd()
    const store = new EtcdStore({endpoints: [etcd.endpoint]}, env)
    const [api, peer, client = 0] = await freePorts(3)
    const write = async (name: string, etcdPort: number) => {
      const path = join(etcd.dataDir, name)
      await writeFile(
        path,
        `[global]
name = "vearch"
data = ["${etcd.dataDir}/data"]
signkey = "${signkey}"
[[masters]]
name = "m1"
address = "${host}"
api_port = ${api}
etcd_peer_port = ${peer}
etcd_client_port = ${etcdPort}
`,
      )
      return path
    }
    const conf = await write('config.toml', Number(etcd.endpoint.split(':')[1]))
    return new StandingCluster(etcd, store, await write('nobody.toml', client), conf)
  }

  /** Puts the fixture's records, and whoever is to stand at its servers' addresses, in place of what there was. */
  async stand(standings: Readonly<Record<number, Standing>> = {}): Promise<void> {
    await this.#clear()
    for (const node of this.fixture.infos.keys()) {
      const port = await this.#open(node, standings[node] ?? 'well')
      this.fixture.edit(keys.server(nodeId(node)), {
        ip: host,
        rpc_port: port,
        raft_heartbeat_port: port,
        raft_replicate_port: port,
      })
    }
    const {id: lease} = await this.store.grantLease(3_600)
    const puts = this.fixture.kvs().map(({key, value, lease: own}) => {
      return {type: 'put', key, value, ...(own === null ? {} : {lease})} as const
    })
    for (let at = 0; at < puts.length; at += putsMax) {
      await this.store.transact({then: puts.slice(at, at + putsMax)})
    }
  }

  async revision(): Promise<number> {
    return (await this.store.status()).revision
  }

  async stop(): Promise<void> {
    await this.#clear()
    await this.store.close()
    await this.etcd.stop()
  }

  async #clear(): Promise<void> {
    for (const child of this.#frozen.splice(0)) child.kill('SIGKILL')
    await Promise.all(this.#servers.splice(0).map((server) => server.stop()))
    await this.store.transact({then: [{type: 'deletePrefix', prefix: '/vearch/'}]})
  }

  async #open(node: number, standing: Standing): Promise<number> {
    if (standing === 'dead') return (await freePorts(1))[0] ?? 0
    if (standing === 'frozen') return this.#freeze()
    const cluster = standing === 'of another cluster' ? 'another' : keys.cluster
    const server = new RpcServer(env, {
      host,
      port: 0,
      authKey: standing === 'of another key' ? 'another key' : signkey,
      handlers: {
        ping: async () => ({nodeId: node, cluster}),
        partitionInfo: async () => ({partitions: [...(this.fixture.infos.get(node)?.values() ?? [])]}),
        stats: async () => this.fixture.stats.get(node),
        asideReplicas: async () => ({replicas: []}),
      },
    })
    this.#servers.push(server)
    return server.start()
  }

  /** The process is stopped: its socket takes connections, and nobody answers. */
  async #freeze(): Promise<number> {
    const listen = `require('node:net').createServer().listen(0, '${host}', function () { console.log(this.address().port) })`
    const child = spawn(process.execPath, ['-e', listen], {stdio: ['ignore', 'pipe', 'ignore']})
    this.#frozen.push(child)
    const [said] = await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    return Number(String(said))
  }
}

/** Of etcd, in one transaction. */
const putsMax = 128
