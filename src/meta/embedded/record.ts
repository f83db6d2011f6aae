/**
 * What is on disk, byte by byte. All integers are big-endian.
 *
 *     record   create revision 6, mod revision 6, version 6, lease 8, value
 *     change   key length 2, record length 4 (0: deleted), key, record, the record before (may be absent)
 *     change's key   revision 6, number within the revision 4
 *
 * Six bytes of revision last 8,900 years at a thousand writes a second.
 */
export interface KeyRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly createRevision: number
  readonly modRevision: number
  readonly version: number
  /** 0n is none. */
  readonly lease: bigint
}

/** One event of a revision. */
export interface Change {
  readonly revision: number
  readonly key: Buffer
  /** Null: the key was deleted. */
  readonly current: KeyRecord | null
  readonly previous: KeyRecord | null
}

const recordHeaderBytes = 26
const changeHeaderBytes = 6
export const revisionBytes = 6

export function encodeRecord(record: KeyRecord): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeaderBytes + record.value.length)
  bytes.writeUIntBE(record.createRevision, 0, 6)
  bytes.writeUIntBE(record.modRevision, 6, 6)
  bytes.writeUIntBE(record.version, 12, 6)
  bytes.writeBigInt64BE(record.lease, 18)
  record.value.copy(bytes, recordHeaderBytes)
  return bytes
}

export function decodeRecord(key: Buffer, bytes: Buffer): KeyRecord {
  return {
    key,
    createRevision: bytes.readUIntBE(0, 6),
    modRevision: bytes.readUIntBE(6, 6),
    version: bytes.readUIntBE(12, 6),
    lease: bytes.readBigInt64BE(18),
    value: bytes.subarray(recordHeaderBytes),
  }
}

export function encodeChange({key, current, previous}: Change): Buffer {
  const header = Buffer.allocUnsafe(changeHeaderBytes)
  const now = current === null ? Buffer.alloc(0) : encodeRecord(current)
  header.writeUInt16BE(key.length, 0)
  header.writeUInt32BE(now.length, 2)
  return Buffer.concat([header, key, now, ...(previous === null ? [] : [encodeRecord(previous)])])
}

export function decodeChange(revision: number, bytes: Buffer): Change {
  const keyEnd = changeHeaderBytes + bytes.readUInt16BE(0)
  const currentEnd = keyEnd + bytes.readUInt32BE(2)
  const key = bytes.subarray(changeHeaderBytes, keyEnd)
  return {
    revision,
    key,
    current: currentEnd === keyEnd ? null : decodeRecord(key, bytes.subarray(keyEnd, currentEnd)),
    previous: currentEnd === bytes.length ? null : decodeRecord(key, bytes.subarray(currentEnd)),
  }
}

export function changeKey(revision: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(revisionBytes + 4)
  key.writeUIntBE(revision, 0, revisionBytes)
  key.writeUInt32BE(number, revisionBytes)
  return key
}
