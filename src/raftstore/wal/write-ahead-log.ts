/**
 * The write-ahead log that all groups of a node share.
 *
 * Changes queue up; whatever is queued when a sync ends goes to disk in the next write and the next sync, whichever
 * groups it belongs to. The log is a row of segments: one is appended to, the others are sealed, and a sealed one is
 * removed as soon as no group needs an entry in it.
 *
 * Invariants
 * - A promise resolves after its records are synced, and memory (`LogState`) shows them only then.
 * - Every segment begins with the state of all groups, so hard states and cuts never pin one; only live entries do.
 * - A segment is complete and in its directory before a record is written to it; the one before it is sealed by then.
 * - The last write is followed by something: if nothing comes, by a record that changes nothing. Without it, damage to what was
 *   acknowledged last would pass for a write that a crash cut short, and entries or a vote would be forgotten.
 * - A full disk is undone durably and refused with outcome `rejected`. Any other failure poisons the log: the kernel may
 *   have dropped what it failed to write, so nothing is retried and the process must stop.
 *
 * Reading order: record, opening, footer, segment (the files); entry-positions, group-state, log-state (memory); scan,
 * recovery (restart); wal-group, reader; this.
 */
import {type PartitionId, partitionId} from '../../entity/ids.js'
import {nextTurn, type Timer} from '../../env/clock.js'
import type {DirectoryLock} from '../../env/directory-lock.js'
import type {Disk} from '../../env/disk.js'
import type {Env} from '../../env/env.js'
import {assert} from '../../errors/assert.js'
import {CodedError} from '../../errors/coded-error.js'
import type {PinningGroup, SharedLog} from '../log.js'
import {exhausted} from './exhausted.js'
import {LogState} from './log-state.js'
import {openingRecord} from './opening.js'
import {recordBytes, type WalRecord} from './record.js'
import {recover} from './recovery.js'
import {Segment, SyncFailed, segmentName} from './segment.js'
import {WalGroup} from './wal-group.js'

export interface WriteAheadLogOptions {
  readonly directory: string
  readonly segmentBytes?: number
  /** Segments on disk from which on the groups that pin the oldest are named in `pinned`. */
  readonly segmentsMax?: number
  /** Called once, when a write or a sync has failed and the process must stop. */
  readonly onFatal?: (error: Error) => void
}

export const segmentBytesDefault = 64 * 1024 * 1024
/** A gibibyte: what the log of a node takes where nothing is wrong. */
const segmentsMaxDefault = 16
/** What one write and one sync take together. */
const batchBytesMax = 8 * 1024 * 1024
const batchRecordsMax = 4_096
/**
 * Where a sync is fast, writers come back in groups that are small for it. After one that at least `companyRecords` shared, the
 * next waits `gatherMs` unless `crowdRecords` are there: a lone writer never waits, nor does anyone where many write.
 */
const companyRecords = 4
const crowdRecords = 16
const gatherMs = 1
/** So long a log that was written to may be the last to know that it was synced. */
const vouchAfterMs = 1_000
/** Waiting for their write; what does not fit is refused. */
export const queueBytesMax = 64 * 1024 * 1024

interface Change {
  readonly records: readonly WalRecord[]
  readonly bytes: number
  resolve(): void
  reject(error: CodedError): void
}

export class WriteAheadLog implements SharedLog {
  readonly #disk: Disk
  readonly #env: Pick<Env, 'clock' | 'disk' | 'random' | 'log' | 'failpoints'>
  readonly #options: WriteAheadLogOptions
  readonly #handles = new Map<number, WalGroup>()
  #state = new LogState()
  #active: Segment | null = null
  #lastSequence = 0
  #lock: DirectoryLock | null = null
  #queue: Change[] = []
  #queueBytes = 0
  #writing: Promise<void> | null = null
  #vouching: Timer | null = null
  #isVouchDue = false
  #failure: Error | null = null
  /** Since the start: what was asked for, and the writes and syncs that it took. */
  #changes = 0
  #syncs = 0
  #closing: Promise<void> | null = null

  constructor(env: Pick<Env, 'clock' | 'disk' | 'random' | 'log' | 'failpoints'>, options: WriteAheadLogOptions) {
    this.#disk = env.disk
    this.#env = env
    this.#options = options
  }

