/**
 * A record that is no longer as somebody has read it: what is different, and whose doing it was where this machine's journal
 * knows.
 */
import {stringifyJson} from '../../entity/json.js'
import type {KeyValue} from '../../meta/store.js'
import {type Message, say} from '../messages/message.js'
import {recordChanges} from '../meta/field-change.js'
import type {JournalledChange} from './journal.js'

export interface RecordRead {
  readonly key: string
  /** Null: there was no such key. */
  readonly modRevision: number | null
  /** Null where it is not known any more, too. */
  readonly value: Uint8Array | null
}

/** Of more, it is said how many. */
const fieldsMax = 3
const valueMax = 60

export function changedRecordMessage(
  {key, modRevision: was, value}: RecordRead,
  now: KeyValue | null,
  journal: readonly JournalledChange[],
): Message {
  const by = authorOf({key, was: was ?? 0}, now, journal)
  if (now === null) return say('change.gone', {key, was, by})
  const {modRevision} = now
  if (was === null) return say('change.new', {key, now: modRevision, by})
  return say('change.record', {key, was, now: modRevision, by, fields: value === null ? [] : fieldTexts(value, now)})
}

export function recordRead(key: string, kv: KeyValue | null): RecordRead {
  return {key, modRevision: kv?.modRevision ?? null, value: kv?.value ?? null}
}

function fieldTexts(before: Uint8Array, now: KeyValue): string[] {
  const all = recordChanges(before, now.value).map(
    ({field, before: old, after}) => `${field === '' ? '' : `${field} `}${brief(old)} → ${brief(after)}`,
  )
  const more = all.length - fieldsMax
  return more > 0 ? [...all.slice(0, fieldsMax), `… +${more}`] : all
}

function brief(value: unknown): string {
  if (value === null || value === undefined) return '–'
  const text = typeof value === 'string' ? value : stringifyJson(value)
  return text.length > valueMax ? `${text.slice(0, valueMax)}…` : text
}

/** ` (vearchctl node cordon 4, 3f09a1b2c3d4)`; empty where it was somebody elsewhere, a master or a server. */
function authorOf(
  {key, was}: {readonly key: string; readonly was: number},
  now: KeyValue | null,
  journal: readonly JournalledChange[],
): string {
  const change = journal.findLast(({begun, end}) => {
    if (end?.phase !== 'done' || end.revision === null || !begun.changes.some((each) => each.key === key)) return false
    return now === null ? end.revision > was : end.revision === now.modRevision
  })
  return change === undefined ? '' : ` (vearchctl ${change.begun.action}, ${change.begun.txn})`
}
