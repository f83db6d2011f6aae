import type {Filter} from '../entity/document.js'
import type {IndexSpec} from '../entity/field.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import {type Partition as PartitionRecord, replicaStatus} from '../entity/partition.js'
import {type PartitionInfo, PartitionStatus} from '../entity/report.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import type {Log} from '../env/log.js'
import type {Address} from '../env/net/network.js'
import {assert} from '../errors/assert.js'
import {CodedError, paramError, toCodedError} from '../errors/coded-error.js'
import {type MemberChange, type Membership, membershipsEqual} from '../raft/membership.js'
import type {GroupLog} from '../raftstore/log.js'
import type {Leadership} from '../raftstore/state-machine.js'
import type {ItemResult, PsRequest, PsResponse, ReplicaReport} from '../rpc/ps-api.js'
import {listFiles, readPiece} from './checkpoint-transfer.js'
import {Checkpoints} from './checkpoints.js'
import {type Command, encodeCommand} from './command.js'
import type {PartitionFiles, PartitionSettings} from './partition-files.js'
import {type OpenPartition, openPartition, type PartitionHost} from './partition-opening.js'
import type {PartitionReads} from './partition-reads.js'
import type {CommandResult} from './partition-state.js'
import {replicaReport, replicaStates} from './replica-report.js'
import {diskRoom, isExhausted} from './resources.js'
import {isDamage} from './sealed-file.js'

/** A stop waits this long for an index build; an engine killed in the middle of one is restored from its checkpoint. */
const upkeepWaitMs = 5_000
/** Between two looks at the disk, beside those of the resource monitor. */
const unmeasuredBytesMax = 4 * 1024 * 1024
/** Data-plane spec §5.6. */
const refreshIntervalDefaultMs = 1_000

export class Partition {
  readonly #events: Log
  readonly #checkpoints: Checkpoints
  readonly #log: GroupLog
  #open: OpenPartition | null = null
  #stopping: Promise<void> | null = null
  #closed: Promise<void> = Promise.resolve()
  #settings: PartitionSettings = {config: {}, exhausted: false}
  /** A state that has come from elsewhere waits on disk. */
  #superseded: Error | null = null
  /** As the resource monitor last measured. */
  #outOfResources = false
  #unmeasuredBytes = 0

  constructor(
    readonly id: PartitionId,
    private readonly host: PartitionHost,
    private readonly files: PartitionFiles,
  ) {
    this.#events = host.env.log.child({partitionId: id})
    this.#checkpoints = new Checkpoints(host.env, files.checkpoints)
    this.#log = host.sharedLog.group(id)
  }

  /** Writes the first checkpoint: an empty engine before the first entry, so that a log that is whole can be replayed. */
  async initialise(space: Space, membership: Membership): Promise<void> {
    await this.files.makeData()
    const image = {
      appliedIndex: 0,
      nextDocid: 0,
      documents: 0,
      space,
      term: 0,
      membership,
    }
    const finish = await this.#checkpoints.begin(image, () => Promise.resolve())
    await finish()
    await this.files.writeSpace(space)
  }

