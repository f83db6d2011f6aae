/**
 * What Vearch does by itself, given this metadata: the next action of each of its automatic jobs, before it happens. It answers
 * `node preflight` (what if this server started now) and `meta restore --simulate` (what if this were the metadata).
 *
 * The jobs, as control-plane spec §3.5, §5.8 and §5.12 have them: a server that starts wipes every partition directory whose record
 * does not name it; clean_task deletes records and data that nothing refers to; auto-recovery moves replicas off a failed server.
 */

import type {NodeId, PartitionId, SpaceId} from '../../entity/ids.js'
import {bytesOf, docsOf, intendedReplicas, type PartitionSight} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import {holdersOf} from '../picture/sight-facts.js'

export type AutomaticAction =
  | {
      readonly job: 'server start'
      readonly does: 'wipe'
      readonly partition: PartitionId
      readonly node: NodeId
      readonly loses: Loss
    }
  | {readonly job: 'clean_task'; readonly does: 'delete record'; readonly partition: PartitionId; readonly loses: Loss}
  | {
      readonly job: 'clean_task'
      readonly does: 'delete space'
      readonly space: SpaceId
      readonly partitions: readonly PartitionId[]
    }
  | {
      readonly job: 'clean_task'
      readonly does: 'delete data'
      readonly partition: PartitionId
      readonly node: NodeId
      readonly loses: Loss
    }
  | {
      readonly job: 'auto recovery'
      readonly does: 'move'
      readonly partition: PartitionId
      readonly node: NodeId
      readonly dueAt: string
    }

export interface Loss {
  /** Null: not told. */
  readonly docs: number | null
  readonly bytes: number | null
  /** No other node is known to have it. */
  readonly isLastCopy: boolean
}

/** `recoverAfterSeconds` null: auto_recover_ps is off. */
export function nextAutomaticActions(picture: ClusterPicture, recoverAfterSeconds: number | null): AutomaticAction[] {
  const {dbs, spaces} = picture.metadata
  const doomedSpaces = [...spaces.values()].filter(({value}) => !dbs.has(value.db_id))
  return [
    ...[...picture.partitions.values()].flatMap((sight) => actionsOn(sight, picture)),
    ...doomedSpaces.map(
      ({value}): AutomaticAction => ({
        job: 'clean_task',
        does: 'delete space',
        space: value.id,
        partitions: value.partitions.map(({id}) => id),
      }),
    ),
    ...(recoverAfterSeconds === null ? [] : recoveries(picture, recoverAfterSeconds)),
  ]
}

function actionsOn(sight: PartitionSight, {metadata}: ClusterPicture): AutomaticAction[] {
  const {id: partition, record, broken, listing} = sight
  const holders = holdersOf(sight)
  const lossAt = (node: NodeId | null): Loss => ({
    docs: docsOf(sight),
    bytes: bytesOf(sight),
    isLastCopy: node !== null && holders.every((holder) => holder.node === node),
  })
  if (record === null) {
    if (broken !== null) return []
    return holders.map(
      ({node}): AutomaticAction => ({job: 'clean_task', does: 'delete data', partition, node, loses: lossAt(node)}),
    )
  }
  const owners = record.value.replicas ?? []
  const wiped = holders
    .filter(({node}) => !owners.includes(node))
    .map(({node}): AutomaticAction => ({job: 'server start', does: 'wipe', partition, node, loses: lossAt(node)}))
  const hasSpace = listing !== null || metadata.spaces.has(record.value.space_id)
  return hasSpace ? wiped : [...wiped, {job: 'clean_task', does: 'delete record', partition, loses: lossAt(null)}]
}

function recoveries({partitions, metadata}: ClusterPicture, afterSeconds: number): AutomaticAction[] {
  return [...partitions.values()].flatMap((sight) =>
    intendedReplicas(sight).flatMap((node): AutomaticAction[] => {
      const failed = metadata.failServers.get(node)
      if (failed === undefined || metadata.servers.has(node)) return []
      const dueAt = new Date((failed.value.time_stamp + afterSeconds) * 1000).toISOString()
      return [{job: 'auto recovery', does: 'move', partition: sight.id, node, dueAt}]
    }),
  )
}
