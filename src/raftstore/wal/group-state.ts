/**
 * What the log knows of one group: its entries' positions, its hard state, and where it was cut.
 *
 * The same changes are made when a batch has become durable and when it is read again after a restart; only then may
 * the run of entries have holes for a while, because segments that were no longer needed are gone (`settle`).
 */
import type {HardState} from '../log.js'
import {type EntryPosition, EntryPositions} from './entry-positions.js'

/** A group at the moment when a segment was opened. */
export interface GroupSummary {
  readonly group: number
  readonly firstIndex: number
  /** Of the entry before `firstIndex`. */
  readonly prefixTerm: number
  readonly lastIndex: number
  readonly hardState: HardState
}

/** Segments count from 1. */
export const noSegment = 0
/** Stands for an entry that no segment holds. */
const missing: EntryPosition = {segment: noSegment, offset: 0, bytes: 0, term: 0}

/** Told of every entry that its segment need no longer keep. */
export type Release = (segment: number) => void

export class GroupState {
  readonly entries = new EntryPositions(1)
  hardState: HardState = {term: 0, vote: 0, commit: 0}
  #firstIndex = 1
  #prefixTerm = 0

  constructor(
    readonly id: number,
    private readonly release: Release,
  ) {}

  get firstIndex(): number {
    return this.#firstIndex
  }

  get lastIndex(): number {
    return this.entries.last
  }

  get lastTerm(): number {
    return this.entries.at(this.lastIndex)?.term ?? this.#prefixTerm
  }

  /** Of an entry that is kept, or of the one before the first. */
  termAt(index: number): number | null {
    if (index === this.#firstIndex - 1) return this.#prefixTerm
    return index < this.#firstIndex ? null : (this.entries.at(index)?.term ?? null)
  }

  summary(): GroupSummary {
    const {id, firstIndex, lastIndex, hardState} = this
    return {group: id, firstIndex, prefixTerm: this.#prefixTerm, lastIndex, hardState}
  }

  append(index: number, position: EntryPosition): void {
    this.truncateSuffix(index)
    if (index > this.lastIndex + 1) this.#restart(index)
    this.entries.push(position)
  }

  truncateSuffix(from: number): void {
    while (this.lastIndex >= Math.max(from, this.entries.first)) this.release(this.entries.pop().segment)
    if (this.lastIndex >= from) this.entries.restart(from)
  }

  /**
   * `term` is that of the entry at `index`. After a restart an entry which that one took the place of may stand here in its stead:
   * an older segment outlives a newer one if another group needs it.
   */
  truncatePrefix(index: number, term: number): void {
    if (index < this.#firstIndex) return
    this.#prefixTerm = term
    this.#firstIndex = index + 1
    if (index > this.lastIndex) this.#restart(index + 1)
    else while (this.entries.first <= index) this.release(this.entries.shift().segment)
  }

  drop(): void {
    this.truncateSuffix(this.entries.first)
  }

  /**
   * Takes what a segment says at its head for the truth: the records that led there may be gone. Entries that it counts
   * and that are not here were in a segment that is gone: they are going to be cut off, by a prefix or by a suffix.
   */
  adopt({firstIndex, prefixTerm, lastIndex, hardState}: GroupSummary): void {
    this.truncateSuffix(lastIndex + 1)
    if (this.entries.last < this.entries.first) this.entries.restart(lastIndex + 1)
    while (this.lastIndex < lastIndex) this.entries.push(missing)
    this.#firstIndex = firstIndex
    this.#prefixTerm = prefixTerm
    this.hardState = hardState
  }

  /** After a restart: forgets entries that were cut off. Returns an entry that should be here and is not, or null. */
  settle(): number | null {
    while (this.entries.first < Math.min(this.#firstIndex, this.lastIndex + 1)) {
      this.release(this.entries.shift().segment)
    }
    return this.entries.first > this.#firstIndex ? this.#firstIndex : this.entries.firstIn(noSegment)
  }

  #restart(first: number): void {
    while (this.entries.last >= this.entries.first) this.release(this.entries.pop().segment)
    this.entries.restart(first)
  }
}
