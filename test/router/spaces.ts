/** Spaces for the router's tests, as a master stores them. */
import {FieldType, fieldTypeByName, type IndexSpec} from '../../src/entity/field.js'
import {dbId, type NodeId, type PartitionId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {Partition} from '../../src/entity/partition.js'
import {slotBounds} from '../../src/entity/slot.js'
import type {PartitionRule, Space} from '../../src/entity/space.js'

export interface FieldRow {
  readonly type: string
  readonly index?: string
  readonly dimension?: number
  readonly format?: string
}

export interface SpaceOptions {
  readonly partitions?: number
  readonly rule?: PartitionRule
  readonly indexes?: readonly IndexSpec[]
  readonly replicas?: readonly NodeId[]
}

export function makeSpace(fields: Readonly<Record<string, FieldRow>>, options: SpaceOptions = {}): Space {
  const {partitions = 1, rule, indexes = [], replicas = []} = options
  const specs = Object.entries(fields).map(([name, {type, index, dimension, format}]) => ({
    name,
    type,
    ...(index === undefined ? {} : {index: {name, type: index}}),
    ...(dimension === undefined ? {} : {dimension}),
    ...(format === undefined ? {} : {format}),
  }))
  return {
    id: spaceId(1),
    db_id: dbId(1),
    name: 'ts_space',
    resource_name: 'default',
    version: 2,
    enabled: true,
    partitions: makePartitions(partitions, rule, replicas),
    partition_num: partitions,
    replica_num: 1,
    fields: specs,
    indexes,
    ...(rule === undefined ? {} : {partition_rule: rule}),
    space_properties: Object.fromEntries(
      specs.map(({name, type, ...rest}) => [
        name,
        {field_type: fieldTypeByName.get(type) ?? FieldType.string, type, ...rest},
      ]),
    ),
  }
}

function makePartitions(count: number, rule: PartitionRule | undefined, replicas: readonly NodeId[]): Partition[] {
  const names = rule?.ranges.map(({name}) => name) ?? ['']
  return names.flatMap((name, range) =>
    slotBounds(count).map((partition_slot, index) => ({
      id: partitionId(range * count + index + 1),
      name,
      space_id: spaceId(1),
      db_id: dbId(1),
      partition_slot,
      replicas,
      resourceExhausted: false,
    })),
  )
}

export const pid = (id: number): PartitionId => partitionId(id)
