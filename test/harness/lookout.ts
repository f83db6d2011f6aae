/** Looks at a cluster of real processes from outside, at its metadata and its servers. */
import {gather, type PictureSources} from '../../src/admin/picture/gather.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {RpcClient} from '../../src/rpc/client.js'
import type {TestCluster} from './cluster.js'
import {metadataSource} from './metadata-source.js'

const env = systemEnv(silentLog)

export class Lookout {
  readonly keys = new Keys('test')
  readonly store: EtcdStore
  readonly #nodes = new RpcClient(env, {authKey: 'secret'})
  readonly #stopping = new AbortController()

  constructor(
    cluster: TestCluster,
    private readonly nodeTimeoutMs: number,
  ) {
    this.store = new EtcdStore({endpoints: cluster.masters.map(({etcd}) => etcd)}, env)
  }

  /** `more`: who else is asked. */
  look(more: Partial<PictureSources> = {}): Promise<ClusterPicture> {
    const {store, keys, nodeTimeoutMs} = this
    const metadata = metadataSource(store, keys)
    const sources = {metadata, store, masters: [], nodes: this.#nodes, clock: env.clock, ...more}
    return gather(sources, {signal: this.#stopping.signal, nodeTimeoutMs})
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#nodes.stop()
    await this.store.close()
  }
}
