/**
 * Tells the masters who leads each partition, who belongs to it and who keeps up, until one of them has it (spec fault B4: told
 * once, a partition stayed leaderless in the metadata for ever).
 *
 * What waits is the partition, not the message: the record is read when it is sent, so of several changes only the newest
 * goes out, and there is never more waiting than there are partitions. A record that is not the one last told is told; now and
 * then every record is compared with the metadata, and what differs is sent again. The newest term wins there.
 */
import {once} from 'node:events'
import type {PartitionId} from '../entity/ids.js'
import {stringifyJson} from '../entity/json.js'
import type {Partition as PartitionRecord} from '../entity/partition.js'
import type {Env} from '../env/env.js'
import {toCodedError} from '../errors/coded-error.js'
import type {MetaRepository} from '../meta/repository.js'
import {BackOff} from './back-off.js'
import type {MasterClient} from './master-client.js'
import type {Partition} from './partition.js'
import type {Partitions} from './partitions.js'

const pause = {firstMs: 100, mostMs: 10_000}
const reconcileMs = 30_000
/** Between two looks whether the members of what this node leads, or their states, have changed. */
const lookMs = 1_000
/** In one call. */
const comparedMax = 100
/** Registrations under way at once. */
const inFlightMax = 8

export class LeaderAnnouncer {
  readonly #waiting = new Map<PartitionId, Partition>()
  /** What a master answered to, by partition. */
  readonly #told = new Map<PartitionId, string>()
  readonly #stop = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #unsubscribe: () => void = () => {}
  /** Aborted when there is something new to announce. */
  #news = new AbortController()

  constructor(
    private readonly partitions: Partitions,
    private readonly masters: MasterClient,
    private readonly repository: MetaRepository,
    private readonly env: Env,
  ) {}

  start(): void {
    this.#unsubscribe = this.partitions.onLeadership((partition) => this.#announce(partition))
    for (const partition of this.partitions.opened()) this.#announce(partition)
    this.#loops = Promise.all([this.#send(), this.#look(), this.#reconcile()])
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    this.#news.abort()
    await this.#loops
  }

  /** Partitions whose leadership no master has acknowledged yet. */
  get waiting(): readonly PartitionId[] {
    return [...this.#waiting.keys()]
  }

  #announce(partition: Partition): void {
    this.#waiting.set(partition.id, partition)
    this.#news.abort()
  }

  async #send(): Promise<void> {
    const backOff = new BackOff(this.env, pause)
    const {signal} = this.#stop
    while (!signal.aborted) {
      this.#news = new AbortController()
      const batch = [...this.#waiting.values()].slice(0, inFlightMax)
      if (batch.length === 0) {
        await once(this.#news.signal, 'abort')
        continue
      }
      for (const {id} of batch) this.#waiting.delete(id)
      const delivered = await Promise.all(batch.map((partition) => this.#register(partition)))
      const failed = batch.filter((partition, index) => !delivered[index] && !this.#waiting.has(partition.id))
      for (const partition of failed) this.#waiting.set(partition.id, partition)
      if (failed.length === 0) backOff.reset()
      // What failed stands behind what is new, and does not make it wait.
      else await backOff.wait(AbortSignal.any([signal, this.#news.signal])).catch(() => {})
    }
  }

  /** False if it must be sent again. */
  async #register(partition: Partition): Promise<boolean> {
    const fields = {partitionId: partition.id}
    try {
      const record = ownRecord(partition)
      if (record === null) {
        this.#told.delete(partition.id)
        return true
      }
      const answer = await this.masters.call('/register_partition', record, this.#stop.signal)
      this.#told.set(partition.id, stringifyJson(record))
      if (answer.accepted)
        this.env.log.info('ps.leader.announced', {...fields, term: record.term, master: answer.master})
      // Refused is answered: a newer term, or a space that is gone. The next comparison shows whether it still matters.
      else this.env.log.warn('ps.leader.refused', {...fields, master: answer.master, reason: answer.msg})
      return true
    } catch (thrown) {
      if (this.#stop.signal.aborted) return true
      this.env.log.warn('ps.leader.unannounced', {...fields, error: toCodedError(thrown).message})
      return false
    }
  }

  async #look(): Promise<void> {
    const {signal} = this.#stop
    while (!signal.aborted) {
      await this.env.clock.sleep(lookMs, signal).catch(() => {})
      for (const partition of this.partitions.opened()) {
        const record = ownRecord(partition)
        if (record !== null && this.#told.get(partition.id) !== stringifyJson(record)) this.#announce(partition)
      }
    }
  }

  async #reconcile(): Promise<void> {
    const {signal} = this.#stop
    while (!signal.aborted) {
      await this.env.clock.sleep(reconcileMs, signal).catch(() => {})
      const opened = this.partitions.opened().filter((partition) => ownRecord(partition) !== null)
      for (let from = 0; from < opened.length && !signal.aborted; from += comparedMax) {
        if (!(await this.#compare(opened.slice(from, from + comparedMax)))) break
      }
    }
  }

  /** False if the metadata is away. */
  async #compare(partitions: readonly Partition[]): Promise<boolean> {
    const {signal} = this.#stop
    try {
      const stored = await this.repository.partitionsOf(
        partitions.map(({id}) => id),
        {signal},
      )
      for (const [at, partition] of partitions.entries()) {
        const ours = ownRecord(partition)
        if (ours !== null && mustAnnounce(ours, stored[at]?.value ?? null)) this.#announce(partition)
      }
      return true
    } catch (thrown) {
      if (!signal.aborted) this.env.log.warn('ps.leader.uncompared', {error: toCodedError(thrown).message})
      return false
    }
  }
}

/** Whether the metadata should have our record instead of its own. */
export function mustAnnounce(ours: PartitionRecord, stored: PartitionRecord | null): boolean {
  if (stored === null) return true
  const [ourTerm, storedTerm] = [ours.term ?? 0, stored.term ?? 0]
  if (storedTerm > ourTerm) return false
  // Where nobody marks replicas any more, the marks that are there are nobody's business.
  const told = ({leader_name, replicas = [], status = {}, resourceExhausted}: PartitionRecord) =>
    stringifyJson([leader_name, [...replicas].sort((a, b) => a - b), ours.status && status, resourceExhausted])
  return storedTerm < ourTerm || told(stored) !== told(ours)
}

/** Null unless this node leads the partition. */
function ownRecord(partition: Partition): PartitionRecord | null {
  return partition.stopped ? null : partition.record()
}
