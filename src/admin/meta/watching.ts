/**
 * What happens in the metadata from now on, or from a revision that the store still has: one row for each field that a change
 * touches. It survives dropped connections; where history was compacted meanwhile, it says so and goes on.
 */
import type {Keys} from '../../meta/keys.js'
import type {MetaReading} from '../../meta/reading.js'
import type {MetaStore, WatchMessage} from '../../meta/store.js'
import {kindOf, type MetaKind, prefixOf} from '../meta-kinds.js'
import {type FieldChange, recordChanges} from './field-change.js'

export interface MetaEvent extends FieldChange {
  /** When it was seen; null for what happened before the watch began: a store keeps no times. */
  readonly at: string | null
  readonly revision: number
  /** `resumed`: changes in between are lost, and the rows of that revision are what differs from what was known. */
  readonly event: 'put' | 'deleted' | 'resumed'
  readonly kind: string
  readonly key: string
}

export interface MetaWatchOptions {
  readonly keys: Keys
  /** All of them if null. */
  readonly kind: MetaKind | null
  readonly signal: AbortSignal
  /** The metadata as it was just before the first revision to tell of; null: only what happens from now on. */
  readonly since: MetaReading | null
  wallMs(): number
}

/** Ends when the signal is aborted. The state at the start is not told. */
export async function* metaEvents(
  store: Pick<MetaStore, 'watch' | 'status'>,
  options: MetaWatchOptions,
): AsyncGenerator<MetaEvent> {
  const {keys, kind, signal, since, wallMs} = options
  const prefix = kind === null ? keys.all : prefixOf(kind, keys)
  const known = new Map<string, Uint8Array>()
  let isStarted = since !== null
  if (since !== null) for await (const {key, value} of since.scan(prefix)) known.set(key, value)
  const {revision: begunAt} = await store.status({signal})
  const from = since === null ? {} : {fromRevision: since.revision + 1}
  for await (const message of store.watch(prefix, {signal, ...from})) {
    const at = message.revision <= begunAt ? null : new Date(wallMs()).toISOString()
    for (const {key, value, event} of changesIn(message, known)) {
      const before = known.get(key) ?? null
      if (value === null) known.delete(key)
      else known.set(key, value)
      const kindOfKey = kindOf(keys.parse(key))
      if (!isStarted || (kind !== null && kindOfKey !== kind)) continue
      const fields = recordChanges(before, value)
      const {revision} = message
      const common = {at, revision, event, kind: kindOfKey, key}
      for (const field of fields) yield {...common, ...field}
    }
    isStarted = true
  }
}

interface KeyChange {
  readonly key: string
  readonly value: Uint8Array | null
  readonly event: MetaEvent['event']
}

function* changesIn(message: WatchMessage, known: ReadonlyMap<string, Uint8Array>): Generator<KeyChange> {
  if (message.type === 'events') {
    for (const event of message.events) {
      if (event.type === 'put') yield {key: event.kv.key, value: event.kv.value, event: 'put'}
      else yield {key: event.key, value: null, event: 'deleted'}
    }
    return
  }
  const present = new Set(message.kvs.map(({key}) => key))
  for (const {key, value} of message.kvs) yield {key, value, event: 'resumed'}
  for (const key of [...known.keys()]) if (!present.has(key)) yield {key, value: null, event: 'resumed'}
}
