/**
 * Which fields the records of each kind have (control-plane spec §2.3), to find those that nobody reads: a name mistyped by hand, a
 * release that is newer, a program of somebody else's.
 *
 * Vearch keeps what it does not know of only inside `fields`, `store_param`, `params` and `privileges`; so do we, and nothing is
 * looked for there.
 */
import {nearestName} from '../../config/nearest.js'
import {isObject} from '../../entity/json.js'
import type {ParsedKey} from '../../meta/keys.js'

/** `v3.5`: what Vearch itself writes. `vearchctl`: and what our own masters and servers add to it. */
export const schemas = ['vearchctl', 'v3.5'] as const
export type Schema = (typeof schemas)[number]

/** By name; null: not looked into. `[]`: each element of a list; `*`: each value of an object whose names are free. */
interface Fields {
  readonly [name: string]: Fields | null
}

const leaves = (names: string): Fields => Object.fromEntries(names.split(' ').map((name) => [name, null]))

const partition = leaves(
  'id name space_id db_id partition_slot leader_name replicas update_time add_num resourceExhausted status',
)
const index = leaves('name type field_name field_names params')
const server: Fields = {
  ...leaves('name resource_name rpc_port raft_heartbeat_port raft_replicate_port ip host_ip host_rack host_zone'),
  ...leaves('p_ids spaces size private'),
  version: leaves('build_version build_time commit_id'),
}
const space: Fields = {
  ...leaves('id desc name resource_name version db_id enabled partition_num replica_num fields refresh_interval'),
  ...leaves('partition_name operator_type enable_id_cache enable_realtime'),
  partitions: {'[]': partition},
  indexes: {'[]': index},
  partition_rule: {...leaves('type field partitions'), ranges: {'[]': leaves('name value')}},
  space_properties: {
    '*': {...leaves('field_type type format dimension store_type store_param option'), index},
  },
}

type Kind = ParsedKey['kind']

const ofVearch: Readonly<Partial<Record<Kind, Fields>>> = {
  db: leaves('id name ps'),
  space,
  spaceConfig: leaves('id db_id engine_cache_size path slow_search_time refresh_interval enable_id_cache'),
  partition,
  server,
  failServer: {...leaves('nodeID time_stamp'), server},
  user: leaves('name password old_password role_name'),
  role: leaves('name operator privileges'),
  alias: leaves('name db_name space_name'),
  requestLimit: leaves('request_limit_enabled read_request_limit_count write_request_limit_count'),
  memoryLimit: leaves('memory_limit_enabled router_memory_limit ps_memory_limit'),
  slowSearchIsolation: leaves('slow_search_isolation_enabled'),
  member: leaves(
    'name address api_port etcd_port etcd_peer_port etcd_client_port skip_auth pprof_port monitor_port cluster_state',
  ),
}

const ours: typeof ofVearch = {
  ...ofVearch,
  partition: {...partition, ...leaves('term')},
  mute: leaves('code subject reason untilMs'),
  cordon: leaves('reason sinceMs'),
}

const schemaFields: Readonly<Record<Schema, typeof ofVearch>> = {'v3.5': ofVearch, vearchctl: ours}

/** Kinds of key that a real Vearch never writes and never reads. */
const ownKinds: ReadonlySet<Kind> = new Set(['mute', 'cordon', 'removal', 'replicaChange', 'duty'])

export function isForeign(kind: Kind, schema: Schema): boolean {
  return schema !== 'vearchctl' && ownKinds.has(kind)
}

export interface UnknownField {
  /** `partitions[2].replcas` */
  readonly path: string
  /** A known one that is spelled much like it. */
  readonly nearest: string | null
}

export function unknownFields(kind: Kind, value: unknown, schema: Schema): UnknownField[] {
  const fields = schemaFields[schema][kind]
  return fields === undefined ? [] : search(value, fields, '')
}

function search(value: unknown, fields: Fields, path: string): UnknownField[] {
  const {'[]': ofElement, '*': ofEach} = fields
  if (ofElement != null) {
    return Array.isArray(value) ? value.flatMap((element, at) => search(element, ofElement, `${path}[${at}]`)) : []
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (ofEach != null) return search(inner, ofEach, at)
    if (!Object.hasOwn(fields, name)) return [{path: at, nearest: nearestName(name, Object.keys(fields))}]
    const known = fields[name]
    return known == null ? [] : search(inner, known, at)
  })
}
