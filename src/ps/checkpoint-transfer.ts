/**
 * How a checkpoint comes from the leader's server to one whose log it has let go of: the leader asks, the other fetches file by
 * file, in pieces that carry a checksum. What is there already after an interruption is not fetched again.
 *
 *     checkpoints/<applied index>.incoming/   as far as it has come; its name says that it does not count
 */
import {constants} from 'node:fs'
// A checkpoint holds the engine's files, of which Disk knows nothing.
import {mkdir, open, readdir, stat} from 'node:fs/promises'
import {dirname, join, normalize, relative} from 'node:path'
import {crc32} from 'node:zlib'
import type {PartitionId} from '../entity/ids.js'
import type {Address} from '../env/net/network.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {PsCaller, PsResponse} from '../rpc/ps-api.js'

const pieceBytes = 1024 * 1024
const callTimeoutMs = 30_000

type Listing = PsResponse<'checkpointFiles'>['files']

export async function listFiles(directory: string): Promise<Listing> {
  const found: {path: string; bytes: number}[] = []
  for (const entry of await readdir(directory, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.push({path: relative(directory, path), bytes: (await stat(path)).size})
  }
  return found
}

export async function readPiece(
  directory: string,
  {path, offset, length}: {readonly path: string; readonly offset: number; readonly length: number},
): Promise<PsResponse<'checkpointBytes'>> {
  const file = await open(inside(directory, path), 'r')
  try {
    const bytes = Buffer.allocUnsafe(Math.min(length, pieceBytes))
    const {bytesRead} = await file.read(bytes, 0, bytes.length, offset)
    const read = bytes.subarray(0, bytesRead)
    return {bytes: read, crc: crc32(read)}
  } finally {
    await file.close()
  }
}

export interface Fetch {
  readonly rpc: PsCaller
  readonly from: Address
  readonly partitionId: PartitionId
  readonly index: number
  readonly signal: AbortSignal
}

/** Fetches what `directory` lacks of the checkpoint. Errors: those of the calls; DATA_CORRUPT for a piece that is damaged. */
export async function fetchCheckpoint(fetch: Fetch, directory: string): Promise<void> {
  const {rpc, from, partitionId, index, signal} = fetch
  const options = {timeoutMs: callTimeoutMs, signal}
  const {files} = await rpc.call(from, 'checkpointFiles', {partitionId, index}, options)
  for (const {path, bytes} of files) {
    const target = inside(directory, path)
    await mkdir(dirname(target), {recursive: true})
    const file = await open(target, constants.O_RDWR | constants.O_CREAT)
    try {
      let offset = Math.min((await file.stat()).size, bytes)
      while (offset < bytes) {
        const request = {partitionId, index, path, offset, length: Math.min(pieceBytes, bytes - offset)}
        const piece = await rpc.call(from, 'checkpointBytes', request, options)
        if (crc32(piece.bytes) !== piece.crc || piece.bytes.length === 0) {
          throw new CodedError('DATA_CORRUPT', `${path} at ${offset} came damaged`, {retryable: true})
        }
        await file.write(piece.bytes, 0, piece.bytes.length, offset)
        offset += piece.bytes.length
      }
      await file.truncate(bytes)
    } finally {
      await file.close()
    }
  }
}

/** A peer names paths below the checkpoint and nothing else. */
function inside(directory: string, path: string): string {
  const normal = normalize(path)
  if (normal.startsWith('..') || normal.startsWith('/')) throw paramError(`no file of a checkpoint: ${path}`)
  return join(directory, normal)
}
