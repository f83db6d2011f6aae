/**
 * The chapter: what an operator names and a cluster serves — dbs, spaces, aliases, users, roles. They are listed from the
 * metadata, so also of a snapshot and at an old revision, and of a real Vearch; they are created and deleted by the
 * masters, who alone know what belongs to one (`master-request.ts`).
 */

import {isObject} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {KeyValue} from '../../meta/store.js'
import {type Metadata, MetadataReader} from '../picture/metadata.js'

/** The records under these prefixes, and no others. */
export async function recordsUnder(meta: MetaReading, prefixes: readonly string[]): Promise<Metadata> {
  const reader = new MetadataReader({keys: meta.keys, place: meta.place, revision: 0})
  for (const prefix of prefixes) for await (const kv of meta.scan(prefix)) reader.add(kv)
  reader.revision = meta.revision
  return reader.metadata
}

/** For an answer that is nothing without this record. Errors: DATA_CORRUPT where it is not a JSON object. */
export function readableRecord({key, value}: Pick<KeyValue, 'key' | 'value'>): Readonly<Record<string, unknown>> {
  let reason = 'it is not an object'
  try {
    const record = decodeRecord<unknown>(value)
    if (isObject(record)) return record
  } catch (thrown) {
    reason = (thrown as Error).message
  }
  throw new CodedError('DATA_CORRUPT', `${key} cannot be read: ${reason}`, {hint: `vearchctl meta get ${key} --raw`})
}

export function brokenWarnings({broken}: Metadata): string[] {
  return [...broken.values()].map(({key, reason}) => `${key} cannot be read: ${reason}`)
}

/** The one row of that name. Errors: NOT_FOUND. */
export function named<Row>(
  rows: readonly Row[],
  isIt: (row: Row) => boolean,
  {what, meta}: {readonly what: string; readonly meta: MetaReading},
): Row {
  const found = rows.find(isIt)
  if (found !== undefined) return found
  const [topic] = what.split(' ')
  throw new CodedError('NOT_FOUND', `there is no ${what} (${sourceOf(meta)})`, {hint: `vearchctl ${topic} list`})
}
