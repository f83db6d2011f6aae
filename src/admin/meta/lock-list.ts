/**
 * Locks in the metadata: who holds which, and for how long.
 *
 * A lock lives by its lease. One whose lease is gone, or that never had one, is held by nobody and only stands in the way: a
 * master of a real Vearch waits for it. `GET /clean_lock` of such a master deletes all of them, held or not; this releases
 * one, and a held one only by force.
 */
import {CodedError} from '../../errors/coded-error.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {KeyValue, LeaseId} from '../../meta/store.js'
import {proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import type {ObservedStore} from '../session/session.js'
import {type PreparedChange, stepOf} from './record-change.js'
import {wholeKey} from './show-meta.js'

export interface LockRow {
  readonly key: string
  readonly name: string
  readonly owner: string
  readonly lease: LeaseId | null
  /** Seconds left; null: there is no lease, it is gone, or nobody was asked. */
  readonly ttl: number | null
  readonly state: 'held' | 'abandoned' | 'unknown'
  readonly modRevision: number
}

/** `store` null: the reading is of a file or of the past, and nobody can be asked after leases. */
export async function listLocks(meta: MetaReading, store: ObservedStore | null): Promise<Listing<LockRow>> {
  const rows: LockRow[] = []
  for await (const kv of meta.scan(meta.keys.lockPrefix)) rows.push(await lockRow(meta, kv, store))
  const warnings =
    store === null && rows.length > 0 ? ['whether a lock is held is not known: leases live in a running store'] : []
  return {rows, source: sourceOf(meta), warnings}
}

/** Errors: NOT_FOUND. */
export async function prepareRelease(
  meta: MetaReading,
  asked: string,
  store: ObservedStore | null,
): Promise<PreparedChange> {
  const key = wholeKey(meta.keys, asked)
  const before = key.startsWith(meta.keys.lockPrefix) ? await meta.get(key) : null
  if (before === null) {
    throw new CodedError('NOT_FOUND', `there is no lock ${key} (${sourceOf(meta)})`, {hint: 'vearchctl locks list'})
  }
  const {state, ttl} = await lockRow(meta, before, store)
  const objections =
    state === 'held'
      ? [
          {
            guard: 'held',
            reason: `the lock is held (${ttl} s left of its lease), and its holder would go on without it`,
          },
        ]
      : []
  const change = {key, before, after: null}
  return {plan: proposal('locks release', [stepOf(meta, change)], {objections}), changes: [change]}
}

async function lockRow({keys}: MetaReading, kv: KeyValue, store: ObservedStore | null): Promise<LockRow> {
  const {key, lease, modRevision} = kv
  const parsed = keys.parse(key)
  const {name, leaseId: owner} = parsed.kind === 'lock' ? parsed : {name: key, leaseId: ''}
  const ttl = lease === null || store === null ? null : await store.leaseTimeToLive(lease)
  const state = lease === null || (store !== null && ttl === null) ? 'abandoned' : store === null ? 'unknown' : 'held'
  return {key, name, owner, lease, ttl, state, modRevision}
}
