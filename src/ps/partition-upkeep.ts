/**
 * What a partition does beside serving: checkpoints, and indexing what its indexes do not cover yet.
 *
 * One at a time, because an image copied while an engine rewrites its segments may not open. A checkpoint comes before
 * an index build, so that a crash in the middle of it costs no more than a replay, and another after it, so that the
 * work is not done again.
 */
import type {EngineStatus} from '../engine/engine.js'
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import type {GroupLog} from '../raftstore/log.js'
import {checkpointReason} from './checkpoint-policy.js'
import type {Checkpoints} from './checkpoints.js'
import type {PartitionState} from './partition-state.js'
import {Turns} from './turns.js'

/** Whether the part that no index covers is worth indexing now. */
export type IndexDue = (status: EngineStatus) => boolean

export interface UpkeepParts {
  readonly state: PartitionState
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly clock: Clock
  readonly events: Log
  readonly indexDue: IndexDue
  /** Milliseconds between two automatic checkpoints of a partition that changes. */
  readonly intervalMs: number
  /** What the newest checkpoint holds. */
  readonly checkpointedIndex: number
}

export class PartitionUpkeep {
  readonly #turns = new Turns()
  #checkpointedIndex: number
  #checkpointedBytes: number
  #checkpointedAt: number
  /** Applied index when indexing was last considered: at rest there is nothing to consider. */
  #consideredIndex = -1
  #consideredAt: number
  #running: Promise<void> | null = null

  constructor(private readonly parts: UpkeepParts) {
    this.#checkpointedIndex = parts.checkpointedIndex
    this.#checkpointedBytes = parts.state.appliedBytes
    this.#checkpointedAt = parts.clock.nowMs()
    this.#consideredAt = -Infinity
  }

  /** Begins what is due, if anything is; what was begun before goes on alone. */
  tick(refreshIntervalMs: number): Promise<void> | null {
    if (this.#running !== null) return null
    const work = this.#due(refreshIntervalMs)
    if (work === null) return null
    this.#running = work()
      .catch((thrown: unknown) => this.parts.events.error('partition.upkeep.failed', {error: String(thrown)}))
      .finally(() => {
        this.#running = null
      })
    return this.#running
  }

  /** Durable on return, and the log before the older kept checkpoint given up. Does nothing if nothing changed. */
  checkpoint(): Promise<void> {
    return this.#turns.run(() => this.#checkpoint(false))
  }

  /** Resolves when everything that was there at the call is indexed. */
  buildIndex(options: {readonly rebuild: boolean}): Promise<void> {
    return this.#turns.run(async () => {
      const {state, events, clock} = this.parts
      await this.#checkpoint(false)
      const startedAt = clock.nowMs()
      events.info('partition.index.started', {documents: state.engine.status().documents, ...options})
      await state.engine.buildIndex(options)
      const {indexed} = state.engine.status()
      events.info('partition.index.built', {indexed, ms: Math.round(clock.nowMs() - startedAt)})
      await this.#checkpoint(true)
    })
  }

  /** Waits for what is under way. */
  async idle(): Promise<void> {
    await this.#turns.run(() => Promise.resolve())
  }

  #due(refreshIntervalMs: number): (() => Promise<void>) | null {
    const {state, clock, indexDue, intervalMs} = this.parts
    if (state.appliedIndex === this.#checkpointedIndex && state.appliedIndex === this.#consideredIndex) return null
    const now = clock.nowMs()
    const status = state.engine.status()
    if (refreshIntervalMs >= 0 && now - this.#consideredAt >= refreshIntervalMs) {
      this.#consideredAt = now
      this.#consideredIndex = state.appliedIndex
      if (indexDue(status)) return () => this.buildIndex({rebuild: false})
    }
    const reason = checkpointReason({
      changedBytes: state.appliedBytes - this.#checkpointedBytes,
      changedEntries: state.appliedIndex - this.#checkpointedIndex,
      engineBytes: status.bytesOnDisk,
      sinceLastMs: now - this.#checkpointedAt,
      intervalMs,
    })
    return reason === null ? null : () => this.checkpoint()
  }

  async #checkpoint(evenIfUnchanged: boolean): Promise<void> {
    const {state, checkpoints, log, clock, events} = this.parts
    if (!evenIfUnchanged && state.appliedIndex === this.#checkpointedIndex) return
    const startedAt = clock.nowMs()
    const {finish, bytes} = await state.whilePaused(async (image) => ({
      finish: await checkpoints.begin(image, (directory) => state.engine.checkpoint(directory)),
      bytes: state.appliedBytes,
    }))
    const pausedMs = Math.round(clock.nowMs() - startedAt)
    const {appliedIndex} = await finish()
    this.#checkpointedIndex = appliedIndex
    this.#checkpointedBytes = bytes
    this.#checkpointedAt = clock.nowMs()
    await log.truncatePrefix(await checkpoints.prune())
    events.info('partition.checkpoint', {appliedIndex, pausedMs, ms: Math.round(clock.nowMs() - startedAt)})
  }
}
