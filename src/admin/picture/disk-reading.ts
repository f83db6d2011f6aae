/** What lies in the data directories of a server (control-plane spec §3.2), running or not. Changes nothing. */
import {join} from 'node:path'
import {type NodeId, nodeId} from '../../entity/ids.js'
import {isObject, parseJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {type Answer, failed, told} from './answer.js'
import type {DiskPartition, DiskSays} from './node-says.js'

export async function readDataDirectories(disk: Disk, directories: readonly string[]): Promise<Answer<DiskSays>> {
  const source = {from: 'disk', path: directories.join(',')} as const
  try {
    const partitions: DiskPartition[] = []
    for (const root of directories) partitions.push(...(await partitionsIn(disk, root)))
    return told({identity: await identityIn(disk, directories[0] ?? '.'), partitions}, source)
  } catch (thrown) {
    return failed(thrown, source)
  }
}

async function identityIn(disk: Disk, root: string): Promise<{node: NodeId; cluster: string} | null> {
  const bytes = await disk.readFile(join(root, 'server_meta.txt'))
  if (bytes === null) return null
  const value = parseJson(new TextDecoder().decode(bytes))
  if (!isObject(value)) return null
  return {node: nodeId(Number(value.Id)), cluster: String(value.ClusterName)}
}

/** A partition is where Vearch looks for one: a directory with a number for its name under `meta` or `data`. */
async function partitionsIn(disk: Disk, root: string): Promise<DiskPartition[]> {
  const names = new Set([...(await disk.list(join(root, 'meta'))), ...(await disk.list(join(root, 'data')))])
  const ids = [...names].filter((name) => /^\d{1,10}$/.test(name)).map(Number)
  const found: DiskPartition[] = []
  for (const id of ids.sort((a, b) => a - b)) {
    // it is being created or removed, and nothing in it counts (`ps/partition-files.ts`)
    if (await disk.exists(join(root, 'meta', String(id), 'discard'))) continue
    const path = join(root, 'data', String(id))
    const dataBytes = await bytesBelow(disk, path)
    found.push({id, path, dataBytes, raftBytes: await bytesBelow(disk, join(root, 'raft', String(id)))})
  }
  return found
}

async function bytesBelow(disk: Disk, directory: string): Promise<number> {
  let bytes = 0
  for (const name of await disk.files(directory)) {
    const file = await disk.open(join(directory, name), {readOnly: true}).catch(nullIfGone)
    if (file !== null) bytes += await file.size().finally(() => file.close())
  }
  return bytes
}

/** A running server removes files while they are looked at. */
function nullIfGone(thrown: unknown): null {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw thrown
}
