/** What a file of metadata is and holds, without any store to ask. */
import {createHash} from 'node:crypto'
import {Keys} from '../../meta/keys.js'
import type {MetaContent} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {contentBytes} from '../session/content-bytes.js'
import type {Session} from '../session/session.js'
import {readBytes} from '../text-file.js'
import {valueFault} from './value-fault.js'

export interface InspectedCluster {
  readonly format: 'etcd snapshot' | 'backup'
  readonly revision: number
  readonly cluster: string
  readonly keys: number
  /** Of its keys and values. */
  readonly bytes: number
  /** Records whose value is not what it should be. */
  readonly broken: number
  readonly lastChange: number
  /** Of the whole file. */
  readonly sha256: string
}

/** One row for each cluster that the file has. Errors: NOT_FOUND, DATA_CORRUPT. */
export async function inspectFile({env: {disk}, target}: Session, path: string): Promise<Listing<InspectedCluster>> {
  const {clustersIn, formatOf, readContent} = await import('../../meta/offline/content-file.js')
  const [file, bytes] = [await readBytes(disk, path), await contentBytes(disk, path, target)]
  const content = readContent(bytes, {path, revision: null})
  const sha256 = createHash('sha256').update(file).digest('hex')
  const whole = {format: formatOf(bytes), revision: content.revision, sha256}
  const rows = clustersIn(content).map((cluster) => ({...whole, ...clusterIn(content, cluster)}))
  return {rows, source: path, warnings: []}
}

function clusterIn({kvs}: MetaContent, cluster: string) {
  const clusterKeys = new Keys(cluster)
  let [keys, bytes, broken, lastChange] = [0, 0, 0, 0]
  for (const kv of kvs.values()) {
    if (!kv.key.startsWith(clusterKeys.all)) continue
    keys += 1
    bytes += kv.key.length + kv.value.length
    if (valueFault(clusterKeys, kv) !== null) broken += 1
    lastChange = Math.max(lastChange, kv.modRevision)
  }
  return {cluster, keys, bytes, broken, lastChange}
}
