/**
 * A plan while it is made: every step is judged by what the steps before it would have made of the cluster.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {parseJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import {type Message, say} from '../messages/message.js'
import type {PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import type {Known} from '../picture/record.js'
import {recordAt} from '../picture/record-at.js'
import {Candidates} from './candidates.js'
import {type ForcibleGuard, type SeatChange, seatFault} from './guards.js'
import {Layout, type Seats} from './layout.js'
import {inverseOf, type Plan, type Precondition, planId, type Step, type Verify} from './plan.js'

type RecordStep = Step & {readonly do: 'writeRecord'}

export interface DraftOptions {
  /** The command: `node drain 4`. */
  readonly action: string
  readonly force?: readonly ForcibleGuard[]
}

export class PlanDraft {
  readonly layout: Layout
  readonly candidates: Candidates
  readonly #force: ReadonlySet<ForcibleGuard>
  readonly #steps: Step[] = []
  readonly #blocked: Message[] = []
  readonly #verify: Verify[] = []
  readonly #leaders = new Map<PartitionId, NodeId>()
  readonly #written = new Map<string, {readonly at: number; readonly step: RecordStep}>()

  constructor(
    readonly picture: ClusterPicture,
    readonly options: DraftOptions,
  ) {
    this.layout = new Layout(picture)
    this.candidates = new Candidates(picture)
    this.#force = new Set(options.force)
  }

  /** Errors: PARTITION_NOT_EXIST. */
  sight(id: PartitionId): {readonly sight: PartitionSight; readonly seats: Seats} {
    const sight = this.picture.partitions.get(id)
    const seats = this.layout.of(id)
    if (sight !== undefined && seats !== undefined) return {sight, seats}
    throw new CodedError('PARTITION_NOT_EXIST', `no source names partition ${id}`, {hint: 'vearchctl partitions list'})
  }

  /** Errors: GUARD_FAILED, PARTITION_NOT_EXIST. */
  move(partition: PartitionId, from: NodeId, to: NodeId, bytesPerSecond?: number): void {
    this.#guard(partition, {add: to, remove: from})
    const rate = bytesPerSecond === undefined ? {} : {bytesPerSecond}
    this.#add({do: 'moveReplica', partition, from, to, ...rate, ...this.#forced()})
    this.candidates.moved(from, to)
  }

  add(partition: PartitionId, node: NodeId): void {
    this.#guard(partition, {add: node})
    this.#add({do: 'addReplica', partition, node, ...this.#forced()})
    this.candidates.moved(null, node)
  }

  /** Gives leadership away first where the node leads. */
  remove(partition: PartitionId, node: NodeId): void {
    this.#guard(partition, {remove: node})
    const {seats} = this.sight(partition)
    if (seats.leader === node) {
      const heir = this.heirOf(partition, node)
      if (heir === null)
        throw new CodedError('GUARD_FAILED', `partition ${partition}: no other replica is alive to lead it`)
      this.transfer(partition, heir)
    }
    this.#add({do: 'removeReplica', partition, node})
  }

  transfer(partition: PartitionId, to: NodeId): void {
    const {seats} = this.sight(partition)
    if (!seats.replicas.includes(to))
      throw new CodedError('GUARD_FAILED', `partition ${partition} has no replica on node ${to}`)
    if (!isAlive(this.picture, to))
      throw new CodedError('GUARD_FAILED', `node ${to} is not alive`, {hint: 'vearchctl node list'})
    this.#add({do: 'transferLeader', partition, from: seats.leader, to})
    this.#leaders.set(partition, to)
  }

  forget(node: NodeId): void {
    this.#add({do: 'forgetNode', node})
  }

  /** Null is absence. A key that the plan writes already is written once, with the last value. */
  write(key: string, before: string | null, after: string | null, {isFinal = false} = {}): void {
    const written = this.#written.get(key)
    const step: RecordStep = {do: 'writeRecord', key, before, after, ...(isFinal ? {isFinal} : {})}
    if (written === undefined) {
      this.#written.set(key, {at: this.#steps.length, step})
      this.#add(step)
    } else {
      const merged = {...step, before: written.step.before}
      this.#written.set(key, {at: written.at, step: merged})
      this.#steps[written.at] = merged
    }
  }

