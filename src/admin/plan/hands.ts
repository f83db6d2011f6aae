/**
 * What carries out the steps of a plan: requests to the master, which does the work and survives us, and guarded writes of
 * metadata. Every call may be repeated: what is done already is no error.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {Step} from './plan.js'

export interface Hands {
  /** Resolve when the change has ended, not when it has begun. Errors: the master's own. */
  moveReplica(move: Step & {readonly do: 'moveReplica'}, signal: AbortSignal): Promise<void>
  addReplica(
    partition: PartitionId,
    node: NodeId,
    options: {readonly force: boolean},
    signal: AbortSignal,
  ): Promise<void>
  removeReplica(partition: PartitionId, node: NodeId, signal: AbortSignal): Promise<void>
  transferLeader(partition: PartitionId, to: NodeId, signal: AbortSignal): Promise<void>
  forgetNode(node: NodeId, signal: AbortSignal): Promise<void>
  /**
   * `modRevision`: the revision at which the key must still be; null where the plan itself has changed it: then its value must be
   * `before`. Errors: GUARD_FAILED.
   */
  write(record: Step & {readonly do: 'writeRecord'}, modRevision: number | null, signal: AbortSignal): Promise<void>
}

export function carryOut(step: Step, hands: Hands, modRevision: number | null, signal: AbortSignal): Promise<void> {
  switch (step.do) {
    case 'moveReplica':
      return hands.moveReplica(step, signal)
    case 'addReplica':
      return hands.addReplica(step.partition, step.node, {force: step.force ?? false}, signal)
    case 'removeReplica':
      return hands.removeReplica(step.partition, step.node, signal)
    case 'transferLeader':
      return hands.transferLeader(step.partition, step.to, signal)
    case 'forgetNode':
      return hands.forgetNode(step.node, signal)
    case 'writeRecord':
      return hands.write(step, modRevision, signal)
  }
}
