/**
 * Taking back a change that the journal has: every key gets the value that it had before.
 *
 * Only while nobody has changed them since: each key must still be as the change left it, or an undoing put it back.
 */
import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Change} from '../changes/guarded-writer.js'
import {bytesOf, type JournalledChange, type JournalValue} from '../changes/journal.js'
import {proposal} from '../changes/proposal.js'
import {type PreparedChange, stepOf} from './record-change.js'

/** The name of such a change in the journal, before what it takes back. */
const undoing = 'meta undo '

/** The last one that stands, if none is named: each time one further back. Errors: NOT_FOUND, GUARD_FAILED. */
export async function prepareUndo(
  meta: MetaReading,
  journal: readonly JournalledChange[],
  txn: string | null,
): Promise<PreparedChange> {
  const change = chosen(journal, txn)
  const {begun} = change
  const revisions = change.end?.phase === 'done' ? revisionsOf([change, ...journal.filter(isUndoing)]) : null
  const changes: Change[] = []
  for (const {key, before, after} of begun.changes) {
    const now = await meta.get(key)
    if (!isAsLeft(now, after, revisions)) {
      throw new CodedError('GUARD_FAILED', `${key} was changed after ${begun.txn}`, {
        hint: `see what it is now: vearchctl meta get ${key}`,
      })
    }
    const lease = now?.lease ?? undefined
    const back = before === null ? null : bytesOf(before)
    changes.push({key, before: now, after: back, ...(lease === undefined || back === null ? {} : {lease})})
  }
  return {
    plan: proposal(
      `${undoing}${begun.txn}`,
      changes.map((back) => stepOf(meta, back)),
    ),
    changes,
  }
}

/**
 * Whether a key is at one of the revisions that it was left at: by the change itself, or by an undoing that put back what the
 * change had made. Where a change's revision is not known, its value has to do.
 */
function isAsLeft(now: KeyValue | null, after: JournalValue | null, revisions: ReadonlySet<number> | null): boolean {
  if (now === null || after === null) return now === null && after === null
  const hasItsValue = Buffer.from(now.value).equals(bytesOf(after))
  return hasItsValue && (revisions === null || revisions.has(now.modRevision))
}

function revisionsOf(changes: readonly JournalledChange[]): ReadonlySet<number> {
  return new Set(changes.flatMap(({end}) => (end?.phase === 'done' && end.revision !== null ? [end.revision] : [])))
}

const isUndoing = ({begun}: JournalledChange): boolean => begun.action.startsWith(undoing)

/** What was taken back, and by what: neither is the last change that stands. What takes back an undoing lets it stand again. */
function undoneBy(journal: readonly JournalledChange[]): ReadonlySet<string> {
  const undone = new Set<string>()
  const undoneAt = new Map<string, string>()
  for (const {begun} of journal.filter(isUndoing)) {
    const txn = begun.action.slice(undoing.length)
    undone.add(begun.txn).add(txn)
    undoneAt.set(begun.txn, txn)
    undone.delete(undoneAt.get(txn) ?? '')
  }
  return undone
}

function chosen(journal: readonly JournalledChange[], txn: string | null): JournalledChange {
  const mayHaveHappened = ({end}: JournalledChange) => end?.phase !== 'failed' || end.outcome === 'unknown'
  if (txn === null) {
    const undone = undoneBy(journal.filter(mayHaveHappened))
    const last = journal.findLast(
      (change) => isOfKeys(change) && mayHaveHappened(change) && !undone.has(change.begun.txn),
    )
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
