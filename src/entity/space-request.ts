/** From the body of `POST /dbs/:db/spaces` to a space that may be created (control-plane spec §4.7). */
import {FieldOption, type FieldSpec, FieldType, fieldTypeOf, type IndexSpec, type SpaceProperty} from './field.js'
import {fieldsFault} from './field-rules.js'
import {hasVectorIndex, indexesFault, inlineIndexes, mergedIndexes} from './index-rules.js'
import {nameFault} from './names.js'
import {partitionRuleFault} from './partition-rule.js'
import type {PartitionRule} from './space.js'

/** The body, its simple values typed; the rest is checked here. Everything else that a client sends is the server's to set. */
export interface SpaceRequest {
  readonly name: string
  readonly desc?: string
  readonly resource_name?: string
  readonly partition_num?: number
  readonly replica_num?: number
  readonly fields: unknown
  readonly indexes?: unknown
  readonly partition_rule?: unknown
  readonly refresh_interval?: number
  readonly enable_id_cache?: boolean
  readonly enable_realtime?: boolean
}

/** A valid request with every default applied. */
export interface SpacePlan {
  readonly name: string
  readonly desc?: string
  readonly resource_name: string
  /** Partitions per range; in all, where the space has no rule. */
  readonly partition_num: number
  readonly replica_num: number
  readonly fields: readonly FieldSpec[]
  readonly indexes: readonly IndexSpec[]
  readonly partition_rule?: PartitionRule
  readonly space_properties: Readonly<Record<string, SpaceProperty>>
  readonly refresh_interval: number
  readonly enable_id_cache: boolean
  readonly enable_realtime: boolean
  /** The range of each partition in slot order; empty names without a rule. */
  readonly partitionNames: readonly string[]
}

const partitionsMax = 1_024
const replicaNumDefault = 3
const limitedReplicaNum = 3
export const refreshIntervalMsDefault = 1_000

/** Why the request is not allowed, or null: then `planSpace` may be called. */
export function spaceFault(request: SpaceRequest, limits: {readonly limitedReplicaNum: boolean}): string | null {
  const partitionNum = atLeastOne(request.partition_num)
  const fault =
    nameFault('space', request.name) ??
    (partitionNum > partitionsMax ? `partition_num:[${partitionNum}] should not exceed ${partitionsMax}` : null) ??
    replicasFault(request, limits) ??
    fieldsFault(request.fields)
  if (fault !== null) return fault
  const fields = request.fields as readonly FieldSpec[]
  const hasRule = request.partition_rule !== undefined && request.partition_rule !== null
  return (
    indexesFault(fields, request.indexes) ??
    (hasVectorIndex(mergedIndexes(fields, indexesOf(request)))
      ? null
      : 'space vector field index should not be empty') ??
    (hasRule ? partitionRuleFault(request.partition_rule, fields, partitionNum) : null)
  )
}

function replicasFault(request: SpaceRequest, limits: {readonly limitedReplicaNum: boolean}): string | null {
  if (!limits.limitedReplicaNum) return null
  const replicas = replicaNum(request)
  return replicas < limitedReplicaNum
    ? `LimitedReplicaNum is set and in order to ensure high availability replica should not be less than ${limitedReplicaNum}`
    : null
}

/** Total on requests without a fault. */
export function planSpace(request: SpaceRequest): SpacePlan {
  const fields = request.fields as readonly FieldSpec[]
  const rule = (request.partition_rule ?? null) as PartitionRule | null
  const partitionNum = atLeastOne(request.partition_num)
  const names = (rule?.ranges ?? [{name: ''}]).flatMap(({name}) => Array.from({length: partitionNum}, () => name))
  return {
    name: request.name,
    ...(request.desc === undefined || request.desc === '' ? {} : {desc: request.desc}),
    resource_name: request.resource_name || 'default',
    partition_num: partitionNum,
    replica_num: replicaNum(request),
    fields,
    indexes: mergedIndexes(fields, indexesOf(request)),
    ...(rule === null ? {} : {partition_rule: {...rule, partitions: rule.ranges.length}}),
    space_properties: spaceProperties(fields),
    refresh_interval: request.refresh_interval ?? refreshIntervalMsDefault,
    enable_id_cache: request.enable_id_cache ?? false,
    enable_realtime: request.enable_realtime ?? false,
    partitionNames: names,
  }
}

function indexesOf(request: SpaceRequest): readonly IndexSpec[] {
  return (request.indexes ?? []) as readonly IndexSpec[]
}

function atLeastOne(count: number | undefined): number {
  return Math.max(count ?? 1, 1)
}

function replicaNum({replica_num: replicas}: SpaceRequest): number {
  return replicas === undefined || replicas === 0 ? replicaNumDefault : replicas
}

/** Fields by name with their types resolved, as they are stored beside the client's own `fields`. */
export function spaceProperties(fields: readonly FieldSpec[]): Record<string, SpaceProperty> {
  const indexByField = new Map(inlineIndexes(fields).map((index) => [index.field_name, index]))
  return Object.fromEntries(fields.map((field) => [field.name, propertyOf(field, indexByField.get(field.name))]))
}

const optionByIndexType = new Map<string, FieldOption>([
  ['SCALAR', FieldOption.scalar],
  ['INVERTED', FieldOption.inverted],
  ['BITMAP', FieldOption.bitmap],
])

function propertyOf(field: FieldSpec, index: IndexSpec | undefined): SpaceProperty {
  const fieldType = fieldTypeOf(field)
  const isVector = fieldType === FieldType.vector
  return {
    field_type: fieldType,
    type: field.type,
    ...(index === undefined ? {} : {index, option: optionByIndexType.get(index.type) ?? FieldOption.index}),
    ...(field.format ? {format: field.format} : {}),
    ...(isVector && field.dimension !== undefined ? {dimension: field.dimension} : {}),
    ...(isVector && field.store_type ? {store_type: field.store_type} : {}),
    ...(isVector && field.store_param ? {store_param: field.store_param} : {}),
  }
}
