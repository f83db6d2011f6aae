/** A record of the metadata as it was read. */
import type {LeaseId} from '../../meta/store.js'
import type {Source} from './source.js'

export interface Known<T> {
  readonly value: T
  readonly key: string
  readonly createRevision: number
  readonly modRevision: number
  readonly lease: LeaseId | null
}

/** A value that is not what its key promises; it is kept, so that it can be looked at and repaired. */
export interface BrokenRecord extends Omit<Known<Uint8Array>, 'lease'> {
  readonly reason: string
}

export function sourceOfRecord({key, modRevision}: Pick<Known<unknown>, 'key' | 'modRevision'>): Source {
  return {from: 'metadata', key, revision: modRevision}
}
