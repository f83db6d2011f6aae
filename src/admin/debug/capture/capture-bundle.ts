/** The debug bundle that a capture becomes: the last look as any bundle has it, and all of them beside it. */
import {Buffer} from 'node:buffer'
import type {Env} from '../../../env/env.js'
import {writePrivately} from '../../../env/private-file.js'
import {CodedError} from '../../../errors/coded-error.js'
import {Keys} from '../../../meta/keys.js'
import {backupLines, keyValuesIn} from '../../../meta/offline/meta-backup.js'
import {lastMoment} from '../../../meta/offline/samples.js'
import {ContentReading} from '../../../meta/reading.js'
import type {Captured, CaptureEnd} from './captured.js'
import {type Capture, type CaptureOutcome, countsOf, recordEnd, samplesOf} from './captures.js'
import {bundledIn} from './picture-parts.js'

/** Whoever has the capture's lock. Errors: NOT_FOUND where it was ended before its first look. */
export async function bundleCapture(disk: Env['disk'], capture: Capture, ended: CaptureEnd): Promise<CaptureOutcome> {
  const {id, cluster, place, file, startedAt, everyMs} = capture.request
  const samples = await samplesOf(disk, capture)
  const last = lastMoment(samples)
  if (last === null) throw new CodedError('NOT_FOUND', `capture ${id} saw nothing before it was ended`)
  const {sample, parts, revision} = last
  const reading = new ContentReading(new Keys(cluster), place, {revision, kvs: keyValuesIn(parts)})
  const captured: Captured = {startedAt, everyMs, ended, samples}
  const lines: string[] = []
  for await (const line of backupLines(reading, sample.at, {bundle: bundledIn(last), capture: captured}))
    lines.push(line)
  const text = lines.join('')
  const unfinished = `${file}.partial`
  await writePrivately(unfinished, text)
  await disk.rename(unfinished, file)
  const outcome = {ended, ...countsOf(samples), bytes: Buffer.byteLength(text)}
  await recordEnd(disk, capture, outcome)
  return outcome
}
