/**
 * A small sound cluster as a picture sees it, to be broken by a test: db `web` with space `img` of two partitions with three
 * replicas each on nodes 1 to 3, led by 1 and 2; node 4 is empty. Every source was heard.
 *
 * Records are the texts of keys, so what a test breaks goes through the same reading as what etcd holds.
 */

import {type Answer, silent, told} from '../../src/admin/picture/answer.js'
import {metadataOf} from '../../src/admin/picture/metadata.js'
import type {DiskSays, MasterSays, NodeSays} from '../../src/admin/picture/node-says.js'
import {type ClusterPicture, pictureOf, type Settings, settingsDefault} from '../../src/admin/picture/picture.js'
import type {Source} from '../../src/admin/picture/source.js'
import {loadConfig} from '../../src/config/load.js'
import type {LoadedConfig} from '../../src/config/loaded.js'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import {stringifyJson} from '../../src/entity/json.js'
import type {PartitionInfo, RaftStatus, ServerStats} from '../../src/entity/report.js'
import {Keys} from '../../src/meta/keys.js'
import {type KeyValue, leaseId, type MetaStatus} from '../../src/meta/store.js'

export const keys = new Keys('vearch')
export const nowMs = Date.parse('2026-08-01T12:00:00Z')
const nodes = [1, 2, 3, 4]
const replicas = [1, 2, 3]

type Fields = Record<string, unknown>

export class ClusterFixture {
  /** By key; a text is stored as it is, anything else as JSON. */
  readonly records = new Map<string, unknown>()
  readonly infos = new Map<number, Map<number, PartitionInfo>>()
  readonly stats = new Map<number, ServerStats>()
  readonly silences = new Map<number, Answer<NodeSays>>()
  readonly leases = new Map<string, number | null>()
  masters: Answer<MasterSays>[] = [fromMaster('http://m1:8817', {})]
  store: Answer<MetaStatus> = told(
    {backend: 'etcd', version: '3.5.9', dbBytes: 1_000_000, revision: 90, endpoint: 'e1:2379'},
    {from: 'store', question: 'status'},
  )
  disks: Answer<DiskSays>[] = [fromDisk('/data/1', {})]
  config: Answer<LoadedConfig> = told(configFile(), {from: 'config', path: 'cluster.toml', line: null})
  lastBackup: Answer<number | null> = told(nowMs - 3_600_000, {from: 'journal', path: 'backups'})
  leasesAnswer: Answer<ReadonlyMap<never, never>> | null = null
  settings: Settings = settingsDefault

  constructor() {
    for (const sequence of ['node', 'space', 'db', 'partition'] as const) this.records.set(keys.sequence(sequence), '9')
    this.addDb(1, 'web')
    for (const node of nodes) this.addServer(node)
    this.addSpace(1, 'img', [1, 2])
    this.records.set(keys.member('18446744073709551557'), {name: 'm1', address: '10.0.0.9', api_port: 8817})
    this.records.set(keys.router('10.0.0.8'), '10.0.0.8')
    this.leases.set('900', 8)
    this.records.set(keys.alias('pictures'), {name: 'pictures', db_name: 'web', space_name: 'img'})
  }

  addDb(id: number, name: string): void {
    this.records.set(keys.dbName(dbId(id)), name)
    this.records.set(keys.dbId(name), String(id))
    this.records.set(keys.db(dbId(id)), {id, name})
  }

  addServer(node: number, fields: Fields = {}): void {
    const ports = {rpc_port: 8081, raft_heartbeat_port: 8898, raft_replicate_port: 8899}
    const version = {build_version: '3.5.2', build_time: '', commit_id: ''}
    const own = {name: node, resource_name: 'default', ip: `10.0.0.${node}`, private: false, version, p_ids: []}
    this.records.set(keys.server(nodeId(node)), {...own, ...ports, ...fields})
    this.leases.set(String(100 + node), 5)
    this.infos.set(node, new Map())
    this.stats.set(node, statsOf(node, 0.4))
  }

  addSpace(id: number, name: string, partitions: readonly number[], fields: Fields = {}): void {
    const width = Math.floor(4_294_967_295 / partitions.length)
    const listed = partitions.map((pid, at) => ({
      id: pid,
      name: '',
      space_id: id,
      db_id: 1,
      partition_slot: at * width,
      replicas,
      resourceExhausted: false,
    }))
    this.records.set(keys.space(dbId(1), spaceId(id)), {
      id,
      name,
      resource_name: 'default',
      version: 2,
      db_id: 1,
      enabled: true,
      partitions: listed,
      partition_num: partitions.length,
      replica_num: 3,
      fields: [],
      space_properties: {},
      ...fields,
    })
    for (const [at, partition] of listed.entries()) this.addPartition(partition, (at % 3) + 1)
  }

