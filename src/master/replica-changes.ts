/**
 * Changes of who belongs to a partition, as they are asked for: refused or begun, listed, cancelled, waited for. What was
 * begun is carried out by whichever master has the duty (`replica-change-runner.ts`), whether anybody waits or not.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import {type ChangeReason, isUnderWay, type ReplicaChange} from '../entity/replica-change.js'
import type {Space} from '../entity/space.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {errorCodes, errorNameOf} from '../errors/codes.js'
import {putRecord, type Stored, unchanged} from '../meta/repository.js'
import {amend, asRead} from './amend.js'
import {type Call, type Cluster, whenServersSeen} from './cluster.js'
import {askGroup} from './group-sight.js'
import {callLeader, type Outcome, onEach} from './partition-servers.js'
import {type AntiAffinity, labelsOf} from './placement.js'
import {changeFault, type WantedChange} from './replica-guards.js'
import {isBeingCreated} from './space-creation.js'

/** Of one request. */
const partitionsMax = 1_024
/** An answer must be out before the request's time is up. */
const answerMs = 250

/** The duty of the master that carries changes out. */
export const changesDuty = 'replica_changes'

export interface ChangeList {
  readonly count: number
  /** The master that carries them out; null between two. */
  readonly runner: string | null
  readonly changes: readonly ReplicaChange[]
}

export interface MovedLeader {
  readonly partition_id: PartitionId
  readonly leader: NodeId
}

export class ReplicaChanges {
  constructor(
    private readonly cluster: Cluster,
    private readonly antiAffinity: AntiAffinity,
  ) {}

