/**
 * The state of one partition, judged from all its sources, and whether it can be written and read. Pure.
 *
 * What raft says of leader and members counts more than what is recorded. `null` for writable or readable: it cannot be told,
 * because nobody who knows was asked.
 */
import {type NodeId, nodeId} from '../../entity/ids.js'
import {ReplicaState, sameNodes} from '../../entity/partition.js'
import {type Message, say} from '../messages/message.js'
import {intendedReplicas, type PartitionSight, type RaftSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, isSilent} from '../picture/picture.js'
import {isServing, wasHeard} from '../picture/sight-facts.js'
import type {PartitionState} from './partition-row.js'

export interface Standing {
  readonly state: PartitionState
  /** Null if `ok`. */
  readonly reason: Message | null
  readonly writable: boolean | null
  readonly readable: boolean | null
}

export function standingOf(sight: PartitionSight, picture: ClusterPicture): Standing {
  const [state, reason] = judge(sight, picture)
  return {state, reason, writable: isWritable(sight, picture), readable: isReadable(sight, picture)}
}

type Verdict = readonly [PartitionState, Message | null]

function judge(sight: PartitionSight, picture: ClusterPicture): Verdict {
  const {listing, record, broken, raft} = sight
  if (broken !== null && raft === null) return ['unknown', say('state.unreadable')]
  if (listing === null) {
    const {metadata} = picture
    const space = record === null ? null : metadata.keys.space(record.value.db_id, record.value.space_id)
    if (space !== null && metadata.broken.has(space)) return ['unknown', say('state.unreadableSpace')]
    return ['orphan', say('state.orphan')]
  }
  const replicas = intendedReplicas(sight)
  if (!isServing(sight) && record === null) return ['leaderless', say('state.creating')]
  const dead = replicas.filter((node) => !isAlive(picture, node))
  if (dead.length === replicas.length) {
    return ['lost', replicas.length === 0 ? say('state.noReplicas') : say('state.lost', {dead})]
  }
  const recorded = record?.value.leader_name || null
  const leader = raft === null ? recorded : raft.leader
  if (leader === null) return ['leaderless', say('state.noLeader')]
  if (!isAlive(picture, leader)) return ['leaderless', say('state.leaderDead', {leader})]
  return disagreement(sight, picture, raft, leader) ?? weakness(sight, picture, raft, dead) ?? ['ok', null]
}

function disagreement(
  sight: PartitionSight,
  picture: ClusterPicture,
  raft: RaftSight | null,
  leader: NodeId,
): Verdict | null {
  const {record} = sight
  if (record === null) return ['mismatch', say('state.unregistered')]
  const recorded = record.value.leader_name || null
  if (recorded !== leader) return ['mismatch', say('state.otherLeader', {recorded, elected: leader})]
  const space = intendedReplicas(sight)
  const own = record.value.replicas ?? []
  if (!own.includes(leader)) return ['mismatch', say('state.foreignLeader', {leader, replicas: own})]
  const members = raft === null || raft.members.length === 0 ? space : raft.members
  if (!sameNodes(space, own) || !sameNodes(space, members)) {
    return ['mismatch', say('state.otherReplicas', {space, record: own, raft: members})]
  }
  const absent = space.find((node) => wasHeard(picture, node) && sight.replicas.get(node)?.info == null)
  return absent === undefined ? null : ['mismatch', say('state.absent', {node: absent})]
}

function weakness(
  sight: PartitionSight,
  picture: ClusterPicture,
  raft: RaftSight | null,
  dead: readonly NodeId[],
): Verdict | null {
  if (dead.length > 0) return ['degraded', say('state.dead', {dead})]
  const replicas = intendedReplicas(sight)
  const quiet = replicas.filter((node) => isSilent(picture, node) && !wasNotAsked(picture, node))
  if (quiet.length > 0) return ['degraded', say('state.silent', {nodes: quiet})]
  for (const {node, info} of sight.replicas.values()) {
    if (info?.error) return ['degraded', say('state.invalid', {node, error: info.error})]
  }
  const behind = Object.entries(sight.record?.value.status ?? {}).filter(([, state]) => state === ReplicaState.notReady)
  if (behind.length > 0) return ['degraded', say('state.behind', {nodes: behind.map(([node]) => node)})]
  const worst = lags(raft).sort((a, b) => b.lag - a.lag)[0]
  if (worst === undefined || worst.lag <= picture.settings.raftDiffCount) return null
  return ['degraded', say('state.lag', worst)]
}

/** Entries that each member lacks of what is committed, as the leader knows. */
export function lags(raft: RaftSight | null): {readonly node: NodeId; readonly lag: number}[] {
  if (raft === null) return []
  const commit = Number(raft.status.Commit)
  return Object.entries(raft.status.Replicas ?? {}).map(([node, {Match}]) => ({
    node: nodeId(Number(node)),
    lag: Math.max(0, commit - Number(Match)),
  }))
}

function wasNotAsked({nodes}: ClusterPicture, node: NodeId): boolean {
  const answer = nodes.get(node)
  return answer?.told === false && answer.silence.reason === 'notAsked'
}

/** A leader that is heard, a majority that is alive, and room. */
function isWritable(sight: PartitionSight, picture: ClusterPicture): boolean | null {
  const {listing, record, raft} = sight
  if (listing === null) return false
  const replicas = intendedReplicas(sight)
  const alive = replicas.filter(
    (node) => isAlive(picture, node) && (!isSilent(picture, node) || wasNotAsked(picture, node)),
  )
  if (alive.length * 2 <= replicas.length || record?.value.resourceExhausted === true) return false
  const leader = raft === null ? record?.value.leader_name || null : raft.leader
  if (leader === null || !isAlive(picture, leader) || record === null) return false
  if (wasNotAsked(picture, leader)) return null
  const info = sight.replicas.get(leader)?.info
  return info != null && !info.error
}

function isReadable(sight: PartitionSight, picture: ClusterPicture): boolean | null {
  if (sight.listing === null || sight.record === null) return false
  const alive = intendedReplicas(sight).filter((node) => isAlive(picture, node))
  const serving = alive.filter((node) => {
    const info = sight.replicas.get(node)?.info
    return info != null && !info.error
  })
  if (serving.length > 0) return true
  return alive.some((node) => wasNotAsked(picture, node)) ? null : false
}
