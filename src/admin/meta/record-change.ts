/**
 * Changes of single records by hand: what is asked for, as a plan, and the changes of keys that carry it out.
 *
 * Each is made against what was read: the writer compares every key's revision. Beyond that, `put` wants to be told what its
 * author believes is there (a revision, a value, nothing), because a value that is typed is a value that was thought up some
 * time ago.
 */

import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue, LeaseId} from '../../meta/store.js'
import type {Change, GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, type Proposal, type ProposedStep, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import {counted} from '../messages/counted.js'
import {shownValue, wholeKey} from './show-meta.js'
import {asWritten, requireOwnKey, valueFault} from './value-fault.js'

/** What its author believes to be at the key. */
export type Belief =
  | {readonly is: 'revision'; readonly revision: number}
  | {readonly is: 'value'; readonly value: Uint8Array}
  | {readonly is: 'absent'}

/** A plan, and what it comes to in keys. */
export interface PreparedChange {
  readonly plan: Proposal
  readonly changes: readonly Change[]
}

export interface ChangedKey {
  readonly key: string
  readonly change: 'put' | 'deleted'
  readonly revision: number
  /** In the journal, and for `meta undo`. */
  readonly txn: string
}

/** etcd's limit for one transaction. */
export const keysMax = 128

export interface PutRequest {
  readonly key: string
  readonly value: Uint8Array
  /** Null: whatever is there is overwritten. */
  readonly belief: Belief | null
  readonly lease: LeaseId | null
}

/** Errors: GUARD_FAILED where the belief is wrong; USAGE for a key of another cluster. */
export async function preparePut(meta: MetaReading, request: PutRequest): Promise<PreparedChange> {
  const {keys} = meta
  const key = wholeKey(keys, request.key)
  requireOwnKey(keys, key)
  const before = await meta.get(key)
  if (request.belief !== null) requireBelief(key, before, request.belief)
  const objections: Objection[] = []
  if (request.belief === null) {
    objections.push({
      guard: 'blind',
      reason: 'nothing is said of what is there now (--if-rev, --if-absent or --if-value)',
    })
  }
  const fault = valueFault(keys, asWritten(key, request.value))
  if (fault !== null) objections.push({guard: 'schema', reason: `the value does not fit ${key}: ${fault}`})
  const lease = request.lease ?? before?.lease ?? undefined
  const change = {key, before, after: request.value, ...(lease === undefined ? {} : {lease})}
  return {plan: proposal('meta put', [stepOf(meta, change)], {objections}), changes: [change]}
}

export interface DeleteRequest {
  readonly key: string
  /** All keys that begin with it, of which there must be this many. */
  readonly count: number | null
}

/** Errors: NOT_FOUND; GUARD_FAILED where there are more or fewer keys than expected, or too many; USAGE. */
export async function prepareDelete(meta: MetaReading, request: DeleteRequest): Promise<PreparedChange> {
  const {keys} = meta
  const key = wholeKey(keys, request.key)
  requireOwnKey(keys, key)
  const found: KeyValue[] = []
  if (request.count === null) {
    const kv = await meta.get(key)
    if (kv !== null) found.push(kv)
  } else for await (const kv of meta.scan(key)) found.push(kv)
  if (request.count !== null && found.length !== request.count) {
    throw new CodedError(
      'GUARD_FAILED',
      `${counted(found.length, 'key begins', 'keys begin')} with ${key}, not ${request.count}`,
      {
        hint: `look at them: vearchctl meta tree ${key}`,
      },
    )
  }
  if (found.length === 0) throw new CodedError('NOT_FOUND', `there is no key ${key}`, {hint: 'vearchctl meta tree'})
  if (found.length > keysMax) {
    throw new CodedError('GUARD_FAILED', `${found.length} keys are more than one transaction deletes (${keysMax})`, {
      hint: 'delete them by a longer prefix, part by part',
    })
  }
  const changes = found.map((kv) => ({key: kv.key, before: kv, after: null}))
  return {
    plan: proposal(
      'meta delete',
      changes.map((change) => stepOf(meta, change)),
      {isDestructive: true},
    ),
    changes,
  }
}

export async function applyChange(
  writer: GuardedWriter,
  {plan: {action}, changes}: PreparedChange,
): Promise<Listing<ChangedKey>> {
  const {txn, value: revision} = await writer.apply(action, changes)
  const rows = changes.map(
    ({key, after}): ChangedKey => ({key, change: after === null ? 'deleted' : 'put', revision, txn}),
  )
  return {rows, source: null, warnings: []}
}

export function stepOf({keys}: Pick<MetaReading, 'keys'>, {key, before, after}: Change): ProposedStep {
  const bytes = typeof after === 'string' ? Buffer.from(after) : after
  return {
    step: `${bytes === null ? 'delete' : before === null ? 'create' : 'change'} ${key}`,
    subject: key,
    before: before === null ? null : shownValue(keys, key, before.value),
    after: bytes === null ? null : shownValue(keys, key, bytes),
  }
}

function requireBelief(key: string, before: KeyValue | null, belief: Belief): void {
  const found = before === null ? 'is not there' : `is at revision ${before.modRevision}`
  const fail = (wanted: string) =>
    new CodedError('GUARD_FAILED', `${key} ${found}, ${wanted}`, {hint: `look again: vearchctl meta get ${key}`})
  if (belief.is === 'absent' && before !== null) throw fail('and should not be there')
  if (belief.is === 'revision' && before?.modRevision !== belief.revision) throw fail(`not ${belief.revision}`)
  if (belief.is === 'value' && (before === null || !Buffer.from(before.value).equals(belief.value)))
    throw fail('and does not hold the value expected')
}
