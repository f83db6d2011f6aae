/**
 * etcd's services and messages: field numbers and types are etcd's (`etcdserverpb`, `mvccpb`), field names are ours, since
 * only the numbers travel. What a service of etcd's does not do here has no messages either.
 */
import {
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import {fromJSON} from '@grpc/proto-loader'
import {assert} from '../../../errors/assert.js'
import {sortOrders, sortTargets} from '../requests.js'

type Field = readonly [id: number, type: string, rule?: 'repeated']

const enums: Record<string, Record<string, number>> = {
  SortOrder: numbered(sortOrders),
  SortTarget: numbered(sortTargets),
  CompareResult: {equal: 0, greater: 1, less: 2, notEqual: 3},
  CompareTarget: {version: 0, createRevision: 1, modRevision: 2, value: 3, lease: 4},
  EventType: {put: 0, delete: 1},
  EventFilter: {noPut: 0, noDelete: 1},
}

const header: Field = [1, 'Header']

const messages: Record<string, Record<string, Field>> = {
  Unserved: {},
  Header: {clusterId: [1, 'uint64'], memberId: [2, 'uint64'], revision: [3, 'int64'], raftTerm: [4, 'uint64']},
  HeaderOnly: {header},
  KeyValue: {
    key: [1, 'bytes'],
    createRevision: [2, 'int64'],
    modRevision: [3, 'int64'],
    version: [4, 'int64'],
    value: [5, 'bytes'],
    lease: [6, 'int64'],
  },
  Event: {type: [1, 'EventType'], kv: [2, 'KeyValue'], previous: [3, 'KeyValue']},

  RangeRequest: {
    key: [1, 'bytes'],
    end: [2, 'bytes'],
    limit: [3, 'int64'],
    revision: [4, 'int64'],
    sortOrder: [5, 'SortOrder'],
    sortTarget: [6, 'SortTarget'],
    keysOnly: [8, 'bool'],
    countOnly: [9, 'bool'],
    minModRevision: [10, 'int64'],
    maxModRevision: [11, 'int64'],
    minCreateRevision: [12, 'int64'],
    maxCreateRevision: [13, 'int64'],
  },
  RangeReply: {header, kvs: [2, 'KeyValue', 'repeated'], more: [3, 'bool'], count: [4, 'int64']},
  PutRequest: {
    key: [1, 'bytes'],
    value: [2, 'bytes'],
    lease: [3, 'int64'],
    wantsPrevious: [4, 'bool'],
    ignoreValue: [5, 'bool'],
    ignoreLease: [6, 'bool'],
  },
  PutReply: {header, previous: [2, 'KeyValue']},
  DeleteRequest: {key: [1, 'bytes'], end: [2, 'bytes'], wantsPrevious: [3, 'bool']},
  DeleteReply: {header, deleted: [2, 'int64'], previous: [3, 'KeyValue', 'repeated']},
  Compare: {
    result: [1, 'CompareResult'],
    target: [2, 'CompareTarget'],
    key: [3, 'bytes'],
    version: [4, 'int64'],
    createRevision: [5, 'int64'],
    modRevision: [6, 'int64'],
    value: [7, 'bytes'],
    lease: [8, 'int64'],
    end: [64, 'bytes'],
  },
  Operation: {range: [1, 'RangeRequest'], put: [2, 'PutRequest'], delete: [3, 'DeleteRequest'], txn: [4, 'TxnRequest']},
  OperationReply: {range: [1, 'RangeReply'], put: [2, 'PutReply'], delete: [3, 'DeleteReply'], txn: [4, 'TxnReply']},
  TxnRequest: {
    compare: [1, 'Compare', 'repeated'],
    success: [2, 'Operation', 'repeated'],
    failure: [3, 'Operation', 'repeated'],
  },
  TxnReply: {header, succeeded: [2, 'bool'], replies: [3, 'OperationReply', 'repeated']},
  CompactRequest: {revision: [1, 'int64'], physical: [2, 'bool']},

  WatchRequest: {create: [1, 'WatchCreate'], cancel: [2, 'WatchCancel'], progress: [3, 'Unserved']},
  WatchCreate: {
    key: [1, 'bytes'],
    end: [2, 'bytes'],
    startRevision: [3, 'int64'],
    progressNotify: [4, 'bool'],
    filters: [5, 'EventFilter', 'repeated'],
    wantsPrevious: [6, 'bool'],
    watchId: [7, 'int64'],
    fragment: [8, 'bool'],
  },
  WatchCancel: {watchId: [1, 'int64']},
  WatchReply: {
    header,
    watchId: [2, 'int64'],
    created: [3, 'bool'],
    canceled: [4, 'bool'],
    compactRevision: [5, 'int64'],
    cancelReason: [6, 'string'],
    fragment: [7, 'bool'],
    events: [11, 'Event', 'repeated'],
  },

  GrantRequest: {ttl: [1, 'int64'], id: [2, 'int64']},
  GrantReply: {header, id: [2, 'int64'], ttl: [3, 'int64'], error: [4, 'string']},
  LeaseRequest: {id: [1, 'int64']},
  KeepAliveReply: {header, id: [2, 'int64'], ttl: [3, 'int64']},
  TimeToLiveRequest: {id: [1, 'int64'], keys: [2, 'bool']},
  TimeToLiveReply: {
    header,
    id: [2, 'int64'],
    ttl: [3, 'int64'],
    grantedTtl: [4, 'int64'],
    keys: [5, 'bytes', 'repeated'],
  },
  LeasesReply: {header, leases: [2, 'LeaseRequest', 'repeated']},

  Member: {
    id: [1, 'uint64'],
    name: [2, 'string'],
    peerUrls: [3, 'string', 'repeated'],
    clientUrls: [4, 'string', 'repeated'],
  },
  MemberListReply: {header, members: [2, 'Member', 'repeated']},
  AlarmReply: {header, alarms: [2, 'Unserved', 'repeated']},
  StatusReply: {
    header,
    version: [2, 'string'],
    dbSize: [3, 'int64'],
    leader: [4, 'uint64'],
    raftIndex: [5, 'uint64'],
    raftTerm: [6, 'uint64'],
    raftAppliedIndex: [7, 'uint64'],
    errors: [8, 'string', 'repeated'],
    dbSizeInUse: [9, 'int64'],
  },
}

/** At most one of these is there; its name is then in the field after which the choice is called. */
const choices: Record<string, Record<string, readonly string[]>> = {
  Operation: {type: ['range', 'put', 'delete', 'txn']},
  OperationReply: {type: ['range', 'put', 'delete', 'txn']},
  WatchRequest: {type: ['create', 'cancel', 'progress']},
  Compare: {operand: ['version', 'createRevision', 'modRevision', 'value', 'lease']},
}

/** Request and reply of each method; `stream` of both. */
const services: Record<string, Record<string, readonly [request: string, reply: string, stream?: 'stream']>> = {
  KV: {
    Range: ['RangeRequest', 'RangeReply'],
    Put: ['PutRequest', 'PutReply'],
    DeleteRange: ['DeleteRequest', 'DeleteReply'],
    Txn: ['TxnRequest', 'TxnReply'],
    Compact: ['CompactRequest', 'HeaderOnly'],
  },
  Watch: {Watch: ['WatchRequest', 'WatchReply', 'stream']},
  Lease: {
    LeaseGrant: ['GrantRequest', 'GrantReply'],
    LeaseRevoke: ['LeaseRequest', 'HeaderOnly'],
    LeaseKeepAlive: ['LeaseRequest', 'KeepAliveReply', 'stream'],
    LeaseTimeToLive: ['TimeToLiveRequest', 'TimeToLiveReply'],
    LeaseLeases: ['Unserved', 'LeasesReply'],
  },
  Cluster: {MemberList: ['Unserved', 'MemberListReply']},
  Maintenance: {Status: ['Unserved', 'StatusReply'], Alarm: ['Unserved', 'AlarmReply']},
  Auth: {},
}

export const unservedMethods: Record<string, readonly string[]> = {
  Cluster: ['MemberAdd', 'MemberRemove', 'MemberUpdate', 'MemberPromote'],
  Maintenance: ['Defragment', 'Hash', 'HashKV', 'Snapshot', 'MoveLeader', 'Downgrade'],
  Auth: [
    ...['AuthEnable', 'AuthDisable', 'AuthStatus', 'Authenticate'],
    ...['UserAdd', 'UserGet', 'UserList', 'UserDelete', 'UserChangePassword', 'UserGrantRole', 'UserRevokeRole'],
    ...['RoleAdd', 'RoleGet', 'RoleList', 'RoleDelete', 'RoleGrantPermission', 'RoleRevokePermission'],
  ],
}

export type ServiceName = 'KV' | 'Watch' | 'Lease' | 'Cluster' | 'Maintenance' | 'Auth'

/** 64-bit integers are decimal strings: a lease id does not fit a double. */
const definitions = loadPackageDefinition(
  fromJSON(
    {nested: {etcdserverpb: {nested: {...describeEnums(), ...describeMessages(), ...describeServices()}}}},
    {longs: String, enums: String, defaults: true, oneofs: true},
  ),
).etcdserverpb as GrpcObject

export function serviceDefinition(service: ServiceName): ServiceDefinition {
  const client = definitions[service]
  assert(typeof client === 'function', 'a service is described')
  return (client as ServiceClientConstructor).service
}

type Described = NonNullable<Parameters<typeof fromJSON>[0]['nested']>

function describeEnums(): Described {
  return mapValues(enums, (values) => ({values}))
}

function describeMessages(): Described {
  return mapValues(messages, (fields, name) => ({
    fields: mapValues(fields, ([id, type, rule]) => ({id, type, ...(rule === undefined ? {} : {rule})})),
    oneofs: mapValues(choices[name] ?? {}, (names) => ({oneof: [...names]})),
  }))
}

function describeServices(): Described {
  return mapValues(services, (methods, name) => ({
    methods: {
      ...mapValues(methods, ([request, reply, stream]) => describeMethod(request, reply, stream !== undefined)),
      ...Object.fromEntries(
        (unservedMethods[name] ?? []).map((method) => [method, describeMethod('Unserved', 'Unserved')]),
      ),
    },
  }))
}

function describeMethod(requestType: string, responseType: string, isStream = false) {
  return {requestType, responseType, requestStream: isStream, responseStream: isStream, comment: ''}
}

function numbered(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, number) => [name, number]))
}

function mapValues<V, R>(record: Readonly<Record<string, V>>, map: (value: V, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
