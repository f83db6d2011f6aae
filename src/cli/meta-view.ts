import type {MetaKind} from '../admin/meta/meta-kinds.js'
import type {MetaBranch} from '../admin/meta/meta-tree.js'
import type {KindSummary, MetaRecord} from '../admin/meta/show-meta.js'
import type {Column, View} from './view.js'

export const summaryView: View<KindSummary> = {
  name: ({kind}) => kind,
  columns: {
    kind: {get: ({kind}) => kind},
    count: {get: ({count}) => count},
    bytes: {get: ({bytes}) => bytes},
    broken: {get: ({broken}) => broken, tone: ({broken}) => (broken > 0 ? 'bad' : null)},
    revision: {get: ({modRevision}) => modRevision},
  },
}

/** The fields of each kind that are worth a column; all of a record is in its JSON. */
const fieldsByKind: Readonly<Record<MetaKind, readonly string[]>> = {
  servers: ['ip', 'rpc_port', 'raft_heartbeat_port', 'raft_replicate_port', 'resource_name', 'private', 'p_ids'],
  failservers: ['time_stamp'],
  dbs: ['name', 'ps'],
  spaces: ['name', 'db_id', 'enabled', 'partition_num', 'replica_num', 'version', 'resource_name'],
  'space-configs': ['db_id', 'refresh_interval', 'engine_cache_size', 'enable_id_cache'],
  partitions: ['space_id', 'db_id', 'partition_slot', 'leader_name', 'replicas'],
  aliases: ['db_name', 'space_name'],
  mutes: ['code', 'subject', 'reason', 'untilMs'],
  cordons: ['reason', 'sinceMs'],
  users: ['role_name'],
  roles: ['privileges'],
  routers: [],
  members: ['name', 'address', 'api_port', 'etcd_peer_port', 'etcd_client_port'],
  limits: [],
  locks: [],
  'replica-changes': ['id', 'add', 'remove', 'reason', 'state', 'step', 'waits_for'],
  duties: [],
  removals: [],
  sequences: [],
}

export function recordView(kind: MetaKind, {isRaw = false} = {}): View<MetaRecord> {
  const fields = isRaw ? [] : fieldsByKind[kind]
  const value: Column<MetaRecord> = {get: (record) => record.value}
  return {
    name: ({id}) => id,
    columns: {
      id: {get: ({id}) => id},
      ...(fields.length === 0
        ? {value}
        : Object.fromEntries(fields.map((name) => [name.replaceAll('_', '-'), field(name)]))),
      ...(kind === 'locks' ? {key: {get: ({key}) => key}} : {key: {get: ({key}) => key, wide: true}}),
      lease: {get: ({lease}) => lease, wide: true},
      broken: {get: ({broken}) => broken, wide: true, tone: () => 'bad'},
      raw: {get: ({raw}) => raw, wide: true},
      created: {get: ({createRevision}) => createRevision, wide: true},
      writes: {get: ({version}) => version, wide: true},
      revision: {get: ({modRevision}) => modRevision},
    },
  }
}

function field(name: string): Column<MetaRecord> {
  return {
    get: ({value, broken}) => {
      if (broken !== null) return '(broken)'
      return typeof value === 'object' && value !== null ? Reflect.get(value, name) : null
    },
    tone: ({broken}) => (broken === null ? null : 'bad'),
  }
}

export const treeView: View<MetaBranch> = {
  name: ({path}) => path,
  columns: {
    key: {get: ({branch}) => branch},
    path: {get: ({path}) => path, wide: true},
    keys: {get: ({keys}) => keys},
    bytes: {get: ({bytes}) => bytes},
  },
}

export const keyView: View<MetaRecord> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    value: {
      get: ({value, broken, raw}) => (broken === null ? value : `(broken) ${raw ?? ''}`.trimEnd()),
      tone: ({broken}) => (broken === null ? null : 'bad'),
    },
    created: {get: ({createRevision}) => createRevision},
    revision: {get: ({modRevision}) => modRevision},
    version: {get: ({version}) => version},
    lease: {get: ({lease}) => lease},
    broken: {get: ({broken}) => broken, wide: true, tone: () => 'bad'},
  },
}
