/**
 * The unit of the log on disk, little-endian, never split over two segments:
 *
 *   u32 crc | u32 payload bytes | u32 group | u32 batch | f64 index | f64 term | u8 kind | u8 last of batch | u16 0 | payload
 *
 * The CRC covers all that follows it and starts from the salt of the segment, so what an earlier file left on the same
 * blocks never passes for a record. `batch` counts the writes of the segment from 1: each is synced before the next
 * begins, which is how a torn tail is told from damage. A batch may be written in two parts, of which the last has its last record.
 */
import {crc32} from 'node:zlib'

export const RecordKind = {
  /** The state of all groups, first in every segment: payload from `opening.ts`. */
  opening: 1,
  entry: 2,
  /** `index` is the commit index; the payload is the vote, f64. */
  hardState: 3,
  /** Entries from `index` on are gone. */
  truncateSuffix: 4,
  /** Entries up to `index` are gone; `term` is that of `index` where the log does not hold it. */
  truncatePrefix: 5,
  dropGroup: 6,
  /** Where the segment's entries are, last in a sealed segment: payload from `footer.ts`. */
  footer: 7,
} as const
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind]

export interface WalRecord {
  readonly kind: RecordKind
  /** 0 in records that belong to no group. */
  readonly group: number
  readonly index: number
  readonly term: number
  readonly payload: Uint8Array
}

/** A record as found in a segment. */
export interface FoundRecord extends WalRecord {
  readonly offset: number
  readonly end: number
  readonly batch: number
  readonly lastOfBatch: boolean
}

export const recordHeaderBytes = 36
const crcBytes = 4
const lastKind = RecordKind.footer

export function recordBytes(record: WalRecord): number {
  return recordHeaderBytes + record.payload.length
}

/** The records of one write, to be written at once; `isWhole` unless more of the same batch comes after it. */
export function encodeBatch(records: readonly WalRecord[], batch: number, salt: number, isWhole = true): Buffer {
  const target = Buffer.allocUnsafe(records.reduce((bytes, record) => bytes + recordBytes(record), 0))
  let at = 0
  for (const record of records) {
    const end = at + recordBytes(record)
    target.writeUInt32LE(record.payload.length, at + 4)
    target.writeUInt32LE(record.group, at + 8)
    target.writeUInt32LE(batch, at + 12)
    target.writeDoubleLE(record.index, at + 16)
    target.writeDoubleLE(record.term, at + 24)
    target.writeUInt32LE(record.kind | (isWhole && end === target.length ? 0x100 : 0), at + 32)
    target.set(record.payload, at + recordHeaderBytes)
    target.writeUInt32LE(crc32(target.subarray(at + crcBytes, end), salt), at)
    at = end
  }
  return target
}

/** The record at `offset`, its payload a view, or null where there is none whose CRC is right. */
export function recordAt(bytes: Buffer, offset: number, salt: number): FoundRecord | null {
  if (offset + recordHeaderBytes > bytes.length) return null
  const kind = bytes[offset + 32] ?? 0
  const flags = bytes[offset + 33] ?? 0
  if (kind === 0 || kind > lastKind || flags > 1) return null
  const end = offset + recordHeaderBytes + bytes.readUInt32LE(offset + 4)
  if (end > bytes.length) return null
  if (crc32(bytes.subarray(offset + crcBytes, end), salt) !== bytes.readUInt32LE(offset)) return null
  return {
    kind: kind as RecordKind,
    group: bytes.readUInt32LE(offset + 8),
    batch: bytes.readUInt32LE(offset + 12),
    index: bytes.readDoubleLE(offset + 16),
    term: bytes.readDoubleLE(offset + 24),
    payload: bytes.subarray(offset + recordHeaderBytes, end),
    offset,
    end,
    lastOfBatch: flags === 1,
  }
}
