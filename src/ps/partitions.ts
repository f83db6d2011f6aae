/**
 * All partitions of this node: created, found again at the start, kept going, removed.
 *
 * - What happens to one partition happens in order; different ones do not wait for each other.
 * - A partition that does not open, or whose state broke, is reported with its error and tried again with back-off; the
 *   others never notice. One whose images are damaged takes another member's (`rescue.ts`).
 * - Create and remove are all or nothing: a mark is on disk while either is under way, and the next start finishes the
 *   removal that it stands for.
 * - Nothing is removed because metadata does not mention it (spec fault B7): what its group has removed, or what the metadata
 *   has elsewhere, is set aside (`set-aside.ts`); what nobody knows is an orphan, left and reported.
 */
import {availableParallelism} from 'node:os'
import {type PartitionId, partitionId} from '../entity/ids.js'
import {type AsideReplica, type PartitionInfo, PartitionStatus} from '../entity/report.js'
import type {Registration} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import {Turns} from '../env/turns.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {type Membership, membershipOf} from '../raft/membership.js'
import type {PsRequest} from '../rpc/ps-api.js'
import {Checkpoints} from './checkpoints.js'
import {Partition} from './partition.js'
import {PartitionFiles, partitionsOnDisk} from './partition-files.js'
import {firstMembership, type PartitionHost} from './partition-opening.js'
import {rescue} from './rescue.js'
import {diskRoom, isExhausted, memoryRoom} from './resources.js'
import {isDamage} from './sealed-file.js'
import {finishSettingAside, listAside, removeAside, setAside} from './set-aside.js'

const tickMs = 1_000
/** Vearch measures every minute; to ask costs microseconds, and a minute fills a disk. */
const measureMs = 5_000
/** Checkpoints and index builds under way on one node. */
const upkeepMax = 2
const retryFirstMs = 1_000
const retryMostMs = 60_000

export interface Orphan {
  readonly id: PartitionId
  readonly directory: string
}

export type PartitionListener = (partition: Partition) => void

class Place {
  readonly turns = new Turns()
  partition: Partition | null = null
  reopening = false
  /** Tasks that want their turn: a rescue may take its time, and they do not wait for it. */
  waiting = 0
  rescue: AbortController | null = null
  /** Why there is no partition, and when to try again. */
  failure: {readonly error: CodedError; readonly attempts: number; readonly retryAt: number} | null = null
}

