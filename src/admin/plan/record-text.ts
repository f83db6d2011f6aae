import {stringifyJson} from '../../entity/json.js'
import type {Keys} from '../../meta/keys.js'
import type {KeyValue} from '../../meta/store.js'
import {MetadataReader} from '../picture/metadata.js'
import {readableAt} from '../picture/record-at.js'

/** A decoded record as it is written: text as it is, everything else as JSON. */
export function recordText(value: unknown): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  return typeof value === 'string' ? value : stringifyJson(value)
}

/** A value as a plan writes it down: decoded and written again, so that two spellings of the same are the same. */
export function decodedText(keys: Keys, kv: KeyValue): string | null {
  const reader = new MetadataReader({keys, place: '', revision: kv.modRevision})
  reader.add(kv)
  const known = readableAt(reader.metadata, kv.key)
  return known === undefined ? null : recordText(known.value)
}
