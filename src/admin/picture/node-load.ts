/** How much each node has, in one pass over the cluster. */
import type {NodeId} from '../../entity/ids.js'
import {intendedReplicas, leaderOf} from './partition-sight.js'
import type {ClusterPicture} from './picture.js'

/** By the spaces' records, as placement counts; nodes that are gone included. */
export function replicasByNode({partitions}: Pick<ClusterPicture, 'partitions'>): Map<NodeId, number> {
  const counts = new Map<NodeId, number>()
  for (const sight of partitions.values()) {
    for (const node of intendedReplicas(sight)) counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

export function leadersByNode({partitions}: Pick<ClusterPicture, 'partitions'>): Map<NodeId, number> {
  const counts = new Map<NodeId, number>()
  for (const sight of partitions.values()) {
    const leader = sight.listing === null ? null : leaderOf(sight)
    if (leader !== null) counts.set(leader, (counts.get(leader) ?? 0) + 1)
  }
  return counts
}
