/**
 * Findings that somebody knows of and does not want to hear of for a while, as in Ceph: with a reason and an end, in the metadata
 * (`/<cluster>/vearchctl/mutes/<code or code:subject>`), so that everybody sees the same.
 */
import {stringifyJson} from '../../entity/json.js'
import {paramError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import type {MuteRecord} from '../picture/metadata.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {Known} from '../picture/record.js'
import {type Finding, subjectText} from './finding.js'

export type Mute = Known<MuteRecord>

/** A mute that nobody remembers hides what it should not. */
const ttlMaxMs = 30 * 24 * 3_600_000

/** Those in force when the picture was taken. */
export function mutesIn({metadata, takenAtMs}: Pick<ClusterPicture, 'metadata' | 'takenAtMs'>): readonly Mute[] {
  return metadata.mutes.filter(({value}) => value.untilMs > takenAtMs)
}

export function expiredMutes({metadata, takenAtMs}: Pick<ClusterPicture, 'metadata' | 'takenAtMs'>): readonly Mute[] {
  return metadata.mutes.filter(({value}) => value.untilMs <= takenAtMs)
}

export function isMuted({code, subject}: Pick<Finding, 'code' | 'subject'>, mutes: readonly Mute[]): boolean {
  return mutes.some(
    ({value}) => value.code === code && (value.subject === null || value.subject === subjectText(subject)),
  )
}

export interface MuteRequest {
  readonly code: string
  /** As `subjectText` writes it; null for all. */
  readonly subject: string | null
  readonly reason: string
  readonly ttlMs: number
}

/** The key and value to write. Errors: PARAM_ERROR. */
export function muteRecord(keys: Keys, {ttlMs, ...request}: MuteRequest, nowMs: number): {key: string; value: string} {
  if (request.reason.trim() === '') throw paramError('a mute needs a reason', {hint: 'say why with --reason'})
  if (!(ttlMs > 0 && ttlMs <= ttlMaxMs)) throw paramError('a mute lasts up to 30 days', {hint: 'for example --ttl 4h'})
  const value: MuteRecord = {...request, untilMs: nowMs + ttlMs}
  return {key: muteKey(keys, request.code, request.subject), value: stringifyJson(value)}
}

export function muteKey(keys: Keys, code: string, subject: string | null): string {
  return keys.mute(subject === null ? code : `${code}:${subject}`)
}