  addPartition(listed: {readonly id: number}, leader: number): void {
    const {id} = listed
    this.records.set(keys.partition(partitionId(id)), {
      ...listed,
      leader_name: leader,
      update_time: BigInt(nowMs - 60_000) * 1_000_000n,
      term: 3,
      status: {1: 1, 2: 1, 3: 1},
    })
    for (const node of replicas) this.putInfo(node, infoOf(id, node, {leader, members: replicas}))
  }

  putInfo(node: number, info: PartitionInfo): void {
    this.infos.get(node)?.set(info.pid, info)
    const key = keys.server(nodeId(node))
    const server = this.records.get(key) as Fields | undefined
    if (server !== undefined) this.records.set(key, {...server, p_ids: [...(this.infos.get(node)?.keys() ?? [])]})
  }

  /** Another value of some fields of what a server says. */
  tell(node: number, partition: number, change: Partial<PartitionInfo>): void {
    const info = this.infos.get(node)?.get(partition)
    if (info === undefined) throw new Error(`node ${node} has no partition ${partition}`)
    this.infos.get(node)?.set(partition, {...info, ...change})
  }

  raft(node: number, partition: number, change: Partial<RaftStatus>): void {
    const status = this.infos.get(node)?.get(partition)?.raft_status
    if (status === undefined) throw new Error(`node ${node} has no partition ${partition}`)
    this.tell(node, partition, {raft_status: {...status, ...change}})
  }

  edit(key: string, change: Fields): void {
    const record = this.records.get(key)
    if (record === undefined) throw new Error(`there is no ${key}`)
    this.records.set(key, {...(record as Fields), ...change})
  }

  editPartition(id: number, change: Fields): void {
    this.edit(keys.partition(partitionId(id)), change)
  }

  editSpace(change: Fields, id = 1): void {
    this.edit(keys.space(dbId(1), spaceId(id)), change)
  }

  /** The list of a space's partitions, one of them changed. */
  editListed(id: number, change: Fields): void {
    const space = this.records.get(keys.space(dbId(1), spaceId(1))) as {partitions: readonly Fields[]}
    this.editSpace({partitions: space.partitions.map((listed) => (listed.id === id ? {...listed, ...change} : listed))})
  }

  /** Its lease ended; a master noticed five minutes ago. */
  fail(node: number, {recorded = true} = {}): void {
    const key = keys.server(nodeId(node))
    const server = this.records.get(key)
    this.records.delete(key)
    this.infos.delete(node)
    if (!recorded) return
    const record = {nodeID: node, time_stamp: nowMs / 1000 - 300, server}
    this.records.set(keys.failServer(nodeId(node)), record)
  }

  silence(node: number, reason: 'late' | 'unreachable' | 'impostor' | 'notAsked', detail: string = reason): void {
    this.silences.set(node, silent(reason, detail, {from: 'node', node: nodeId(node), question: 'partitionInfo'}))
  }

  /** As in a snapshot: nobody can be asked. */
  alone(): void {
    for (const node of this.infos.keys()) this.silence(node, 'notAsked')
    const source: Source = {from: 'store', question: 'status'}
    this.masters = []
    this.disks = []
    this.store = silent('notAsked', 'a file', source)
    this.leasesAnswer = silent('notAsked', 'a file', source)
    this.config = silent('notAsked', 'no file', source)
    this.lastBackup = silent('notAsked', 'no journal', source)
  }

