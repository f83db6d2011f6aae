/**
 * A backup of the metadata into a file of ours, all of it at one revision. If that revision is compacted while it is read, it
 * begins again at a later one.
 */
import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import type {Clock} from '../../env/clock.js'
import type {Disk} from '../../env/disk.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {backupLines} from '../../meta/offline/meta-backup.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {noMetadata} from '../show-meta.js'

export interface BackupRow {
  readonly file: string
  readonly cluster: string
  readonly revision: number
  readonly keys: number
  readonly bytes: number
  readonly sha256: string
}

export interface BackupOptions {
  /** Null: named after the cluster and the revision, in the working directory. */
  readonly file: string | null
  readonly disk: Disk
  readonly clock: Pick<Clock, 'wallMs'>
  /** A new reading each time. */
  reading(): Promise<MetaReading>
}

/** History is compacted every hour or so; a metadata store that is read in less needs one attempt. */
const attemptsMax = 3

/** Errors: GUARD_FAILED where there is such a file already; META_COMPACTED; those of reading. */
export async function backUpMeta({file, disk, clock, reading}: BackupOptions): Promise<Listing<BackupRow>> {
  const takenAt = new Date(clock.wallMs()).toISOString()
  const {meta, text, keys} = await wholeText(reading, takenAt)
  const {revision} = meta
  const {cluster} = meta.keys
  const path = file ?? `${encodeURIComponent(cluster)}-${revision}.backup.jsonl`
  if (await disk.exists(path)) {
    throw new CodedError('GUARD_FAILED', `there is a file ${path} already`, {hint: 'name another; none is overwritten'})
  }
  const unfinished = `${path}.partial`
  await writePrivately(unfinished, text)
  await disk.rename(unfinished, path)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const row = {file: path, cluster, revision, keys, bytes: Buffer.byteLength(text), sha256}
  return {rows: [row], source: sourceOf(meta), warnings: []}
}

async function wholeText(
  reading: BackupOptions['reading'],
  takenAt: string,
): Promise<{meta: MetaReading; text: string; keys: number}> {
  for (let attempt = 1; ; attempt++) {
    const meta = await reading()
    try {
      const lines: string[] = []
      for await (const line of backupLines(meta, takenAt)) lines.push(line)
      // the first and the last are not keys
      const keys = lines.length - 2
      if (keys > 0) return {meta, text: lines.join(''), keys}
    } catch (thrown) {
      const isCompacted = thrown instanceof CodedError && thrown.errorName === 'META_COMPACTED'
      if (!isCompacted || attempt === attemptsMax) throw thrown
      continue
    }
    throw noMetadata(meta)
  }
}
