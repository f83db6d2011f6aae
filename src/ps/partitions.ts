/**
 * All partitions of this node: created, found again at the start, kept going, removed.
 *
 * - What happens to one partition happens in order (`partition-place.ts`); different ones do not wait for each other.
 * - A partition that does not open, or whose state broke, is reported with its error and tried again; the others never
 *   notice.
 * - Nothing is removed because metadata does not mention it (spec fault B7): what its group has removed, or what the metadata
 *   has elsewhere, is set aside (`set-aside.ts`); what nobody knows is an orphan, left and reported.
 */
import {availableParallelism} from 'node:os'
import {type PartitionId, partitionId} from '../entity/ids.js'
import {type AsideReplica, type PartitionInfo, PartitionStatus} from '../entity/report.js'
import type {Registration} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {PsRequest} from '../rpc/ps-api.js'
import type {Partition} from './partition.js'
import {PartitionFiles, partitionsOnDisk} from './partition-files.js'
import type {PartitionHost} from './partition-opening.js'
import {PartitionPlace, type PlaceListener} from './partition-place.js'
import {isOutOfResources} from './resources.js'
import {finishSettingAside, listAside} from './set-aside.js'

const tickMs = 1_000
/** Vearch measures every minute; to ask costs microseconds, and a minute fills a disk. */
const measureMs = 5_000
/** Checkpoints and index builds under way on one node. */
const upkeepMax = 2

export interface Orphan {
  readonly id: PartitionId
  readonly directory: string
}

export type PartitionListener = (partition: Partition) => void

export class Partitions {
  readonly #places = new Map<PartitionId, PartitionPlace>()
  readonly #leadershipListeners = new Set<PartitionListener>()
  readonly #changeListeners = new Set<() => void>()
  readonly #stop = new AbortController()
  #orphans: readonly Orphan[] = []
  #loop: Promise<void> = Promise.resolve()
  #upkeepRunning = 0
  #measuredAt = -Infinity

  constructor(private readonly host: PartitionHost) {}

