/**
 * What was changed from this machine, by the journal: what was begun, and what became of it.
 *
 * It knows nothing of what others did from elsewhere; `meta history` and `meta watch` see that, without who.
 */
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import type {Listing} from '../listing.js'
import {type FieldChange, recordChanges} from '../meta/field-change.js'
import {bytesOf, type Journal, type JournalledChange, type JournalValue} from './journal.js'

export interface AuditRow {
  readonly txn: string
  readonly at: string
  readonly action: string
  /** The keys that it names, or the request that it sent. */
  readonly subject: string
  readonly outcome: 'done' | 'failed' | 'unknown'
  readonly revision: number | null
  readonly reason: string | null
  readonly context: string | null
  readonly place: string
}

/** Newest first. */
export async function listAudit(journal: Journal, disk: Disk): Promise<Listing<AuditRow>> {
  const rows = (await journal.changes(disk)).toReversed().map(auditRow)
  return {rows, source: journal.path, warnings: []}
}

export interface AuditedField extends FieldChange {
  readonly key: string
}

/** What one change replaced, field by field. Errors: NOT_FOUND. */
export async function showAudit(journal: Journal, disk: Disk, keys: Keys, txn: string): Promise<Listing<AuditedField>> {
  const change = (await journal.changes(disk)).find(({begun}) => begun.txn === txn)
  if (change === undefined) {
    throw new CodedError('NOT_FOUND', `${journal.path} has no change ${txn}`, {hint: 'vearchctl audit list'})
  }
  const {changes, request = null} = change.begun
  const rows = changes.flatMap(({key, before, after}) => {
    const is = after === null && request !== null ? null : valueIn(after)
    return recordChanges(valueIn(before), is).map((field) => ({key: shortKey(keys, key), ...field}))
  })
  const requested = request === null ? [] : [{key: request, field: '(request)', before: null, after: null}]
  return {rows: [...requested, ...rows], source: journal.path, warnings: []}
}

function auditRow({begun, end}: JournalledChange): AuditRow {
  const {txn, at, action, changes, request, context, place} = begun
  const subject = request ?? changes.map(({key}) => key).join(', ')
  const outcome = end === null || (end.phase === 'failed' && end.outcome === 'unknown') ? 'unknown' : end.phase
  const revision = end?.phase === 'done' ? end.revision : null
  const reason = end === null ? 'nothing was written down afterwards' : end.phase === 'failed' ? end.reason : null
  return {txn, at, action, subject, outcome, revision, reason, context, place}
}

function valueIn(value: JournalValue | null): Uint8Array | null {
  return value === null ? null : bytesOf(value)
}

function shortKey(keys: Keys, key: string): string {
  return key.startsWith(keys.all) ? key.slice(keys.all.length) : key
}
