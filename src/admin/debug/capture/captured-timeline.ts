/** What a capture saw, look by look. */
import {CodedError} from '../../../errors/coded-error.js'
import {keyValuesIn} from '../../../meta/offline/meta-backup.js'
import {momentsIn} from '../../../meta/offline/samples.js'
import {type HealthWord, healthOf} from '../../health/health.js'
import type {Message} from '../../messages/message.js'
import type {Session} from '../../session/session.js'
import {bundleHeader, type Header, pictureIn} from '../bundle.js'
import {type Captured, momentAt} from './captured.js'
import {bundledIn} from './picture-parts.js'

export interface CapturedLook {
  readonly at: string
  /** Null where the look failed. */
  readonly revision: number | null
  readonly health: HealthWord | null
  /** Why it is not well, or why the look failed. */
  readonly reasons: readonly (Message | string)[]
  /** Parts that changed since the look before: keys, and what each server said of itself and of each of its partitions. */
  readonly changed: number
  readonly events: number
}

/** Errors: NOT_FOUND where the file has none. */
export async function capturedLooks(session: Session, path: string): Promise<CapturedLook[]> {
  const {target, signal} = session
  const {header, captured} = await captureIn(session, path)
  const looks: CapturedLook[] = []
  for (const moment of momentsIn(captured.samples)) {
    signal.throwIfAborted()
    const {at, revision, put, gone, failed, events} = moment.sample
    const changed = Object.keys(put).length + gone.length
    const seen = {at, revision, changed, events: events.length}
    if (failed !== null || revision === null) {
      looks.push({...seen, health: null, reasons: [failed ?? '']})
      continue
    }
    const then = {bundle: bundledIn(moment), revision, kvs: keyValuesIn(moment.parts)}
    const {word, reasons} = healthOf(pictureIn(header, then, {path, target}))
    looks.push({...seen, health: word, reasons})
  }
  return looks
}

/** Of the metadata as the last look before a time saw it; null where no capture made the file. Errors: those of `momentAt`. */
export async function capturedRevision(
  {env, target}: Pick<Session, 'env' | 'target'>,
  path: string,
  time: string,
): Promise<number | null> {
  const header = await bundleHeader(env.disk, path, target)
  return header?.capture === undefined ? null : momentAt(header.capture, time, env.clock.wallMs()).revision
}

/** Errors: NOT_FOUND where the file has none. */
export async function captureIn(
  {env, target}: Pick<Session, 'env' | 'target'>,
  path: string,
): Promise<{readonly header: Header; readonly captured: Captured}> {
  const header = await bundleHeader(env.disk, path, target)
  if (header?.capture !== undefined) return {header, captured: header.capture}
  throw new CodedError('NOT_FOUND', `${path} was not made by a capture`, {hint: 'vearchctl debug capture start'})
}
