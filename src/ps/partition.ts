import type {Filter} from '../entity/document.js'
import type {IndexSpec} from '../entity/field.js'
import type {PartitionId} from '../entity/ids.js'
import type {Partition as PartitionRecord, ReplicaState} from '../entity/partition.js'
import {type PartitionInfo, PartitionStatus} from '../entity/report.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import type {Log} from '../env/log.js'
import type {Address} from '../env/net/network.js'
import {assert} from '../errors/assert.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {GroupLog} from '../raftstore/log.js'
import type {Leadership} from '../raftstore/state-machine.js'
import type {ItemResult, PsRequest, PsResponse} from '../rpc/ps-api.js'
import {listFiles, readPiece} from './checkpoint-transfer.js'
import {Checkpoints} from './checkpoints.js'
import {type Command, encodeCommand} from './command.js'
import type {PartitionFiles, PartitionSettings} from './partition-files.js'
import {firstMembership, type OpenPartition, openPartition, type PartitionHost} from './partition-opening.js'
import type {PartitionReads} from './partition-reads.js'
import type {CommandResult} from './partition-state.js'
import {replicaStates} from './replica-states.js'

/** A stop waits this long for an index build; an engine killed in the middle of one is restored from its checkpoint. */
const upkeepWaitMs = 5_000
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
  #statesTold = '{}'
  /** As the resource monitor last measured. */
  #outOfResources = false

  constructor(
    readonly id: PartitionId,
    private readonly host: PartitionHost,
    private readonly files: PartitionFiles,
  ) {
    this.#events = host.env.log.child({partitionId: id})
    this.#checkpoints = new Checkpoints(host.env.disk, files.checkpoints)
    this.#log = host.sharedLog.group(id)
  }

  /** Writes the first checkpoint: an empty engine before the first entry, so that a log that is whole can be replayed. */
  async initialise(space: Space): Promise<void> {
    await this.files.makeData()
    const image = {
      appliedIndex: 0,
      nextDocid: 0,
      documents: 0,
      space,
      term: 0,
      membership: firstMembership(this.id, space, this.host.nodeId),
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
    try {
      const image =
        this.failure === null
          ? await state.whilePaused(async (image) => ({...image, ...replica.standing(image.appliedIndex)}))
          : null
      await state.engine.close()
      if (image === null) return
      await this.host.env.disk.syncTree(this.files.live)
      await this.files.writeClean(image)
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

  get reads(): PartitionReads {
    return this.#opened().reads
  }

  get leadership(): Leadership {
    return this.#opened().replica.leadership
  }

  /** Resolves when another member leads, there is none that could, or the time is up. */
  handOver(signal: AbortSignal): Promise<void> {
    return this.#opened().replica.handOver(signal)
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

  /** `documents` is a batch from `encodeDocuments`; results are in its order. */
  async upsert(documents: Uint8Array): Promise<readonly ItemResult[]> {
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

  checkpointFiles(index: number): Promise<PsResponse<'checkpointFiles'>> {
    return this.#checkpoints.whileKept(index, async ({directory}) => ({
      files: await listFiles(this.host.env.disk, directory),
    }))
  }

  checkpointBytes(piece: PsRequest<'checkpointBytes'>): Promise<PsResponse<'checkpointBytes'>> {
    return this.#checkpoints.whileKept(piece.index, ({directory}) => readPiece(this.host.env.disk, directory, piece))
  }

  /** Whether what `record` says of the replicas has changed since the last call. */
  replicaStatesChanged(): boolean {
    if (!this.host.config.global.raft_consistent || this.stopped) return false
    const states = JSON.stringify(this.#replicaStates())
    const hasChanged = states !== this.#statesTold
    this.#statesTold = states
    return hasChanged
  }

  #replicaStates(): Record<string, ReplicaState> {
    return replicaStates(this.#opened().replica.status(), this.host.config.ps.raft_diff_count)
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

  /** What the master is to know of the partition: the record as the space has it, and who leads in which term. */
  record(): PartitionRecord | null {
    const {term, leader} = this.leadership
    const listed = this.space.partitions.find(({id}) => id === this.id)
    if (listed === undefined || leader === null) return null
    return {
      ...listed,
      replicas: listed.replicas ?? [leader],
      leader_name: leader,
      term,
      resourceExhausted: this.exhausted,
      ...(this.host.config.global.raft_consistent ? {status: this.#replicaStates()} : {}),
    }
  }

  info(detail: boolean): PartitionInfo {
    const {state, replica} = this.#opened()
    const {documents, indexed, indexStatus, indexes, bytesOnDisk} = state.engine.status()
    const listed = this.space.partitions.find(({id}) => id === this.id)
    const replicas = listed?.replicas ?? [this.host.nodeId]
    return {
      pid: this.id,
      name: listed?.name ?? '',
      doc_num: documents,
      size: bytesOnDisk,
      replica_num: replicas.length,
      replica_status: Object.fromEntries(replicas.map((node) => [String(node), 'ReplicasOK' as const])),
      ...(detail ? {path: this.files.root, raft_status: replica.status()} : {}),
      status: this.leadership.leader === this.host.nodeId ? PartitionStatus.readwrite : PartitionStatus.readonly,
      color: 'green',
      node_id: this.host.nodeId,
      index_status: indexStatus,
      backup_status: 0,
      index_num: indexed,
      max_docid: state.nextDocid - 1,
      index_build_state: Object.fromEntries(Object.entries(indexes).map(([name, {state}]) => [name, state])),
    }
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