  kvs(): KeyValue[] {
    return [...this.records]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value], at): KeyValue => {
        const text = typeof value === 'string' ? value : stringifyJson(value)
        const bytes = value instanceof Uint8Array ? value : new TextEncoder().encode(text)
        const parsed = keys.parse(key)
        const lease = parsed.kind === 'server' ? String(100 + parsed.id) : parsed.kind === 'router' ? '900' : null
        const ofLock = parsed.kind === 'lock' && parsed.leaseId !== '0' ? parsed.leaseId : lease
        const held = ofLock === null ? null : leaseId(ofLock)
        return {key, value: bytes, createRevision: at + 1, modRevision: at + 1, version: 1, lease: held}
      })
  }

  picture(): ClusterPicture {
    const metadata = metadataOf({keys, place: 'etcd e1:2379', revision: 90}, this.kvs())
    const answers = [...metadata.servers.keys()].map((node) => {
      const quiet = this.silences.get(node)
      if (quiet !== undefined) return [node, quiet] as const
      const source: Source = {from: 'node', node, question: 'partitionInfo'}
      const partitions = [...(this.infos.get(node)?.values() ?? [])]
      const identity = {node, cluster: keys.cluster}
      return [node, told({identity, partitions, stats: this.stats.get(node) ?? null}, source)] as const
    })
    const leases = new Map([...this.leases].map(([id, ttl]) => [leaseId(id), ttl]))
    return pictureOf({
      takenAtMs: nowMs,
      metadata,
      store: this.store,
      leases: this.leasesAnswer ?? told(leases, {from: 'store', question: 'leases'}),
      masters: this.masters,
      nodes: new Map(answers),
      disks: this.disks,
      config: this.config,
      lastBackup: this.lastBackup,
      settings: this.settings,
    })
  }
}

export function fixture(...changes: readonly ((cluster: ClusterFixture) => void)[]): ClusterPicture {
  const cluster = new ClusterFixture()
  for (const change of changes) change(cluster)
  return cluster.picture()
}

export function infoOf(
  pid: number,
  node: number,
  {leader, members}: {readonly leader: number; readonly members: readonly number[]},
): PartitionInfo {
  const progress = {
    Match: 100,
    Commit: 100,
    Next: 101,
    State: 'ReplicaStateReplicate',
    Snapshoting: false,
    Paused: false,
    Active: true,
    LastActive: 0,
    Inflight: 0,
    IsLearner: false,
  }
  const raft_status: RaftStatus = {
    ID: pid,
    NodeID: node,
    Leader: leader,
    Term: 3,
    Index: 100,
    Commit: 100,
    Applied: 100,
    Vote: leader,
    PendQueue: 0,
    RecvQueue: 0,
    AppQueue: 0,
    Stopped: false,
    RestoringSnapshot: false,
    State: node === leader ? 'StateLeader' : 'StateFollower',
    Replicas: node === leader ? Object.fromEntries(members.map((member) => [String(member), progress])) : {},
  }
  return {
    pid: partitionId(pid),
    name: '',
    doc_num: 50,
    size: 4_096,
    path: `/data/${node}`,
    node_id: nodeId(node),
    raft_status,
    index_status: 2,
    backup_status: 0,
    index_num: 50,
    max_docid: 49,
    index_build_state: {gamma: 'READY'},
  }
}

export function statsOf(node: number, share: number): ServerStats {
  const total = 1_000_000_000
  const used = Math.round(total * share)
  const usage = {
    total_in_bytes: total,
    free_in_bytes: total - used,
    used_in_bytes: used,
    used_percent: Math.round(share * 10_000) / 100,
  }
  return {
    status: 200,
    ip: `10.0.0.${node}`,
    labels: [],
    mem: usage,
    swap: usage,
    fs: {...usage, paths: ['/data']},
    cpu: {total_in_bytes: 4, user_percent: 0, sys_percent: 0, io_wait_percent: 0, idle_percent: 100},
    net: {in_pre_second: 0, out_pre_second: 0, connect: 0},
    gc: {calls: 0, routines: 0, count: 0, count_percent: 0, pause_nanoseconds: 0, pause_percent: 0},
  }
}

export function fromMaster(master: string, says: Partial<MasterSays>): Answer<MasterSays> {
  const members = [{id: '18446744073709551557', name: 'm1', clientUrls: ['http://10.0.0.9:2370']}]
  return told(
    {cluster: 'vearch', version: '3.5.2', members, memberErrors: [], aheadMs: 0, ...says},
    {from: 'master', master, question: 'GET /'},
  )
}

export function fromDisk(path: string, says: Partial<DiskSays>): Answer<DiskSays> {
  const identity = {node: nodeId(1), cluster: 'vearch'}
  return told({identity, partitions: [], ...says}, {from: 'disk', path})
}

export function configFile(extra = 'signkey = "a secret of our own"'): LoadedConfig {
  const text = `
[global]
name = "vearch"
data = ["/data"]
log = "/log"
${extra}
[[masters]]
name = "m1"
address = "10.0.0.9"
api_port = 8817
etcd_peer_port = 2390
etcd_client_port = 2370
[router]
port = 9001
[ps]
rpc_port = 8081
raft_heartbeat_port = 8898
raft_replicate_port = 8899
`
  return loadConfig(text, 'cluster.toml')
}
