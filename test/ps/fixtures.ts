import {request} from 'undici'
import type {Config} from '../../src/config/config.js'
import {embeddedConfig} from '../../src/config/embedded.js'
import {requireConfig} from '../../src/config/loaded.js'
import type {Document} from '../../src/entity/document.js'
import {FieldType} from '../../src/entity/field.js'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {Space} from '../../src/entity/space.js'
import type {Env} from '../../src/env/env.js'
import {silentLog} from '../../src/env/log.js'
import {Pool} from '../../src/env/pool.js'
import {systemEnv} from '../../src/env/system-env.js'
import {type Command, encodeCommand} from '../../src/ps/command.js'
import type {HttpPost} from '../../src/ps/master-client.js'
import type {PartitionHost} from '../../src/ps/partition-opening.js'
import type {LogEntry} from '../../src/raftstore/log.js'
import {RpcClient} from '../../src/rpc/client.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'

export const here = nodeId(1)

/** One vector `v` of two dimensions, an indexed integer `n`, a string `s`, a long `l`, a list of strings `tags`. */
export function testSpace(pid = 1): Space {
  const property = (field_type: FieldType, type: string) => ({field_type, type})
  return {
    id: spaceId(1),
    db_id: dbId(1),
    name: 'ts_space',
    resource_name: 'default',
    version: 1,
    enabled: true,
    partitions: [
      {
        id: partitionId(pid),
        name: '',
        space_id: spaceId(1),
        db_id: dbId(1),
        partition_slot: 0,
        replicas: [here],
        resourceExhausted: false,
      },
    ],
    partition_num: 1,
    replica_num: 1,
    fields: [
      {name: 'n', type: 'integer', index: {name: 'n', type: 'SCALAR'}},
      {name: 's', type: 'string'},
      {name: 'l', type: 'long'},
      {name: 'tags', type: 'stringArray'},
      {name: 'v', type: 'vector', dimension: 2, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
    ],
    indexes: [
      {name: 'n', type: 'SCALAR', field_name: 'n'},
      {name: 'v', type: 'FLAT', field_name: 'v', params: {metric_type: 'L2'}},
    ],
    space_properties: {
      n: {...property(FieldType.int, 'integer'), index: {name: 'n', type: 'SCALAR'}},
      s: property(FieldType.string, 'string'),
      l: property(FieldType.long, 'long'),
      tags: property(FieldType.stringArray, 'stringArray'),
      v: {
        ...property(FieldType.vector, 'vector'),
        dimension: 2,
        index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}},
      },
    },
  }
}

/** The same with an index that has to be built. */
export function hnswSpace(pid = 1): Space {
  const space = testSpace(pid)
  const index = {name: 'v', type: 'HNSW', field_name: 'v', params: {metric_type: 'L2', nlinks: 8}}
  const [n = index] = space.indexes ?? []
  const vector = {...space.space_properties.v, field_type: FieldType.vector, type: 'vector', index}
  const fields = space.fields.map((field) => (field.name === 'v' ? {...field, index} : field))
  return {...space, fields, indexes: [n, index], space_properties: {...space.space_properties, v: vector}}
}

/** A whole document; its vector is [n, 0]. */
export function whole(id: string, n: number): Document {
  return {id, fields: {n, s: `s${n}`, l: BigInt(n), tags: [`t${n}`]}, vectors: {v: Float32Array.of(n, 0)}}
}

export function part(id: string, fields: Document['fields'], vector?: readonly number[]): Document {
  return {id, fields, vectors: vector === undefined ? {} : {v: Float32Array.from(vector)}}
}

export const upsert = (...documents: Document[]): Command => ({
  kind: 'upsert',
  documents: Uint8Array.from(encodeDocuments(documents)),
})
export const remove = (...ids: string[]): Command => ({kind: 'delete', ids})

export function entries(from: number, ...commands: Command[]): LogEntry[] {
  return commands.map((command, index) => ({index: from + index, term: 1, payload: encodeCommand(command)}))
}

export const testEnv: Env = systemEnv(silentLog)

/** What a server whose partitions have no other replicas needs of the others: nothing. */
export const alone: Pick<
  PartitionHost,
  'raft' | 'peers' | 'rpc' | 'membersOf' | 'rateOf' | 'transfers' | 'catchingUp'
> = {
  raft: {
    add: () => {},
    remove: () => {},
    send: () => {},
    pulse: {electionTicks: 10, heartbeatTicks: 5, phase: () => 0},
  },
  peers: {rpc: () => null},
  rpc: new RpcClient(testEnv, {authKey: 'secret'}),
  membersOf: async () => [],
  rateOf: async () => null,
  transfers: new Pool('checkpoints', {running: 1, waiting: 1}),
  catchingUp: new Pool('reads of the log', {running: 1, waiting: 10}),
}

export const postJson: HttpPost = async (url, {headers, body, signal}) => {
  const response = await request(url, {method: 'POST', headers, body, signal})
  return {status: response.statusCode, body: await response.body.text()}
}

/** The default, on free ports, with room whatever the disk says. */
export function testConfig(data: readonly string[], masterPorts: readonly number[] = []): Config {
  const {global, ps, masters, ...others} = requireConfig(embeddedConfig())
  const [master] = masters
  return {
    ...others,
    global: {...global, data, name: 'vearch', signkey: 'secret', resource_limit_rate: 1},
    masters: masterPorts.flatMap((api_port) =>
      master === undefined ? [] : {...master, address: '127.0.0.1', api_port},
    ),
    ps: {
      ...ps,
      raft_truncate_count: 1,
      rpc_port: 0,
      raft_heartbeat_port: 0,
      raft_replicate_port: 0,
      ps_heartbeat_timeout: 2,
    },
  }
}
