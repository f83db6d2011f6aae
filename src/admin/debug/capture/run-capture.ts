/**
 * The loop of a capture. A look that fails is a sample that says so, and the next one is tried all the same: masters may restart, and the
 * cluster may be out of reach for as long as the capture lasts. What fits no more into the size ends it, and so does its time.
 */
import {Buffer} from 'node:buffer'
import {resolve} from 'node:path'
import {stringifyJson} from '../../../entity/json.js'
import {CodedError, toCodedError} from '../../../errors/coded-error.js'
import {Differences} from '../../../meta/offline/samples.js'
import type {KeyValue} from '../../../meta/store.js'
import type {Catalogue} from '../../messages/message.js'
import {look} from '../../picture/look.js'
import {Session} from '../../session/session.js'
import type {Redaction} from '../redaction.js'
import {bundleCapture} from './capture-bundle.js'
import {type CapturedSample, type CaptureEnd, nothingChanged} from './captured.js'
import {appendSample, type Capture, type CaptureRow, Captures, forgetIfEmpty, rowOf} from './captures.js'
import {EventTap} from './event-tap.js'
import {partsOf} from './picture-parts.js'

export interface CaptureOptions {
  /** Null: a name with the time in it, in the working directory. */
  readonly path: string | null
  readonly everyMs: number
  readonly forMs: number
  /** Bytes of the bundle. */
  readonly sizeMax: number
  readonly redaction: Redaction
  readonly catalogue: Catalogue
  /** Ends it; there is a bundle then. */
  readonly signal: AbortSignal
  /** Called when the first look is written down. */
  onReady(row: CaptureRow): void
}

/**
 * Until it is ended; resolves when there is a bundle. Errors: GUARD_FAILED where there is such a file already, or the first look is larger
 * than the bundle may be; those of the first look.
 */
export async function runCapture(session: Session, options: CaptureOptions): Promise<CaptureRow> {
  const {env} = session
  const {path, everyMs, forMs, sizeMax, redaction} = options
  const startedAt = new Date(env.clock.wallMs()).toISOString()
  const cluster = await session.cluster()
  const file = resolve(path ?? `vearch-${cluster}-${startedAt.replaceAll(/[:.]/g, '-')}.capture.jsonl`)
  const captures = await Captures.of(session)
  const isPromised = (await captures.list()).some((other) => other.file === file && other.state !== 'ended')
  if (isPromised || (await env.disk.exists(file))) {
    throw new CodedError('GUARD_FAILED', `there is a file ${file} already, or going to be`, {
      hint: 'name another; none is overwritten',
    })
  }
  const place = redaction.said(await session.connections.place())
  const {capture, lock} = await captures.begin({cluster, place, file, startedAt, everyMs, forMs, sizeMax})
  try {
    const ended = await takeSamples(session, capture, options)
    await bundleCapture(env.disk, capture, ended)
    return await rowOf(env.disk, capture)
  } catch (thrown) {
    await forgetIfEmpty(env.disk, capture)
    throw thrown
  } finally {
    await lock.release()
  }
}

async function takeSamples(session: Session, capture: Capture, options: CaptureOptions): Promise<CaptureEnd> {
  const {clock} = session.env
  const {everyMs, forMs, sizeMax, catalogue, redaction, onReady} = options
  const over = new AbortController()
  const signal = AbortSignal.any([options.signal, over.signal])
  const events = new EventTap(new Session(session.connections, {...session.options, interrupt: signal}), catalogue)
  let following: Promise<void> | null = null
  const differences = new Differences()
  const endsAtMs = clock.nowMs() + forMs
  let written = 0
  try {
    for (;;) {
      const sample = await takeSample(session, {signal, differences, events, redaction, isFirst: written === 0})
      if (sample === null) return 'stopped'
      const line = `${stringifyJson(sample)}\n`
      const bundleBytes = written + Buffer.byteLength(line) + differences.bytes + frameBytes
      if (bundleBytes > sizeMax) {
        if (written === 0) throw tooSmall(sizeMax, bundleBytes)
        return 'size'
      }
      await appendSample(capture, line)
      // from the first look on, so that nothing falls between the two
      following ??= events.follow(Number(sample.revision), signal)
      if (written === 0) onReady(await rowOf(session.env.disk, capture))
      written += Buffer.byteLength(line)
      const leftMs = endsAtMs - clock.nowMs()
      if (leftMs <= 0) return 'time'
      await clock.sleep(Math.min(everyMs, leftMs), signal).catch(() => {})
      if (signal.aborted) return 'stopped'
    }
  } finally {
    over.abort()
    await following
  }
}

/** What a bundle has beside the samples and the last look: names, sums. */
const frameBytes = 1_000

function tooSmall(sizeMax: number, bytes: number): CodedError {
  return new CodedError('GUARD_FAILED', `a bundle of one look has ${bytes} bytes, more than ${sizeMax}`, {
    hint: 'nothing was written; allow more with --size-limit',
  })
}

interface SampleParts {
  readonly signal: AbortSignal
  readonly differences: Differences
  readonly events: EventTap
  readonly redaction: Redaction
  readonly isFirst: boolean
}

/** Null where it was interrupted. Errors: those of the first look alone. */
async function takeSample(
  {connections, options, env}: Session,
  {signal, differences, events, redaction, isFirst}: SampleParts,
): Promise<CapturedSample | null> {
  const session = new Session(connections, {...options, interrupt: signal})
  const isoTime = (ms: number) => new Date(ms).toISOString()
  try {
    const picture = await look(session)
    const {keys, revision} = picture.metadata
    const kvs: KeyValue[] = []
    for await (const kv of (await session.readingAt(revision)).scan(keys.all)) kvs.push(kv)
    const at = isoTime(picture.takenAtMs)
    return {
      at,
      revision,
      ...differences.next(partsOf(picture, kvs, redaction)),
      failed: null,
      events: events.take().map((event) => redaction.event(event)),
    }
  } catch (thrown) {
    if (signal.aborted) return null
    if (isFirst) throw thrown
    const failed = redaction.said(toCodedError(session.signal.aborted ? session.signal.reason : thrown).detail)
    const at = isoTime(env.clock.wallMs())
    return {at, revision: null, ...nothingChanged, failed, events: events.take().map((event) => redaction.event(event))}
  } finally {
    session.end()
  }
}
