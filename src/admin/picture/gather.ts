/**
 * Looks at a cluster once and returns the picture.
 *
 * Only metadata that cannot be read is an error; whoever else does not answer in time is silent in the picture. All are asked
 * at the same time, a bounded number at once, and each has a time of its own: a dead or frozen node costs its time and
 * nothing else. Who answers under a node's address and is somebody else (another cluster, another id) is an impostor, and
 * what it says of partitions is not believed.
 *
 * Servers are asked directly where they speak our protocol. Where none of them answers that way, as in a real Vearch, a master
 * is asked for them: `/servers`, `/cluster/stats` and, for raft, `/cluster/health?detail=true`.
 */
import {setMaxListeners} from 'node:events'
import type {LoadedConfig} from '../../config/loaded.js'
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import type {Clock} from '../../env/clock.js'
import type {Keys} from '../../meta/keys.js'
import type {KeyValue, LeaseId, MetaStatus, MetaStore} from '../../meta/store.js'
import type {PsCaller} from '../../rpc/ps-api.js'
import {type Answer, silent, told} from './answer.js'
import {type AskOptions, answer, each, within} from './asking.js'
import {type MasterSource, masterSays, serversOfMaster} from './master-answers.js'
import {type Metadata, MetadataReader} from './metadata.js'
import type {DiskSays, NodeSays} from './node-says.js'
import {type ClusterPicture, hasHeardNodes, pictureOf, type Settings, settingsDefault} from './picture.js'
import type {Known} from './record.js'
import type {Source} from './source.js'

/** Everything under `prefix` at one revision, which is known once something was read. */
export interface MetadataSource {
  readonly keys: Keys
  readonly place: string
  readonly revision: number
  scan(prefix: string): AsyncIterable<KeyValue>
}

export interface PictureSources {
  readonly metadata: MetadataSource
  /** The running store; null for a file or an old revision. */
  readonly store: Pick<MetaStore, 'status' | 'leaseTimeToLive'> | null
  readonly masters: readonly MasterSource[]
  /** To servers of our own kind; null where there can be none. */
  readonly nodes: PsCaller | null
  /** Which of them are asked; all if absent. */
  readonly isAsked?: (node: NodeId) => boolean
  /** Data directories that this machine can read. */
  readonly disks?: readonly (() => Promise<Answer<DiskSays>>)[]
  readonly config?: Answer<LoadedConfig>
  readonly lastBackup?: Answer<number | null>
  readonly clock: Pick<Clock, 'wallMs' | 'after'>
}

/** A master that asks every server for us waits for the dead ones among them. */
const masterPatience = 4

export async function gather(sources: PictureSources, {signal, nodeTimeoutMs}: AskOptions): Promise<ClusterPicture> {
  const options = {signal: AbortSignal.any([signal]), nodeTimeoutMs}
  // every question that is under way listens to it
  setMaxListeners(0, options.signal)
  const {clock} = sources
  const takenAtMs = clock.wallMs()
  const metadata = await readMetadata(sources.metadata, options.signal)
  const [store, leases, masters, nodes, disks] = await Promise.all([
    askStore(sources, options),
    askLeases(sources, metadata, options),
    each(sources.masters, (master) => masterSays(master, clock, (ask) => within(ask, sources, options))),
    askNodes(sources, metadata, options),
    Promise.all((sources.disks ?? []).map((read) => read())),
  ])
  options.signal.throwIfAborted()
  const config = sources.config ?? silent('notAsked', 'no configuration file is named', noConfig)
  return pictureOf({
    takenAtMs,
    metadata,
    store,
    leases,
    masters,
    nodes,
    disks,
    config,
    lastBackup: sources.lastBackup ?? silent('notAsked', 'where backups are kept is not known', noJournal),
    settings: settingsOf(config),
  })
}

const noConfig: Source = {from: 'config', path: '--conf', line: null}
const noJournal: Source = {from: 'journal', path: 'meta backup'}

/** Those of the file; Vearch's where there is none. */
export function settingsOf(config: Answer<LoadedConfig>): Settings {
  if (!config.told || config.value.config === null) return settingsDefault
  const {ps, global} = config.value.config
  return {
    raftDiffCount: ps.raft_diff_count,
    antiAffinity: ps.replica_anti_affinity_strategy,
    resourceLimitRate: global.resource_limit_rate,
  }
}

