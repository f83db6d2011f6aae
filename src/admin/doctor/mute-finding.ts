/** Writing mutes, and taking them away. Errors: USAGE for a check that there is not, PARAM_ERROR, NOT_FOUND. */
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import type {Change, GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import {checkOf} from './doctor.js'
import {type MuteRequest, muteKey, muteRecord} from './mutes.js'

export interface MuteRow {
  readonly code: string
  readonly subject: string | null
  /** ISO 8601; null: not muted any more. */
  readonly until: string | null
}

export interface MuteChange {
  readonly plan: Proposal
  readonly row: MuteRow
  apply(writer: GuardedWriter): Promise<unknown>
}

export async function muteFinding(meta: MetaReading, request: MuteRequest, nowMs: number): Promise<MuteChange> {
  const {code} = checkOf(request.code)
  const {key, value} = muteRecord(meta.keys, {...request, code}, nowMs)
  const until = new Date(nowMs + request.ttlMs).toISOString()
  const change = {key, before: await meta.get(key), after: value}
  return changeOf('doctor mute', change, {code, subject: request.subject, until})
}

export async function unmuteFinding(meta: MetaReading, asked: string, subject: string | null): Promise<MuteChange> {
  const {code} = checkOf(asked)
  const key = muteKey(meta.keys, code, subject)
  const before = await meta.get(key)
  if (before === null) {
    throw new CodedError('NOT_FOUND', `${code}${subject === null ? '' : ` ${subject}`} is not muted`, {
      hint: 'vearchctl meta show mutes',
    })
  }
  return changeOf('doctor unmute', {key, before, after: null}, {code, subject, until: null})
}

function changeOf(action: string, change: Change, row: MuteRow): MuteChange {
  const of = row.subject === null ? row.code : `${row.code} ${row.subject}`
  const step = {step: `${action} ${of}`, subject: change.key, before: null, after: row.until}
  return {
    plan: proposal(action, [step], {needsApproval: false}),
    row,
    apply: (writer) => writer.apply(action, [change]),
  }
}
