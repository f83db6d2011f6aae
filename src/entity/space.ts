import type {FieldSpec, IndexSpec, SpaceProperty} from './field.js'
import type {DbId, SpaceId} from './ids.js'
import type {Partition} from './partition.js'

export interface PartitionRange {
  readonly name: string
  /** Exclusive upper bound: a date, or seconds since the epoch. */
  readonly value: string
}

export interface PartitionRule {
  readonly type: string
  readonly field?: string
  /** The number of ranges. */
  readonly partitions?: number
  readonly ranges: readonly PartitionRange[]
}

/** A set of documents with one schema. Stored at `P/space/<dbId>/<spaceId>`. */
export interface Space {
  readonly id: SpaceId
  readonly desc?: string
  readonly name: string
  readonly resource_name: string
  /** 1 while it is being created, 2 when it serves, one more with every change. */
  readonly version: number
  readonly db_id: DbId
  /** False until every partition has registered its leader. */
  readonly enabled: boolean | null
  /** In slot order. */
  readonly partitions: readonly Partition[]
  /** Partitions per range; in all, where the space has no rule. */
  readonly partition_num: number
  readonly replica_num: number
  /** As the client sent them: order and unknown keys are kept. */
  readonly fields: readonly FieldSpec[]
  readonly indexes?: readonly IndexSpec[]
  readonly partition_rule?: PartitionRule
  readonly space_properties: Readonly<Record<string, SpaceProperty>>
  /** Milliseconds between two rounds of background indexing; below 0 it never indexes by itself. */
  readonly refresh_interval?: number
  readonly enable_id_cache?: boolean
  readonly enable_realtime?: boolean
}

/** Engine settings of a space. Stored at `P/space_config/<dbId>/<spaceId>`. */
export interface SpaceConfig {
  readonly id?: SpaceId
  readonly db_id?: DbId
  readonly engine_cache_size?: number
  readonly path?: string
  readonly slow_search_time?: number
  readonly refresh_interval?: number
  readonly enable_id_cache?: boolean
}
