/**
 * What a partition does beside serving: checkpoints, and indexing what its indexes do not cover yet.
 *
 * One at a time, because an image copied while an engine rewrites its segments may not open. A checkpoint comes before
 * an index build, so that a crash in the middle of it costs no more than a replay, and another after it, so that the
 * work is not done again.
 */
import type {EngineStatus} from '../engine/engine.js'
import {indexDue} from '../engine/index-policy.js'
import type {Space} from '../entity/space.js'
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import {Turns} from '../env/turns.js'
import type {AppliedState} from '../raftstore/state-machine.js'
import {checkpointReason} from './checkpoint-policy.js'
import type {Checkpoints} from './checkpoints.js'
import type {PartitionState} from './partition-state.js'

/** What failed would most likely fail again at once. */
const retryMs = 60_000

export interface UpkeepParts {
  readonly state: PartitionState
  readonly checkpoints: Checkpoints
  /** Where the group stood at the applied index. */
  readonly standing: (appliedIndex: number) => AppliedState
  /** There is a checkpoint of the state at the index. */
  readonly checkpointed: (appliedIndex: number, standing: AppliedState) => void
  /** This replica no longer needs the log up to here, and had better let go of it at once where it pins the disk. */
  readonly release: (checkpointedIndex: number, isPinning: boolean) => Promise<void>
  readonly clock: Clock
  readonly events: Log
  /** Milliseconds between two automatic checkpoints of a partition that changes. */
  readonly intervalMs: number
  /** What the newest checkpoint holds. */
  readonly checkpointedIndex: number
}

export class PartitionUpkeep {
  readonly #turns = new Turns()
  #checkpointedIndex: number
  /** What was replayed since the checkpoint counts as changed. */
  #checkpointedBytes = 0
  #checkpointedAt: number
  #askedAt = -Infinity
  #askedIndex = -1
  /** Asked again at this applied index, the policy would say no again. */
  #settledIndex = -1
  #failedAt = -Infinity
  #policy: IndexPolicy | null = null
  #building = false
  #running: Promise<void> | null = null

  constructor(private readonly parts: UpkeepParts) {
    this.#checkpointedIndex = parts.checkpointedIndex
    this.#checkpointedAt = parts.clock.nowMs()
  }

  /** Begins what is due, if anything is; what was begun before goes on alone. */
  tick(refreshIntervalMs: number, isPinning: boolean): Promise<void> | null {
    if (this.#running !== null) return null
    const work = this.#due(refreshIntervalMs, isPinning)
    if (work === null) return null
    this.#running = work()
      .catch((thrown: unknown) => {
        this.#failedAt = this.parts.clock.nowMs()
        this.parts.events.error('partition.upkeep.failed', {error: String(thrown), retryInMs: retryMs})
      })
      .finally(() => {
        this.#running = null
      })
    return this.#running
  }

  /**
   * Durable on return, and the log before the older kept checkpoint given up. Does nothing if nothing changed, nor during
   * an index build, which ends with a checkpoint: what was acknowledged is in the log.
   */
  checkpoint(): Promise<void> {
    return this.#building ? Promise.resolve() : this.#turns.run(() => this.#checkpoint(false))
  }

  /** As `checkpoint`, but even if nothing changed: the last one was lost. */
  renew(): Promise<void> {
    return this.#turns.run(() => this.#checkpoint(true))
  }

  /** Runs `task` while there is neither a checkpoint nor an index build. */
  between<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run(task)
  }

