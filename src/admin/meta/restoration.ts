/**
 * Making the metadata what a backup or a snapshot says it was.
 *
 * - What only running processes can know is left as it is: servers, routers, members, locks and duties live by their
 *   leases, and would be lies the moment they were written.
 * - A sequence never goes back: ids that were given out since would be given out again, to the data of others.
 * - Records go first and their deletions last, in transactions of at most 128 keys, each guarded by what was read. If one is
 *   refused, the ones before it stand; the same command goes on from there.
 * - Before all that, `nextAutomaticActions` says what Vearch's own jobs would make of it.
 */
import {Buffer} from 'node:buffer'
import {Keys, type ParsedKey} from '../../meta/keys.js'
import {ContentReading, type MetaContent, type MetaReading} from '../../meta/reading.js'
import {lastIdIn} from '../../meta/sequence.js'
import type {KeyValue} from '../../meta/store.js'
import type {Change, GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import {kindOf, type MetaKind} from './meta-kinds.js'
import {type ChangedKey, keysMax, type PreparedChange, stepOf} from './record-change.js'

const livesByLease: ReadonlySet<ParsedKey['kind']> = new Set(['server', 'router', 'member', 'lock', 'duty'])

export interface RestoreOptions {
  /** Null: all that can be restored. */
  readonly only: readonly MetaKind[] | null
  /** Servers that hold data by what the metadata says now: they act upon what they read. */
  readonly aliveServers: number
}

/** What it takes to make `live` what `content` has of the cluster `from`. */
export async function prepareRestore(
  live: MetaReading,
  saved: {readonly content: MetaContent; readonly from: string},
  {only, aliveServers}: RestoreOptions,
): Promise<PreparedChange> {
  const wanted = restoredValues(saved, live.keys, only)
  const puts: Change[] = []
  const deletes: Change[] = []
  for await (const before of live.scan(live.keys.all)) {
    const {key} = before
    if (!isRestored(live.keys, key, only)) continue
    const value = wanted.get(key)
    wanted.delete(key)
    if (value === undefined) {
      if (live.keys.parse(key).kind !== 'sequence') deletes.push({key, before, after: null})
    } else if (isChange(live.keys, before, value)) puts.push({key, before, after: value})
  }
  for (const [key, after] of wanted) puts.push({key, before: null, after})
  const changes = [...puts, ...deletes]
  const objections: Objection[] =
    aliveServers === 0
      ? []
      : [
          {
            guard: 'online',
            reason: `${aliveServers} partition servers are alive and act upon what they read: stop them first`,
          },
        ]
  return {
    plan: proposal(
      'meta restore',
      changes.map((change) => stepOf(live, change)),
      {isDestructive: true, objections},
    ),
    changes,
  }
}

/** The metadata as it would be afterwards. */
export async function afterwards(live: MetaReading, {changes}: PreparedChange): Promise<MetaReading> {
  const kvs = new Map<string, KeyValue>()
  for await (const kv of live.scan(live.keys.all)) kvs.set(kv.key, kv)
  for (const {key, before, after} of changes) {
    if (after === null) kvs.delete(key)
    else {
      const {modRevision, createRevision, version, lease} = before ?? {
        modRevision: 0,
        createRevision: 0,
        version: 0,
        lease: null,
      }
      const value = typeof after === 'string' ? Buffer.from(after) : after
      kvs.set(key, {key, value, modRevision, createRevision, version, lease})
    }
  }
  return new ContentReading(live.keys, `${live.place}, restored`, {revision: live.revision, kvs})
}

/** Errors: GUARD_FAILED where a key was changed meanwhile; the transactions before stand. */
export async function restore(
  writer: GuardedWriter,
  {plan: {action}, changes}: PreparedChange,
): Promise<Listing<ChangedKey>> {
  const rows: ChangedKey[] = []
  for (let at = 0; at < changes.length; at += keysMax) {
    const part = changes.slice(at, at + keysMax)
    const {txn, value: revision} = await writer.apply(action, part)
    for (const {key, after} of part) rows.push({key, change: after === null ? 'deleted' : 'put', revision, txn})
  }
  return {rows, source: null, warnings: []}
}

function restoredValues(
  {content, from}: {readonly content: MetaContent; readonly from: string},
  keys: Keys,
  only: RestoreOptions['only'],
): Map<string, Uint8Array> {
  const {all} = new Keys(from)
  const values = new Map<string, Uint8Array>()
  for (const kv of content.kvs.values()) {
    if (!kv.key.startsWith(all)) continue
    const key = `${keys.all}${kv.key.slice(all.length)}`
    if (isRestored(keys, key, only)) values.set(key, kv.value)
  }
  return values
}

function isRestored(keys: Keys, key: string, only: RestoreOptions['only']): boolean {
  const parsed = keys.parse(key)
  if (livesByLease.has(parsed.kind) || parsed.kind === 'unknown') return false
  const kind = kindOf(parsed)
  // the names of dbs belong to their bodies
  return only === null || only.some((name) => name === kind || (name === 'dbs' && kind === 'db-names'))
}

function isChange(keys: Keys, {key, value: now}: KeyValue, saved: Uint8Array): boolean {
  if (Buffer.from(now).equals(saved)) return false
  if (keys.parse(key).kind !== 'sequence') return true
  const last = (value: Uint8Array) => lastIdIn({key, value, createRevision: 0, modRevision: 0, version: 0, lease: null})
  const [is, was] = [last(now), last(saved)]
  return was !== null && (is === null || was > is)
}
