/**
 * From the segments on disk to the state of every group.
 *
 * Sealed segments are read through their footers. The last one is read record by record: what a crash left of its last
 * write is cut off. Anything else that is not as it was synced is damage, and stops the start with DATA_CORRUPT.
 */
import {type Disk, type DiskFile, writeFileAtomic} from '../../env/disk.js'
import type {Env} from '../../env/env.js'
import type {Failpoints} from '../../env/failpoints.js'
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

export async function recover(
  {disk, failpoints}: Pick<Env, 'disk' | 'failpoints'>,
  directory: string,
): Promise<Recovered> {
  const recovery = new Recovery(disk, failpoints, directory)
  try {
    await failpoints.hit('wal.recover.before')
    const recovered = await recovery.run()
    await failpoints.hit('wal.recover.after')
    return recovered
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
    private readonly failpoints: Failpoints,
    private readonly directory: string,
  ) {}

  async run(): Promise<Recovered> {
    const names = segmentNames(await this.disk.list(this.directory))
    const lastSequence = Number.parseInt(names.at(-1) ?? '0', 10)
    const unborn = (await this.#beginsWell(names.at(-1))) ? undefined : names.pop()
    const last = names.at(-1)
    if (last !== undefined) await this.#renew(last)
    for (const name of names) await this.#segment(name, name === last)
    if (unborn !== undefined) await this.#discard(unborn)
    for (const group of this.#state.groups.values()) {
      const missing = group.settle()
      if (missing !== null) throw corrupt(this.directory, 0, `entry ${missing} of group ${group.id} is missing`)
    }
    return {state: this.#state, active: this.#active, lastSequence, tornBytes: this.#tornBytes}
  }

  async close(): Promise<void> {
    for (const segment of this.#state.segments.values()) await segment.close()
  }

  /** A crash while a segment was being created leaves a head that is not whole; so does damage, see `#discard`. */
  async #beginsWell(name: string | undefined): Promise<boolean> {
    if (name === undefined) return true
    const segment = await this.#open(name)
    try {
      return segment !== null && (await readOpening(segment)) !== null
    } finally {
      await segment?.close()
    }
  }

  /**
   * After a sync that failed, the kernel takes what it could not write for written: it reads well and is not on disk, and no
   * later sync changes that. So what was appended to is written once more, beside itself: a crash meanwhile harms nothing.
   */
  async #renew(name: string): Promise<void> {
    const path = `${this.directory}/${name}`
    const bytes = await this.disk.readFile(path)
    if (bytes === null) return
    try {
      await writeFileAtomic(this.disk, path, bytes)
    } catch (thrown) {
      // A disk that is full can still be read from; it takes more than that to make the above happen.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
      await this.disk.remove(`${path}.tmp`)
    }
  }

  async #segment(name: string, isLast: boolean): Promise<void> {
    const segment = await this.#open(name)
    const path = `${this.directory}/${name}`
    if (segment === null) throw corrupt(path, 0, 'the header of the segment is damaged')
    this.#state.segments.set(segment.sequence, segment)
    const size = await segment.file.size()
    if (!isLast && (await this.#fromFooter(segment, size))) return
    const bytes = await readRange(segment.file, 0, size)
    const scan = scanRecords(bytes, segmentHeaderBytes, segment.salt)
    if (scan.records[0]?.kind !== RecordKind.opening) throw corrupt(path, segmentHeaderBytes, 'no opening record')
    if (!scan.sealed && !isLast) throw corrupt(path, scan.end, 'a bad record in a sealed segment')
    if (!scan.sealed && !isTornTail(bytes, scan, segment.salt)) {
      throw corrupt(path, scan.end, 'a bad record before good ones')
    }
    for (const record of scan.records) this.#state.apply(record, record.offset, segment)
    if (isLast) await this.#goOn(segment, scan, size)
  }

  /** Null if the header is not whole. */
  async #open(name: string): Promise<Segment | null> {
    const path = `${this.directory}/${name}`
    const sequence = Number.parseInt(name, 10)
    const file = await this.disk.open(path)
    const salt = decodeHeader(await readRange(file, 0, segmentHeaderBytes), sequence, path)
    if (salt !== null) return new Segment(sequence, path, salt, file, this.failpoints)
    await file.close()
    return null
  }

  /** Nothing was written yet to a segment that was being created: one that is longer held records once. */
  async #discard(name: string): Promise<void> {
    const path = `${this.directory}/${name}`
    const size = (await this.disk.readFile(path))?.length ?? 0
    const bytesWhenBegun = segmentHeaderBytes + openingBytes(this.#state.groups.size)
    if (size > bytesWhenBegun) throw corrupt(path, 0, 'the head of the segment is damaged')
    await this.disk.remove(path)
    await this.disk.syncDirectory(this.directory)
    this.#tornBytes += size
  }

  /** What was read may so far be in the kernel's memory only: it is made durable before anyone relies on it. */
  async #goOn(segment: Segment, {records, sealed, end, batch}: Scan, size: number): Promise<void> {
    if (sealed) return segment.file.sync()
    this.#tornBytes += size - end
    for (const record of records) segment.note(record, record.offset)
    segment.batch = batch
    segment.isVouchedFor = records.at(-1)?.lastOfBatch === false
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
}

/** Null if it is not whole. */
async function readOpening({file, salt}: Segment): Promise<FoundRecord | null> {
  const header = await readRange(file, segmentHeaderBytes, recordHeaderBytes)
  if (header.length < recordHeaderBytes) return null
  const bytes = Math.min(recordHeaderBytes + header.readUInt32LE(4), await file.size())
  const record = recordAt(await readRange(file, segmentHeaderBytes, bytes), 0, salt)
  return record?.kind === RecordKind.opening ? record : null
}

/** Shorter only where the file ends. */
async function readRange(file: DiskFile, from: number, bytes: number): Promise<Buffer> {
  const target = Buffer.allocUnsafeSlow(bytes)
  return target.subarray(0, await file.read(target, from))
}
