/**
 * The changes of the store in order, for those who follow it.
 *
 * Followers pull: each asks for what comes after the revision it has, at its own pace. The latest changes are kept in
 * memory, older ones are read from the history on disk, so a slow follower costs nobody memory, and loses nothing until
 * a compaction overtakes it.
 */
import type {Change} from './record.js'
import type {View} from './view.js'

const recentChangesMax = 1_024
const recentBytesMax = 8 * 1_024 * 1_024
/** Of one reading; a revision is never split, however large. */
const readChangesMax = 512

export class ChangeFeed {
  readonly #recent: Change[] = []
  #recentBytes = 0
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  append(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#recent.push(change)
      this.#recentBytes += bytesOf(change)
    }
    let dropped = 0
    while (this.#recent.length - dropped > recentChangesMax || this.#recentBytes > recentBytesMax) {
      this.#recentBytes -= bytesOf(this.#recent[dropped++])
    }
    this.#recent.splice(0, dropped)
    this.#wake()
  }

  /** Resolves at the next change, when the signal is aborted, or at the end; the caller looks which. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      signal.addEventListener('abort', wake)
      this.#waiting.add(wake)
    })
  }

  /** Whole revisions from `from` on; `through` is the last. There must be one. */
  read(view: View, from: number): {readonly changes: readonly Change[]; readonly through: number} {
    const oldest = this.#recent[0]
    // The oldest revision kept may have lost its first changes.
    if (oldest !== undefined && oldest.revision < from) {
      const start = this.#recent.findLastIndex(({revision}) => revision < from) + 1
      return {changes: this.#recent.slice(start), through: view.revision}
    }
    const changes: Change[] = []
    for (const change of view.changes(from, view.revision)) {
      const last = changes[changes.length - 1]
      if (changes.length >= readChangesMax && last !== undefined && last.revision !== change.revision) {
        return {changes, through: last.revision}
      }
      changes.push(change)
    }
    return {changes, through: view.revision}
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

function bytesOf(change: Change | undefined): number {
  if (change === undefined) return 0
  return change.key.length + (change.current?.value.length ?? 0) + (change.previous?.value.length ?? 0)
}
