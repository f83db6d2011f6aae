/**
 * The place of one partition on this node: begun, opened, tried again, set aside, removed, one after the other.
 *
 * - What does not open, or whose state broke, is a failure that is noted and tried again with back-off. Where its images are
 *   damaged it takes another member's (`rescue.ts`).
 * - To begin and to remove are all or nothing: a mark is on disk while either is under way, and the next start finishes the
 *   removal that it stands for.
 * - A rescue may take its time: whoever wants a turn meanwhile ends it, and does not wait for it.
 */
import type {PartitionId} from '../entity/ids.js'
import type {Space} from '../entity/space.js'
import {Turns} from '../env/turns.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {type Membership, membershipOf} from '../raft/membership.js'
import type {PsRequest} from '../rpc/ps-api.js'
import {Checkpoints} from './checkpoints.js'
import {Partition} from './partition.js'
import {PartitionFiles} from './partition-files.js'
import {firstMembership, type PartitionHost} from './partition-opening.js'
import {rescue} from './rescue.js'
import {isOutOfResources} from './resources.js'
import {isDamage} from './sealed-file.js'
import {removeAside, setAside} from './set-aside.js'

const retryFirstMs = 1_000
const retryMostMs = 60_000

/** What the set of all partitions is told. */
export interface PlaceListener {
  /** There is one where none was. */
  begun(): void
  /** Nothing of it is on the disk any more. */
  cleared(): void
  leadershipChanged(partition: Partition): void
}

/** Why there is no partition, and when to try again. */
interface OpenFailure {
  readonly error: CodedError
  readonly attempts: number
  readonly retryAt: number
}

export class PartitionPlace {
  readonly files: PartitionFiles
  readonly #turns = new Turns()
  #partition: Partition | null = null
  #failure: OpenFailure | null = null
  #isReopening = false
  /** Tasks that want their turn. */
  #waiting = 0
  #rescue: AbortController | null = null

  constructor(
    readonly id: PartitionId,
    private readonly host: PartitionHost,
    private readonly listener: PlaceListener,
    /** The node stops. */
    private readonly stopping: AbortSignal,
  ) {
    this.files = PartitionFiles.of(host.env.disk, host.config.global.data, id)
  }

  get partition(): Partition | null {
    return this.#partition
  }

  /** Null where it was never tried, or worked. */
  get failure(): CodedError | null {
    return this.#failure?.error ?? null
  }

  /** There is nothing, and nothing is tried. */
  get isEmpty(): boolean {
    return this.#partition === null && this.#failure === null
  }

  /** It is not sound, and the time to try again has come. */
  isDue(nowMs: number): boolean {
    return this.#partition?.failure != null || (this.#failure !== null && this.#failure.retryAt <= nowMs)
  }

  inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting++
    this.#giveWay()
    return this.#turns.run(() => {
      this.#waiting--
      return task()
    })
  }

  stop(): Promise<void> {
    return this.#turns.run(async () => this.#partition?.stop())
  }

  /** Opens a partition that is not open, or is no longer sound; a failure is noted, not thrown. */
  async reopen(isWanted: () => boolean): Promise<void> {
    if (this.#isReopening) return
    this.#isReopening = true
    const attempts = (this.#failure?.attempts ?? 0) + 1
    try {
      await this.#turns.run(() => this.#reopen(isWanted, attempts))
    } finally {
      this.#isReopening = false
    }
  }

  // From here on: in turn.

  async create(space: Space): Promise<void> {
    const {id, files, host} = this
    if (await files.isDiscarded()) await this.removeFiles()
    if (this.#partition !== null || (await files.hasSpace())) {
      const present = (this.#partition ?? (await this.#open())).space
      if (present.id !== space.id) throw new CodedError('PARTITION_EXIST', `partition ${id} of space ${present.id}`)
      return
    }
    const leftover = host.sharedLog.group(id).lastIndex > 0 || (await host.env.disk.exists(files.data))
    if (leftover)
      throw new CodedError('PARTITION_EXIST', `data or log of partition ${id} is here, but not its meta.txt`)
    await this.#begin(space, firstMembership(id, space, host.nodeId), 0)
  }

  /** What is here from an earlier stay in the group is set aside; what this change or a later one has made stays. */
  async join({space, voters, change}: PsRequest<'joinPartition'>): Promise<void> {
    const {files} = this
    if (await files.isDiscarded()) await this.removeFiles()
    if ((await files.hasSpace()) && (await files.joinedBy()) >= change) {
      if (this.#partition === null) await this.#open()
      return
    }
    await this.setAside(`change ${change} of the partition's members begins here with an empty replica`)
    await this.#begin(space, membershipOf(voters, [this.host.nodeId]), change)
  }

  /** Where it is then; null if there is nothing. */
  async setAside(reason: string): Promise<string | null> {
    const {disk} = this.host.env
    this.#failure = null
    await this.#close()
    if (!(await disk.exists(this.files.meta)) && !(await disk.exists(this.files.data))) return null
    const directory = await setAside(this.host, this.files, reason)
    this.listener.cleared()
    return directory
  }

  /** The partition, its log and its files, and what was set aside of it; one that is not here is fine. */
  async remove(): Promise<void> {
    if (this.#partition !== null || (await this.host.env.disk.exists(this.files.meta))) {
      await this.files.markDiscarded()
      await this.#close()
      await this.removeFiles()
    }
    await removeAside(this.files)
    this.listener.cleared()
  }

  async removeFiles(): Promise<void> {
    const {failpoints} = this.host.env
    await failpoints.hit('partition.remove.before')
    await this.host.sharedLog.dropGroup(this.id)
    await failpoints.hit('partition.remove.after')
    await this.files.removeAll()
  }

  /** All or nothing, where nothing is yet. */
  async #begin(space: Space, membership: Membership, joinedBy: number): Promise<void> {
    const {id, files, host} = this
    const {failpoints} = host.env
    if (await isOutOfResources(host, files.root)) {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', `node ${host.nodeId} has no room for partition ${id}`)
    }
    await files.markDiscarded()
    const partition = new Partition(id, host, files)
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
      await this.removeFiles()
      throw thrown
    }
    this.#install(partition)
    this.listener.begun()
  }

  async #reopen(isWanted: () => boolean, attempts: number): Promise<void> {
    if (this.stopping.aborted || !isWanted()) return
    if (this.#partition !== null && this.#partition.failure === null) return
    try {
      await this.#close()
      await this.#openOrRescue()
    } catch (thrown) {
      const {clock, log} = this.host.env
      const error = toCodedError(thrown)
      // Whoever makes room waits for the partitions; to look whether there is some costs nothing.
      const mostMs = error.errorName === 'PARTITION_RESOURCE_EXHAUSTED' ? retryFirstMs : retryMostMs
      const waitMs = Math.min(mostMs, retryFirstMs * 2 ** (attempts - 1))
      this.#failure = {error, attempts, retryAt: clock.nowMs() + waitMs}
      log.error('partition.open.failed', {partitionId: this.id, error: error.message, attempts, retryInMs: waitMs})
    }
  }

  /** The first time that its images are refused it is only opened again: at the start of a server nobody could be asked. */
  async #openOrRescue(): Promise<void> {
    const wasRefused = this.failure?.errorName === 'DATA_CORRUPT'
    try {
      await this.#open()
    } catch (thrown) {
      if (!wasRefused || !isDamage(thrown) || !(await this.files.hasSpace())) throw thrown
      await this.#takeFromElsewhere().catch((cause: unknown) => {
        const {detail} = toCodedError(thrown)
        throw new CodedError('DATA_CORRUPT', `${detail}; from elsewhere: ${toCodedError(cause).detail}`)
      })
      await this.#open()
    }
  }

  async #takeFromElsewhere(): Promise<void> {
    const {id, host, files} = this
    const given = new AbortController()
    this.#rescue = given
    if (this.#waiting > 0) this.#giveWay()
    try {
      const parts = {
        id,
        host,
        checkpoints: new Checkpoints(host.env, files.checkpoints),
        log: host.sharedLog.group(id),
        events: host.env.log.child({partitionId: id}),
      }
      await rescue(parts, AbortSignal.any([this.stopping, given.signal]))
    } finally {
      this.#rescue = null
    }
  }

  #giveWay(): void {
    this.#rescue?.abort(new CodedError('CANCELED', 'the partition is needed for something else', {retryable: true}))
  }

  async #close(): Promise<void> {
    const partition = this.#partition
    this.#partition = null
    await partition?.stop()
    await partition?.closed
  }

  async #open(): Promise<Partition> {
    const {id, files} = this
    if ((await files.isDiscarded()) || !(await files.hasSpace())) {
      throw new CodedError('DATA_CORRUPT', `metadata has partition ${id} on this node, but ${files.meta} holds nothing`)
    }
    const partition = new Partition(id, this.host, files)
    await partition.start()
    this.#install(partition)
    return partition
  }

  #install(partition: Partition): void {
    this.#partition = partition
    this.#failure = null
    const tell = () => {
      if (!partition.stopped) this.listener.leadershipChanged(partition)
    }
    partition.onLeadership(tell)
    tell()
  }
}