  async start(): Promise<void> {
    assert(this.#open === null, 'a partition is started once')
    const {clock} = this.host.env
    const startedAt = clock.nowMs()
    this.#settings = (await this.files.readSettings()) ?? this.#settings
    const {source, restoredIndex, ...open} = await openPartition({
      id: this.id,
      host: this.host,
      files: this.files,
      checkpoints: this.#checkpoints,
      log: this.#log,
      events: this.#events,
      checkpoint: () => this.flush(),
      renew: () => this.#opened().upkeep.renew(),
      superseded: () => {
        this.#superseded = new Error('a newer state came from another server')
      },
    })
    this.#open = open
    this.#events.info('partition.started', {
      source,
      restoredIndex,
      appliedIndex: open.state.appliedIndex,
      documents: open.state.engine.status().documents,
      ms: Math.round(clock.nowMs() - startedAt),
    })
  }

  /**
   * Refuses what is new, waits for what is under way, and leaves a clean mark if the state is sound. An index build is
   * waited for only so long; `closed` tells when the engine has let go. Idempotent.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Resolves when nothing of a stopped partition touches its files any more. */
  get closed(): Promise<void> {
    return this.#closed
  }

  async #stop(): Promise<void> {
    const open = this.#open
    if (open === null) return
    this.host.raft.remove(this.id)
    open.snapshots.stop()
    open.room.close()
    await open.replica.stop()
    open.reads.close()
    this.#closed = open.upkeep.idle().then(() => this.#close(open))
    const patience = new AbortController()
    const late = this.host.env.clock.sleep(upkeepWaitMs, patience.signal).then(() => {
      this.#events.warn('partition.stop.abandoned', {waitedMs: upkeepWaitMs})
    })
    await Promise.race([this.#closed, late])
    patience.abort()
    await late.catch(() => {})
  }

  /** A failure costs the clean mark, and so a replay at the next start; nothing else. */
  async #close({state, replica}: OpenPartition): Promise<void> {
    const {disk, failpoints} = this.host.env
    try {
      const image =
        this.failure === null
          ? await state.whilePaused(async (image) => ({...image, ...replica.standing(image.appliedIndex)}))
          : null
      await state.engine.close()
      if (image === null) return
      await failpoints.hit('partition.clean.before')
      await disk.syncTree(this.files.live)
      await this.files.writeClean(image)
      await failpoints.hit('partition.clean.after')
      this.#events.info('partition.stopped', {appliedIndex: state.appliedIndex})
    } catch (thrown) {
      this.#events.error('partition.stop.failed', {error: String(thrown)})
    }
  }

  /** Why the state can no longer be trusted; null while it can. */
  get failure(): Error | null {
    return this.#open?.state.failure ?? this.#open?.replica.failure ?? this.#superseded
  }

  /** Nothing more is served by this object. */
  get stopped(): boolean {
    return this.#open === null || this.#stopping !== null || this.failure !== null
  }

  get space(): Space {
    return this.#opened().state.space
  }

  get appliedIndex(): number {
    return this.#opened().state.appliedIndex
  }

  get reads(): PartitionReads {
    return this.#opened().reads
  }

  get leadership(): Leadership {
    return this.#opened().replica.leadership
  }

  /** Resolves when another member leads, there is none that could, or the time is up. */
  async handOver(signal: AbortSignal): Promise<void> {
    const {replica} = this.#opened()
    const heir = replica.heir()
    if (replica.leadership.leader === this.host.nodeId && heir !== null) await replica.handOver(heir, signal)
  }

  /**
   * Hands leadership to the voter, or to the one that has most of the log; resolves with who leads then. Errors: PARTITION_NOT_LEADER,
   * PARTITION_NO_LEADER, GUARD_FAILED where it cannot go there; TIMEOUT with outcome `unknown`.
   */
  async transferLeadership(to: NodeId | null, signal: AbortSignal): Promise<NodeId> {
    this.assertLeader()
    const {replica} = this.#opened()
    const heir = to ?? replica.heir()
    if (heir === null) throw new CodedError('GUARD_FAILED', `partition ${this.id} has no other voter that answers`)
    if (heir === this.host.nodeId) return heir
    const leader = await replica.handOver(heir, signal)
    if (leader !== null) return leader
    throw new CodedError('TIMEOUT', `partition ${this.id}: node ${heir} has not taken over yet`, {
      outcome: 'unknown',
      retryable: true,
    })
  }

  /** Errors: PARTITION_IS_CLOSED. */
  report(): ReplicaReport {
    return replicaReport(this.#opened().replica.report(), this.host.config.ps.raft_diff_count)
  }

  /**
   * Proposes one step away from the membership `from`; resolves when it is in the log. Errors: those of the replica;
   * GUARD_FAILED where `from` is not what is in force.
   */
  async changeMembers(from: Membership, changes: readonly MemberChange[]): Promise<void> {
    this.assertLeader()
    const {replica} = this.#opened()
    const [change] = changes
    if (!membershipsEqual(replica.report().membership, from) || change === undefined) {
      throw new CodedError('GUARD_FAILED', `the members of partition ${this.id} have changed`, {retryable: true})
    }
    await replica.changeMembership(
      changes.length === 1 ? {kind: 'one', change} : {kind: 'joint', changes, autoLeave: true},
    )
  }

  onLeadership(listener: (leadership: Leadership) => void): () => void {
    return this.#opened().replica.onLeadership(listener)
  }

  /** Resolves when a read here sees everything that was acknowledged before the call. Errors: those of the replica. */
  readBarrier(): Promise<void> {
    return this.#opened().replica.readBarrier()
  }

  /** The last entry of the log of which an answer that is being given now may show something. */
  get visibleIndex(): number {
    return this.#opened().state.visibleIndex
  }

  /**
   * Resolves when a read that may be a little behind may be answered here, from a state that has the log up to `atLeast`. Errors:
   * PARTITION_NO_LEADER until this replica has once had everything that was acknowledged when it started, and with
   * `raft_consistent` while it hears no leader; PARTITION_IS_INVALID while it lags by more than `raft_diff_count` entries.
   */
  async freshEnough(atLeast: number): Promise<void> {
    const {replica, state} = this.#opened()
    const {ps, global} = this.host.config
    const isDeaf = global.raft_consistent && replica.leadership.leader === null
    if (!replica.hasCaughtUp || isDeaf) {
      throw new CodedError('PARTITION_NO_LEADER', `partition ${this.id} has not caught up`, {retryable: true})
    }
    if (replica.lag > ps.raft_diff_count) {
      throw new CodedError('PARTITION_IS_INVALID', `partition ${this.id} is ${replica.lag} entries behind`, {
        retryable: true,
      })
    }
    // What was shown elsewhere is committed: whoever leads now has it.
    if (state.appliedIndex < atLeast) await replica.readBarrier()
  }

  /** Errors: PARTITION_NOT_LEADER, naming the leader; PARTITION_NO_LEADER. */
  assertLeader(): void {
    const {leader} = this.leadership
    if (leader === null) throw new CodedError('PARTITION_NO_LEADER', `partition ${this.id}`, {retryable: true})
    if (leader !== this.host.nodeId) {
      throw new CodedError('PARTITION_NOT_LEADER', `partition ${this.id}, ask node ${leader}`, {facts: {leader}})
    }
  }

  /**
   * `documents` is a batch from `encodeDocuments`; results are in its order. Errors: PARTITION_RESOURCE_EXHAUSTED before the disk
   * is full, because an engine that writes on is killed then; those of the replica.
   */
  async upsert(documents: Uint8Array): Promise<readonly ItemResult[]> {
    this.#unmeasuredBytes += documents.length
    if (this.#unmeasuredBytes > unmeasuredBytesMax) await this.#measureDisk()
    if (this.exhausted) {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', `partition ${this.id} resource exhausted`, {retryable: true})
    }
    const {state, replica} = this.#opened()
    const result = await replica.propose(state.upsertCommand(documents))
    assert(result.kind === 'upserted', 'an upsert answers for its items')
    return result.items
  }

  /** Returns the ids that existed. */
  async delete(ids: readonly string[]): Promise<readonly string[]> {
    if (!ids.every((id) => typeof id === 'string')) throw new CodedError('RPC_PARAM_ERROR', 'an id that is no string')
    const result = await this.#propose({kind: 'delete', ids})
    assert(result.kind === 'deleted', 'a delete answers with ids')
    return result.ids
  }

  /** Ids are found here and then proposed: what is in the log is the same everywhere. */
  async deleteByFilter(filter: Filter, limit: number): Promise<readonly string[]> {
    this.assertLeader()
    const found = await this.reads.query({filter, offset: 0, limit, projection: {fields: [], vectors: []}})
    return found.length === 0 ? [] : this.delete(found.map(({id}) => id))
  }

  async updateSpace(space: Space): Promise<void> {
    const names = ({space_properties}: Space) => Object.keys(space_properties).sort().join()
    if (names(space) !== names(this.space)) throw paramError('fields of a space can not be added or removed')
    await this.#propose({kind: 'updateSpace', space})
  }

  async changeIndexes(space: Space, add: readonly IndexSpec[], remove: readonly string[]): Promise<void> {
    // An engine changes indexes only between two builds; to wait here keeps other writes going.
    await this.#opened().upkeep.between(() => this.#propose({kind: 'changeIndexes', space, add, remove}))
  }

  flush(): Promise<void> {
    return this.#opened().upkeep.checkpoint()
  }

  buildIndex(options: {readonly rebuild: boolean}): Promise<void> {
    return this.#opened().upkeep.buildIndex(options)
  }

  /** Fetches a checkpoint of the leader's, to be installed when raft says so. */
  takeCheckpoint(index: number, from: Address, signal: AbortSignal): Promise<void> {
    return this.#opened().snapshots.take(index, from, signal)
  }

  /** The newest that another server may fetch. Errors: PARTITION_IS_INVALID where it ends before `atLeast`. */
  newestCheckpoint(atLeast: number): Promise<PsResponse<'newestCheckpoint'>> {
    return this.#opened().snapshots.offer(atLeast)
  }

  /** Errors: DATA_CORRUPT where the checkpoint is not what was written to it; another one is made. */
  checkpointFiles(index: number): Promise<PsResponse<'checkpointFiles'>> {
    return this.#checkpoints.whileKept(index, async (checkpoint) => {
      const files = await listFiles(this.host.env, checkpoint.directory)
      try {
        await this.#checkpoints.assertIntact(checkpoint, files)
      } catch (thrown) {
        if (isDamage(thrown)) await this.#opened().snapshots.damaged(checkpoint, toCodedError(thrown))
        throw thrown
      }
      return {files}
    })
  }

  checkpointBytes(piece: PsRequest<'checkpointBytes'>): Promise<PsResponse<'checkpointBytes'>> {
    return this.#checkpoints.whileKept(piece.index, ({directory}) => readPiece(this.host.env, directory, piece))
  }

  /** Begins the upkeep that is due, `isPinning` its log being what keeps the node's on disk; the promise is its end. */
  tick(isPinning: boolean): Promise<void> | null {
    if (this.#open === null || this.stopped) return null
    const configured = this.#settings.config.refresh_interval ?? this.space.refresh_interval
    // Of what is not applied nothing can go: a checkpoint would be made in vain, and again and again.
    const mayLetGo = this.#log.firstIndex <= this.#open.state.appliedIndex
    return this.#open.upkeep.tick(configured ?? refreshIntervalDefaultMs, isPinning && mayLetGo)
  }

  get config(): SpaceConfig {
    const {id, db_id, refresh_interval, enable_id_cache} = this.space
    const ofSpace = {
      id,
      db_id,
      refresh_interval: refresh_interval ?? refreshIntervalDefaultMs,
      enable_id_cache: enable_id_cache ?? false,
    }
    return {...ofSpace, path: this.files.data, ...this.#settings.config}
  }

  async configure(changes: SpaceConfig): Promise<void> {
    const {path: _, ...config} = changes
    await this.#set({...this.#settings, config: {...this.#settings.config, ...config}})
  }

  get exhausted(): boolean {
    return this.#settings.exhausted || this.#outOfResources
  }

  /** An operator's word: `true` closes the partition to upserts and outlives a restart, `false` takes that back. */
  async setExhausted(exhausted: boolean): Promise<void> {
    await this.#set({...this.#settings, exhausted})
    if (!exhausted) this.#outOfResources = false
  }

  measured(outOfResources: boolean): void {
    if (outOfResources === this.#outOfResources) return
    this.#outOfResources = outOfResources
    this.#events.warn('partition.resources', {exhausted: outOfResources})
  }

  /**
   * What the master is to know of a partition that this node leads: who belongs to it, in which term, and who keeps up; null
   * where it does not lead. Only `raft_consistent` makes readers ask who keeps up.
   */
  record(): PartitionRecord | null {
    const listed = this.space.partitions.find(({id}) => id === this.id)
    if (listed === undefined || this.leadership.leader !== this.host.nodeId) return null
    const report = this.#opened().replica.report()
    const {global, ps} = this.host.config
    const {replicas, status} = replicaStates(report, ps.raft_diff_count)
    return {
      ...listed,
      replicas,
      ...(global.raft_consistent ? {status} : {}),
      leader_name: this.host.nodeId,
      term: report.term,
      resourceExhausted: this.exhausted,
    }
  }

  info(detail: boolean): PartitionInfo {
    const {state, replica} = this.#opened()
    const {documents, indexed, indexStatus, indexes, bytesOnDisk} = state.engine.status()
    const listed = this.space.partitions.find(({id}) => id === this.id)
    const {replicas, status} = replicaStates(replica.report(), this.host.config.ps.raft_diff_count)
    const leads = this.leadership.leader === this.host.nodeId
    return {
      pid: this.id,
      name: listed?.name ?? '',
      doc_num: documents,
      size: bytesOnDisk,
      replica_num: replicas.length,
      ...(leads ? {replica_status: replicaStatus(status)} : {}),
      ...(detail ? {path: this.files.root, raft_status: replica.status()} : {}),
      status: leads ? PartitionStatus.readwrite : PartitionStatus.readonly,
      color: 'green',
      node_id: this.host.nodeId,
      index_status: indexStatus,
      backup_status: 0,
      index_num: indexed,
      max_docid: state.nextDocid - 1,
      index_build_state: Object.fromEntries(Object.entries(indexes).map(([name, {state}]) => [name, state])),
    }
  }

  async #measureDisk(): Promise<void> {
    this.#unmeasuredBytes = 0
    const {env, config} = this.host
    const room = await diskRoom(env.disk, this.files.root)
    if (isExhausted([room], config.global.resource_limit_rate)) this.measured(true)
  }

  async #set(settings: PartitionSettings): Promise<void> {
    await this.files.writeSettings(settings)
    this.#settings = settings
  }

  async #propose(command: Command): Promise<CommandResult> {
    return this.#opened().replica.propose(encodeCommand(command))
  }

  #opened(): OpenPartition {
    if (this.#open === null || this.#stopping !== null) {
      throw new CodedError('PARTITION_IS_CLOSED', `partition ${this.id}`, {retryable: true})
    }
    if (this.failure !== null) throw new CodedError('PARTITION_IS_INVALID', this.failure.message, {retryable: true})
    return this.#open
  }
}
