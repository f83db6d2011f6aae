/**
 * How a checkpoint comes from the leader's server to one whose log it has let go of: the leader asks, the other fetches file by
 * file, in pieces that carry a checksum. What is there already after an interruption is not fetched again, if it is the same:
 * two servers, or one server before and after an index build, have different files at one applied index.
 *
 *     checkpoints/<applied index>.incoming/   as far as it has come; its name says that it does not count
 */
import {dirname, join, normalize} from 'node:path'
import {crc32} from 'node:zlib'
import type {PartitionId} from '../entity/ids.js'
import type {Disk} from '../env/disk.js'
import type {Address} from '../env/net/network.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {PsCaller, PsResponse} from '../rpc/ps-api.js'

const pieceBytes = 1024 * 1024
const callTimeoutMs = 30_000
/** Every file is read once for its checksum. */
const listingTimeoutMs = 300_000

type Listing = PsResponse<'checkpointFiles'>['files']

export async function listFiles(disk: Disk, directory: string): Promise<Listing> {
  const found: {path: string; bytes: number; crc: number}[] = []
  for (const path of await disk.files(directory)) found.push({path, ...(await summary(disk, join(directory, path)))})
  return found
}

async function summary(disk: Disk, path: string): Promise<{readonly bytes: number; readonly crc: number}> {
  const file = await disk.open(path)
  try {
    const piece = Buffer.allocUnsafe(pieceBytes)
    let [bytes, crc] = [0, 0]
    for (;;) {
      const read = await file.read(piece, bytes)
      if (read === 0) return {bytes, crc}
      crc = crc32(piece.subarray(0, read), crc)
      bytes += read
    }
  } finally {
    await file.close()
  }
}

export async function readPiece(
  disk: Disk,
  directory: string,
  {path, offset, length}: {readonly path: string; readonly offset: number; readonly length: number},
): Promise<PsResponse<'checkpointBytes'>> {
  const file = await disk.open(inside(directory, path))
  try {
    const bytes = Buffer.allocUnsafe(Math.min(length, pieceBytes))
    const read = bytes.subarray(0, await file.read(bytes, offset))
    return {bytes: read, crc: crc32(read)}
  } finally {
    await file.close()
  }
}

export interface Fetch {
  readonly disk: Disk
  readonly rpc: PsCaller
  readonly from: Address
  readonly partitionId: PartitionId
  readonly index: number
  readonly signal: AbortSignal
}

/**
 * Makes `directory` the checkpoint, fetching what it lacks. Errors: those of the calls; DATA_CORRUPT for a file that came
 * damaged or changed meanwhile, and is fetched anew the next time.
 */
export async function fetchCheckpoint(fetch: Fetch, directory: string): Promise<void> {
  const {disk, rpc, from, partitionId, index, signal} = fetch
  const {files} = await rpc.call(from, 'checkpointFiles', {partitionId, index}, {timeoutMs: listingTimeoutMs, signal})
  const named = new Set(files.map(({path}) => normalize(path)))
  for (const path of await disk.files(directory)) if (!named.has(path)) await disk.remove(join(directory, path))
  for (const file of files) {
    const target = inside(directory, file.path)
    await disk.makeDirectory(dirname(target))
    await fetchFile(fetch, file, target)
    const {bytes, crc} = await summary(disk, target)
    if (bytes === file.bytes && crc === file.crc) continue
    await disk.remove(target)
    throw new CodedError('DATA_CORRUPT', `${file.path} is not what it was`, {retryable: true})
  }
}

async function fetchFile(
  {disk, rpc, from, partitionId, index, signal}: Fetch,
  {path, bytes}: Listing[number],
  target: string,
): Promise<void> {
  const file = await disk.open(target, {create: true})
  try {
    const there = await file.size()
    if (there > bytes) await file.truncate(bytes)
    for (let offset = Math.min(there, bytes); offset < bytes; ) {
      const request = {partitionId, index, path, offset, length: Math.min(pieceBytes, bytes - offset)}
      const piece = await rpc.call(from, 'checkpointBytes', request, {timeoutMs: callTimeoutMs, signal})
      if (crc32(piece.bytes) !== piece.crc || piece.bytes.length === 0) {
        throw new CodedError('DATA_CORRUPT', `${path} at ${offset} came damaged`, {retryable: true})
      }
      await file.write(piece.bytes, offset)
      offset += piece.bytes.length
    }
  } finally {
    await file.close()
  }
}

/** A peer names paths below the checkpoint and nothing else. */
function inside(directory: string, path: string): string {
  const normal = normalize(path)
  if (normal.startsWith('..') || normal.startsWith('/')) throw paramError(`no file of a checkpoint: ${path}`)
  return join(directory, normal)
}
