/**
 * One partition as its records describe it, and what is wrong with it. Pure.
 */
import type {DbId, NodeId, PartitionId, SpaceId} from '../../entity/ids.js'
import {type Partition, ReplicaState, sameNodes} from '../../entity/partition.js'

/** From worst to best; `unknown`: a record that would tell cannot be read. */
export const partitionStates = ['unknown', 'orphan', 'lost', 'leaderless', 'mismatch', 'degraded', 'ok'] as const
export type PartitionState = (typeof partitionStates)[number]

/** What the space's record says. */
export interface Membership {
  readonly db: string | null
  readonly space: string
  readonly dbId: DbId
  readonly spaceId: SpaceId
  readonly replicas: readonly NodeId[]
  /** First and last. */
  readonly slots: readonly [number, number]
}

export interface PartitionRow {
  readonly id: PartitionId
  readonly db: string | null
  readonly space: string | null
  readonly dbId: DbId | null
  readonly spaceId: SpaceId | null
  readonly slots: readonly [number, number] | null
  readonly leader: NodeId | null
  readonly replicas: readonly NodeId[]
  readonly state: PartitionState
  /** Why the state is not `ok`. */
  readonly reason: string | null
  readonly term: number | null
  /** When the leader last registered, ISO 8601. */
  readonly updatedAt: string | null
  readonly modRevision: number | null
}

export interface PartitionFacts {
  readonly id: PartitionId
  /** The partition's own key, if there is one; its record is null where it cannot be read. */
  readonly own: {readonly record: Partition | null; readonly modRevision: number} | null
  readonly membership: Membership | null
  readonly hasBrokenSpace: boolean
  readonly alive: ReadonlySet<NodeId>
}

export function partitionRow(facts: PartitionFacts): PartitionRow {
  const {id, own, membership} = facts
  const record = own?.record ?? null
  const [state, reason] = judge(facts)
  return {
    id,
    db: membership?.db ?? null,
    space: membership?.space ?? null,
    dbId: membership?.dbId ?? record?.db_id ?? null,
    spaceId: membership?.spaceId ?? record?.space_id ?? null,
    slots: membership?.slots ?? null,
    leader: record?.leader_name || null,
    replicas: record?.replicas ?? membership?.replicas ?? [],
    state,
    reason,
    term: record?.term ?? null,
    updatedAt: isoTime(record?.update_time),
    modRevision: own?.modRevision ?? null,
  }
}

function judge({own, membership, hasBrokenSpace, alive}: PartitionFacts): [PartitionState, string | null] {
  const record = own?.record ?? null
  if (own !== null && record === null) return ['unknown', 'its record cannot be read']
  if (hasBrokenSpace) return ['unknown', 'its space’s record cannot be read']
  if (membership === null) return ['orphan', 'no space has it']
  const replicas = record?.replicas ?? membership.replicas
  const dead = replicas.filter((node) => !alive.has(node))
  if (dead.length === replicas.length) return ['lost', replicas.length === 0 ? 'no replicas' : 'no replica is alive']
  if (record === null) return ['leaderless', 'no leader has registered']
  const leader = record.leader_name || null
  if (leader === null) return ['leaderless', 'no leader is recorded']
  if (!alive.has(leader)) return ['leaderless', `its leader, node ${leader}, is not alive`]
  if (!replicas.includes(leader)) return ['mismatch', `its leader, node ${leader}, is none of its replicas`]
  if (!sameNodes(replicas, membership.replicas)) {
    return ['mismatch', `its space says replicas ${membership.replicas.join(',')}`]
  }
  if (dead.length > 0) return ['degraded', `not alive: node ${dead.join(', ')}`]
  const behind = Object.entries(record.status ?? {}).filter(([, state]) => state === ReplicaState.notReady)
  if (behind.length > 0) return ['degraded', `not ready: node ${behind.map(([node]) => node).join(', ')}`]
  return ['ok', null]
}

/** Vearch's nanoseconds; null for what is no point in time. */
function isoTime(nanoseconds: bigint | number | undefined): string | null {
  if (nanoseconds === undefined) return null
  const time = new Date(Number(nanoseconds) / 1e6)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}
