/**
 * A debug bundle: one look at a cluster in a file, to be sent along with a report of a fault and looked into elsewhere.
 *
 * It is a backup of the metadata whose first line also holds what masters, servers and the store said: so `--snapshot` reads it as
 * any other, and whoever looks at a cluster through it sees what the one who made it saw. Passwords are left out, and so is the
 * configuration, whose secrets lie among the rest; documents are in none of the sources.
 */
import type {NodeId} from '../../entity/ids.js'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import {Keys} from '../../meta/keys.js'
import {backupLines, readMetaBackup} from '../../meta/offline/meta-backup.js'
import {ContentReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Target} from '../contexts/target.js'
import {type Answer, silent} from '../picture/answer.js'
import {metadataOf} from '../picture/metadata.js'
import type {NodeSays} from '../picture/node-says.js'
import {type ClusterPicture, type PictureFacts, pictureOf} from '../picture/picture.js'
import {contentBytes} from '../session/content-bytes.js'
import type {Session} from '../session/session.js'
import type {BundledLogs} from './bundle-logs.js'

/** What the first line carries beside the backup's own fields; maps as their entries. */
export interface Bundled extends Pick<PictureFacts, 'takenAtMs' | 'store' | 'masters' | 'settings'> {
  readonly nodes: readonly (readonly [NodeId, Answer<NodeSays>])[]
  readonly leases: unknown
  /** Only where they were asked for. */
  readonly logs?: BundledLogs
}

/** Everything at the revision of the picture. */
export async function* bundleLines(
  picture: ClusterPicture,
  kvs: AsyncIterable<KeyValue>,
  logs: BundledLogs | null,
): AsyncGenerator<string> {
  const {keys, place, revision} = picture.metadata
  const redacted = new Map<string, KeyValue>()
  for await (const kv of kvs) redacted.set(kv.key, withoutSecrets(keys, kv))
  const reading = new ContentReading(keys, place, {revision, kvs: redacted})
  yield* backupLines(reading, new Date(picture.takenAtMs).toISOString(), {
    bundle: {...bundled(picture), ...(logs === null ? {} : {logs})},
  })
}

/** What others than the metadata said. */
export function bundled({takenAtMs, store, masters, settings, nodes, leases}: ClusterPicture): Bundled {
  const toldLeases = leases.told ? {...leases, value: [...leases.value]} : leases
  return {takenAtMs, store, masters, settings, nodes: [...nodes], leases: toldLeases}
}

/** The picture that a bundle holds; null for any other file with metadata. Errors: NOT_FOUND, DATA_CORRUPT. */
export async function bundledPicture({env, target}: Session, path: string): Promise<ClusterPicture | null> {
  const bytes = await contentBytes(env.disk, path, target)
  const header = headerOf(bytes)
  if (header === null) return null
  const {bundle, cluster, place, revision} = header
  if (target.atTime !== null || (target.at !== null && target.at !== revision)) {
    throw new CodedError('NOT_FOUND', `${path} is a bundle of revision ${String(revision)} only`)
  }
  const {kvs} = readMetaBackup(bytes)
  const keys = new Keys(target.cluster ?? String(cluster))
  const metadata = metadataOf({keys, place: `bundle of ${String(place)}`, revision: Number(revision)}, kvs.values())
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

type Header = Readonly<Record<string, unknown>> & {readonly bundle: Bundled}

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

/** A user's record keeps everything else: whether it is sound is what is asked. */
function withoutSecrets(keys: Keys, kv: KeyValue): KeyValue {
  if (keys.parse(kv.key).kind !== 'user') return kv
  try {
    const record = parseJson(new TextDecoder().decode(kv.value))
    if (!isObject(record)) throw new Error('not an object')
    const hidden = Object.fromEntries(
      Object.entries(record).map(([name, value]) => [name, /password|secret/i.test(name) ? '***' : value]),
    )
    return {...kv, value: new TextEncoder().encode(stringifyJson(hidden))}
  } catch {
    // what cannot be understood may hold anything
    return {...kv, value: new TextEncoder().encode('***')}
  }
}
