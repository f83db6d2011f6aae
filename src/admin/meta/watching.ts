/**
 * What happens in the metadata from now on, or from a revision that the store still has: one row for each field that a change
 * touches. It survives dropped connections; where history was compacted meanwhile, it says so and goes on.
 */
import type {Keys} from '../../meta/keys.js'
import type {MetaReading} from '../../meta/reading.js'
import type {MetaStore, WatchMessage} from '../../meta/store.js'
import {type FieldChange, recordChanges} from './field-change.js'
import {kindOf, type MetaKind, prefixOf} from './meta-kinds.js'

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

type WatchedStore = Pick<MetaStore, 'watch' | 'status'>

/** Ends when the signal is aborted. The state at the start is not told. */
export async function* metaEvents(store: WatchedStore, options: MetaWatchOptions): AsyncGenerator<MetaEvent> {
  const {keys, kind} = options
  for await (const {at, event, changes} of metaChanges(store, options)) {
    for (const {key, revision, before, after} of changes) {
      const kindOfKey = kindOf(keys.parse(key))
      if (kind !== null && kindOfKey !== kind) continue
      for (const field of recordChanges(before, after)) yield {at, revision, event, kind: kindOfKey, key, ...field}
    }
  }
}

/** What one message of a watch brings. */
export interface MetaChanges {
  readonly at: string | null
  /** Up to which all is told. */
  readonly revision: number
  readonly event: MetaEvent['event']
  readonly changes: readonly KeyChange[]
}

export interface KeyChange {
  readonly key: string
  readonly revision: number
  readonly before: Uint8Array | null
  readonly after: Uint8Array | null
}

/** Key by key, with what was there before; ends when the signal is aborted. */
export async function* metaChanges(store: WatchedStore, options: MetaWatchOptions): AsyncGenerator<MetaChanges> {
  const {keys, kind, signal, since, wallMs} = options
  const prefix = kind === null ? keys.all : prefixOf(kind, keys)
  const known = new Map<string, Uint8Array>()
  let isStarted = since !== null
  if (since !== null) for await (const {key, value} of since.scan(prefix)) known.set(key, value)
  const {revision: begunAt} = await store.status({signal})
  const from = since === null ? {} : {fromRevision: since.revision + 1}
  for await (const message of store.watch(prefix, {signal, ...from})) {
    const {revision} = message
    const at = revision <= begunAt ? null : new Date(wallMs()).toISOString()
    for (const {event, changes} of changesIn(message, known)) if (isStarted) yield {at, revision, event, changes}
    isStarted = true
  }
}

type Told = Pick<MetaChanges, 'event' | 'changes'>

function changesIn(message: WatchMessage, known: Map<string, Uint8Array>): readonly Told[] {
  const learn = (key: string, after: Uint8Array | null, revision: number): KeyChange => {
    const before = known.get(key) ?? null
    if (after === null) known.delete(key)
    else known.set(key, after)
    return {key, revision, before, after}
  }
  if (message.type === 'events') {
    return message.events.map((event) =>
      event.type === 'put'
        ? {event: 'put', changes: [learn(event.kv.key, event.kv.value, event.kv.modRevision)]}
        : {event: 'deleted', changes: [learn(event.key, null, event.modRevision)]},
    )
  }
  const {revision, kvs} = message
  const present = new Set(kvs.map(({key}) => key))
  const gone = [...known.keys()].filter((key) => !present.has(key))
  const changes = [
    ...kvs.map(({key, value}) => learn(key, value, revision)),
    ...gone.map((key) => learn(key, null, revision)),
  ]
  return [{event: 'resumed', changes}]
}
