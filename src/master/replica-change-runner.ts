/**
 * Carries out the changes of partitions' members that the metadata has, one step after the other, until each has ended.
 *
 * One master at a time does (`duty.ts`); which one does not matter, for what comes next is decided anew at every look
 * (`replica-change-plan.ts`). The record says where a change is for those who ask, and that there is one. Changes do not wait
 * for each other: one whose newcomer hangs is the only one that hangs.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import {isUnderWay, type ReplicaChange} from '../entity/replica-change.js'
import type {Space} from '../entity/space.js'
import type {Clock} from '../env/clock.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'
import type {ViewChange} from '../meta/live-view.js'
import {putRecord, type Stored, unchanged} from '../meta/repository.js'
import {amend} from './amend.js'
import {type Call, type Cluster, liveServer, ownCall} from './cluster.js'
import type {Duty} from './duty.js'
import {askGroup} from './group-sight.js'
import {callLeader, callServer} from './partition-servers.js'
import {laterThan} from './registration.js'
import {type GroupSight, type NextStep, nextStep} from './replica-change-plan.js'
import {isRecorded, withReplicas} from './space-replicas.js'

/** Between two looks while a change is under way. */
const paceMs = 250
/** Between two looks while none is: whether the duty is free, whether a server has been gone for too long. */
const idleMs = 5_000
const roundTimeoutMs = 60_000
/** Of all that are under way, how many take a step at the same time; the others have their turn. */
const advancingMax = 64
/** A new engine is opened, and an old one is perhaps set aside before. */
const joinTimeoutMs = 30_000
const stepTimeoutMs = 5_000
/** How far a newcomer is changes all the time; the record follows at this pace. */
const progressMs = 2_000

export interface RunnerParts {
  readonly cluster: Cluster
  readonly duty: Duty
  /** Does what nobody asked for: recoveries that are due, replicas that were left behind. */
  readonly plan: (call: Call) => Promise<void>
  readonly isLost: GroupSight['isLost']
}

export class ReplicaChangeRunner {
  readonly #stopping = new AbortController()
  readonly #notedAtMs = new Map<PartitionId, number>()
  #running: Promise<void> | null = null
  #stopListening: (() => void) | null = null
  #woken = new AbortController()
  readonly #advancing = new Map<PartitionId, Promise<void>>()
  #planning: Promise<void> | null = null
  #turn = 0

  constructor(private readonly parts: RunnerParts) {}

  start(): void {
    if (this.#running !== null) return
    this.#stopListening = this.parts.cluster.view.onChange((changes) => this.#notice(changes))
    this.#running = this.#run()
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#woken.abort()
    this.#stopListening?.()
    await this.#running
    await Promise.all([...this.#advancing.values(), this.#planning])
  }

  #notice(changes: readonly ViewChange[]): void {
    const matters = changes.some(
      ({key, parsed: {kind}, type}) =>
        kind === 'replicaChange' || kind === 'failServer' || (key === this.parts.duty.key && type === 'delete'),
    )
    if (matters) this.#woken.abort()
  }

  async #run(): Promise<void> {
    const {clock, log} = this.parts.cluster
    const {signal} = this.#stopping
    while (!signal.aborted) {
      this.#woken = new AbortController()
      const call = ownCall(clock, signal, roundTimeoutMs)
      const underWay = await this.#round(call).catch((thrown: unknown) => {
        if (!signal.aborted) log.warn('master.changes.blind', {error: toCodedError(thrown).message})
        return 0
      })
      const pause = underWay > 0 ? clock.sleep(paceMs, signal) : clock.sleep(idleMs, this.#woken.signal)
      await pause.catch(() => {})
    }
  }

