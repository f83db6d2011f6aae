import {CodedError} from '../../errors/coded-error.js'
import type {ClusterPicture} from '../picture/picture.js'

/** The store that holds the metadata, as it answers. */
export interface StoreFacts {
  readonly endpoint: string
  readonly backend: string
  readonly version: string
  readonly dbBytes: number
  /** What a store without history would hold. */
  readonly contentBytes: number
  readonly revision: number
  /** Of its members, as far as a master tells: alarms, and that one could not be reached. */
  readonly errors: readonly string[]
}

/** Errors: META_UNREACHABLE. */
export function storeFacts({store, masters, metadata}: ClusterPicture): StoreFacts {
  if (!store.told) throw new CodedError('META_UNREACHABLE', `${metadata.place}: ${store.silence.detail}`)
  const {endpoint, backend, version, dbBytes, revision} = store.value
  const errors = masters.flatMap((answer) =>
    answer.told ? answer.value.memberErrors.flatMap(({id, errors: of}) => of.map((error) => `${id}: ${error}`)) : [],
  )
  return {endpoint, backend, version, dbBytes, contentBytes: metadata.bytes, revision, errors: [...new Set(errors)]}
}
