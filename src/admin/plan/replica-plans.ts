/** Plans for the replicas of single partitions. Errors of all: GUARD_FAILED, PARTITION_NOT_EXIST. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import {leadersByNode} from '../picture/node-load.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {Plan} from './plan.js'
import {type DraftOptions, PlanDraft} from './plan-draft.js'

type Options = Pick<DraftOptions, 'force'>

/** `to` null: wherever placement would put it. */
export function planMove(
  picture: ClusterPicture,
  partition: PartitionId,
  {from, to, rate}: {readonly from: NodeId; readonly to: NodeId | null; readonly rate?: number | undefined},
  options: Options = {},
): Plan {
  const target = to === null ? '' : ` --to ${to}`
  const draft = new PlanDraft(picture, {
    action: `partitions move ${partition} --from ${from}${target}${rate === undefined ? '' : ` --rate ${rate}`}`,
    ...options,
  })
  draft.move(partition, from, to ?? targetOf(draft, partition, from), rate)
  return draft.build()
}

export function planAddReplica(
  picture: ClusterPicture,
  partition: PartitionId,
  to: NodeId | null,
  options: Options = {},
): Plan {
  const draft = new PlanDraft(picture, {
    action: `partitions add-replica ${partition}${to === null ? '' : ` --to ${to}`}`,
    ...options,
  })
  draft.add(partition, to ?? targetOf(draft, partition, null))
  return draft.build()
}

export function planRemoveReplica(
  picture: ClusterPicture,
  partition: PartitionId,
  from: NodeId,
  options: Options = {},
): Plan {
  const draft = new PlanDraft(picture, {action: `partitions remove-replica ${partition} --from ${from}`, ...options})
  draft.remove(partition, from)
  return draft.build()
}

/** `to` null: the replica whose node leads least. */
export function planTransfer(picture: ClusterPicture, partition: PartitionId, to: NodeId | null): Plan {
  const draft = new PlanDraft(picture, {
    action: `partitions transfer-leader ${partition}${to === null ? '' : ` --to ${to}`}`,
  })
  const {leader} = draft.sight(partition).seats
  const heir = to ?? draft.heirOf(partition, leader ?? (0 as NodeId), leadersByNode(picture))
  if (heir === null)
    throw new CodedError('GUARD_FAILED', `partition ${partition}: no other replica is alive to lead it`)
  draft.transfer(partition, heir)
  return draft.build()
}

function targetOf(draft: PlanDraft, partition: PartitionId, leaving: NodeId | null): NodeId {
  const [target] = draft.candidates.forReplica(draft.sight(partition).sight, leaving)
  if (target !== undefined) return target
  throw new CodedError('GUARD_FAILED', `no server may take a replica of partition ${partition}`, {
    hint: `vearchctl why partition ${partition} --placement`,
  })
}