export class Partitions {
  readonly #places = new Map<PartitionId, Place>()
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
      const files = this.#files(id)
      if (await files.isDiscarded()) await this.#finish(id, () => this.#removeFiles(id))
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
    await Promise.all([...this.#places.values()].map((place) => place.turns.run(async () => place.partition?.stop())))
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
    const reason = place.failure?.error.message ?? 'is being opened or removed'
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
    return this.#inTurn(id, async (place) => {
      try {
        await this.#create(id, place, space)
      } finally {
        if (place.partition === null && place.failure === null) this.#forget(id)
      }
    })
  }

  /**
   * An empty replica for a group which exists: a learner until the group says otherwise. What is here from an earlier stay in the
   * group is set aside; what this change or a later one has made stays.
   */
  join({partitionId: id, space, voters, change}: PsRequest<'joinPartition'>): Promise<void> {
    return this.#inTurn(id, async (place) => {
      const files = this.#files(id)
      try {
        if (await files.isDiscarded()) await this.#removeFiles(id)
        if ((await files.hasSpace()) && (await files.joinedBy()) >= change) {
          if (place.partition === null) await this.#open(id, place)
          return
        }
        await this.#setAside(id, place, `change ${change} of the partition's members begins here with an empty replica`)
        await this.#begin(id, place, space, membershipOf(voters, [this.host.nodeId]), change)
      } finally {
        if (place.partition === null && place.failure === null) this.#forget(id)
      }
    })
  }

  /** Sets aside a replica that has left its group; null if there is none. Errors: GUARD_FAILED where a later change made it. */
  retire({partitionId: id, change, reason}: PsRequest<'retireReplica'>): Promise<string | null> {
    return this.#inTurn(id, async (place) => {
      const joinedBy = await this.#files(id).joinedBy()
      if (joinedBy > change) {
        throw new CodedError('GUARD_FAILED', `partition ${id} came here by change ${joinedBy}, after ${change}`)
      }
      const directory = await this.#setAside(id, place, reason)
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
          await this.#setAside(id, place, `the metadata has the partition on nodes ${members.join(', ')}`)
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

  async #setAside(id: PartitionId, place: Place, reason: string): Promise<string | null> {
    const files = this.#files(id)
    const {partition} = place
    place.partition = null
    place.failure = null
    await partition?.stop()
    await partition?.closed
    const {disk} = this.host.env
    if (!(await disk.exists(files.meta)) && !(await disk.exists(files.data))) return null
    const directory = await setAside(this.host, files, reason)
    this.#orphans = this.#orphans.filter((orphan) => orphan.id !== id)
    return directory
  }

  async #create(id: PartitionId, place: Place, space: Space): Promise<void> {
    const files = this.#files(id)
    if (await files.isDiscarded()) await this.#removeFiles(id)
    if (place.partition !== null || (await files.hasSpace())) {
      const present = (place.partition ?? (await this.#open(id, place))).space
      if (present.id !== space.id) throw new CodedError('PARTITION_EXIST', `partition ${id} of space ${present.id}`)
      return
    }
    const leftover = this.host.sharedLog.group(id).lastIndex > 0 || (await this.host.env.disk.exists(files.data))
    if (leftover)
      throw new CodedError('PARTITION_EXIST', `data or log of partition ${id} is here, but not its meta.txt`)
    await this.#begin(id, place, space, firstMembership(id, space, this.host.nodeId), 0)
  }

  /** All or nothing, where nothing is yet. */
  async #begin(id: PartitionId, place: Place, space: Space, membership: Membership, joinedBy: number): Promise<void> {
    const {failpoints} = this.host.env
    const files = this.#files(id)
    if (await this.#outOfResources(files.root)) {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', `node ${this.host.nodeId} has no room for partition ${id}`)
    }
    await files.markDiscarded()
    const partition = new Partition(id, this.host, files)
    try {
      await failpoints.hit('partition.create.before')
      await partition.initialise(space, membership)
      if (joinedBy > 0) await files.writeJoined(joinedBy)
      await partition.start()
      await failpoints.hit('partition.create.after')
      await files.keep()
    } catch (thrown) {
      await partition.stop()
      await partition.closed
      await this.#removeFiles(id)
      throw thrown
    }
    this.#install(place, partition)
    for (const listener of this.#changeListeners) listener()
  }

  /** Removes the partition, its log and its files; one that is not here is fine. */
  remove(id: PartitionId): Promise<void> {
    return this.#inTurn(id, async (place) => {
      const {partition} = place
      const files = this.#files(id)
      if (partition !== null || (await this.host.env.disk.exists(files.meta))) {
        await files.markDiscarded()
        place.partition = null
        await partition?.stop()
        await partition?.closed
        await this.#removeFiles(id)
      }
      await removeAside(this.#files(id))
      this.#orphans = this.#orphans.filter((orphan) => orphan.id !== id)
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
    this.#measuredAt = this.host.env.clock.nowMs()
    const byRoot = new Map<string, boolean>()
    for (const partition of this.opened()) {
      const {root} = this.#files(partition.id)
      const exhausted = byRoot.get(root) ?? (await this.#outOfResources(root))
      byRoot.set(root, exhausted)
      partition.measured(exhausted)
    }
  }

  async #outOfResources(root: string): Promise<boolean> {
    const {env, config} = this.host
    return isExhausted([memoryRoom(), await diskRoom(env.disk, root)], config.global.resource_limit_rate)
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

  #tick(id: PartitionId, place: Place, {now, isPinning}: {readonly now: number; readonly isPinning: boolean}): void {
    if (place.partition?.failure) void this.#reopen(id)
    else if (place.failure !== null && place.failure.retryAt <= now) void this.#reopen(id)
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

  /** Opens a partition that is not open, or is no longer sound; a failure is noted, not thrown. */
  #reopen(id: PartitionId): Promise<void> {
    const place = this.#place(id)
    if (place.reopening) return Promise.resolve()
    place.reopening = true
    const attempts = (place.failure?.attempts ?? 0) + 1
    const attempt = async () => {
      if (this.#stop.signal.aborted || this.#places.get(id) !== place) return
      const broken = place.partition
      if (broken !== null && broken.failure === null) return
      try {
        place.partition = null
        await broken?.stop()
        await broken?.closed
        await this.#openOrRescue(id, place)
      } catch (thrown) {
        const {clock, log} = this.host.env
        const error = toCodedError(thrown)
        // Whoever makes room waits for the partitions; to look whether there is some costs nothing.
        const mostMs = error.errorName === 'PARTITION_RESOURCE_EXHAUSTED' ? retryFirstMs : retryMostMs
        const waitMs = Math.min(mostMs, retryFirstMs * 2 ** (attempts - 1))
        place.failure = {error, attempts, retryAt: clock.nowMs() + waitMs}
        log.error('partition.open.failed', {partitionId: id, error: error.message, attempts, retryInMs: waitMs})
      }
    }
    return place.turns.run(attempt).finally(() => {
      place.reopening = false
    })
  }

  /** The first time that its images are refused it is only opened again: at the start of a server nobody could be asked. */
  async #openOrRescue(id: PartitionId, place: Place): Promise<void> {
    const wasRefused = place.failure?.error.errorName === 'DATA_CORRUPT'
    try {
      await this.#open(id, place)
    } catch (thrown) {
      if (!wasRefused || !isDamage(thrown) || !(await this.#files(id).hasSpace())) throw thrown
      await this.#rescue(id, place).catch((cause: unknown) => {
        const {detail} = toCodedError(thrown)
        throw new CodedError('DATA_CORRUPT', `${detail}; from elsewhere: ${toCodedError(cause).detail}`)
      })
      await this.#open(id, place)
    }
  }

  async #rescue(id: PartitionId, place: Place): Promise<void> {
    const {host} = this
    const given = new AbortController()
    place.rescue = given
    if (place.waiting > 0) giveWay(place)
    try {
      const parts = {
        id,
        host,
        checkpoints: new Checkpoints(host.env, this.#files(id).checkpoints),
        log: host.sharedLog.group(id),
        events: host.env.log.child({partitionId: id}),
      }
      await rescue(parts, AbortSignal.any([this.#stop.signal, given.signal]))
    } finally {
      place.rescue = null
    }
  }

  async #open(id: PartitionId, place: Place): Promise<Partition> {
    const files = this.#files(id)
    if ((await files.isDiscarded()) || !(await files.hasSpace())) {
      throw new CodedError('DATA_CORRUPT', `metadata has partition ${id} on this node, but ${files.meta} holds nothing`)
    }
    const partition = new Partition(id, this.host, files)
    await partition.start()
    this.#install(place, partition)
    return partition
  }

  #install(place: Place, partition: Partition): void {
    place.partition = partition
    place.failure = null
    const tell = () => {
      if (partition.stopped) return
      for (const listener of this.#leadershipListeners) listener(partition)
    }
    partition.onLeadership(tell)
    tell()
  }

  /** What a crash has cut off. */
  async #finish(id: PartitionId, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.host.env.log.error('partition.removal.failed', {partitionId: id, error: String(thrown)})
    }
  }

  async #removeFiles(id: PartitionId): Promise<void> {
    const {failpoints} = this.host.env
    await failpoints.hit('partition.remove.before')
    await this.host.sharedLog.dropGroup(id)
    await failpoints.hit('partition.remove.after')
    await this.#files(id).removeAll()
  }

  #place(id: PartitionId): Place {
    const place = this.#places.get(id) ?? new Place()
    this.#places.set(id, place)
    return place
  }

  /** Runs `task` in the partition's turn. A place that was given up while we waited for it is taken anew. */
  #inTurn<T>(id: PartitionId, task: (place: Place) => Promise<T>): Promise<T> {
    const place = this.#place(id)
    place.waiting++
    giveWay(place)
    return place.turns.run(() => {
      place.waiting--
      return this.#places.get(id) === place ? task(place) : this.#inTurn(id, task)
    })
  }

  #forget(id: PartitionId): void {
    this.#places.delete(id)
    for (const listener of this.#changeListeners) listener()
  }

  #files(id: PartitionId): PartitionFiles {
    return PartitionFiles.of(this.host.env.disk, this.host.config.global.data, id)
  }
}

function giveWay({rescue}: Place): void {
  rescue?.abort(new CodedError('CANCELED', 'the partition is needed for something else', {retryable: true}))
}
