/** What is asked of a partition again and again. */
import type {NodeId} from '../../entity/ids.js'
import type {Listing, PartitionSight, ReplicaSight} from './partition-sight.js'
import type {ClusterPicture} from './picture.js'

export interface ListedSight extends PartitionSight {
  readonly listing: Listing
}

/** In a space that was ever ready: one that is being created has no leaders yet and no records. */
export function isServing(sight: PartitionSight): sight is ListedSight {
  return sight.listing !== null && (sight.listing.space.value.version > 1 || sight.listing.space.value.enabled === true)
}

/** The replicas that a server itself speaks of. */
export function running({replicas}: PartitionSight): readonly ReplicaSight[] {
  return [...replicas.values()].filter(({info}) => info !== null)
}

/** Those whose servers say that what they have of it is damaged, and do not serve it. */
export function damagedReplicas(sight: PartitionSight): readonly ReplicaSight[] {
  return running(sight).filter(({info}) => /corrupt/i.test(info?.error ?? ''))
}

/** Those that can be copied from. */
export function soundReplicas(sight: PartitionSight): readonly ReplicaSight[] {
  return running(sight).filter(({info}) => info?.error === undefined)
}

/** Those that any source puts on a node, not only intends there. */
export function holdersOf({replicas}: PartitionSight): readonly ReplicaSight[] {
  return [...replicas.values()].filter(
    ({info, onDisk, inServerRecord}) => info !== null || onDisk !== null || inServerRecord,
  )
}

/** Whether the server was heard, so that what it does not speak of it does not have. */
export function wasHeard({nodes}: Pick<ClusterPicture, 'nodes'>, node: NodeId): boolean {
  return nodes.get(node)?.told === true
}
