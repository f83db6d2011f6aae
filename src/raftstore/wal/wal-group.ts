/**
 * One group's log as its replica sees it: a window on what the shared log knows of the group.
 */
import type {PartitionId} from '../../entity/ids.js'
import {assert} from '../../errors/assert.js'
import type {GroupLog, HardState, LogEntry} from '../log.js'
import {exhausted} from './exhausted.js'
import type {GroupState} from './group-state.js'
import {hardStateRecord, type LogState} from './log-state.js'
import {readEntries} from './reader.js'
import {RecordKind, type WalRecord} from './record.js'

/** How a group reaches the log that it is part of. */
export interface WalAccess {
  state(): LogState
  write(records: readonly WalRecord[]): Promise<void>
}

interface Bounds {
  readonly first: number
  readonly last: number
}

export class WalGroup implements GroupLog {
  readonly #log: WalAccess
  /** The bounds once all that was given to the log is durable; null when they are what the log has. */
  #accepted: Bounds | null = null
  /** Whether callers that did not wait may be about to build on what was refused. */
  #refusedBefore = false

  constructor(
    readonly group: PartitionId,
    log: WalAccess,
  ) {
    this.#log = log
  }

  get firstIndex(): number {
    return this.#state?.firstIndex ?? 1
  }

  get lastIndex(): number {
    return this.#state?.lastIndex ?? 0
  }

  get lastTerm(): number {
    return this.#state?.lastTerm ?? 0
  }

  term(index: number): number | null {
    if (this.#state === undefined) return index === 0 ? 0 : null
    return this.#state.termAt(index)
  }

  get bytes(): number {
    return this.#state?.entries.totalBytes ?? 0
  }

  get hardState(): HardState {
    return this.#state?.hardState ?? {term: 0, vote: 0, commit: 0}
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const first = entries[0]?.index
    if (first === undefined) return
    const {first: kept, last} = this.#bounds
    if (first > last + 1 && this.#refusedBefore) throw exhausted(`entries before ${first} were refused`)
    assert(first >= kept && first <= last + 1, 'entries follow the log or replace a suffix of it')
    const records = entries.map((entry, at): WalRecord => {
      assert(entry.index === first + at, 'entries follow each other')
      return {...entry, kind: RecordKind.entry, group: this.group}
    })
    if (first <= last) records.unshift(this.#mark(RecordKind.truncateSuffix, first))
    const written = this.#write(records, {first: kept, last: first + entries.length - 1})
    this.#refusedBefore = false
    await written
  }

  async saveHardState(state: HardState): Promise<void> {
    await this.#write([hardStateRecord(this.group, state)], this.#bounds)
  }

  read(from: number): AsyncIterable<LogEntry> {
    assert(from >= this.firstIndex, 'only entries that are kept can be read')
    return readEntries(this.#log.state(), this.group, from)
  }

  async truncatePrefix(index: number, term = 0): Promise<void> {
    const {first, last} = this.#bounds
    if (index < first) return
    // In the record too: the entry may be gone when the record is read again.
    const records = [this.#mark(RecordKind.truncatePrefix, index, term || (this.term(index) ?? 0))]
    const conflicts = term > 0 && index <= last && this.term(index) !== term
    if (conflicts) records.unshift(this.#mark(RecordKind.truncateSuffix, index))
    await this.#write(records, {first: index + 1, last: conflicts ? index : Math.max(index, last)})
  }

  /** The group is as if it had never been, and may begin anew. */
  async drop(): Promise<void> {
    await this.#write([this.#mark(RecordKind.dropGroup, 0)], {first: 1, last: 0})
  }

  /** What was accepted and is not durable has been refused after all. */
  forgetAccepted(): void {
    this.#accepted = null
    this.#refusedBefore = true
  }

  get #state(): GroupState | undefined {
    return this.#log.state().groups.get(this.group)
  }

  #write(records: readonly WalRecord[], bounds: Bounds): Promise<void> {
    try {
      const written = this.#log.write(records)
      this.#accepted = bounds
      return written
    } catch (thrown) {
      this.#refusedBefore = true
      throw thrown
    }
  }

  get #bounds(): Bounds {
    return this.#accepted ?? {first: this.firstIndex, last: this.lastIndex}
  }

  #mark(kind: RecordKind, index: number, term = 0): WalRecord {
    return {kind, group: this.group, index, term, payload: noBytes}
  }
}

const noBytes = new Uint8Array(0)
