/**
 * Compacts by itself, as Vearch has its etcd do it: what is older than the retention goes, and so does what exceeds the
 * number of revisions that are kept at most.
 */
import type {Clock, Timer} from '../../env/clock.js'

const notesPerRetention = 10

export interface Retention {
  readonly retentionMs: number
  readonly revisionsMax: number
}

export class Compactor {
  #notes: {readonly atMs: number; readonly revision: number}[] = []
  #timer: Timer | null = null

  constructor(
    readonly clock: Clock,
    readonly retention: Retention,
    readonly revision: () => number,
    readonly compact: (revision: number) => void,
  ) {}

  start(): void {
    this.#note()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #note(): void {
    const {retentionMs, revisionsMax} = this.retention
    const atMs = this.clock.nowMs()
    const revision = this.revision()
    this.#notes.push({atMs, revision})
    const old = this.#notes.filter((note) => note.atMs <= atMs - retentionMs)
    this.#notes = this.#notes.slice(old.length)
    const target = Math.max(old[old.length - 1]?.revision ?? 0, revision - revisionsMax)
    if (target > 0) this.compact(target)
    this.#timer = this.clock.after(retentionMs / notesPerRetention, () => this.#note())
  }
}
