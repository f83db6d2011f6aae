/**
 * A change of the cluster, written down before it is made: what must still be so, the steps, how to take them back, and how to
 * see that they worked. Plain JSON, so that it can be read, reviewed, kept and applied by somebody else.
 *
 * - `preconditions` are keys and the revisions at which they were read. `step` is the first step that touches the key: who resumes
 *   at a later one must not mind what the plan itself has changed.
 * - Every step can be repeated without harm, and knows when it is done already.
 * - `blocked` is what the plan was asked for and cannot do, with the reason; the rest is done without it.
 *
 * Order to read: plan, layout, guards, plan-draft, the builders (replica-plans, node-plans, rebalance, repair), simulation,
 * rehearsal, plan-run.
 */
import {createHash} from 'node:crypto'
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {stringifyJson} from '../../entity/json.js'
import {type Message, say} from '../messages/message.js'

export type Step =
  | {
      readonly do: 'moveReplica'
      readonly partition: PartitionId
      readonly from: NodeId
      readonly to: NodeId
      readonly force?: boolean
      /** In which its checkpoint may come. */
      readonly bytesPerSecond?: number
    }
  | {readonly do: 'addReplica'; readonly partition: PartitionId; readonly node: NodeId; readonly force?: boolean}
  | {readonly do: 'removeReplica'; readonly partition: PartitionId; readonly node: NodeId}
  /** `from`: who led when the plan was made. */
  | {readonly do: 'transferLeader'; readonly partition: PartitionId; readonly from: NodeId | null; readonly to: NodeId}
  | {readonly do: 'forgetNode'; readonly node: NodeId}
  /**
   * The whole value before, as it was understood, and after; null is absence. `isFinal`: to put the old value back would do harm,
   * as with a lock whose holder is gone.
   */
  | {
      readonly do: 'writeRecord'
      readonly key: string
      readonly before: string | null
      readonly after: string | null
      readonly isFinal?: boolean
    }

export interface Precondition {
  readonly key: string
  /** 0: there is no such key. */
  readonly modRevision: number
  readonly step: number
}

export type Verify =
  | {readonly expect: 'replicas'; readonly partition: PartitionId; readonly replicas: readonly NodeId[]}
  | {readonly expect: 'leader'; readonly partition: PartitionId; readonly leader: NodeId}
  | {readonly expect: 'cured'; readonly code: string; readonly subject: string}
  | {readonly expect: 'record'; readonly key: string; readonly value: string | null}

export interface Plan {
  readonly apiVersion: 'vearchctl/v1'
  readonly kind: 'Plan'
  readonly id: string
  /** The command that made it: `node drain 4`. */
  readonly action: string
  readonly cluster: string
  /** The revision that was looked at, and when. */
  readonly revision: number
  readonly madeAt: string
  readonly preconditions: readonly Precondition[]
  readonly steps: readonly Step[]
  /** `inverse[i]` takes back `steps[i]`; null where nothing can. To undo, take those of the steps that were done, last first. */
  readonly inverse: readonly (Step | null)[]
  readonly verify: readonly Verify[]
  readonly blocked: readonly Message[]
}

/** The same content has the same id: a plan made twice is one plan. */
export function planId(content: Omit<Plan, 'id' | 'madeAt'>): string {
  return `p${createHash('sha256').update(stringifyJson(content)).digest('hex').slice(0, 10)}`
}

export function inverseOf(step: Step): Step | null {
  switch (step.do) {
    case 'moveReplica':
      return {...step, from: step.to, to: step.from}
    case 'addReplica':
      return {do: 'removeReplica', partition: step.partition, node: step.node}
    case 'removeReplica':
      return {do: 'addReplica', partition: step.partition, node: step.node}
    case 'transferLeader':
      return step.from === null ? null : {...step, from: step.to, to: step.from}
    case 'writeRecord':
      return step.isFinal === true ? null : {...step, before: step.after, after: step.before}
    case 'forgetNode':
      return null
  }
}

export function stepMessage(step: Step): Message {
  switch (step.do) {
    case 'moveReplica':
      return say('plan.moveReplica', {partition: step.partition, from: step.from, to: step.to})
    case 'addReplica':
      return say('plan.addReplica', {partition: step.partition, node: step.node})
    case 'removeReplica':
      return say('plan.removeReplica', {partition: step.partition, node: step.node})
    case 'transferLeader':
      return say('plan.transferLeader', {partition: step.partition, to: step.to})
    case 'forgetNode':
      return say('plan.forgetNode', {node: step.node})
    case 'writeRecord':
      return step.after === null ? say('plan.deleteRecord', {key: step.key}) : say('plan.writeRecord', {key: step.key})
  }
}
