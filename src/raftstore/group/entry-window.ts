/**
 * The entries of a log that are in memory: the newest ones, and what was read back from disk for a member that is behind.
 * The core reads here; what is not here it asks for, and `load` fetches it.
 */
import type {Entry} from '../../raft/entry.js'
import {entryBytes, withinBytes} from '../../raft/entry.js'
import type {LogRange} from '../../raft/ready.js'
import type {GroupLog} from '../log.js'
import {decodeEntry} from './entry-payload.js'

/** Of a group's newest entries: what members that keep up are sent. */
const recentBytesMax = 2 * 1024 * 1024
const loadedBytesMax = 1024 * 1024
/** Members that are behind at different places at once; one more costs another read of the disk. */
const loadedRunsMax = 4

export class EntryWindow {
  readonly #recent: Entry[] = []
  #recentBytes = 0
  #loaded: (readonly Entry[])[] = []

  constructor(private readonly log: GroupLog) {}

  /** As `LogReader.entries`. */
  entries(from: number, to: number, bytesMax: number): readonly Entry[] | null {
    for (const run of [this.#recent, ...this.#loaded]) {
      const first = run[0]?.index ?? Number.POSITIVE_INFINITY
      const at = from - first
      if (at < 0 || at >= run.length) continue
      return withinBytes(run.slice(at, at + to - from), bytesMax)
    }
    return null
  }

  /** Entries that are durable now; they replace what was there from the first one's index on. */
  push(entries: readonly Entry[]): void {
    const first = entries[0]?.index
    if (first === undefined) return
    this.#cutFrom(first)
    for (const entry of entries) {
      this.#recent.push(entry)
      this.#recentBytes += entryBytes(entry)
    }
    let dropped = 0
    while (this.#recentBytes > recentBytesMax && dropped < this.#recent.length - 1) {
      this.#recentBytes -= entryBytes(this.#recent[dropped] as Entry)
      dropped += 1
    }
    this.#recent.splice(0, dropped)
  }

  /** Reads the beginning of the range from disk. Errors: DATA_CORRUPT. */
  async load({from, to}: LogRange): Promise<void> {
    const run: Entry[] = []
    let bytes = 0
    for await (const logged of this.log.read(from)) {
      const entry = decodeEntry(logged)
      run.push(entry)
      bytes += entryBytes(entry)
      if (entry.index + 1 >= to || bytes >= loadedBytesMax) break
    }
    if (run.length > 0) this.#loaded = [run, ...this.#loaded.slice(0, loadedRunsMax - 1)]
  }

  /** The log was emptied: a state came from elsewhere. */
  clear(): void {
    this.#recent.length = 0
    this.#recentBytes = 0
    this.#loaded = []
  }

  #cutFrom(index: number): void {
    while ((this.#recent.at(-1)?.index ?? 0) >= index) {
      const entry = this.#recent.pop()
      if (entry !== undefined) this.#recentBytes -= entryBytes(entry)
    }
    // A gap means that the recent ones no longer reach the new ones.
    if (this.#recent.length > 0 && this.#recent.at(-1)?.index !== index - 1) this.#recent.length = 0
    if (this.#recent.length === 0) this.#recentBytes = 0
    this.#loaded = this.#loaded.filter((run) => (run.at(-1)?.index ?? 0) < index)
  }
}
