import type {NodeId} from '../entity/ids.js'
import type {FailServer} from '../entity/server.js'
import {CodedError} from '../errors/coded-error.js'
import type {Call, Cluster} from './cluster.js'
import type {SpaceRemoval} from './space-removal.js'

/** Servers that held partitions when their lease ended. The reconciler writes these records; here they are read and dropped. */
export class FailServers {
  constructor(
    private readonly cluster: Cluster,
    private readonly removal: SpaceRemoval,
  ) {}

  async list(call: Call): Promise<{count: number; fail_servers: FailServer[]}> {
    const {items} = await this.cluster.repository.failServers(call)
    return {count: items.length, fail_servers: items.map(({value}) => value)}
  }

  /** The node will not come back: its record goes, and nobody waits for it to delete what is left of removed spaces. */
  async delete(node: NodeId, call: Call): Promise<{nodeID: string}> {
    const {store, keys} = this.cluster.repository
    const {results} = await store.transact({then: [{type: 'delete', key: keys.failServer(node)}]}, call)
    const [result] = results
    if (result?.type === 'delete' && result.deleted === 0) {
      throw new CodedError('PARTITION_SERVER_NOT_EXIST', `fail server:[${node}]`)
    }
    await this.removal.forgetNode(node, call)
    return {nodeID: String(node)}
  }
}
