import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import {lastIdIn} from '../../meta/sequence.js'
import type {KeyValue} from '../../meta/store.js'
import {metadataOf} from '../picture/metadata.js'

/** Why a value is not what its key promises; null where it is, or where the key promises nothing. */
export function valueFault(keys: Keys, kv: KeyValue): string | null {
  if (keys.parse(kv.key).kind === 'sequence') return lastIdIn(kv) === null ? 'is not a number in decimal' : null
  const {broken} = metadataOf({keys, place: '', revision: 0}, [kv])
  return broken.get(kv.key)?.reason ?? null
}

/** A value as it would be read again after it was written. */
export function asWritten(key: string, value: Uint8Array): KeyValue {
  return {key, value, createRevision: 0, modRevision: 0, version: 0, lease: null}
}

/** Errors: USAGE. */
export function requireOwnKey(keys: Keys, key: string): void {
  if (key.startsWith(keys.all) && key.length > keys.all.length) return
  throw new CodedError('USAGE', `${key} is not a key of cluster ${keys.cluster}`, {
    hint: `its keys begin with ${keys.all}`,
  })
}
