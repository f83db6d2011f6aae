/**
 * One file of the log: `magic | u32 format | f64 sequence | u32 salt | u32 crc`, then records.
 */
import {crc32} from 'node:zlib'
import type {Disk, DiskFile} from '../../env/disk.js'
import type {Env} from '../../env/env.js'
import type {Failpoints} from '../../env/failpoints.js'
import {CodedError} from '../../errors/coded-error.js'
import {tooNew} from '../../errors/too-new.js'
import {encodeTrailer, FooterWriter} from './footer.js'
import {encodeBatch, RecordKind, recordBytes, type WalRecord} from './record.js'

const magic = Buffer.from('VWAL')
const format = 1
const fileName = /^\d{16}\.wal$/
export const segmentHeaderBytes = 24

export function segmentName(sequence: number): string {
  return `${String(sequence).padStart(16, '0')}.wal`
}

/** Of the segments in a listing, oldest first. */
export function segmentNames(names: readonly string[]): string[] {
  return names.filter((name) => fileName.test(name)).sort()
}

/** Nobody knows any more what of the file is on disk: the log that meets this must stop. */
export class SyncFailed extends Error {
  override readonly name = 'SyncFailed'

  constructor(path: string, cause: unknown) {
    super(`${path} did not sync: ${cause instanceof Error ? cause.message : String(cause)}`, {cause})
  }
}

export class Segment {
  /** Entries in it that a group still needs. */
  live = 0
  /** Where the next record goes. */
  end = segmentHeaderBytes
  /** Writes so far. */
  batch = 0
  /** Something that is whole was begun after the last write: it had been synced, so damage to it is no torn tail. */
  isVouchedFor = false
  #footer = new FooterWriter()
  #records = 0
  #readers = 0
  #removed = false

  constructor(
    readonly sequence: number,
    readonly path: string,
    readonly salt: number,
    readonly file: DiskFile,
    private readonly failpoints: Failpoints,
  ) {}

  /** A new segment with its opening; on return it is there to stay. */
  static async create(
    {disk, random, failpoints}: Pick<Env, 'disk' | 'random' | 'failpoints'>,
    directory: string,
    sequence: number,
    opening: WalRecord,
  ): Promise<Segment> {
    const path = `${directory}/${segmentName(sequence)}`
    const salt = Buffer.from(random.bytes(4)).readUInt32LE(0)
    await failpoints.hit('wal.begin.before')
    const segment = new Segment(sequence, path, salt, await disk.open(path, {create: true}), failpoints)
    try {
      await segment.file.write(encodeHeader(sequence, salt), 0)
      await segment.append([opening])
      await disk.syncDirectory(directory)
      await failpoints.hit('wal.begin.after')
    } catch (thrown) {
      await segment.close()
      throw thrown
    }
    return segment
  }

  /** Writes the records after the last ones; they are durable on return. Returns where each is. */
  async append(records: readonly WalRecord[]): Promise<number[]> {
    await this.failpoints.hit('wal.append.before')
    await this.file.write(encodeBatch(records, this.batch + 1, this.salt), this.end)
    await this.failpoints.hit('wal.append.written')
    await this.#sync()
    await this.failpoints.hit('wal.append.after')
    this.batch += 1
    this.isVouchedFor = false
    return records.map((record) => {
      const offset = this.end
      this.note(record, offset)
      return offset
    })
  }

  /**
   * Begins the next batch with a record that changes nothing. Not synced: it is of use when it is there, and no harm when it is
   * not, since what goes on with the batch is synced with it.
   */
  async vouch(record: WalRecord): Promise<void> {
    await this.file.write(encodeBatch([record], this.batch + 1, this.salt, false), this.end)
    this.note(record, this.end)
    this.isVouchedFor = true
  }

  /** More than its opening. */
  get holdsRecords(): boolean {
    return this.#records > 1
  }

  /** Counts a record that is on disk. */
  note(record: WalRecord, offset: number): void {
    const {kind, group, index, term, payload} = record
    if (kind === RecordKind.entry) this.#footer.add({group, index, term, offset, bytes: payload.length})
    this.end = offset + recordBytes(record)
    this.#records += 1
  }

  /** Nothing is appended from now on. */
  async seal(): Promise<void> {
    await this.failpoints.hit('wal.seal.before')
    const footer = encodeBatch([this.#footer.record()], this.batch + 1, this.salt)
    await this.file.write(Buffer.concat([footer, encodeTrailer(this.end, this.salt)]), this.end)
    await this.#sync()
    await this.failpoints.hit('wal.seal.after')
  }

  /** Takes back what was written after the last record, durably. */
  async cutBack(): Promise<void> {
    await this.failpoints.hit('wal.cut.before')
    await this.file.truncate(this.end)
    await this.#sync()
    await this.failpoints.hit('wal.cut.after')
  }

  /** The footer is not needed any more once the segment is sealed. */
  forgetFooter(): void {
    this.#footer = new FooterWriter()
  }

  /** Keeps the file open while `read` runs, even if the segment is removed meanwhile. */
  async whileReading<Result>(read: (file: DiskFile) => Promise<Result>): Promise<Result> {
    this.#readers += 1
    try {
      return await read(this.file)
    } finally {
      this.#readers -= 1
      await this.#closeIfUnused()
    }
  }

  async remove(disk: Disk): Promise<void> {
    await this.failpoints.hit('wal.remove.before')
    await disk.remove(this.path)
    await this.failpoints.hit('wal.remove.after')
    this.#removed = true
    await this.#closeIfUnused()
  }

  close(): Promise<void> {
    return this.file.close()
  }

  async #sync(): Promise<void> {
    try {
      await this.file.sync()
    } catch (cause) {
      throw new SyncFailed(this.path, cause)
    }
  }

  async #closeIfUnused(): Promise<void> {
    if (this.#removed && this.#readers === 0) await this.file.close()
  }
}

function encodeHeader(sequence: number, salt: number): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes)
  magic.copy(header)
  header.writeUInt32LE(format, 4)
  header.writeDoubleLE(sequence, 8)
  header.writeUInt32LE(salt, 16)
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20)
  return header
}

/** The salt, or null if these bytes are not the whole header of segment `sequence`. */
export function decodeHeader(header: Buffer, sequence: number, path: string): number | null {
  if (header.length < segmentHeaderBytes || !header.subarray(0, 4).equals(magic)) return null
  if (crc32(header.subarray(0, 20)) !== header.readUInt32LE(20)) return null
  if (header.readDoubleLE(8) !== sequence) return null
  if (header.readUInt32LE(4) !== format) {
    throw tooNew(path, header.readUInt32LE(4), format)
  }
  return header.readUInt32LE(16)
}

export function corrupt(path: string, offset: number, why: string): CodedError {
  return new CodedError('DATA_CORRUPT', `${path} at offset ${offset}: ${why}`, {
    hint: 'The disk changed what was synced to it. Take the node out and let it return empty, under a new node id.',
    facts: {path, offset},
  })
}