  /**
   * All of them or, where one is refused, none. Errors: PARTITION_NOT_EXIST, PARAM_ERROR, PARTITION_SERVER_NOT_EXIST,
   * PARTITION_NO_LEADER, GUARD_FAILED; all rejected unless the store cannot say.
   */
  async begin(
    wanted: readonly WantedChange[],
    more: {readonly reason: ChangeReason; readonly replica_num?: number},
    call: Call,
  ): Promise<readonly ReplicaChange[]> {
    if (wanted.length > partitionsMax)
      throw paramError(`partitions:[${wanted.length}] should not exceed ${partitionsMax}`)
    if (new Set(wanted.map(({partition}) => partition)).size < wanted.length)
      throw paramError('a partition is named twice')
    await whenServersSeen(this.cluster, call)
    valuesOf(await onEach(wanted, (change) => this.#check(change, call)))
    return valuesOf(await onEach(wanted, (change) => this.#begin(change, more, call)))
  }

  /** Resolves with what they have become. Errors: that of a change that failed or was cancelled; TIMEOUT, outcome `unknown`. */
  async whenEnded(changes: readonly ReplicaChange[], {signal, remainingMs}: Call): Promise<readonly ReplicaChange[]> {
    const {view, clock} = this.cluster
    const now = () => changes.map((change) => this.#standing(change))
    const waiting = () => now().filter(isUnderWay)
    await new Promise<void>((resolve) => {
      const look = () => {
        if (waiting().length > 0 && !signal.aborted) return
        finish()
      }
      const finish = () => {
        timer.cancel()
        stopListening()
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const timer = clock.after(Math.max(0, remainingMs() - answerMs), finish)
      const stopListening = view.onChange(look)
      signal.addEventListener('abort', finish, {once: true})
      look()
    })
    const [late] = waiting()
    if (late !== undefined) throw stillUnderWay(late, waiting().length)
    const ended = now()
    for (const change of ended) if (change.state !== 'done') throw failureOf(change)
    return ended
  }

  /** Under way and the last that ended, in the order of the partitions; all partitions if none is named. */
  async list(
    {partitions, running}: {readonly partitions: readonly number[]; readonly running: boolean},
    call: Call,
  ): Promise<ChangeList> {
    const {repository} = this.cluster
    const runner = await repository.store.get(repository.keys.duty(changesDuty), {signal: call.signal})
    const {items} = await repository.replicaChanges(call)
    const changes = items
      .map(({value}) => value)
      .filter(({partition_id: id}) => partitions.length === 0 || partitions.includes(id))
      .filter((change) => !running || isUnderWay(change))
      .sort((a, b) => a.partition_id - b.partition_id)
    return {count: changes.length, runner: runner === null ? null : new TextDecoder().decode(runner.value), changes}
  }

  /** The newcomer goes again unless it has been promoted: then the change is completed. Errors: GUARD_FAILED if none is under way. */
  async cancel(partition: PartitionId, call: Call): Promise<ReplicaChange> {
    const {repository} = this.cluster
    return amend(
      repository.store,
      async () => {
        const stored = await repository.replicaChange(partition, call)
        if (stored === null || !isUnderWay(stored.value)) {
          throw new CodedError('GUARD_FAILED', `partition:[${partition}] is not being changed`)
        }
        const error = {code: errorCodes.CANCELED.code, msg: 'it was cancelled'}
        const change: ReplicaChange = {...stored.value, state: 'cancelling', error}
        return {transaction: {compare: [unchanged(stored)], then: [putRecord(stored.key, change)]}, result: change}
      },
      call,
    )
  }

  /** Hands leadership of the partitions to the node, or to whichever voter has most of the log. */
  async transferLeaders(ids: readonly PartitionId[], to: NodeId | null, call: Call): Promise<readonly MovedLeader[]> {
    return valuesOf(
      await onEach(ids, async (id) => {
        const {partition} = await this.#find(id, call)
        const request = {partitionId: id, to}
        const {leader} = await callLeader(this.cluster, partition, 'transferLeadership', request, call)
        return {partition_id: id, leader}
      }),
    )
  }

  /** The view may not have it yet; and it goes with its space. */
  #standing(change: ReplicaChange): ReplicaChange {
    const {view} = this.cluster
    const seen = view.replicaChanges.get(change.partition_id)
    if (seen !== undefined && seen.id > change.id) return {...change, ...gone('another change has followed')}
    if (seen !== undefined && seen.id === change.id) return seen
    return view.spaces.has(change.space_id) ? change : {...change, ...gone('its space was removed')}
  }

  async #check(wanted: WantedChange, call: Call): Promise<void> {
    const {cluster} = this
    const {view, repository} = cluster
    const {space, partition} = await this.#find(wanted.partition, call)
    if (isBeingCreated(space.value)) {
      throw paramError(`space:[${space.value.name}] is being created`, {retryable: true})
    }
    const {leader, holdings} = await askGroup(cluster, partition, [wanted.add, wanted.remove], call)
    const fault = changeFault(wanted, {
      voters: leader?.membership.voters ?? null,
      servers: view.servers,
      holdings,
      known: (await repository.replicaChange(wanted.partition, call))?.value ?? null,
      labelOf: labelsOf(view, this.antiAffinity),
      pool: {
        resourceName: space.value.resource_name,
        dbServers: view.dbs.get(space.value.db_id)?.ps ?? [],
        cordoned: view.cordoned,
      },
    })
    if (fault !== null) throw fault
  }

  /** Compared with what the metadata has of the partition: of two that begin at once, one does. */
  #begin(
    {partition: id, add, remove, bytesPerSecond}: WantedChange,
    {reason, replica_num}: {readonly reason: ChangeReason; readonly replica_num?: number},
    call: Call,
  ): Promise<ReplicaChange> {
    const {repository, clock, log} = this.cluster
    return amend(
      repository.store,
      async () => {
        const {space} = await this.#find(id, call)
        const known = await repository.replicaChange(id, call)
        if (known !== null && isUnderWay(known.value)) {
          throw new CodedError('GUARD_FAILED', `partition:[${id}] is being changed already (${known.value.reason})`)
        }
        const began = Math.floor(clock.wallMs() / 1_000)
        const change: ReplicaChange = {
          id: (known?.value.id ?? 0) + 1,
          partition_id: id,
          space_id: space.value.id,
          db_id: space.value.db_id,
          ...(add === undefined ? {} : {add}),
          ...(remove === undefined ? {} : {remove}),
          ...(replica_num === undefined ? {} : {replica_num}),
          ...(bytesPerSecond === undefined ? {} : {bytes_per_second: bytesPerSecond}),
          reason,
          state: 'running',
          step: 'begin',
          waits_for: '',
          since: began,
          began,
        }
        log.info('master.change.begun', {partition: id, change: change.id, add, remove, reason})
        const key = repository.keys.replicaChange(id)
        const compare = [...asRead(key, known), unchanged(space)]
        return {transaction: {compare, then: [putRecord(key, change)]}, result: change}
      },
      call,
    )
  }

  /** The space as it is stored, and its partition. Throws PARTITION_NOT_EXIST for what no space has. */
  async #find(id: PartitionId, call: Call): Promise<{space: Stored<Space>; partition: Partition}> {
    const {repository, view} = this.cluster
    const seen = [...view.spaces.values()].find(({partitions}) => partitions.some((one) => one.id === id))
    const space = seen === undefined ? null : await repository.space(seen.db_id, seen.id, call)
    const partition = space?.value.partitions.find((one) => one.id === id)
    if (space === null || partition === undefined) {
      throw new CodedError('PARTITION_NOT_EXIST', `partition:[${id}] is in no space`)
    }
    return {space, partition}
  }
}

function gone(msg: string): Pick<ReplicaChange, 'state' | 'error'> {
  return {state: 'cancelled', error: {code: errorCodes.CANCELED.code, msg}}
}

/** Throws the first failure. */
function valuesOf<T>(outcomes: readonly Outcome<T>[]): readonly T[] {
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error
    return outcome.value
  })
}

function stillUnderWay({partition_id, step, waits_for}: ReplicaChange, count: number): CodedError {
  const what = waits_for === '' ? step : `${step}, waits for ${waits_for}`
  return new CodedError(
    'TIMEOUT',
    `partition:[${partition_id}] ${what}; ${count} changes go on, see GET /schedule/replica_changes`,
    {
      outcome: 'unknown',
    },
  )
}

function failureOf({partition_id, state, error}: ReplicaChange): CodedError {
  const name = errorNameOf(error?.code ?? errorCodes.UNKNOWN_ERROR.code)
  return new CodedError(name, `the change of partition:[${partition_id}] is ${state}: ${error?.msg ?? ''}`)
}
