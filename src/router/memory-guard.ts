/** Refuses requests whose body would take the process beyond its share of the machine's memory (data-plane spec §1.2). */
import {totalmem} from 'node:os'
import {defaultMemoryLimit} from '../entity/cluster-config.js'
import {isObject} from '../entity/json.js'
import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'
import {overLimit} from './refusal.js'

export interface Memory {
  /** Of the machine, or of the container if that has less. */
  readonly totalBytes: number
  usedBytes(): number
}

/** Asking the system costs more than a small request. */
const sampleMs = 200

export const processMemory: Memory = {
  totalBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
  usedBytes: () => process.memoryUsage.rss(),
}

export class MemoryGuard {
  #usedBytes = 0
  #sampledAtMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly view: LiveView,
    private readonly clock: Clock,
    private readonly memory: Memory = processMemory,
  ) {}

  /** Throws a Refusal. */
  admit(bodyBytes: number): void {
    const percent = this.#limitPercent()
    if (percent === null) return
    const limitBytes = Math.floor((this.memory.totalBytes * percent) / 100)
    if (this.#used() + bodyBytes <= limitBytes) return
    throw overLimit(`memory usage have reached limit ${limitBytes} before execute request`)
  }

  #used(): number {
    const nowMs = this.clock.nowMs()
    if (nowMs - this.#sampledAtMs >= sampleMs) {
      this.#usedBytes = this.memory.usedBytes()
      this.#sampledAtMs = nowMs
    }
    return this.#usedBytes
  }

  #limitPercent(): number | null {
    const record = this.view.records.get(this.view.keys.memoryLimit)
    const limit = {...defaultMemoryLimit, ...(isObject(record) ? record : {})}
    const percent = limit.router_memory_limit
    return limit.memory_limit_enabled === true && typeof percent === 'number' && percent > 0 ? percent : null
  }
}
