/** One line for each partition that any source names. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {PartitionInfo} from '../../entity/report.js'
import {slotsAt} from '../../entity/slot.js'
import type {Message} from '../messages/message.js'
import {bytesOf, docsOf, intendedReplicas, leaderOf, type PartitionSight} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {PartitionState} from './partition-row.js'
import {lags, standingOf} from './standing.js'

export interface PartitionLine {
  readonly id: PartitionId
  readonly db: string | null
  readonly space: string | null
  /** First and last. */
  readonly slots: readonly [number, number] | null
  readonly leader: NodeId | null
  readonly replicas: readonly NodeId[]
  readonly state: PartitionState
  readonly reason: Message | null
  readonly writable: boolean | null
  /** Null from here on: nobody who knows was heard. */
  readonly docs: number | null
  readonly bytes: number | null
  readonly index: 'UNINDEXED' | 'BUILDING' | 'READY' | 'FAILED' | null
  /** Of the replica that is furthest behind. */
  readonly lag: number | null
  readonly term: number | null
  readonly commit: number | null
  readonly applied: number | null
  readonly unreachable: readonly NodeId[]
  readonly path: string | null
  /** Of its own record. */
  readonly modRevision: number | null
}

export function partitionLines(picture: ClusterPicture): PartitionLine[] {
  return [...picture.partitions.values()].map((sight) => partitionLine(sight, picture))
}

function partitionLine(sight: PartitionSight, picture: ClusterPicture): PartitionLine {
  const {listing, record} = sight
  const {state, reason, writable} = standingOf(sight, picture)
  const {raft} = sight
  const leader = leaderOf(sight)
  const ofLeader = (leader === null ? null : sight.replicas.get(leader)?.info) ?? null
  const dbOf = listing?.space.value.db_id ?? record?.value.db_id
  const behind = lags(raft).map(({lag}) => lag)
  return {
    id: sight.id,
    db: (dbOf === undefined ? undefined : picture.metadata.dbs.get(dbOf)?.value.name) ?? null,
    space: listing?.space.value.name ?? null,
    slots: listing === null ? null : slotsAt(listing.space.value.partitions, listing.position),
    leader,
    replicas: intendedReplicas(sight),
    state,
    reason,
    writable,
    docs: docsOf(sight),
    bytes: bytesOf(sight),
    index: ofLeader === null ? null : indexOf(ofLeader),
    lag: behind.length === 0 ? null : Math.max(...behind),
    term: raft?.term ?? record?.value.term ?? null,
    commit: raft === null ? null : Number(raft.status.Commit),
    applied: raft === null ? null : Number(raft.status.Applied),
    unreachable: ofLeader?.unreachable ?? [],
    path: ofLeader?.path ?? null,
    modRevision: record?.modRevision ?? null,
  }
}

function indexOf({index_status, index_build_state = {}}: PartitionInfo): PartitionLine['index'] {
  const states = Object.values(index_build_state)
  if (states.includes('FAILED')) return 'FAILED'
  if (states.includes('BUILDING') || index_status === 1) return 'BUILDING'
  return index_status === 0 ? 'UNINDEXED' : 'READY'
}