  /** Errors: DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE, DATA_CORRUPT. */
  async start(): Promise<void> {
    const {directory} = this.#options
    this.#lock = await this.#disk.lock(directory)
    try {
      const {state, active, lastSequence, tornBytes} = await recover(this.#env, directory)
      this.#state = state
      this.#lastSequence = lastSequence
      this.#active = active ?? (await this.#begin())
      if (tornBytes > 0) this.#env.log.warn('wal.tail.cut', {directory, tornBytes})
    } catch (thrown) {
      await this.#closeFiles()
      throw thrown
    }
    this.#env.log.info('wal.opened', {directory, segments: this.#state.segments.size, groups: this.#state.groups.size})
    await this.#removeDead()
  }

  group(id: PartitionId): WalGroup {
    const known = this.#handles.get(id)
    if (known !== undefined) return known
    const group = new WalGroup(id, {
      state: () => this.#state,
      write: (records) => this.#enqueue(records),
    })
    this.#handles.set(id, group)
    return group
  }

  groups(): readonly PartitionId[] {
    return [...this.#state.groups.keys()].map(partitionId)
  }

  async dropGroup(id: PartitionId): Promise<void> {
    await this.group(id).drop()
  }

  pinned(): PinningGroup[] {
    const {segmentsMax = segmentsMaxDefault} = this.#options
    if (this.#state.segments.size <= segmentsMax) return []
    const sequences = [...this.#state.segments.keys()]
    const pinning: PinningGroup[] = []
    for (const {id, entries, firstIndex, lastIndex} of this.#state.groups.values()) {
      const oldest = entries.at(firstIndex)
      if (oldest === null) continue
      const segments = sequences.length - sequences.indexOf(oldest.segment)
      if (segments > segmentsMax) pinning.push({group: partitionId(id), firstIndex, lastIndex, segments})
    }
    return pinning.sort((a, b) => b.segments - a.segments)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    this.#vouching?.cancel()
    if (this.#failure === null) await this.#vouch()
    await this.#closeFiles()
    const {directory} = this.#options
    this.#env.log.info('wal.closed', {directory, changes: this.#changes, syncs: this.#syncs})
  }

  async #closeFiles(): Promise<void> {
    for (const segment of this.#state.segments.values()) await segment.close()
    await this.#lock?.release()
  }

  /** Throws at once if the records are refused. */
  #enqueue(records: readonly WalRecord[]): Promise<void> {
    if (this.#active === null || this.#closing !== null)
      throw new CodedError('PARTITION_IS_CLOSED', 'the log is closed')
    if (this.#failure !== null) throw new CodedError('INTERNAL_ERROR', 'the log has failed', {cause: this.#failure})
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
    if (this.#queueBytes > 0 && this.#queueBytes + bytes > queueBytesMax) throw exhausted("the log's queue is full")
    return new Promise((resolve, reject) => {
      this.#queue.push({records, bytes, resolve, reject})
      this.#queueBytes += bytes
      this.#writing ??= this.#write()
    })
  }

  /** Ends when nothing is queued any more; whoever queues then starts it again. */
  async #write(): Promise<void> {
    let shared = 0
    for (;;) {
      // Callers whose promises have just been resolved get to queue what they have next, and it is written together.
      await nextTurn(this.#env.clock)
      if (shared >= companyRecords && recordsIn(this.#queue) < crowdRecords) await this.#env.clock.sleep(gatherMs)
      const batch = this.#nextBatch()
      if (batch.length === 0) {
        if (!this.#isVouchDue) break
        this.#isVouchDue = false
        await this.#vouch()
        continue
      }
      try {
        const records = batch.flatMap((change) => change.records)
        await this.#commit(records)
        this.#changes += batch.length
        this.#syncs += 1
        shared = records.length
        for (const change of batch) change.resolve()
        await this.#removeDead()
      } catch (thrown) {
        if (thrown instanceof CodedError) this.#refuse(batch, thrown)
        else this.#fail(batch, thrown)
      }
    }
    this.#writing = null
    this.#vouchLater()
  }

  #vouchLater(): void {
    if (this.#vouching !== null || this.#failure !== null || this.#active?.isVouchedFor !== false) return
    this.#vouching = this.#env.clock.after(vouchAfterMs, () => {
      this.#vouching = null
      this.#isVouchDue = true
      this.#writing ??= this.#write()
    })
  }

  /** See the invariants. A disk that is full or fails here loses nothing: it shows at the next write. */
  async #vouch(): Promise<void> {
    const record = this.#state.idleRecord()
    const segment = this.#active
    if (record === null || segment === null || segment.isVouchedFor) return
    try {
      await segment.vouch(record)
    } catch (thrown) {
      this.#env.log.warn('wal.unvouched', {path: segment.path, error: thrown})
    }
  }

  #nextBatch(): Change[] {
    let bytes = 0
    let records = 0
    let count = 0
    for (const change of this.#queue) {
      if (count > 0 && (bytes + change.bytes > batchBytesMax || records + change.records.length > batchRecordsMax))
        break
      bytes += change.bytes
      records += change.records.length
      count += 1
    }
    this.#queueBytes -= bytes
    return this.#queue.splice(0, count)
  }

  /** Throws a coded error if the disk is full and all is as before, anything else if the log is lost. */
  async #commit(records: readonly WalRecord[]): Promise<void> {
    let segment = this.#active
    assert(segment !== null, 'an open log has a segment to append to')
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
    const segmentBytes = this.#options.segmentBytes ?? segmentBytesDefault
    if (segment.holdsRecords && segment.end + bytes > segmentBytes) segment = await this.#roll(segment)
    let offsets: number[]
    try {
      offsets = await segment.append(records)
    } catch (thrown) {
      if (!isFull(thrown)) throw thrown
      await segment.cutBack()
      throw exhausted('the disk is full', thrown)
    }
    for (const [at, record] of records.entries()) this.#state.apply(record, offsets[at] ?? 0, segment)
  }

  async #roll(full: Segment): Promise<Segment> {
    try {
      await full.seal()
      const next = await this.#begin()
      full.forgetFooter()
      this.#active = next
      return next
    } catch (thrown) {
      if (!isFull(thrown)) throw thrown
      // The unfinished next segment must be gone for good before the full one is written to again.
      await this.#disk.remove(`${this.#options.directory}/${segmentName(this.#lastSequence + 1)}`)
      await this.#disk.syncDirectory(this.#options.directory)
      await full.cutBack()
      throw exhausted('the disk is full', thrown)
    }
  }

  async #begin(): Promise<Segment> {
    const {directory} = this.#options
    const sequence = this.#lastSequence + 1
    const opening = openingRecord(this.#state.summaries())
    const segment = await Segment.create(this.#env, directory, sequence, opening)
    this.#state.segments.set(sequence, segment)
    this.#lastSequence = sequence
    return segment
  }

  /** A removal that a crash undoes is repeated: the openings of later segments say what is gone. */
  async #removeDead(): Promise<void> {
    for (const segment of this.#state.segments.values()) {
      if (segment === this.#active || segment.live > 0) continue
      this.#state.segments.delete(segment.sequence)
      try {
        await segment.remove(this.#disk)
      } catch (thrown) {
        this.#env.log.warn('wal.segment.kept', {path: segment.path, error: thrown})
      }
    }
  }

  /** What was queued behind the refused changes relies on them, so it is refused too. */
  #refuse(batch: readonly Change[], error: CodedError): void {
    this.#env.log.warn('wal.refused', {error})
    for (const change of [...batch, ...this.#takeQueue()]) change.reject(error)
    for (const group of this.#handles.values()) group.forgetAccepted()
  }

  #fail(batch: readonly Change[], thrown: unknown): void {
    const failure = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.#failure = failure
    this.#env.log.error('wal.failed', {error: failure})
    const error = new CodedError('INTERNAL_ERROR', `the log failed: ${failure.message}`, {
      outcome: 'unknown',
      cause: failure,
    })
    for (const change of [...batch, ...this.#takeQueue()]) change.reject(error)
    this.#options.onFatal?.(failure)
  }

  #takeQueue(): Change[] {
    this.#queueBytes = 0
    return this.#queue.splice(0)
  }
}

function recordsIn(changes: readonly Change[]): number {
  return changes.reduce((sum, {records}) => sum + records.length, 0)
}

/** A sync that failed is never this, whatever its reason. */
function isFull(thrown: unknown): boolean {
  const {code} = Object(thrown) as {code?: unknown}
  return !(thrown instanceof SyncFailed) && (code === 'ENOSPC' || code === 'EDQUOT')
}