  /** Begins a step of every change that is not in the middle of one; how many are under way. */
  async #round(call: Call): Promise<number> {
    const {cluster, duty} = this.parts
    if (!(await duty.isOurs(call))) return 0
    this.#planning ??= this.#plan(call).finally(() => {
      this.#planning = null
    })
    const {items} = await cluster.repository.replicaChanges(call)
    const underWay = items.filter(({value}) => isUnderWay(value))
    const from = underWay.length > advancingMax ? this.#turn++ % underWay.length : 0
    for (const change of [...underWay.slice(from), ...underWay.slice(0, from)]) {
      const {partition_id: partition} = change.value
      if (this.#advancing.size >= advancingMax) break
      if (this.#advancing.has(partition)) continue
      const step = this.#advance(change, call).finally(() => this.#advancing.delete(partition))
      this.#advancing.set(partition, step)
    }
    return underWay.length
  }

  async #plan(call: Call): Promise<void> {
    await this.parts.plan(call).catch((thrown: unknown) => {
      if (this.#stopping.signal.aborted) return
      this.parts.cluster.log.warn('master.changes.unplanned', {error: toCodedError(thrown).message})
    })
  }

  async #advance({value: change}: Stored<ReplicaChange>, call: Call): Promise<void> {
    const {cluster} = this.parts
    const {partition_id: partition} = change
    try {
      const space = await cluster.repository.space(change.db_id, change.space_id, call)
      if (space === null) return await this.#end(change, 'cancelled', call, new CodedError('SPACE_NOT_EXIST'))
      const next = nextStep(change, await this.#look(change, space.value, call))
      await this.#act(next, change, space.value, call)
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return
      const {message} = toCodedError(thrown)
      cluster.log.warn('master.change.delayed', {partition, step: change.step, error: message})
      await this.#note(change, change.step, message, call).catch(() => {})
    }
  }

  async #look(change: ReplicaChange, space: Space, call: Call): Promise<GroupSight> {
    const {cluster, isLost} = this.parts
    const {replicas = []} = space.partitions.find(({id}) => id === change.partition_id) ?? {}
    const asked = {id: change.partition_id, replicas}
    const {leader, holdings} = await askGroup(cluster, asked, [change.add, change.remove], call)
    return {
      leader,
      holdings,
      isAlive: (node) => cluster.view.servers.has(node),
      isLost,
      isRecorded: leader === null || isRecorded(space, change, leader.membership.voters),
    }
  }

  async #act(next: NextStep, change: ReplicaChange, space: Space, call: Call): Promise<void> {
    if (next.step === 'wait') return this.#note(change, next.at, next.for, call)
    if (next.step === 'cancel') return this.#cancel(change, next.why, call)
    if (next.step === 'end') return this.#end(change, next.state, call)
    await this.#note(change, next.step, '', call)
    const {cluster} = this.parts
    const {partition_id: partitionId} = change
    switch (next.step) {
      case 'learn':
        return this.#learn(next, change, space, call)
      case 'promote':
      case 'remove': {
        const request = {partitionId, from: next.from, changes: next.changes}
        await callServer(cluster, liveServer(cluster, next.leader), 'changeMembers', request, call, stepTimeoutMs)
        return
      }
      case 'transfer': {
        const request = {partitionId, to: next.to}
        await callServer(cluster, liveServer(cluster, next.leader), 'transferLeadership', request, call, stepTimeoutMs)
        return
      }
      case 'record':
        return this.#record(change, next.replicas, call)
      case 'retire': {
        const reason = `change ${change.id} (${change.reason}) took the partition from node ${next.node}`
        const request = {partitionId, change: change.id, reason}
        await callServer(cluster, liveServer(cluster, next.node), 'retireReplica', request, call, joinTimeoutMs)
      }
    }
  }

  /** A newcomer that will not have it ends the change; once it is a learner, only the group can. */
  async #learn(
    {node, leader, from, isLearner}: Extract<NextStep, {step: 'learn'}>,
    change: ReplicaChange,
    space: Space,
    call: Call,
  ): Promise<void> {
    const {cluster} = this.parts
    const {partition_id: partitionId, id} = change
    const newcomer = liveServer(cluster, node)
    try {
      const request = {partitionId, space, voters: from.voters, change: id}
      await callServer(cluster, newcomer, 'joinPartition', request, call, joinTimeoutMs)
    } catch (thrown) {
      const error = toCodedError(thrown)
      if (isLearner || error.retryable || error.outcome === 'unknown') throw error
      return this.#end(change, 'failed', call, error)
    }
    if (isLearner) return
    const request = {partitionId, from, changes: [{action: 'add-learner', node} as const]}
    await callServer(cluster, liveServer(cluster, leader), 'changeMembers', request, call, stepTimeoutMs)
  }

  /** Whoever reads the metadata is told in one transaction; the group's own copy of the space follows. */
  async #record(change: ReplicaChange, voters: readonly NodeId[], call: Call): Promise<void> {
    const {repository, clock} = this.parts.cluster
    const {partition_id: id} = change
    const space = await amend(
      repository.store,
      async () => {
        const stored = await repository.space(change.db_id, change.space_id, call)
        if (stored === null) return {transaction: null, result: null}
        const registered = await repository.partition(id, call)
        const changed = withReplicas(stored.value, change, voters)
        const space: Space = {...changed, version: stored.value.version + 1}
        const compare = [unchanged(stored)]
        const then = [putRecord(stored.key, space)]
        if (registered !== null) {
          const replicas = space.partitions.find((partition) => partition.id === id)?.replicas ?? []
          const update_time = laterThan(registered.value.update_time, clock)
          compare.push(unchanged(registered))
          then.push(putRecord(registered.key, {...registered.value, replicas, update_time}))
        }
        return {transaction: {compare, then}, result: space}
      },
      call,
    )
    const partition = space?.partitions.find((one) => one.id === id)
    if (space === null || partition === undefined) return
    await callLeader(this.parts.cluster, partition, 'updatePartition', {partitionId: id, space}, call)
  }

  /** Written when it is news: another step, or, now and then, how far it is. */
  async #note(change: ReplicaChange, step: ReplicaChange['step'], waits_for: string, call: Call): Promise<void> {
    const {clock, log} = this.parts.cluster
    const {partition_id: partition, add, remove} = change
    const isNew = step !== change.step
    const notedAtMs = this.#notedAtMs.get(partition) ?? Number.NEGATIVE_INFINITY
    if (!isNew && (waits_for === change.waits_for || clock.nowMs() - notedAtMs < progressMs)) return
    this.#notedAtMs.set(partition, clock.nowMs())
    if (isNew) log.info('master.change.step', {partition, change: change.id, add, remove, step})
    await this.#write(change, {step, waits_for, ...(isNew ? {since: seconds(clock)} : {})}, call)
  }

  async #cancel(change: ReplicaChange, why: string, call: Call): Promise<void> {
    this.parts.cluster.log.info('master.change.cancelling', {partition: change.partition_id, change: change.id, why})
    await this.#write(change, {state: 'cancelling', error: {code: errorCodes.CANCELED.code, msg: why}}, call)
  }

  async #end(
    change: ReplicaChange,
    state: 'done' | 'cancelled' | 'failed',
    call: Call,
    error?: CodedError,
  ): Promise<void> {
    const {clock, log} = this.parts.cluster
    const {partition_id: partition, add, remove, reason} = change
    this.#notedAtMs.delete(partition)
    const ended = seconds(clock)
    const why = error === undefined ? {} : {error: {code: error.code, msg: error.message}}
    await this.#write(change, {state, step: 'end', waits_for: '', since: ended, ended, ...why}, call)
    log.info('master.change.ended', {partition, change: change.id, add, remove, reason, state, error: error?.message})
  }

  /** Unless the record is of another change by now, or of one that has ended. */
  async #write(change: ReplicaChange, news: Partial<ReplicaChange>, call: Call): Promise<void> {
    const {repository} = this.parts.cluster
    await amend(
      repository.store,
      async () => {
        const stored = await repository.replicaChange(change.partition_id, call)
        if (stored === null || stored.value.id !== change.id || !isUnderWay(stored.value)) {
          return {transaction: null, result: undefined}
        }
        const then = [putRecord(stored.key, {...stored.value, ...news})]
        return {transaction: {compare: [unchanged(stored)], then}, result: undefined}
      },
      call,
    )
  }
}

function seconds(clock: Pick<Clock, 'wallMs'>): number {
  return Math.floor(clock.wallMs() / 1_000)
}
