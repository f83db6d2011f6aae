/**
 * Whether a decoded value is what its key promises. What only adds to a record is let through; what code relies on is checked,
 * and `null` where a Go program wrote an empty list becomes one.
 */
import {isObject, parseJson} from '../../entity/json.js'
import type {ParsedKey} from '../../meta/keys.js'
import {isJsonKind, kindOf} from '../meta/meta-kinds.js'

type Fields = Readonly<Record<string, unknown>>
/** The value, fit for use. Throws TypeError saying what is wrong. */
type Shape = (value: unknown) => unknown

const isText = (value: unknown): value is string => typeof value === 'string'
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isIds = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isId)

function demand(holds: boolean, what: string): void {
  if (!holds) throw new TypeError(what)
}

function fieldsOf(value: unknown): Fields {
  demand(isObject(value), 'is not an object')
  return value as Fields
}

/** Absent and null are an empty list. */
function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? []
  demand(Array.isArray(value), `${name} is not a list`)
  return value as readonly unknown[]
}

const partition: Shape = (value) => {
  const fields = fieldsOf(value)
  const {id, space_id = 0, db_id = 0, partition_slot = 0, leader_name = 0, name = ''} = fields
  const [replicas, status] = [list(fields, 'replicas'), fields.status ?? {}]
  demand(isId(id), 'id is not a number')
  demand(isId(space_id) && isId(db_id), 'space_id or db_id is not a number')
  demand(isId(leader_name), 'leader_name is not a node id')
  demand(isId(partition_slot), 'partition_slot is not a number')
  demand(isIds(replicas), 'replicas are not node ids')
  demand(isObject(status), 'status is not an object')
  return {resourceExhausted: false, ...fields, space_id, db_id, partition_slot, name, replicas, status}
}

const space: Shape = (value) => {
  const fields = fieldsOf(value)
  const {id, name, partition_num = 0, replica_num = 0, version = 0, partition_rule = null} = fields
  demand(isId(id), 'id is not a number')
  demand(isText(name), 'name is not a text')
  demand(isId(partition_num) && isId(replica_num), 'partition_num or replica_num is not a number')
  demand(partition_rule === null || isObject(partition_rule), 'partition_rule is not an object')
  const partitions = list(fields, 'partitions').map(partition)
  const {partition_rule: _, ...rest} = fields
  const rule = isObject(partition_rule)
    ? {partition_rule: {...partition_rule, ranges: list(partition_rule, 'ranges')}}
    : {}
  return {...rest, ...rule, partition_num, replica_num, version, partitions}
}

const server: Shape = (value) => {
  const fields = fieldsOf(value)
  const {name = 0, ip = '', resource_name = '', rpc_port = 0, raft_heartbeat_port = 0, raft_replicate_port = 0} = fields
  demand(isId(name), 'name is not a node id')
  demand(isText(ip), 'ip is not a text')
  const p_ids = list(fields, 'p_ids')
  demand(isIds(p_ids), 'p_ids are not partition ids')
  const ports = {rpc_port, raft_heartbeat_port, raft_replicate_port}
  demand(Object.values(ports).every(isId), 'a port is not a number')
  return {private: false, version: null, ...fields, ...ports, name, ip, resource_name, p_ids}
}

const named: Shape = (value) => {
  const fields = fieldsOf(value)
  demand(isText(fields.name), 'name is not a text')
  return fields
}

const texts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

/** By the kind of key; kinds without a shape hold any JSON. */
const shapes = {
  db: (value) => {
    const fields = fieldsOf(named(value))
    demand(isId(fields.id), 'id is not a number')
    demand(fields.ps == null || texts(fields.ps), 'ps is not a list of addresses')
    const {ps, ...rest} = fields
    return ps == null ? rest : {...rest, ps}
  },
  space,
  partition,
  server,
  failServer: (value) => {
    const fields = fieldsOf(value)
    const {nodeID = 0, time_stamp = 0} = fields
    demand(isId(nodeID) && isId(time_stamp), 'nodeID or time_stamp is not a number')
    return {...fields, nodeID, time_stamp, server: server(fields.server ?? {})}
  },
  alias: (value) => {
    const fields = fieldsOf(value)
    demand(isText(fields.db_name) && isText(fields.space_name), 'db_name or space_name is not a text')
    return fields
  },
  user: named,
  role: named,
  member: named,
  mute: (value) => {
    const {code, untilMs, reason, subject = null} = fieldsOf(value)
    demand(isText(code) && isText(reason) && typeof untilMs === 'number', 'code, reason or untilMs is missing')
    demand(subject === null || isText(subject), 'subject is not a text')
    return {code, untilMs, reason, subject}
  },
  cordon: (value) => {
    const {reason, sinceMs} = fieldsOf(value)
    demand(isText(reason) && typeof sinceMs === 'number', 'reason or sinceMs is missing')
    return {reason, sinceMs}
  },
} satisfies Partial<Record<string, Shape>> as Readonly<Record<string, Shape | undefined>>

const utf8 = new TextDecoder('utf-8', {fatal: true})

/** The value at a key. Throws, saying what is wrong with it. */
export function decodedRecord(parsed: ParsedKey, bytes: Uint8Array): unknown {
  if (parsed.kind === 'unknown') return bytes
  if (parsed.kind === 'lock') return {name: parsed.name, leaseId: parsed.leaseId}
  const text = utf8.decode(bytes)
  if (!isJsonKind(kindOf(parsed))) return text
  const value = parseJson(text)
  return shapes[parsed.kind]?.(value) ?? value
}
