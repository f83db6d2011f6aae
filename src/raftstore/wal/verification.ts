/**
 * Whether a log at rest is what was written to it: every record of every segment, where a start reads most through their footers.
 * Nothing is changed, not even what a start would cut off, and after damage it goes on with the next segment.
 */
import type {Disk} from '../../env/disk.js'
import {noFailpoints} from '../../env/failpoints.js'
import {decodeFooter, decodeTrailer, trailerBytes} from './footer.js'
import {LogState} from './log-state.js'
import {openingBytes} from './opening.js'
import {type FoundRecord, RecordKind} from './record.js'
import {isTornTail, scanRecords} from './scan.js'
import {decodeHeader, Segment, segmentHeaderBytes, segmentNames} from './segment.js'

export interface VerifiedSegment {
  readonly path: string
  readonly bytes: number
  readonly records: number
  /** `torn`: it ends with a write that a crash cut short and nobody was told of; the next start cuts it off. */
  readonly state: 'sound' | 'torn' | 'damaged'
  /** What is wrong, and where. */
  readonly fault: string | null
}

/** Oldest first. Errors: DATA_TOO_NEW. */
export async function* verifyLog(disk: Disk, directory: string): AsyncGenerator<VerifiedSegment> {
  const state = new LogState()
  const names = segmentNames(await disk.list(directory))
  let isWhole = true
  for (const [at, name] of names.entries()) {
    const isLast = at === names.length - 1
    const verified = await verifySegment(disk, {directory, name, isLast, state})
    isWhole &&= verified.state !== 'damaged'
    yield isLast && isWhole ? withMissing(verified, state) : verified
  }
}

/** Entries that a group needs and no segment has: only where all of them are whole is it known. */
function withMissing(last: VerifiedSegment, state: LogState): VerifiedSegment {
  for (const group of state.groups.values()) {
    const missing = group.settle()
    if (missing !== null) {
      return {...last, state: 'damaged', fault: `no segment has entry ${missing} of partition ${group.id}`}
    }
  }
  return last
}

interface SegmentFile {
  readonly directory: string
  readonly name: string
  readonly isLast: boolean
  readonly state: LogState
}

async function verifySegment(disk: Disk, {directory, name, isLast, state}: SegmentFile): Promise<VerifiedSegment> {
  const path = `${directory}/${name}`
  const file = await disk.open(path, {readOnly: true})
  try {
    const whole = Buffer.allocUnsafeSlow(await file.size())
    const bytes = whole.subarray(0, await file.read(whole, 0))
    const sequence = Number.parseInt(name, 10)
    const salt = decodeHeader(bytes, sequence, path)
    const scan = scanRecords(bytes, segmentHeaderBytes, salt ?? 0)
    const of = {path, bytes: bytes.length, records: salt === null ? 0 : scan.records.length}
    const isTorn = !scan.sealed && scan.end < bytes.length
    if (salt === null || scan.records[0]?.kind !== RecordKind.opening) {
      // a crash may leave the head of one that was just begun
      const isBeginning = isLast && bytes.length <= segmentHeaderBytes + openingBytes(state.groups.size)
      return {...of, state: isBeginning ? 'torn' : 'damaged', fault: 'the head of the segment is not whole'}
    }
    if (isTorn && !(isLast && isTornTail(bytes, scan, salt))) {
      return {...of, state: 'damaged', fault: `the record at offset ${scan.end} is damaged`}
    }
    if (!scan.sealed && !isLast) return {...of, state: 'damaged', fault: 'it ends too soon'}
    const segment = new Segment(sequence, path, salt, file, noFailpoints)
    state.segments.set(sequence, segment)
    for (const record of scan.records) state.apply(record, record.offset, segment)
    const fault = scan.sealed ? footerFault(bytes, scan.records, salt) : null
    if (fault !== null) return {...of, state: 'damaged', fault}
    return {...of, state: isTorn ? 'torn' : 'sound', fault: isTorn ? `a write cut short at offset ${scan.end}` : null}
  } finally {
    await file.close()
  }
}

/** A start believes the footer; it must say what the records are. */
function footerFault(bytes: Buffer, records: readonly FoundRecord[], salt: number): string | null {
  const footer = records.at(-1)
  const trailer = bytes.subarray(footer?.end)
  // a crash between the two leaves none, and the records are read then
  if (footer === undefined || trailer.length < trailerBytes) return null
  if (decodeTrailer(trailer, salt) !== footer.offset) return `the bytes at offset ${footer.end} are damaged`
  const entries = records.filter(({kind}) => kind === RecordKind.entry)
  const listed = decodeFooter(footer.payload)
  const isSame = entries.every(({group, index, term, offset}, at) => {
    const entry = listed[at]
    return entry?.group === group && entry.index === index && entry.term === term && entry.offset === offset
  })
  return isSame && listed.length === entries.length ? null : 'its footer does not list what it holds'
}
