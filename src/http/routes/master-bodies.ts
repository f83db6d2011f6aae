/** The bodies and parameters of a master's routes, from JSON to what the services take. */
import type {Alias} from '../../entity/alias.js'
import type {MemoryLimit, RequestLimit, SlowSearchIsolation} from '../../entity/cluster-config.js'
import {dbId, type NodeId, nodeId, type PartitionId, partitionId, spaceId} from '../../entity/ids.js'
import {isObject} from '../../entity/json.js'
import type {Partition, ReplicaState} from '../../entity/partition.js'
import type {SpaceConfig} from '../../entity/space.js'
import type {SpaceRequest} from '../../entity/space-request.js'
import type {DbServersChange} from '../../master/databases.js'
import type {WantedChange} from '../../master/replica-guards.js'
import type {RoleChange} from '../../master/roles.js'
import type {ServerName} from '../../master/server-recovery.js'
import type {ResourceLimit} from '../../master/settings.js'
import type {SpaceUpdate} from '../../master/spaces.js'
import type {UserChange} from '../../master/users.js'
import {given, JsonReader} from '../json-reader.js'
import {bindFault} from '../route.js'

export function spaceRequest(body: unknown): SpaceRequest {
  const reader = new JsonReader(body, 'Space')
  return {
    name: reader.string('name') ?? '',
    fields: reader.any('fields'),
    ...given({
      desc: reader.string('desc'),
      resource_name: reader.string('resource_name'),
      partition_num: reader.integer('partition_num'),
      replica_num: reader.integer('replica_num', 'uint8'),
      indexes: reader.any('indexes'),
      partition_rule: reader.any('partition_rule'),
      refresh_interval: reader.integer('refresh_interval', 'int32'),
      enable_id_cache: reader.boolean('enable_id_cache'),
      enable_realtime: reader.boolean('enable_realtime'),
    }),
  }
}

export function spaceUpdate(body: unknown): SpaceUpdate {
  const reader = new JsonReader(body, 'Space')
  return given({
    name: reader.string('name'),
    enabled: reader.boolean('enabled'),
    partition_num: reader.integer('partition_num'),
    replica_num: reader.integer('replica_num', 'uint8'),
    fields: reader.any('fields'),
    partition_name: reader.string('partition_name'),
    operator_type: reader.string('operator_type'),
    partition_rule: reader.any('partition_rule'),
  })
}

export function indexes(body: unknown): unknown {
  return new JsonReader(body, 'Space').any('indexes')
}

/** Vearch's `method`: 0 adds, 1 removes. */
function isRemoval(method: number | undefined): boolean {
  if (method !== undefined && method !== 0 && method !== 1) throw bindFault(`method:[${method}] should be 0 or 1`)
  return method === 1
}

export function changeMember(body: unknown): WantedChange[] {
  const reader = new JsonReader(body, 'ChangeMembers')
  const node = requiredNode(reader, 'node_id')
  const remove = isRemoval(reader.integer('method'))
  return partitionIds(reader).map((partition) => ({
    partition,
    ...(remove ? {remove: node} : {add: node}),
    force: reader.boolean('force') ?? false,
  }))
}

export function changeReplicas(body: unknown): {db: string; space: string; by: 1 | -1} {
  const reader = new JsonReader(body, 'DBModify')
  const [db, space] = [reader.string('db_name') ?? '', reader.string('space_name') ?? '']
  if (db === '' || space === '') throw bindFault('db_name and space_name can not be empty')
  return {db, space, by: isRemoval(reader.integer('method')) ? -1 : 1}
}

export function moveReplica(body: unknown): {wanted: WantedChange[]; wait: boolean} {
  const reader = new JsonReader(body, 'MoveReplica')
  const [remove, add] = [requiredNode(reader, 'from'), requiredNode(reader, 'to')]
  const force = reader.boolean('force') ?? false
  const bytesPerSecond = reader.integer('bytes_per_second')
  if (bytesPerSecond !== undefined && bytesPerSecond < 1)
    throw bindFault(`bytes_per_second:[${bytesPerSecond}] should be at least 1`)
  const rate = bytesPerSecond === undefined ? {} : {bytesPerSecond}
  const wanted = partitionIds(reader).map((partition) => ({partition, add, remove, force, ...rate}))
  return {wanted, wait: reader.boolean('wait') ?? true}
}

export function transferLeader(body: unknown): {partitions: PartitionId[]; to: NodeId | null} {
  const reader = new JsonReader(body, 'TransferLeader')
  const to = reader.integer('node_id', 'uint64')
  return {partitions: partitionIds(reader), to: to === undefined ? null : nodeId(to)}
}

export function recoverServer(body: unknown): {failed: ServerName; replacement: ServerName} {
  const reader = new JsonReader(body, 'RecoverFailServer')
  return {
    failed: serverName(reader, 'fail_node_id', 'fail_node_addr'),
    replacement: serverName(reader, 'new_node_id', 'new_node_addr'),
  }
}

export function removeServer(body: unknown): ServerName {
  return serverName(new JsonReader(body, 'MetaServer'), 'fail_node_id', 'fail_node_addr')
}

