/**
 * vearchctl as a library: what the commands call, for programs of your own.
 *
 * ```ts
 * const session = new Session(
 *   {conf: '/etc/vearch/config.toml', cluster: null, etcd: null, masters: null, passwordFile: null, timeoutMs: 10_000,
 *    interrupt: new AbortController().signal},
 *   systemEnv(silentLog),
 * )
 * const {rows} = await listPartitions(session, {nodeId: nodeId(3)})
 * await session.close()
 * ```
 *
 * This is the only barrel, and nothing in the project imports it.
 */

export {listPartitions, type PartitionFilter} from './admin/list-partitions.js'
export type {Listing} from './admin/listing.js'
export type {PartitionRow} from './admin/partition-row.js'
export {registerNode} from './admin/register-node.js'
export {allocateIds, peekSequences} from './admin/sequence-ids.js'
export {readConfig, Session, type SessionOptions} from './admin/session.js'
export {checkConfig, showConfig} from './admin/show-config.js'
export {listMeta, summarizeMeta} from './admin/show-meta.js'
export type {Config} from './config/config.js'
export {embeddedConfig} from './config/embedded.js'
export {loadConfig} from './config/load.js'
export {type LoadedConfig, requireConfig} from './config/loaded.js'
export {nodeId, partitionId} from './entity/ids.js'
export type {Env} from './env/env.js'
export {type Log, silentLog} from './env/log.js'
export {openLog} from './env/log-file.js'
export {systemEnv} from './env/system-env.js'
export {CodedError} from './errors/coded-error.js'
export {EmbeddedStore} from './meta/embedded/embedded-store.js'
export {EtcdStore} from './meta/etcd-store.js'
export {Keys} from './meta/keys.js'
export {MetaRepository} from './meta/repository.js'
export type {MetaStore} from './meta/store.js'
export {type NodeOptions, type RunningNode, startNode} from './node/cluster-node.js'
