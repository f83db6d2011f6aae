/**
 * vearchctl as a library: what the commands call, for programs of your own.
 *
 * ```ts
 * const target = chooseTarget({
 *   named: null, flags: {conf: '/etc/vearch/config.toml'}, environment: {}, inUse: null, contexts: new Map(),
 * })
 * const connections = new Connections(target, {...systemEnv(silentLog), secrets: {}, askPassword: null})
 * const session = new Session(connections, {
 *   timeoutMs: 10_000, nodeTimeoutMs: 2_000, isDryRun: false, stateDirectory: '/var/lib/vearchctl',
 *   interrupt: new AbortController().signal,
 * })
 * const {rows} = await listPartitions(await session.reading(), {nodeId: nodeId(3)})
 * session.end()
 * await connections.close()
 * ```
 *
 * This is the only barrel, and nothing in the project imports it.
 */

export type {Change, GuardedWriter} from './admin/changes/guarded-writer.js'
export {readConfig} from './admin/config/read-config.js'
export {checkConfig, showConfig} from './admin/config/show-config.js'
export {chooseTarget, type Target, type TargetSources} from './admin/contexts/target.js'
export type {Listing} from './admin/listing.js'
export {allocateIds, peekSequences} from './admin/meta/sequence-ids.js'
export {listMeta, summarizeMeta} from './admin/meta/show-meta.js'
export {listNodes, type NodeRow} from './admin/nodes/list-nodes.js'
export {registerNode} from './admin/nodes/register-node.js'
export {listPartitions} from './admin/partitions/list-partitions.js'
export type {PartitionFilter} from './admin/partitions/partition-filter.js'
export type {PartitionRow} from './admin/partitions/partition-row.js'
export {Connections, type ConnectionsEnv} from './admin/session/connections.js'
export {Session, type SessionOptions} from './admin/session/session.js'
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
export type {MetaReading} from './meta/reading.js'
export {MetaRepository} from './meta/repository.js'
export type {MetaStore} from './meta/store.js'
export {type NodeOptions, type RunningNode, startNode} from './node/cluster-node.js'
