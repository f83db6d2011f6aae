import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {readableRecord} from './records.js'
import {showSpace} from './space-row.js'

/** Errors: NOT_FOUND, USAGE, DATA_CORRUPT. */
export async function getSpaceConfig(
  meta: MetaReading,
  text: string,
): Promise<Listing<{readonly key: string; readonly value: unknown}>> {
  const {rows: spaces, warnings} = await showSpace(meta, text)
  const records = await Promise.all(spaces.map(({dbId, id}) => meta.get(meta.keys.spaceConfig(dbId, id))))
  const rows = records.flatMap((kv) =>
    kv === null ? [] : Object.entries(readableRecord(kv)).map(([key, value]) => ({key, value})),
  )
  return {rows, source: sourceOf(meta), warnings}
}
