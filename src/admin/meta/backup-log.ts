/**
 * When the metadata was backed up from this machine: a JSON line for each time, beside the journal of changes. It knows nothing of
 * backups that others make elsewhere.
 */
import {join} from 'node:path'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import {appendPrivately} from '../../env/private-file.js'
import {type Answer, failed, told} from '../picture/answer.js'
import type {Source} from '../picture/source.js'
import type {Session} from '../session/session.js'

export interface BackupNote {
  readonly file: string
  readonly revision: number
}

async function pathOf({options, connections}: Session): Promise<string> {
  return join(options.stateDirectory, `backups-${encodeURIComponent(await connections.cluster())}.jsonl`)
}

/** Nothing of a backup of the past, or of another backup. */
export async function noteBackup(session: Session, {file, revision}: BackupNote): Promise<void> {
  if (!session.isLive) return
  const at = new Date(session.env.clock.wallMs()).toISOString()
  await appendPrivately(await pathOf(session), `${stringifyJson({at, file, revision})}\n`)
}

/** Milliseconds since the epoch; null if there was none. */
export async function lastBackup(session: Session): Promise<Answer<number | null>> {
  const path = await pathOf(session)
  const source: Source = {from: 'journal', path}
  try {
    const text = new TextDecoder().decode((await session.env.disk.readFile(path)) ?? new Uint8Array())
    const times = text.split('\n').flatMap(timeIn)
    return told(times.at(-1) ?? null, source)
  } catch (thrown) {
    return failed(thrown, source)
  }
}

/** A line that was cut off says nothing. */
function timeIn(line: string): number[] {
  try {
    const note = parseJson(line)
    const ms = isObject(note) ? Date.parse(String(note.at)) : Number.NaN
    return Number.isNaN(ms) ? [] : [ms]
  } catch {
    return []
  }
}
