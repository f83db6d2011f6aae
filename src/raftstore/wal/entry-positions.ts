/**
 * Where each entry of a group is: four numbers an entry, in columns, because a log may hold millions.
 */
import {assert} from '../../errors/assert.js'

export interface EntryPosition {
  readonly segment: number
  readonly offset: number
  /** Of the payload. */
  readonly bytes: number
  readonly term: number
}

const firstCapacity = 16

export class EntryPositions {
  #segments = new Uint32Array(firstCapacity)
  #offsets = new Uint32Array(firstCapacity)
  #bytes = new Uint32Array(firstCapacity)
  #terms = new Float64Array(firstCapacity)
  /** The slot of `first`. */
  #start = 0
  #count = 0
  #first: number
  #totalBytes = 0

  constructor(first: number) {
    this.#first = first
  }

  get first(): number {
    return this.#first
  }

  get last(): number {
    return this.#first + this.#count - 1
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  at(index: number): EntryPosition | null {
    if (index < this.#first || index > this.last) return null
    return this.#slot(this.#start + index - this.#first)
  }

  /** The first entry that is in `segment`, or null. */
  firstIn(segment: number): number | null {
    const slot = this.#segments.subarray(this.#start, this.#start + this.#count).indexOf(segment)
    return slot < 0 ? null : this.#first + slot
  }

  push(position: EntryPosition): void {
    if (this.#start + this.#count === this.#segments.length) this.#makeRoom()
    const slot = this.#start + this.#count
    this.#segments[slot] = position.segment
    this.#offsets[slot] = position.offset
    this.#bytes[slot] = position.bytes
    this.#terms[slot] = position.term
    this.#count += 1
    this.#totalBytes += position.bytes
  }

  /** Takes the last entry off. */
  pop(): EntryPosition {
    assert(this.#count > 0, 'an entry is there to be taken off')
    this.#count -= 1
    return this.#taken(this.#start + this.#count)
  }

  /** Takes the first entry off. */
  shift(): EntryPosition {
    assert(this.#count > 0, 'an entry is there to be taken off')
    this.#count -= 1
    this.#first += 1
    this.#start += 1
    return this.#taken(this.#start - 1)
  }

  /** Of an empty run: says where it goes on. */
  restart(first: number): void {
    assert(this.#count === 0, 'only an empty run moves')
    this.#first = first
    this.#start = 0
  }

  #taken(slot: number): EntryPosition {
    const position = this.#slot(slot)
    this.#totalBytes -= position.bytes
    return position
  }

  #slot(slot: number): EntryPosition {
    return {
      segment: this.#segments[slot] ?? 0,
      offset: this.#offsets[slot] ?? 0,
      bytes: this.#bytes[slot] ?? 0,
      term: this.#terms[slot] ?? 0,
    }
  }

  #makeRoom(): void {
    const capacity = Math.max(firstCapacity, this.#count * 2)
    const to = this.#start + this.#count
    const moved = <Column extends Uint32Array | Float64Array>(column: Column, larger: Column): Column => {
      larger.set(column.subarray(this.#start, to))
      return larger
    }
    this.#segments = moved(this.#segments, new Uint32Array(capacity))
    this.#offsets = moved(this.#offsets, new Uint32Array(capacity))
    this.#bytes = moved(this.#bytes, new Uint32Array(capacity))
    this.#terms = moved(this.#terms, new Float64Array(capacity))
    this.#start = 0
  }
}
