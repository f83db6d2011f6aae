/** What limits the use of a space: the cluster's limits, and its partitions that take no more documents. */
import {defaultMemoryLimit, defaultRequestLimit, defaultSlowSearchIsolation} from '../../entity/cluster-config.js'
import type {Partition} from '../../entity/partition.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {Listing} from '../listing.js'
import {readableRecord} from './records.js'
import {showSpace} from './space-row.js'

export interface LimitRow {
  readonly limit: string
  readonly value: unknown
  readonly origin: 'metadata' | 'default'
}

/** Errors: NOT_FOUND, USAGE, DATA_CORRUPT. */
export async function spaceLimits(meta: MetaReading, text: string): Promise<Listing<LimitRow>> {
  const {keys} = meta
  const {rows: spaces, warnings} = await showSpace(meta, text)
  const settings: readonly (readonly [string, object])[] = [
    [keys.requestLimit, defaultRequestLimit],
    [keys.memoryLimit, defaultMemoryLimit],
    [keys.slowSearchIsolation, defaultSlowSearchIsolation],
  ]
  const rows: LimitRow[] = []
  for (const [key, fallback] of settings) {
    const kv = await meta.get(key)
    const values = kv === null ? fallback : readableRecord(kv)
    const origin = kv === null ? 'default' : 'metadata'
    for (const [limit, value] of Object.entries(values)) rows.push({limit, value, origin})
  }
  const full: number[] = []
  for (const {id} of spaces.flatMap(({record}) => record.partitions)) {
    const kv = await meta.get(keys.partition(id))
    if (kv !== null && isExhausted(kv.value)) full.push(id)
  }
  rows.push({limit: 'partitions_resource_exhausted', value: full, origin: 'metadata'})
  return {rows, source: sourceOf(meta), warnings}
}

/** A record that cannot be read says nothing of it. */
function isExhausted(value: Uint8Array): boolean {
  try {
    return decodeRecord<Partition>(value).resourceExhausted === true
  } catch {
    return false
  }
}
