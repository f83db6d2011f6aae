import {askToStop, holderOf} from '../../../env/directory-lock.js'
import {CodedError} from '../../../errors/coded-error.js'
import type {Session} from '../../session/session.js'
import {bundleCapture} from './capture-bundle.js'
import {type Capture, type CaptureRow, Captures, forgetIfEmpty, rowOf} from './captures.js'

const everyMs = 100

/** That one, or the only one that there is to end. Errors: NOT_FOUND; USAGE where there are several. */
export async function captureToStop(session: Session, id: string | null): Promise<Capture> {
  const captures = await Captures.of(session)
  return captureNamed(captures, id ?? (await onlyOne(captures)))
}

/** Resolves when there is a bundle: its process makes it, or, where that was killed, this one. Errors: NOT_FOUND where it saw nothing. */
export async function stopCapture(session: Session, capture: Capture): Promise<CaptureRow> {
  const {env, signal} = session
  const pid = await holderOf(capture.directory)
  if (pid !== null) {
    askToStop(pid)
    while ((await holderOf(capture.directory)) === pid) await env.clock.sleep(everyMs, signal)
  }
  const row = await rowOf(env.disk, capture)
  if (row.state === 'ended') return row
  const lock = await env.disk.lock(capture.directory)
  try {
    await bundleCapture(env.disk, capture, 'cut off')
  } catch (thrown) {
    await forgetIfEmpty(env.disk, capture)
    throw thrown
  } finally {
    await lock.release()
  }
  return rowOf(env.disk, capture)
}

async function captureNamed(captures: Captures, id: string): Promise<Capture> {
  const capture = await captures.find(id)
  if (capture !== null) return capture
  throw new CodedError('NOT_FOUND', `there is no capture ${id}`, {hint: 'vearchctl debug capture status'})
}

async function onlyOne(captures: Captures): Promise<string> {
  const open = (await captures.list()).filter(({state}) => state !== 'ended')
  const [first] = open
  if (first === undefined) {
    throw new CodedError('NOT_FOUND', 'no capture is under way', {hint: 'vearchctl debug capture status'})
  }
  if (open.length === 1) return first.id
  throw new CodedError('USAGE', `${open.length} captures are under way`, {
    hint: `name one of ${open.map(({id}) => id).join(', ')}`,
  })
}
