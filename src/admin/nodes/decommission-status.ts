/** How far a server is from being empty: what it still has, and the changes that take it away. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {isUnderWay, type ReplicaChange} from '../../entity/replica-change.js'
import {readableRecord} from '../entities/records.js'
import {look} from '../picture/look.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {Session} from '../session/session.js'

export interface LeavingReplica {
  readonly partition: PartitionId
  readonly to: NodeId | null
  /** `stays`: nobody is moving it. */
  readonly state: ReplicaChange['state'] | 'stays'
  readonly step: string | null
  readonly waitsFor: string | null
}

export async function decommissionStatus(session: Session, node: NodeId): Promise<LeavingReplica[]> {
  const [picture, changes] = await Promise.all([look(session), changesOf(session)])
  return heldBy(picture, node).map((partition) => {
    const change = changes.find(({partition_id: id, remove}) => id === partition && remove === node)
    if (change === undefined) return {partition, to: null, state: 'stays', step: null, waitsFor: null}
    const {add = null, state, step, waits_for, error} = change
    return {partition, to: add, state, step, waitsFor: error?.msg ?? (waits_for || null)}
  })
}

/** Asks the masters to take back what is under way; what has been promoted goes on to its end. Returns the partitions asked for. */
export async function changesLeaving(session: Session, node: NodeId): Promise<PartitionId[]> {
  const changes = await changesOf(session)
  return changes.filter((change) => isUnderWay(change) && change.remove === node).map(({partition_id: id}) => id)
}

/** By the space's record, or where there is none by the others. */
export function heldBy({partitions}: ClusterPicture, node: NodeId): PartitionId[] {
  return [...partitions.values()].filter((sight) => intendedReplicas(sight).includes(node)).map(({id}) => id)
}

async function changesOf(session: Session): Promise<ReplicaChange[]> {
  const meta = await session.readAnew()
  const changes: ReplicaChange[] = []
  for await (const kv of meta.scan(meta.keys.replicaChangePrefix)) {
    changes.push(readableRecord(kv) as unknown as ReplicaChange)
  }
  return changes
}
