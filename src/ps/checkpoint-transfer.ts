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
import type {Env} from '../env/env.js'
import type {Address} from '../env/net/network.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {PsCaller, PsResponse} from '../rpc/ps-api.js'
import type {Checkpoints} from './checkpoints.js'
import {summaries, summary} from './file-summary.js'
import type {TokenBucket} from './token-bucket.js'

const pieceBytes = 1024 * 1024
/** A slow transfer goes in small pieces, so that it is even; not in smaller ones than this. */
const slowPieceBytesMin = 4 * 1024
const callTimeoutMs = 30_000
/** Every file is read once for its checksum. */
const listingTimeoutMs = 300_000

type Listing = PsResponse<'checkpointFiles'>['files']

type Outside = Pick<Env, 'disk' | 'failpoints'>

export async function listFiles({disk, failpoints}: Outside, directory: string): Promise<Listing> {
  await failpoints.hit('snapshot.list.before')
  return summaries(disk, directory)
}

export async function readPiece(
  {disk, failpoints}: Outside,
  directory: string,
  {path, offset, length}: {readonly path: string; readonly offset: number; readonly length: number},
): Promise<PsResponse<'checkpointBytes'>> {
  const file = await disk.open(inside(directory, path))
  try {
    const bytes = Buffer.allocUnsafe(Math.min(length, pieceBytes))
    const read = bytes.subarray(0, await file.read(bytes, offset))
    await failpoints.hit('snapshot.piece.read')
    return {bytes: read, crc: crc32(read)}
  } finally {
    await file.close()
  }
}

export interface Fetch {
  readonly env: Outside
  readonly rpc: PsCaller
  readonly from: Address
  readonly partitionId: PartitionId
  readonly index: number
  /** How fast it may come; as fast as it can without. */
  readonly rate?: TokenBucket | null
  readonly signal: AbortSignal
}

/**
 * Makes `directory` the checkpoint, fetching what it lacks, and returns what is there now. Errors: those of the calls; DATA_CORRUPT for a file that came
 * damaged or changed meanwhile, and is fetched anew the next time.
 */
export async function fetchCheckpoint(fetch: Fetch, directory: string): Promise<Listing> {
  const {rpc, from, partitionId, index, signal} = fetch
  const {disk, failpoints} = fetch.env
  const {files} = await rpc.call(from, 'checkpointFiles', {partitionId, index}, {timeoutMs: listingTimeoutMs, signal})
  const named = new Set(files.map(({path}) => normalize(path)))
  for (const path of await disk.files(directory)) if (!named.has(path)) await disk.remove(join(directory, path))
  for (const file of files) {
    const target = inside(directory, file.path)
    await disk.makeDirectory(dirname(target))
    await fetchFile(fetch, file, target)
    const {bytes, crc} = await summary(disk, target)
    if (bytes !== file.bytes || crc !== file.crc) {
      await disk.remove(target)
      throw new CodedError('DATA_CORRUPT', `${file.path} is not what it was`, {retryable: true})
    }
    await failpoints.hit('snapshot.file.after')
  }
  return files
}

/** Fetches the checkpoint whole, to where it can be adopted, and returns what it is of. Errors: those of `fetchCheckpoint`; what came damaged is removed. */
export async function fetchIntact(fetch: Fetch, checkpoints: Checkpoints): Promise<Listing> {
  const directory = checkpoints.incoming(fetch.index)
  const files = await fetchCheckpoint(fetch, directory)
  try {
    await checkpoints.assertIntact({directory}, files)
    return files
  } catch (thrown) {
    await fetch.env.disk.remove(directory)
    throw thrown
  }
}

async function fetchFile(
  {env: {disk, failpoints}, rpc, from, partitionId, index, rate = null, signal}: Fetch,
  {path, bytes}: Listing[number],
  target: string,
): Promise<void> {
  const pieceMax = rate === null ? pieceBytes : slowPieceBytes(rate)
  const file = await disk.open(target, {create: true})
  try {
    const there = await file.size()
    if (there > bytes) await file.truncate(bytes)
    for (let offset = Math.min(there, bytes); offset < bytes; ) {
      const request = {partitionId, index, path, offset, length: Math.min(pieceMax, bytes - offset)}
      await rate?.take(request.length, signal)
      const piece = await rpc.call(from, 'checkpointBytes', request, {timeoutMs: callTimeoutMs, signal})
      if (crc32(piece.bytes) !== piece.crc || piece.bytes.length === 0) {
        throw new CodedError('DATA_CORRUPT', `${path} at ${offset} came damaged`, {retryable: true})
      }
      await failpoints.hit('snapshot.piece.before')
      await file.write(piece.bytes, offset)
      await failpoints.hit('snapshot.piece.after')
      offset += piece.bytes.length
    }
  } finally {
    await file.close()
  }
}

function slowPieceBytes({bytesPerSecond}: TokenBucket): number {
  return Math.min(pieceBytes, Math.max(slowPieceBytesMin, Math.floor(bytesPerSecond / 4)))
}

/** A peer names paths below the checkpoint and nothing else. */
function inside(directory: string, path: string): string {
  const normal = normalize(path)
  if (normal.startsWith('..') || normal.startsWith('/')) throw paramError(`no file of a checkpoint: ${path}`)
  return join(directory, normal)
}