async function readMetadata(source: MetadataSource, signal: AbortSignal): Promise<Metadata> {
  const {keys, place} = source
  const reader = new MetadataReader({keys, place, revision: 0})
  for await (const kv of source.scan(keys.all)) {
    signal.throwIfAborted()
    reader.add(kv)
  }
  reader.revision = source.revision
  return reader.metadata
}

async function askStore(sources: PictureSources, options: AskOptions): Promise<Answer<MetaStatus>> {
  const source: Source = {from: 'store', question: 'status'}
  const {store} = sources
  if (store === null) return silent('notAsked', sources.metadata.place, source)
  return answer(source, (signal) => store.status({signal, timeoutMs: options.nodeTimeoutMs}), sources, options)
}

async function askLeases(
  sources: PictureSources,
  {servers, routers, locks}: Metadata,
  options: AskOptions,
): Promise<Answer<ReadonlyMap<LeaseId, number | null>>> {
  const source: Source = {from: 'store', question: 'leases'}
  const {store} = sources
  if (store === null) return silent('notAsked', sources.metadata.place, source)
  const records: readonly Known<unknown>[] = [...servers.values(), ...routers.values(), ...locks]
  const leases = [...new Set(records.flatMap(({lease}) => (lease === null ? [] : [lease])))]
  const asked = await each(leases, (lease) =>
    answer(
      source,
      (signal) => store.leaseTimeToLive(lease, {signal, timeoutMs: options.nodeTimeoutMs}),
      sources,
      options,
    ),
  )
  const failure = asked.find((one) => !one.told)
  if (failure?.told === false) return failure
  return told(new Map(leases.map((lease, at) => [lease, toldValue(asked[at])])), source)
}

function toldValue<T>(given: Answer<T> | undefined): T | null {
  return given?.told === true ? given.value : null
}

async function askNodes(
  sources: PictureSources,
  {keys, servers}: Metadata,
  options: AskOptions,
): Promise<ReadonlyMap<NodeId, Answer<NodeSays>>> {
  const asked = await each([...servers], async ([node, {value}]) => {
    return [node, await askNode(sources, keys.cluster, node, value, options)] as const
  })
  const nodes = new Map(asked)
  if (hasHeardNodes({nodes})) return nodes
  const patient = {...options, nodeTimeoutMs: options.nodeTimeoutMs * masterPatience}
  for (const master of sources.masters) {
    const through = await serversOfMaster(master, keys.cluster, (ask) => within(ask, sources, patient))
    if (through === null) continue
    for (const [id, says] of through) if (nodes.has(id) && !isImpostor(nodes.get(id))) nodes.set(id, says)
    break
  }
  return nodes
}

function isImpostor(given: Answer<NodeSays> | undefined): boolean {
  return given?.told === false && given.silence.reason === 'impostor'
}

function notAsked(node: NodeId): Answer<NodeSays> {
  return silent('notAsked', 'servers are not asked here', {from: 'node', node, question: 'partitionInfo'})
}

async function askNode(
  sources: PictureSources,
  cluster: string,
  node: NodeId,
  {ip: host, rpc_port: port}: Server,
  options: AskOptions,
): Promise<Answer<NodeSays>> {
  const {nodes, isAsked = () => true} = sources
  if (nodes === null || !isAsked(node)) return notAsked(node)
  const source: Source = {from: 'node', node, question: `partitionInfo at ${host}:${port}`}
  const asked = await answer(
    source,
    async (signal) => {
      const call = {timeoutMs: options.nodeTimeoutMs, signal}
      const [identity, {partitions}, stats] = await Promise.all([
        nodes.call({host, port}, 'ping', {}, call),
        nodes.call({host, port}, 'partitionInfo', {partitionIds: [], detail: true}, call),
        nodes.call({host, port}, 'stats', {}, call).catch(() => null),
      ])
      return {identity: {node: identity.nodeId, cluster: identity.cluster}, partitions, stats}
    },
    sources,
    options,
  )
  const {identity} = asked.told ? asked.value : {identity: null}
  if (identity === null || (identity.node === node && identity.cluster === cluster)) return asked
  return silent('impostor', `node ${identity.node} of cluster ${identity.cluster}`, source)
}