  /** Resolves when everything that was there at the call is indexed. */
  buildIndex(options: {readonly rebuild: boolean}): Promise<void> {
    return this.#turns.run(async () => {
      const {state, checkpoints, events, clock} = this.parts
      await this.#checkpoint(false)
      // it writes anew what it indexes
      await checkpoints.assertRoom(state.engine.status().bytesOnDisk)
      const startedAt = clock.nowMs()
      this.#settledIndex = -1
      events.info('partition.index.started', {documents: state.engine.status().documents, ...options})
      this.#building = true
      try {
        await state.engine.buildIndex(options)
      } finally {
        this.#building = false
      }
      const {indexed} = state.engine.status()
      events.info('partition.index.built', {indexed, ms: Math.round(clock.nowMs() - startedAt)})
      await this.#checkpoint(true)
    })
  }

  /** Waits for what is under way. */
  async idle(): Promise<void> {
    await this.#turns.run(() => Promise.resolve())
  }

  #due(refreshIntervalMs: number, isPinning: boolean): (() => Promise<void>) | null {
    const {state, clock, intervalMs} = this.parts
    const {appliedIndex, changedIndex} = state
    const isSettled = changedIndex <= this.#checkpointedIndex && appliedIndex === this.#settledIndex
    if (isSettled && !isPinning) return null
    const now = clock.nowMs()
    if (now - this.#failedAt < retryMs) return null
    if (isPinning) return () => this.#turns.run(() => this.#unpin())
    const status = state.engine.status()
    if (now - this.#askedAt >= refreshIntervalMs && this.#isIndexDue(status, refreshIntervalMs)) {
      return () => this.buildIndex({rebuild: false})
    }
    const reason = checkpointReason({
      changedBytes: state.appliedBytes - this.#checkpointedBytes,
      changedEntries: Math.max(0, changedIndex - this.#checkpointedIndex),
      engineBytes: status.bytesOnDisk,
      sinceLastMs: now - this.#checkpointedAt,
      intervalMs,
    })
    return reason === null ? null : () => this.checkpoint()
  }

  #isIndexDue(status: EngineStatus, refreshIntervalMs: number): boolean {
    const {space, appliedIndex} = this.parts.state
    if (this.#policy?.space !== space || this.#policy.refreshIntervalMs !== refreshIntervalMs) {
      const isDue = indexDue({...space, refresh_interval: refreshIntervalMs})
      this.#policy = {space, refreshIntervalMs, isDue}
    }
    const isDue = this.#policy.isDue(status)
    if (!isDue && this.#askedIndex === appliedIndex) this.#settledIndex = appliedIndex
    this.#askedAt = this.parts.clock.nowMs()
    this.#askedIndex = appliedIndex
    return isDue
  }

  async #checkpoint(evenIfUnchanged: boolean): Promise<void> {
    const {state, checkpoints, release} = this.parts
    if (!evenIfUnchanged && state.changedIndex <= this.#checkpointedIndex) return
    await this.#take()
    await release(await checkpoints.prune(), false)
  }

  /**
   * Lets go of all of the log that there is an image for. It costs the older image, which is worth nothing without the log after
   * it: one image that is bad costs its replica, a disk that is full stops every partition of the node.
   */
  async #unpin(): Promise<void> {
    const {checkpoints, release, events} = this.parts
    await this.#take()
    await release(await checkpoints.prune(1), true)
    events.info('partition.log.unpinned', {checkpointedIndex: this.#checkpointedIndex})
  }

  async #take(): Promise<void> {
    const {state, checkpoints, standing, clock, events} = this.parts
    await checkpoints.assertRoom(state.engine.status().bytesOnDisk)
    const startedAt = clock.nowMs()
    const {finish, bytes, stood} = await state.whilePaused(async (image) => {
      const stood = standing(image.appliedIndex)
      const finish = await checkpoints.begin({...image, ...stood}, (directory) => state.engine.checkpoint(directory))
      return {finish, stood, bytes: state.appliedBytes}
    })
    const pausedMs = Math.round(clock.nowMs() - startedAt)
    const {appliedIndex} = await finish()
    this.parts.checkpointed(appliedIndex, stood)
    this.#checkpointedIndex = appliedIndex
    this.#checkpointedBytes = bytes
    this.#checkpointedAt = clock.nowMs()
    events.info('partition.checkpoint', {appliedIndex, pausedMs, ms: Math.round(clock.nowMs() - startedAt)})
  }
}

interface IndexPolicy {
  readonly space: Space
  readonly refreshIntervalMs: number
  readonly isDue: (status: EngineStatus) => boolean
}
