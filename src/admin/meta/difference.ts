/** How the metadata of two moments differ, record by record and in each field by field. */
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {type FieldChange, recordChanges} from './field-change.js'
import {kindOf} from './meta-kinds.js'

export interface RecordDifference extends FieldChange {
  readonly kind: string
  /** Within the cluster: the two may be of different names. */
  readonly key: string
  readonly change: 'added' | 'removed' | 'changed'
}

/** `different` where there is any; records that say the same in other words are the same. */
export async function metaDifference(before: MetaReading, after: MetaReading): Promise<Listing<RecordDifference>> {
  const old = await valuesOf(before)
  const rows: RecordDifference[] = []
  const difference = (key: string, was: Uint8Array | null, is: Uint8Array | null) => {
    const kind = kindOf(after.keys.parse(`${after.keys.all}${key}`))
    const change = was === null ? 'added' : is === null ? 'removed' : 'changed'
    for (const field of recordChanges(was, is)) rows.push({kind, key, change, ...field})
  }
  for await (const {key: whole, value} of after.scan(after.keys.all)) {
    const key = whole.slice(after.keys.all.length)
    difference(key, old.get(key) ?? null, value)
    old.delete(key)
  }
  for (const [key, value] of old) difference(key, value, null)
  const exit = rows.length === 0 ? 'ok' : 'different'
  return {rows, source: `${sourceOf(before)} → ${sourceOf(after)}`, warnings: [], exit}
}

async function valuesOf(meta: MetaReading): Promise<Map<string, Uint8Array>> {
  const values = new Map<string, Uint8Array>()
  for await (const {key, value} of meta.scan(meta.keys.all)) values.set(key.slice(meta.keys.all.length), value)
  return values
}
