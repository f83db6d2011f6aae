/** `partitions locate`: from a document's id to its slot, its partition and who serves it. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {slotOf} from '../../entity/slot.js'
import type {Space} from '../../entity/space.js'
import {routingOf} from '../../router/routing.js'
import {intendedReplicas, leaderOf} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'

export interface Location {
  readonly slot: number
  /** More than one where a range rule lets the document's date decide: one for each range. */
  readonly partitions: readonly {
    readonly id: PartitionId
    /** Empty without a rule. */
    readonly range: string
    readonly leader: NodeId | null
    readonly replicas: readonly NodeId[]
  }[]
}

export function locate(picture: ClusterPicture, space: Space, documentId: string): Location {
  const partitions = routingOf(space)
    .candidatesOf(documentId)
    .flatMap((id) => {
      const sight = picture.partitions.get(id)
      if (sight === undefined) return []
      const range = sight.listing?.partition.name ?? ''
      return [{id, range, leader: leaderOf(sight), replicas: intendedReplicas(sight)}]
    })
  return {slot: slotOf(documentId), partitions}
}
