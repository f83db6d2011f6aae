/**
 * A file that holds metadata: an etcd database, or a backup of ours. Which one its first bytes tell.
 */
import {Buffer} from 'node:buffer'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaContent} from '../reading.js'
import {readEtcdSnapshot} from './etcd-snapshot.js'
import {backupFormat, readMetaBackup} from './meta-backup.js'

export interface ContentFileOptions {
  readonly path: string
  /** The last one, if null. */
  readonly revision: number | null
}

/** Errors: DATA_CORRUPT, META_COMPACTED, NOT_FOUND; each names the file. */
export function readContent(bytes: Uint8Array, {path, revision}: ContentFileOptions): MetaContent {
  try {
    return contentIn(bytes, revision)
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    const {errorName, detail, hint} = thrown
    throw new CodedError(errorName, `${path}: ${detail}`, {cause: thrown, ...(hint === undefined ? {} : {hint})})
  }
}

function contentIn(bytes: Uint8Array, revision: number | null): MetaContent {
  return formatOf(bytes) === 'etcd snapshot' ? readEtcdSnapshot(bytes, revision) : readMetaBackup(bytes, revision)
}

export function formatOf(bytes: Uint8Array): 'etcd snapshot' | 'backup' {
  const opening = `{"format":"${backupFormat}"`
  const isBackup = Buffer.from(bytes.subarray(0, opening.length)).toString('latin1') === opening
  return isBackup ? 'backup' : 'etcd snapshot'
}

/** Their names, from the keys that a file has. */
export function clustersIn({kvs}: MetaContent): string[] {
  return [...new Set([...kvs.keys()].flatMap((key) => /^\/([^/]+)\//.exec(key)?.[1] ?? []))]
}

/** The one cluster whose keys a file holds. Errors: USAGE where there are several; NOT_FOUND where there is none. */
export function onlyCluster(content: MetaContent, path: string): string {
  const clusters = clustersIn(content)
  const [name, ...others] = clusters
  if (name === undefined) throw new CodedError('NOT_FOUND', `${path} has no cluster's keys`)
  if (others.length === 0) return name
  throw new CodedError('USAGE', `${path} has the keys of several clusters`, {
    hint: `name one with --cluster: ${clusters.join(', ')}`,
  })
}
