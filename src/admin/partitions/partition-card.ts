import type {PartitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'
import {type Catalogue, textOf} from '../messages/message.js'
import type {PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, placeOf} from '../picture/picture.js'
import {type ReplicaLine, replicaLines} from './replica-line.js'
import {standingOf} from './standing.js'

/** All replicas of one partition, and why it is not well if it is not. Errors: PARTITION_NOT_EXIST. */
export function partitionCard(picture: ClusterPicture, id: PartitionId, catalogue: Catalogue): Listing<ReplicaLine> {
  const sight = sightOf(picture, id)
  const {state, reason} = standingOf(sight, picture)
  return {
    rows: replicaLines(sight, picture),
    source: placeOf(picture),
    warnings: reason === null ? [] : [`${state}: ${textOf(reason, catalogue)}`],
    exit: 'ok',
  }
}

export function sightOf({partitions}: ClusterPicture, id: PartitionId): PartitionSight {
  const sight = partitions.get(id)
  if (sight !== undefined) return sight
  throw new CodedError('PARTITION_NOT_EXIST', `no source names partition ${id}`, {hint: 'vearchctl partitions list'})
}