  /** Opens every partition that the master lists for this node; resolves when each has either opened or failed. */
  async recover(registration: Registration): Promise<void> {
    const {env, config} = this.host
    const listed = new Set(registration.p_ids)
    const orphans: Orphan[] = []
    for (const id of (await partitionsOnDisk(env.disk, config.global.data)).map(partitionId)) {
      const place = this.#vacant(id)
      const {files} = place
      if (await files.isDiscarded()) await this.#finish(id, () => place.removeFiles())
      else if ((await files.readAside()) !== null) await this.#finish(id, () => finishSettingAside(this.host, files))
      else if (!listed.has(id)) orphans.push({id, directory: files.data})
    }
    this.#orphans = orphans
    for (const orphan of orphans) env.log.warn('ps.orphan', {partitionId: orphan.id, directory: orphan.directory})
    const waiting = [...listed]
    const openNext = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await this.#reopen(id)
    }
    await Promise.all(Array.from({length: 2 * availableParallelism()}, openNext))
  }

  /** Begins retries, upkeep and measuring. */
  start(): void {
    this.#loop = this.#tickUntilStopped()
  }

  /** Gives the leadership of every partition that has other voters to one of them, within the signal's time. */
  async handOver(signal: AbortSignal): Promise<void> {
    await Promise.all(this.opened().map((partition) => partition.handOver(signal).catch(() => {})))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await Promise.all([...this.#places.values()].map((place) => place.stop()))
  }

  /** Opened and failed ones alike, in id order. */
  ids(): PartitionId[] {
    return [...this.#places.keys()].sort((a, b) => a - b)
  }

  opened(): Partition[] {
    return [...this.#places.values()].flatMap(({partition}) => partition ?? [])
  }

  /** Data on disk that metadata did not list for this node at the start. */
  orphans(): readonly Orphan[] {
    return this.#orphans
  }

  /** Errors: PARTITION_NOT_EXIST; PARTITION_IS_INVALID with the reason while it is being retried. */
  get(id: PartitionId): Partition {
    const place = this.#places.get(id)
    if (place === undefined) {
      const detail = `partition not found, partitionId:[${id}], nodeID:[${this.host.nodeId}]`
      throw new CodedError('PARTITION_NOT_EXIST', detail)
    }
    if (place.partition !== null) return place.partition
    const reason = place.failure?.message ?? 'is being opened or removed'
    throw new CodedError('PARTITION_IS_INVALID', `partition ${id}: ${reason}`, {retryable: true})
  }

  onLeadership(listener: PartitionListener): () => void {
    this.#leadershipListeners.add(listener)
    return () => this.#leadershipListeners.delete(listener)
  }

  /** Calls back when the set of ids has changed. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  /** The same partition of the same space again is fine; PARTITION_EXIST if it belongs to another. */
  create(id: PartitionId, space: Space): Promise<void> {
    return this.#inTurn(id, (place) => place.create(space).finally(() => this.#forgetEmpty(place)))
  }

  /** An empty replica for a group which exists: a learner until the group says otherwise. */
  join(request: PsRequest<'joinPartition'>): Promise<void> {
    return this.#inTurn(request.partitionId, (place) => place.join(request).finally(() => this.#forgetEmpty(place)))
  }

  /** Sets aside a replica that has left its group; null if there is none. Errors: GUARD_FAILED where a later change made it. */
  retire({partitionId: id, change, reason}: PsRequest<'retireReplica'>): Promise<string | null> {
    return this.#inTurn(id, async (place) => {
      const joinedBy = await place.files.joinedBy()
      if (joinedBy > change) {
        throw new CodedError('GUARD_FAILED', `partition ${id} came here by change ${joinedBy}, after ${change}`)
      }
      const directory = await place.setAside(reason)
      this.#forget(id)
      return directory
    })
  }

  /** Sets aside the orphans that, as the metadata knows for certain, other nodes hold. */
  async settleOrphans(): Promise<void> {
    for (const {id} of this.#orphans) {
      try {
        const members = await this.host.membersOf(id)
        if (members.length === 0 || members.includes(this.host.nodeId)) continue
        await this.#inTurn(id, async (place) => {
          await place.setAside(`the metadata has the partition on nodes ${members.join(', ')}`)
          this.#forget(id)
        })
      } catch (thrown) {
        this.host.env.log.warn('ps.orphan.unsettled', {partitionId: id, error: toCodedError(thrown).message})
      }
    }
  }

  /** What has been set aside on this node, whenever that was. */
  aside(): Promise<AsideReplica[]> {
    return listAside(this.host.env.disk, this.host.config.global.data)
  }

  /** Removes the partition, its log and its files; one that is not here is fine. */
  remove(id: PartitionId): Promise<void> {
    return this.#inTurn(id, async (place) => {
      await place.remove()
      this.#forget(id)
    })
  }

  info(ids: readonly PartitionId[], detail: boolean): PartitionInfo[] {
    return (ids.length === 0 ? this.ids() : ids).map((id) => {
      try {
        return this.get(id).info(detail)
      } catch (thrown) {
        const {message} = toCodedError(thrown)
        return {
          pid: id,
          name: '',
          doc_num: 0,
          status: PartitionStatus.invalid,
          color: 'red',
          node_id: this.host.nodeId,
          index_status: 0,
          backup_status: 0,
          index_num: 0,
          max_docid: -1,
          error: message,
        }
      }
    })
  }

  /** Measures now instead of at the next interval. */
  async measure(): Promise<void> {
    const {env, config} = this.host
    this.#measuredAt = env.clock.nowMs()
    const byRoot = new Map<string, boolean>()
    for (const partition of this.opened()) {
      const {root} = PartitionFiles.of(env.disk, config.global.data, partition.id)
      const exhausted = byRoot.get(root) ?? (await isOutOfResources(this.host, root))
      byRoot.set(root, exhausted)
      partition.measured(exhausted)
    }
  }

  async #tickUntilStopped(): Promise<void> {
    const {env} = this.host
    while (!this.#stop.signal.aborted) {
      const now = env.clock.nowMs()
      if (now - this.#measuredAt >= measureMs) {
        await this.measure().catch((thrown) => env.log.warn('ps.measure.failed', {error: String(thrown)}))
      }
      const pinning = new Set(this.host.sharedLog.pinned().map(({group}) => group))
      for (const [id, place] of this.#places) this.#tick(id, place, {now, isPinning: pinning.has(id)})
      await env.clock.sleep(tickMs, this.#stop.signal).catch(() => {})
    }
  }

  #tick(
    id: PartitionId,
    place: PartitionPlace,
    {now, isPinning}: {readonly now: number; readonly isPinning: boolean},
  ): void {
    if (place.isDue(now)) void this.#reopen(id)
    else if (this.#upkeepRunning < upkeepMax) {
      const work = place.partition?.tick(isPinning) ?? null
      if (work === null) return
      this.#upkeepRunning++
      // Who had a turn goes to the back, so that a busy partition does not keep the others waiting.
      this.#places.delete(id)
      this.#places.set(id, place)
      void work.finally(() => this.#upkeepRunning--)
    }
  }

  #reopen(id: PartitionId): Promise<void> {
    const place = this.#place(id)
    return place.reopen(() => this.#places.get(id) === place)
  }

  /** What a crash has cut off. */
  async #finish(id: PartitionId, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.host.env.log.error('partition.removal.failed', {partitionId: id, error: String(thrown)})
    }
  }

  #place(id: PartitionId): PartitionPlace {
    const place = this.#places.get(id) ?? this.#vacant(id)
    this.#places.set(id, place)
    return place
  }

  #vacant(id: PartitionId): PartitionPlace {
    const listener: PlaceListener = {
      begun: () => this.#changed(),
      cleared: () => {
        this.#orphans = this.#orphans.filter((orphan) => orphan.id !== id)
      },
      leadershipChanged: (partition) => {
        for (const listener of this.#leadershipListeners) listener(partition)
      },
    }
    return new PartitionPlace(id, this.host, listener, this.#stop.signal)
  }

  /** Runs `task` in the partition's turn. A place that was given up while we waited for it is taken anew. */
  #inTurn<T>(id: PartitionId, task: (place: PartitionPlace) => Promise<T>): Promise<T> {
    const place = this.#place(id)
    return place.inTurn(() => (this.#places.get(id) === place ? task(place) : this.#inTurn(id, task)))
  }

  #forgetEmpty(place: PartitionPlace): void {
    if (place.isEmpty) this.#forget(place.id)
  }

  #forget(id: PartitionId): void {
    this.#places.delete(id)
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener()
  }
}
