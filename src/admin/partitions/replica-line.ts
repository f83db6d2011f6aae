/**
 * `partitions list --sources` and `partitions show`: one line for each replica, with what each of the four sources says of it, and
 * what follows.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {intendedReplicas, type PartitionSight, type RaftSight, type ReplicaSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import {wasHeard} from '../picture/sight-facts.js'

/**
 * `missing`: it should be there and is not. `extra`: it is there and should not be. `doomed`: the next start of a Vearch server
 * wipes it. `unrecorded`: raft has it and a record lacks it, or the reverse. `unknown`: whoever knows was not heard.
 */
export type ReplicaVerdict = 'ok' | 'down' | 'missing' | 'extra' | 'doomed' | 'unrecorded' | 'unknown'

export interface ReplicaLine {
  readonly partition: PartitionId
  readonly node: NodeId
  readonly spaceRecord: boolean
  /** Null: the partition has no record that can be read. */
  readonly partitionRecord: boolean | null
  /** Null: no leader was heard. */
  readonly raft: 'leader' | 'follower' | 'none' | null
  readonly raftState: string | null
  /** Null: neither the server nor its disk was heard. */
  readonly bytes: number | null
  readonly docs: number | null
  readonly maxDocid: number | null
  readonly match: number | null
  readonly lag: number | null
  readonly applied: number | null
  /** When the leader last heard it, as a date in ISO 8601; null if nobody says. */
  readonly lastActive: string | null
  readonly index: Readonly<Record<string, string>>
  readonly path: string | null
  readonly error: string | null
  readonly verdict: ReplicaVerdict
}

export function replicaLines(sight: PartitionSight, picture: ClusterPicture): ReplicaLine[] {
  const {raft} = sight
  return [...sight.replicas.values()]
    .map((replica) => replicaLine(sight, replica, raft, picture))
    .sort((a, b) => a.node - b.node)
}

function replicaLine(
  sight: PartitionSight,
  replica: ReplicaSight,
  raft: RaftSight | null,
  picture: ClusterPicture,
): ReplicaLine {
  const {node, info, onDisk} = replica
  const progress = raft?.status.Replicas?.[String(node)]
  const match = progress === undefined ? null : Number(progress.Match)
  const spaceRecord = sight.listing !== null && intendedReplicas(sight).includes(node)
  const partitionRecord = sight.record === null ? null : (sight.record.value.replicas ?? []).includes(node)
  const role = roleOf(raft, node)
  return {
    partition: sight.id,
    node,
    spaceRecord,
    partitionRecord,
    raft: role,
    raftState: info?.raft_status?.State ?? null,
    bytes: info?.size ?? onDisk?.dataBytes ?? null,
    docs: info?.doc_num ?? null,
    maxDocid: info?.max_docid ?? null,
    match,
    lag: match === null || raft === null ? null : Math.max(0, Number(raft.status.Commit) - match),
    applied: info?.raft_status === undefined ? null : Number(info.raft_status.Applied),
    lastActive: lastActiveOf(progress?.LastActive),
    index: info?.index_build_state ?? {},
    path: info?.path ?? onDisk?.path ?? null,
    error: info?.error ?? null,
    verdict: verdictOf({replica, spaceRecord, partitionRecord, role}, picture),
  }
}

/** Vearch counts nanoseconds. */
function lastActiveOf(nanoseconds: unknown): string | null {
  const ms = Math.round(Number(nanoseconds ?? 0) / 1_000_000)
  return ms > 0 ? new Date(ms).toISOString() : null
}

function roleOf(raft: RaftSight | null, node: NodeId): ReplicaLine['raft'] {
  if (raft === null || raft.members.length === 0) return raft?.leader === node ? 'leader' : null
  if (raft.leader === node) return 'leader'
  return raft.members.includes(node) ? 'follower' : 'none'
}

interface Facts {
  readonly replica: ReplicaSight
  readonly spaceRecord: boolean
  readonly partitionRecord: boolean | null
  readonly role: ReplicaLine['raft']
}

function verdictOf({replica, spaceRecord, partitionRecord, role}: Facts, picture: ClusterPicture): ReplicaVerdict {
  const {node, info, onDisk, inServerRecord} = replica
  const isThere = info !== null || onDisk !== null || inServerRecord
  const isMember = role === 'leader' || role === 'follower'
  if (isThere && partitionRecord === false) return isMember ? 'unrecorded' : 'doomed'
  if (isThere && !spaceRecord) return 'extra'
  if (!isAlive(picture, node)) return 'down'
  if (!wasHeard(picture, node)) return 'unknown'
  if (info === null) return 'missing'
  return partitionRecord === null || role === 'none' ? 'unrecorded' : 'ok'
}
