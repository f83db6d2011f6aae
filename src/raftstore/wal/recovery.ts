/**
 * From the segments on disk to the state of every group.
 *
 * Sealed segments are read through their footers. The last one is read record by record: what a crash left of its last
 * write is cut off. Anything else that is not as it was synced is damage, and stops the start with DATA_CORRUPT.
 */
import type {Disk, DiskFile} from '../../env/disk.js'
import {decodeFooter, decodeTrailer, footerIn, trailerBytes} from './footer.js'
import {LogState} from './log-state.js'
import {openingBytes} from './opening.js'
import {type FoundRecord, RecordKind, recordAt, recordHeaderBytes} from './record.js'
import {isTornTail, type Scan, scanRecords} from './scan.js'
import {corrupt, decodeHeader, Segment, segmentHeaderBytes, segmentNames} from './segment.js'

export interface Recovered {
  readonly state: LogState
  /** The segment that is appended to, or null if a new one must be begun. */
  readonly active: Segment | null
  /** 0 if there was no segment. */
  readonly lastSequence: number
  /** Cut off the end of the log: a write that was never acknowledged. */
  readonly tornBytes: number
}

export async function recover(disk: Disk, directory: string): Promise<Recovered> {
  const recovery = new Recovery(disk, directory)
  try {
    return await recovery.run()
  } catch (thrown) {
    await recovery.close()
    throw thrown
  }
}

class Recovery {
  readonly #state = new LogState()
  #active: Segment | null = null
  #tornBytes = 0

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
  ) {}

  async run(): Promise<Recovered> {
    const names = segmentNames(await this.disk.list(this.directory))
    for (const name of names) await this.#segment(name, name === names.at(-1))
    for (const group of this.#state.groups.values()) {
      const missing = group.settle()
      if (missing === null) continue
      throw corrupt(this.directory, 0, `entries ${missing.from} to ${missing.to} of group ${group.id} are missing`)
    }
    const lastSequence = Number.parseInt(names.at(-1) ?? '0', 10)
    return {state: this.#state, active: this.#active, lastSequence, tornBytes: this.#tornBytes}
  }

  async close(): Promise<void> {
    for (const segment of this.#state.segments.values()) await segment.close()
  }

  async #segment(name: string, isLast: boolean): Promise<void> {
    const path = `${this.directory}/${name}`
    const sequence = Number.parseInt(name, 10)
    const file = await this.disk.open(path)
    const size = await file.size()
    const salt = decodeHeader(await readRange(file, 0, Math.min(size, segmentHeaderBytes)), sequence, path)
    const segment = new Segment(sequence, path, salt ?? 0, file)
    this.#state.segments.set(sequence, segment)
    if (!isLast && salt !== null && (await this.#fromFooter(segment, size))) return
    const bytes = await readRange(file, 0, size)
    const scan = scanRecords(bytes, segmentHeaderBytes, segment.salt)
    if (salt === null || scan.records[0]?.kind !== RecordKind.opening) {
      if (isLast && size <= this.#bytesWhenBegun()) return this.#discard(segment, size)
      throw corrupt(path, 0, 'the head of the segment is damaged')
    }
    if (!scan.sealed && !isLast) throw corrupt(path, scan.end, 'a bad record in a sealed segment')
    if (!scan.sealed && !isTornTail(bytes, scan, salt)) throw corrupt(path, scan.end, 'a bad record before good ones')
    for (const record of scan.records) this.#state.apply(record, record.offset, segment)
    if (isLast) await this.#goOn(segment, scan, size)
  }

  /** A crash while the segment was being created: nothing can have been written to it yet. */
  async #discard(segment: Segment, size: number): Promise<void> {
    await segment.close()
    this.#state.segments.delete(segment.sequence)
    await this.disk.remove(segment.path)
    await this.disk.syncDirectory(this.directory)
    this.#tornBytes += size
  }

  /** What was read may so far be in the kernel's memory only: it is made durable before anyone relies on it. */
  async #goOn(segment: Segment, {records, sealed, end, batch}: Scan, size: number): Promise<void> {
    if (sealed) return segment.file.sync()
    this.#tornBytes += size - end
    for (const record of records) segment.note(record, record.offset)
    segment.batch = batch
    await segment.cutBack()
    await this.disk.syncDirectory(this.directory)
    this.#active = segment
  }

  /** False if the segment has no footer that can be trusted. */
  async #fromFooter(segment: Segment, size: number): Promise<boolean> {
    const {file, salt} = segment
    if (size < segmentHeaderBytes + recordHeaderBytes + trailerBytes) return false
    const footerOffset = decodeTrailer(await readRange(file, size - trailerBytes, trailerBytes), salt)
    if (footerOffset === null || footerOffset > size - trailerBytes) return false
    const footer = footerIn(await readRange(file, footerOffset, size - trailerBytes - footerOffset), salt)
    const opening = await readOpening(segment)
    if (footer === null || opening === null) return false
    this.#state.apply(opening, opening.offset, segment)
    for (const entry of decodeFooter(footer.payload)) this.#state.addEntry(entry, segment)
    return true
  }

  /** The length of a segment that was begun now and not written to yet. */
  #bytesWhenBegun(): number {
    return segmentHeaderBytes + openingBytes(this.#state.groups.size)
  }
}

async function readOpening({file, salt}: Segment): Promise<FoundRecord | null> {
  const header = await readRange(file, segmentHeaderBytes, recordHeaderBytes)
  const record = await readRange(file, segmentHeaderBytes, recordHeaderBytes + header.readUInt32LE(4))
  return recordAt(record, 0, salt)
}

/** Shorter only where the file ends. */
async function readRange(file: DiskFile, from: number, bytes: number): Promise<Buffer> {
  const target = Buffer.allocUnsafeSlow(bytes)
  return target.subarray(0, await file.read(target, from))
}