  /** The record with what the plan has written of it so far. */
  current<T>({key, value}: Known<T>): T {
    const after = this.#written.get(key)?.step.after ?? null
    return after === null ? value : (parseJson(after) as T)
  }

  cures(code: string, subject: string): void {
    this.#verify.push({expect: 'cured', code, subject})
  }

  block(reason: Message): void {
    this.#blocked.push(reason)
  }

  /** What a guard refuses becomes a reason in `blocked`. */
  attempt(partition: PartitionId, change: () => void): void {
    try {
      change()
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || thrown.errorName !== 'GUARD_FAILED') throw thrown
      this.block(say('plan.blocked.refused', {partition, reason: thrown.detail}))
    }
  }

  /** Who could lead instead: alive, and leading least by this plan. */
  heirOf(partition: PartitionId, leaving: NodeId, leading: ReadonlyMap<NodeId, number> = new Map()): NodeId | null {
    const {seats} = this.sight(partition)
    const [heir] = seats.replicas
      .filter((node) => node !== leaving && isAlive(this.picture, node))
      .sort((a, b) => (leading.get(a) ?? 0) - (leading.get(b) ?? 0) || a - b)
    return heir ?? null
  }

  build(): Plan {
    const {metadata, takenAtMs} = this.picture
    const content = {
      apiVersion: 'vearchctl/v1',
      kind: 'Plan',
      action: this.options.action,
      cluster: metadata.keys.cluster,
      revision: metadata.revision,
      preconditions: this.#preconditions(),
      steps: this.#steps,
      inverse: this.#steps.map(inverseOf),
      verify: [...this.#seatsExpected(), ...this.#recordsExpected(), ...this.#verify],
      blocked: this.#blocked,
    } as const
    const {apiVersion, kind, ...rest} = content
    return {apiVersion, kind, id: planId(content), madeAt: new Date(takenAtMs).toISOString(), ...rest}
  }

  #guard(partition: PartitionId, change: SeatChange): void {
    const {sight, seats} = this.sight(partition)
    const {picture, candidates} = this
    const fault = seatFault(sight, seats, change, {picture, candidates, force: this.#force})
    if (fault !== null) throw fault
  }

  #forced(): {force?: boolean} {
    return this.#force.has('placement') || this.#force.has('anti-affinity') ? {force: true} : {}
  }

  #add(step: Step): void {
    this.#steps.push(step)
    this.layout.apply(step)
  }

  #preconditions(): Precondition[] {
    const firstSteps = new Map<string, number>()
    for (const [at, step] of this.#steps.entries()) {
      for (const key of this.#keysOf(step)) if (!firstSteps.has(key)) firstSteps.set(key, at)
    }
    const {metadata} = this.picture
    return [...firstSteps].map(([key, step]) => ({key, modRevision: recordAt(metadata, key)?.modRevision ?? 0, step}))
  }

  /** A server's own record changes with every partition that it gets, and is no condition. */
  #keysOf(step: Step): readonly string[] {
    const {keys} = this.picture.metadata
    if (step.do === 'writeRecord') return [step.key]
    if (step.do === 'forgetNode') return [keys.failServer(step.node)]
    const space = this.picture.partitions.get(step.partition)?.listing?.space
    return [keys.partition(step.partition), ...(space === undefined ? [] : [space.key])]
  }

  #recordsExpected(): Verify[] {
    return [...this.#written].map(([key, {step}]) => ({expect: 'record', key, value: step.after}))
  }

  #seatsExpected(): Verify[] {
    const touched = new Set(
      this.#steps.flatMap((step) => ('partition' in step && step.do !== 'transferLeader' ? [step.partition] : [])),
    )
    return [...this.layout.changed].flatMap(([partition, {replicas}]): Verify[] => {
      const leader = this.#leaders.get(partition)
      return [
        ...(touched.has(partition) ? [{expect: 'replicas' as const, partition, replicas}] : []),
        ...(leader !== undefined && replicas.includes(leader) ? [{expect: 'leader' as const, partition, leader}] : []),
      ]
    })
  }
}
