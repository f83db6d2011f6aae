/**
 * A debug bundle: one look at a cluster in a file, to be sent along with a report of a fault and looked into elsewhere.
 *
 * It is a backup of the metadata whose first line also holds what masters, servers and the store said: so `--snapshot` reads it as
 * any other, and whoever looks at a cluster through it sees what the one who made it saw. Passwords are left out, and so is the
 * configuration, whose secrets lie among the rest; documents are in none of the sources. `redaction.ts` says what else may be.
 *
 * One that a capture made (`capture/`) has earlier looks as well, which `--at` chooses from.
 */
import {isObject, parseJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import {Keys} from '../../meta/keys.js'
import {backupLines, keyValuesIn, readMetaBackup} from '../../meta/offline/meta-backup.js'
import {lastMoment} from '../../meta/offline/samples.js'
import {ContentReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Target} from '../contexts/target.js'
import {silent} from '../picture/answer.js'
import {metadataOf} from '../picture/metadata.js'
import {type ClusterPicture, type PictureFacts, pictureOf} from '../picture/picture.js'
import {contentBytes} from '../session/content-bytes.js'
import type {Session} from '../session/session.js'
import type {BundledLogs} from './bundle-logs.js'
import {type Bundled, bundled} from './bundled.js'
import {type Captured, momentAt} from './capture/captured.js'
import {bundledIn} from './capture/picture-parts.js'
import type {Redaction} from './redaction.js'

/** Everything at the revision of the picture. */
export async function* bundleLines(
  picture: ClusterPicture,
  kvs: AsyncIterable<KeyValue>,
  {logs, redaction}: {readonly logs: BundledLogs | null; readonly redaction: Redaction},
): AsyncGenerator<string> {
  const {keys, place, revision} = picture.metadata
  const redacted = new Map<string, KeyValue>()
  for await (const kv of kvs) {
    const record = redaction.record(keys, kv)
    redacted.set(record.key, record)
  }
  const reading = new ContentReading(keys, redaction.said(place), {revision, kvs: redacted})
  yield* backupLines(reading, new Date(picture.takenAtMs).toISOString(), {
    bundle: redaction.said({...bundled(picture), ...(logs === null ? {} : {logs})}),
  })
}

/** The picture that a bundle holds; null for any other file with metadata. Errors: NOT_FOUND, DATA_CORRUPT. */
export async function bundledPicture({env, target}: Session, path: string): Promise<ClusterPicture | null> {
  const bytes = await contentBytes(env.disk, path, target)
  const header = headerOf(bytes)
  if (header === null) return null
  const now = readMetaBackup(bytes)
  const isLast = target.atTime === null && (target.at === null || target.at === now.revision)
  if (isLast) return pictureIn(header, {...header, ...now}, {path, target})
  if (header.capture === undefined || Number(target.at) > now.revision) {
    throw new CodedError('NOT_FOUND', `${path} is a bundle of revision ${now.revision} only`)
  }
  return pictureIn(header, capturedMoment(header.capture, target, env.clock.wallMs()), {path, target})
}

interface BundleMoment {
  readonly bundle: Bundled
  readonly revision: number
  readonly kvs: ReadonlyMap<string, KeyValue>
  /** Where it was not the only one. */
  readonly seenAt?: string
}

/** Errors: NOT_FOUND for what is before the first one, or after the last. */
function capturedMoment(captured: Captured, {at, atTime}: Target, nowMs: number): BundleMoment {
  const moment =
    atTime === null
      ? lastMoment(captured.samples, ({revision}) => Number(revision) <= Number(at))
      : momentAt(captured, atTime, nowMs)
  if (moment === null) throw new CodedError('NOT_FOUND', `the capture began after revision ${at}`)
  const {sample, parts, revision} = moment
  return {bundle: bundledIn(moment), revision, kvs: keyValuesIn(parts), seenAt: sample.at}
}

/** The picture of one moment of it. */
export function pictureIn(
  {cluster, place}: Header,
  {bundle, revision, kvs, seenAt}: BundleMoment,
  {path, target}: {readonly path: string; readonly target: Pick<Target, 'cluster'>},
): ClusterPicture {
  const keys = new Keys(target.cluster ?? String(cluster))
  const when = seenAt === undefined ? '' : `, seen at ${seenAt}`
  const metadata = metadataOf({keys, place: `bundle of ${String(place)}${when}`, revision}, kvs.values())
  const notBundled = (what: string) => silent('notAsked', `${what} is not part of a bundle`, {from: 'journal', path})
  return pictureOf({
    ...bundle,
    metadata,
    nodes: new Map(bundle.nodes),
    leases: leasesIn(bundle.leases),
    disks: [],
    config: notBundled('the configuration'),
    lastBackup: notBundled('the journal of backups'),
  })
}

/** Null for any other file with metadata. Errors: NOT_FOUND, DATA_CORRUPT. */
export async function bundleHeader(disk: Disk, path: string, target: Target): Promise<Header | null> {
  return headerOf(await contentBytes(disk, path, target))
}

export type Header = Readonly<Record<string, unknown>> & {readonly bundle: Bundled; readonly capture?: Captured}

function headerOf(bytes: Uint8Array): Header | null {
  const end = bytes.indexOf(0x0a)
  if (bytes[0] !== openingBrace || end < 0) return null
  try {
    const first = parseJson(new TextDecoder().decode(bytes.subarray(0, end)))
    return isObject(first) && isObject(first.bundle) ? (first as Header) : null
  } catch {
    return null
  }
}

const openingBrace = 0x7b

function leasesIn(answer: unknown): PictureFacts['leases'] {
  const {value, ...rest} = answer as {
    readonly told: boolean
    readonly value?: readonly (readonly [string, number | null])[]
  }
  return (value === undefined ? rest : {...rest, value: new Map(value)}) as PictureFacts['leases']
}
