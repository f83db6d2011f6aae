/**
 * What lies in a data directory at rest, held to the checksums that were written with it: the id, the log, and of each partition the
 * small files and the checkpoints. The engine that served last has no checksums, and cannot be checked without being opened. Changes
 * nothing.
 */
import {Buffer} from 'node:buffer'
import {join} from 'node:path'
import {type PartitionId, partitionId} from '../entity/ids.js'
import {isObject, parseJson} from '../entity/json.js'
import type {Disk} from '../env/disk.js'
import {noFailpoints} from '../env/failpoints.js'
import {CodedError} from '../errors/coded-error.js'
import {verifyLog} from '../raftstore/wal/verification.js'
import {Checkpoints} from './checkpoints.js'
import {raftDirectory, readIdentity} from './node-identity.js'
import {PartitionFiles, partitionsOnDisk} from './partition-files.js'
import {readSealed} from './sealed-file.js'

export interface VerifiedFile {
  readonly what: 'identity' | 'log' | 'state' | 'checkpoint' | 'engine' | 'partition'
  /** Null for what is of all of them. */
  readonly partition: PartitionId | null
  readonly path: string
  readonly bytes: number
  /** `torn`: a write that nobody was told of, which the next start cuts off. `unchecked`: there is nothing to hold it to. */
  readonly state: 'sound' | 'torn' | 'damaged' | 'unchecked'
  readonly fault: string | null
}

export async function* verifyDirectory(disk: Disk, root: string): AsyncGenerator<VerifiedFile> {
  const identity = join(root, 'server_meta.txt')
  if (await disk.exists(identity)) {
    yield await verified({what: 'identity', partition: null, path: identity}, async () => {
      await readIdentity(disk, root, await clusterIn(disk, identity))
      return {bytes: await bytesOf(disk, identity)}
    })
  }
  for await (const segment of verifyLog(disk, raftDirectory(root))) {
    const {path, bytes, state, fault} = segment
    yield {what: 'log', partition: null, path, bytes, state, fault}
  }
  for (const id of await partitionsOnDisk(disk, [root])) {
    const files = new PartitionFiles(disk, root, partitionId(id))
    if (!(await files.isDiscarded())) yield* verifyPartition(files)
  }
}

async function* verifyPartition(files: PartitionFiles): AsyncGenerator<VerifiedFile> {
  const {disk, id: partition, meta, data, live} = files
  const clean = join(data, 'clean.json')
  const images: VerifiedFile[] = []
  for (const path of [...['settings.json', 'joined.json', 'aside.json'].map((name) => join(meta, name)), clean]) {
    if (!(await disk.exists(path))) continue
    const file = await verified({what: 'state', partition, path}, async () => {
      await readSealed(disk, path)
      return {bytes: await bytesOf(disk, path)}
    })
    if (path === clean) images.push(file)
    yield file
  }
  if (await disk.exists(live)) {
    const bytes = (await sizes(disk, live)).reduce((sum, size) => sum + size, 0)
    yield {what: 'engine', partition, path: live, bytes, state: 'unchecked', fault: null}
  }
  const checkpoints = new Checkpoints({disk, failpoints: noFailpoints}, files.checkpoints)
  for (const checkpoint of await checkpoints.list()) {
    const image = await verified({what: 'checkpoint', partition, path: checkpoint.directory}, () =>
      checkpoints.verify(checkpoint),
    )
    images.push(image)
    yield image
  }
  if (images.some(({state}) => state !== 'damaged')) return
  const fault = 'there is nothing sound to restore it from: it must be rebuilt from another replica'
  yield {what: 'partition', partition, path: data, bytes: 0, state: 'damaged', fault}
}

type Subject = Pick<VerifiedFile, 'what' | 'partition' | 'path'>

/** What cannot be read is damaged; what a later version wrote is not judged. */
async function verified(
  subject: Subject,
  verify: () => Promise<{readonly bytes: number; readonly isChecked?: boolean}>,
): Promise<VerifiedFile> {
  try {
    const {bytes, isChecked = true} = await verify()
    return {...subject, bytes, state: isChecked ? 'sound' : 'unchecked', fault: null}
  } catch (thrown) {
    const isTooNew = thrown instanceof CodedError && thrown.errorName === 'DATA_TOO_NEW'
    const fault = thrown instanceof CodedError ? thrown.detail : (thrown as Error).message
    return {...subject, bytes: 0, state: isTooNew ? 'unchecked' : 'damaged', fault}
  }
}

/** As the file itself says: whether that is the right one is not asked here. */
async function clusterIn(disk: Disk, path: string): Promise<string> {
  try {
    const record = parseJson(Buffer.from((await disk.readFile(path)) ?? []).toString())
    return isObject(record) ? String(record.ClusterName) : ''
  } catch {
    return ''
  }
}

async function sizes(disk: Disk, directory: string): Promise<readonly number[]> {
  return Promise.all((await disk.files(directory)).map((name) => bytesOf(disk, join(directory, name))))
}

async function bytesOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, {readOnly: true})
  return file.size().finally(() => file.close())
}
