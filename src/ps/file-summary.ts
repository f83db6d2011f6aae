/** What is known of a file's content without the content. */
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import type {Disk} from '../env/disk.js'

export interface FileSummary {
  /** Below the directory that is summed up. */
  readonly path: string
  readonly bytes: number
  readonly crc: number
}

const pieceBytes = 1024 * 1024

/** Of every file below, in the order of their paths; each is read once. */
export async function summaries(disk: Disk, directory: string): Promise<FileSummary[]> {
  const found: FileSummary[] = []
  for (const path of await disk.files(directory)) found.push({path, ...(await summary(disk, join(directory, path)))})
  return found
}

export async function summary(disk: Disk, path: string): Promise<Omit<FileSummary, 'path'>> {
  const file = await disk.open(path, {readOnly: true})
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

/** The first file that is missing, changed or one too many; null if the two are the same. */
export function firstDifference(expected: readonly FileSummary[], found: readonly FileSummary[]): string | null {
  const rest = new Map(found.map((file) => [file.path, file]))
  for (const {path, bytes, crc} of expected) {
    const file = rest.get(path)
    if (file?.bytes !== bytes || file.crc !== crc) return path
    rest.delete(path)
  }
  const [extra] = rest.keys()
  return extra ?? null
}
