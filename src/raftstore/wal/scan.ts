/**
 * Reads a segment from its first record to the last that is whole, and judges what comes after.
 */
import {type FoundRecord, RecordKind, recordAt} from './record.js'

export interface Scan {
  readonly records: readonly FoundRecord[]
  /** Where the last good record ends. */
  readonly end: number
  /** The number of the last write that is complete. */
  readonly batch: number
  readonly sealed: boolean
}

export function scanRecords(bytes: Buffer, from: number, salt: number): Scan {
  const records: FoundRecord[] = []
  let end = from
  let last: FoundRecord | null = null
  while (last?.kind !== RecordKind.footer) {
    const record = recordAt(bytes, end, salt)
    if (record === null) break
    records.push(record)
    end = record.end
    last = record
  }
  const batch = last === null ? 0 : last.lastOfBatch ? last.batch : last.batch - 1
  return {records, end, batch, sealed: last?.kind === RecordKind.footer}
}

/**
 * Whether the bytes after the last good record can be what a crash left of a write: only the last write of a segment
 * can have been under way, so any whole record of a later one says that something synced was damaged.
 */
export function isTornTail(bytes: Buffer, {end, batch}: Scan, salt: number): boolean {
  for (let offset = end + 1; offset < bytes.length; offset++) {
    const record = recordAt(bytes, offset, salt)
    if (record !== null && record.batch > batch + 1) return false
  }
  return true
}
