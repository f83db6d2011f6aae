/** `partitions list --sources`: the cluster is looked at, and what the four sources say is put side by side. Loaded only for that. */
import type {Listing} from '../listing.js'
import {look} from '../picture/look.js'
import {leaderOf, type PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, placeOf} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import {isWanted, type PartitionFilter} from './partition-filter.js'
import {type ReplicaLine, replicaLines} from './replica-line.js'
import {standingOf} from './standing.js'

export async function listSources(session: Session, filter: PartitionFilter): Promise<Listing<ReplicaLine>> {
  const picture = await look(session)
  const rows = wantedSights(picture, filter).flatMap((sight) => replicaLines(sight, picture))
  return {rows, source: placeOf(picture), warnings: silentServers(picture)}
}

export function silentServers({nodes}: ClusterPicture): string[] {
  return [...nodes].flatMap(([id, answer]) =>
    answer.told ? [] : [`node ${id} was not heard: ${answer.silence.detail}`],
  )
}

/** A replica is where any source has it. */
export function wantedSights(picture: ClusterPicture, filter: PartitionFilter): PartitionSight[] {
  const {dbs} = picture.metadata
  return [...picture.partitions.values()].filter((sight) => {
    const {listing, record, replicas} = sight
    const dbId = listing?.space.value.db_id ?? record?.value.db_id
    const known = {
      db: (dbId === undefined ? undefined : dbs.get(dbId)?.value.name) ?? null,
      space: listing?.space.value.name ?? null,
      leader: leaderOf(sight),
      replicas: [...replicas.keys()],
      state: standingOf(sight, picture).state,
    }
    return isWanted(known, filter)
  })
}
