/**
 * Who this node is: the file `server_meta.txt` in the first data directory (control-plane spec §3.1, step 2).
 *
 * An id is used only after the file that holds it is durable, so that a node that crashed in between has wasted an id and
 * never shares one. A file that names another cluster, or that can not be read, stops the start and is left as it is.
 */
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {type NodeId, nodeId} from '../entity/ids.js'
import type {Disk} from '../env/disk.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {writeJson} from './json-file.js'

export interface NodeIdentity {
  readonly nodeId: NodeId
  /** Whether the id was allocated by this start. */
  readonly isNew: boolean
}

const fileName = 'server_meta.txt'

/** The id in the directory's file, null if there is none. Changes nothing. Errors: FOREIGN_NODE_ID, DATA_CORRUPT,
 * DATA_DIR_UNWRITABLE. */
export async function readIdentity(disk: Disk, directory: string, cluster: string): Promise<NodeId | null> {
  const path = join(directory, fileName)
  const bytes = await disk.readFile(path).catch((cause: Error) => {
    throw new CodedError('DATA_DIR_UNWRITABLE', cause.message, {cause})
  })
  if (bytes === null) return null
  const record = parsed(bytes)
  if (record === null) {
    throw new CodedError('DATA_CORRUPT', `${path} does not hold a node id`, {
      hint: `Restore ${fileName} from a backup; the metadata's list of servers has the node's id, too.`,
    })
  }
  if (record.ClusterName !== cluster) {
    const detail = `${path} belongs to cluster ${record.ClusterName}, the configuration says ${cluster}`
    throw new CodedError('FOREIGN_NODE_ID', detail, {
      hint: 'Correct global.name, or set global.data to another directory.',
    })
  }
  return nodeId(record.Id)
}

/** The node's id; allocates one and writes it down first if there is none. */
export async function takeIdentity(
  {disk, failpoints}: Pick<Env, 'disk' | 'failpoints'>,
  directory: string,
  cluster: string,
  allocate: () => Promise<number>,
): Promise<NodeIdentity> {
  const known = await readIdentity(disk, directory, cluster)
  if (known !== null) return {nodeId: known, isNew: false}
  const id = await allocate()
  await failpoints.hit('identity.allocated')
  await writeJson(disk, join(directory, fileName), {Id: id, ClusterName: cluster, Crc32: checksum(id, cluster)})
  await failpoints.hit('identity.written')
  return {nodeId: nodeId(id), isNew: true}
}

/** Vearch's file has none. A digit that flipped would make this node another, with that one's votes. */
function checksum(id: number, cluster: string): number {
  return crc32(`${id} ${cluster}`)
}

function parsed(bytes: Uint8Array): {Id: number; ClusterName: string} | null {
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    const {Id, ClusterName, Crc32} = JSON.parse(text) as Record<string, unknown>
    if (typeof ClusterName !== 'string' || !Number.isSafeInteger(Id) || Number(Id) <= 0) return null
    if (Crc32 !== undefined && Crc32 !== checksum(Number(Id), ClusterName)) return null
    return {Id: Number(Id), ClusterName}
  } catch {
    return null
  }
}
