/**
 * Taking back a change that the journal has: every key gets the value that it had before.
 *
 * Only while nobody has changed them since: each key must still be at the revision that the change left it at.
 */
import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import type {Change} from '../guarded-writer.js'
import {bytesOf, type JournalledChange} from '../journal.js'
import {plan} from '../plan.js'
import {type PreparedChange, stepOf} from './record-change.js'

/** The last one that can be, if none is named. Errors: NOT_FOUND, GUARD_FAILED. */
export async function prepareUndo(
  meta: MetaReading,
  journal: readonly JournalledChange[],
  txn: string | null,
): Promise<PreparedChange> {
  const {begun, end} = chosen(journal, txn)
  const changes: Change[] = []
  for (const {key, before, after} of begun.changes) {
    const now = await meta.get(key)
    const isAsLeft =
      end?.phase === 'done' && end.revision !== null
        ? (now?.modRevision ?? null) === (after === null ? null : end.revision)
        : isSame(now?.value ?? null, after === null ? null : bytesOf(after))
    if (!isAsLeft) {
      throw new CodedError('GUARD_FAILED', `${key} was changed after ${begun.txn}`, {
        hint: `see what it is now: vearchctl meta get ${key}`,
      })
    }
    const lease = now?.lease ?? undefined
    const back = before === null ? null : bytesOf(before)
    changes.push({key, before: now, after: back, ...(lease === undefined || back === null ? {} : {lease})})
  }
  return {
    plan: plan(
      'meta undo',
      changes.map((change) => stepOf(meta, change)),
    ),
    changes,
  }
}

function isSame(now: Uint8Array | null, left: Uint8Array | null): boolean {
  return now === null || left === null ? now === left : Buffer.from(now).equals(left)
}

function chosen(journal: readonly JournalledChange[], txn: string | null): JournalledChange {
  const mayHaveHappened = ({end}: JournalledChange) => end?.phase !== 'failed' || end.outcome === 'unknown'
  if (txn === null) {
    const last = journal.findLast((change) => isOfKeys(change) && mayHaveHappened(change))
    if (last !== undefined) return last
    throw new CodedError('NOT_FOUND', 'the journal of this machine has no change to undo', {
      hint: 'vearchctl audit list',
    })
  }
  const named = journal.find(({begun}) => begun.txn === txn)
  if (named === undefined) {
    throw new CodedError('NOT_FOUND', `the journal of this machine has no change ${txn}`, {
      hint: 'vearchctl audit list',
    })
  }
  if (!mayHaveHappened(named)) throw new CodedError('GUARD_FAILED', `${txn} was never made`)
  if (isOfKeys(named)) return named
  throw new CodedError(
    'GUARD_FAILED',
    `${txn} was made by a master (${named.begun.request}), which alone can undo it`,
    {
      hint: `see what it changed: vearchctl audit show ${txn}`,
    },
  )
}

/** Of keys, with both values known: not a request to somebody who changes what he thinks right. */
function isOfKeys({begun}: JournalledChange): boolean {
  return begun.request === undefined && begun.changes.length > 0
}