function serverName(reader: JsonReader, idKey: string, addressKey: string): ServerName {
  const id = reader.integer(idKey, 'uint64')
  const address = reader.string(addressKey)
  if (!id && !address) throw bindFault(`${idKey} or ${addressKey} should be given`)
  return id ? {id: nodeId(id)} : {address: address ?? ''}
}

function requiredNode(reader: JsonReader, key: string): NodeId {
  const id = reader.integer(key, 'uint64')
  if (!id) throw bindFault(`${key} should be the id of a node`)
  return nodeId(id)
}

function partitionIds(reader: JsonReader): PartitionId[] {
  const ids = reader.integers('partition_ids', 'uint32') ?? []
  if (ids.length === 0) throw bindFault('partition_ids can not be empty')
  return ids.map(partitionId)
}

export function dbServersChange(body: unknown): DbServersChange {
  const reader = new JsonReader(body, 'DBModify')
  return {
    db_name: reader.string('db_name') ?? '',
    ip_addr: reader.string('ip_addr') ?? '',
    method: reader.integer('method') ?? 0,
  }
}

export function partition(body: unknown): Partition {
  const reader = new JsonReader(body, 'Partition')
  const leader = reader.integer('leader_name', 'uint64')
  return {
    id: partitionId(reader.integer('id', 'uint32') ?? 0),
    name: reader.string('name') ?? '',
    space_id: spaceId(reader.integer('space_id') ?? 0),
    db_id: dbId(reader.integer('db_id') ?? 0),
    partition_slot: reader.integer('partition_slot', 'uint32') ?? 0,
    resourceExhausted: reader.boolean('resourceExhausted') ?? false,
    ...given({
      leader_name: leader === undefined ? undefined : nodeId(leader),
      replicas: reader.integers('replicas', 'uint64')?.map(nodeId),
      add_num: reader.integer('add_num'),
      status: replicaStates(reader.any('status')),
      term: reader.integer('term', 'uint64'),
    }),
  }
}

function replicaStates(value: unknown): Readonly<Record<string, ReplicaState>> | undefined {
  if (value === undefined) return undefined
  const isState = (state: unknown): state is ReplicaState => state === 1 || state === 2
  if (!isObject(value) || !Object.values(value).every(isState)) {
    throw bindFault('json: cannot unmarshal Partition.status: should map node ids to 1 or 2')
  }
  return value as Readonly<Record<string, ReplicaState>>
}

export function alias(params: Readonly<Record<string, string>>): Alias {
  return {name: params.alias_name ?? '', db_name: params.db_name ?? '', space_name: params.space_name ?? ''}
}

export function spaceConfig(body: unknown): SpaceConfig {
  const reader = new JsonReader(body, 'SpaceConfig')
  return given({
    engine_cache_size: reader.integer('engine_cache_size'),
    path: reader.string('path'),
    slow_search_time: reader.integer('slow_search_time'),
    refresh_interval: reader.integer('refresh_interval', 'int32'),
    enable_id_cache: reader.boolean('enable_id_cache'),
  })
}

export function requestLimit(body: unknown): RequestLimit {
  const reader = new JsonReader(body, 'RequestLimitCfg')
  return {
    request_limit_enabled: reader.boolean('request_limit_enabled') ?? false,
    ...given({
      read_request_limit_count: reader.number('read_request_limit_count'),
      write_request_limit_count: reader.number('write_request_limit_count'),
    }),
  }
}

export function memoryLimit(body: unknown): MemoryLimit {
  const reader = new JsonReader(body, 'MemoryLimitCfg')
  return {
    memory_limit_enabled: reader.boolean('memory_limit_enabled') ?? false,
    router_memory_limit: reader.integer('router_memory_limit') ?? 0,
    ps_memory_limit: reader.integer('ps_memory_limit') ?? 0,
  }
}

export function slowSearchIsolation(body: unknown): SlowSearchIsolation {
  const reader = new JsonReader(body, 'SlowSearchIsolationCfg')
  return {slow_search_isolation_enabled: reader.boolean('slow_search_isolation_enabled') ?? false}
}

export function resourceLimit(body: unknown): ResourceLimit {
  const reader = new JsonReader(body, 'ResourceLimit')
  return given({
    rate: reader.number('rate'),
    resource_exhausted: reader.boolean('resource_exhausted'),
    db_name: reader.string('db_name'),
    space_name: reader.string('space_name'),
  })
}

export function userChange(body: unknown): UserChange {
  const reader = new JsonReader(body, 'User')
  return {
    name: reader.string('name') ?? '',
    ...given({
      password: reader.string('password'),
      old_password: reader.string('old_password'),
      role_name: reader.string('role_name'),
    }),
  }
}

export function roleChange(body: unknown): RoleChange {
  const reader = new JsonReader(body, 'Role')
  return {
    name: reader.string('name') ?? '',
    operator: reader.string('operator') ?? '',
    privileges: reader.strings('privileges') ?? {},
  }
}

/** `1,2` as numbers; what is no number matches nothing. */
export function ids(text: string | undefined): readonly number[] {
  return names(text).map(Number)
}

export function names(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
