/**
 * Where a sealed segment's entries are, so that a restart reads a thirtieth of it and not all.
 *
 * Only entries: what else happened in the segment is in the opening of the next. The footer is a record like any other;
 * after it, the last bytes of the file say where it begins: u32 offset | u32 crc of that.
 *
 * Payload: u32 group | u32 offset | u32 payload bytes | f64 index | f64 term, per entry in the order written.
 */
import {crc32} from 'node:zlib'
import type {EntryPosition} from './entry-positions.js'
import {type FoundRecord, RecordKind, recordAt, type WalRecord} from './record.js'

export interface FooterEntry extends Omit<EntryPosition, 'segment'> {
  readonly group: number
  readonly index: number
}

const entryBytes = 28
export const trailerBytes = 8

export class FooterWriter {
  #bytes = Buffer.allocUnsafe(entryBytes * 64)
  #length = 0

  add({group, offset, bytes, index, term}: FooterEntry): void {
    const at = this.#length
    this.#length += entryBytes
    if (this.#length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(at)])
    this.#bytes.writeUInt32LE(group, at)
    this.#bytes.writeUInt32LE(offset, at + 4)
    this.#bytes.writeUInt32LE(bytes, at + 8)
    this.#bytes.writeDoubleLE(index, at + 12)
    this.#bytes.writeDoubleLE(term, at + 20)
  }

  record(): WalRecord {
    return {kind: RecordKind.footer, group: 0, index: 0, term: 0, payload: this.#bytes.subarray(0, this.#length)}
  }
}

export function decodeFooter(payload: Uint8Array): FooterEntry[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const entries: FooterEntry[] = []
  for (let at = 0; at < bytes.length; at += entryBytes) {
    entries.push({
      group: bytes.readUInt32LE(at),
      offset: bytes.readUInt32LE(at + 4),
      bytes: bytes.readUInt32LE(at + 8),
      index: bytes.readDoubleLE(at + 12),
      term: bytes.readDoubleLE(at + 20),
    })
  }
  return entries
}

export function encodeTrailer(footerOffset: number, salt: number): Buffer {
  const trailer = Buffer.allocUnsafe(trailerBytes)
  trailer.writeUInt32LE(footerOffset, 0)
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 4), salt), 4)
  return trailer
}

/** Where the footer begins, or null if these are not the last bytes of a sealed segment. */
export function decodeTrailer(trailer: Buffer, salt: number): number | null {
  return crc32(trailer.subarray(0, 4), salt) === trailer.readUInt32LE(4) ? trailer.readUInt32LE(0) : null
}

/** The footer, from the bytes between its beginning and the trailer. */
export function footerIn(bytes: Buffer, salt: number): FoundRecord | null {
  const record = recordAt(bytes, 0, salt)
  return record?.kind === RecordKind.footer ? record : null
}
