/**
 * A backup into one file: of the cluster's metadata at one revision in a format of ours, with what servers said of themselves if that
 * is wanted; or of the whole etcd, as etcd itself keeps it.
 */
import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import type {Env} from '../../env/env.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {backupLines} from '../../meta/offline/meta-backup.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {look} from '../picture/look.js'
import {passphraseIn} from '../session/content-bytes.js'
import type {Session} from '../session/session.js'
import {noMetadata} from './show-meta.js'

export interface BackupRow {
  readonly file: string
  readonly cluster: string
  readonly revision: number
  readonly keys: number
  readonly bytes: number
  /** Of the file. */
  readonly sha256: string
}

export interface BackupOptions {
  /** Null: named after the cluster and the revision, in the working directory. */
  readonly file: string | null
  /** Holds the passphrase without which nobody reads the backup; null: it is not encrypted. */
  readonly passphraseFile: string | null
}

/** What is kept, and what is said of it. */
export interface Taken {
  readonly content: Buffer
  readonly cluster: string
  readonly revision: number
  readonly keys: number
  readonly source: string
  /** Of a file's name. */
  readonly ending: 'backup.jsonl' | 'db'
}

/** History is compacted every hour or so; a metadata store that is read in less needs one attempt. */
const attemptsMax = 3

/** Errors: GUARD_FAILED where there is such a file already; those of taking. */
export async function backUp(
  {disk, random}: Env,
  {file, passphraseFile}: BackupOptions,
  take: () => Promise<Taken>,
): Promise<Listing<BackupRow>> {
  const passphrase = passphraseFile === null ? null : await passphraseIn(disk, passphraseFile)
  const {content, cluster, revision, keys, source, ending} = await take()
  const kept = passphrase === null ? content : await encrypted(content, passphrase, random)
  const path = file ?? `${encodeURIComponent(cluster)}-${revision}.${ending}${passphrase === null ? '' : '.sealed'}`
  if (await disk.exists(path)) {
    throw new CodedError('GUARD_FAILED', `there is a file ${path} already`, {hint: 'name another; none is overwritten'})
  }
  const unfinished = `${path}.partial`
  await writePrivately(unfinished, kept)
  await disk.rename(unfinished, path)
  const sha256 = createHash('sha256').update(kept).digest('hex')
  return {rows: [{file: path, cluster, revision, keys, bytes: kept.length, sha256}], source, warnings: []}
}

async function encrypted(content: Buffer, passphrase: string, random: Env['random']): Promise<Buffer> {
  const {sealed} = await import('../../meta/offline/sealed-file.js')
  return sealed(content, passphrase, random)
}

/**
 * If the revision is compacted while it is read, it begins again at a later one. `withStats`: also what the cluster says of itself
 * at that time, which commands with `--snapshot` see as it was. Errors: META_COMPACTED; NOT_FOUND where there is no metadata.
 */
export async function takeRecords(session: Session, {withStats}: {readonly withStats: boolean}): Promise<Taken> {
  const takenAt = new Date(session.env.clock.wallMs()).toISOString()
  for (let attempt = 1; ; attempt++) {
    try {
      if (!withStats) return await recordsOf(await session.readAnew(), takenAt)
      const {bundled} = await import('../debug/bundled.js')
      const picture = await look(session)
      const reading = await session.readingAt(picture.metadata.revision)
      return await recordsOf(reading, takenAt, {bundle: bundled(picture)})
    } catch (thrown) {
      const isCompacted = thrown instanceof CodedError && thrown.errorName === 'META_COMPACTED'
      if (!isCompacted || attempt === attemptsMax) throw thrown
    }
  }
}

/** Errors: META_REFUSED where the metadata is not in an etcd, or the user may not; DATA_CORRUPT where it came incomplete. */
export async function takeEtcd(session: Session): Promise<Taken> {
  if (!session.isLive) throw new CodedError('USAGE', 'only a running etcd is asked for all that it holds')
  const [{clustersIn, readContent}, reader, place] = await Promise.all([
    import('../../meta/offline/content-file.js'),
    session.connections.reader(),
    session.connections.place(),
  ])
  const pieces: Buffer[] = []
  for await (const piece of reader.snapshot(session.signal)) pieces.push(piece)
  const content = Buffer.concat(pieces)
  // also whether all of it has come: etcd sends its SHA-256 along
  const {kvs, revision} = readContent(content, {path: `the snapshot of ${place}`, revision: null})
  const cluster = clustersIn({kvs, revision}).join(',')
  return {content, cluster, revision, keys: kvs.size, source: place, ending: 'db'}
}

async function recordsOf(
  meta: MetaReading,
  takenAt: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Taken> {
  const lines: string[] = []
  for await (const line of backupLines(meta, takenAt, more)) lines.push(line)
  // the first and the last are not keys
  const keys = lines.length - 2
  if (keys === 0) throw noMetadata(meta)
  const {cluster} = meta.keys
  const content = Buffer.from(lines.join(''))
  return {content, cluster, revision: meta.revision, keys, source: sourceOf(meta), ending: 'backup.jsonl'}
}
