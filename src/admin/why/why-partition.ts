import type {PartitionId} from '../../entity/ids.js'
import {type Evidence, evidence, raftSays, recordSays} from '../doctor/finding.js'
import {say} from '../messages/message.js'
import {nodeState} from '../nodes/node-line.js'
import {standingOf} from '../partitions/standing.js'
import {intendedReplicas, leaderOf, type PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, spaceName} from '../picture/picture.js'
import {sourceOfRecord} from '../picture/record.js'
import {running} from '../picture/sight-facts.js'
import {type Cause, cause} from './cause.js'
import {nodeCause} from './why-node.js'

export function whyPartition(picture: ClusterPicture, id: PartitionId): Cause {
  const sight = picture.partitions.get(id)
  if (sight === undefined) {
    return cause(say('why.partition.nowhere', {id}), {next: 'vearchctl partitions disk'})
  }
  const {listing, record} = sight
  const {state, reason} = standingOf(sight, picture)
  const space = listing === null ? null : spaceName(picture, listing.space.value)
  const replicas = intendedReplicas(sight)
  const {raft} = sight
  const evidences: Evidence[] = [
    ...(listing === null ? [] : [evidence(sourceOfRecord(listing.space), {replicas})]),
    ...(record === null
      ? []
      : [recordSays(record, {leader_name: record.value.leader_name ?? null, replicas: record.value.replicas ?? []})]),
    ...raftSays(raft),
  ]
  if (state === 'ok') {
    const term = raft?.term ?? record?.value.term ?? null
    const message = say('why.partition.ok', {id, space, leader: leaderOf(sight), term, replicas})
    return cause(message, {evidence: evidences})
  }
  const because = [
    ...(reason === null
      ? []
      : [cause(reason, {because: state === 'leaderless' ? quorum(sight, picture) : sick(sight, picture)})]),
    ...whereDataIs(sight),
  ]
  return cause(say('why.partition', {id, space, state}), {evidence: evidences, because, next: nextOf(sight, state)})
}

/** A leader needs a majority: without one, why its members are down; with one, the election. */
function quorum(sight: PartitionSight, picture: ClusterPicture): Cause[] {
  const replicas = intendedReplicas(sight)
  const live = replicas.filter((node) => isAlive(picture, node)).length
  const needed = Math.floor(replicas.length / 2) + 1
  const downs = sick(sight, picture)
  if (live < needed) return [cause(say('why.majority', {live, all: replicas.length, needed}), {because: downs})]
  const term = sight.raft?.term ?? sight.record?.value.term ?? null
  return [...downs, cause(say('why.noElection', {term}), {next: `vearchctl node ping ${replicas.join(' ')}`})]
}

/** Every replica's node that is not well. */
function sick(sight: PartitionSight, picture: ClusterPicture): Cause[] {
  return intendedReplicas(sight)
    .filter((node) => !['up', 'leased'].includes(nodeState(node, picture)))
    .map((node) => nodeCause(picture, node))
}

/** Whoever looks for a lost partition looks for its data. */
function whereDataIs(sight: PartitionSight): Cause[] {
  return running(sight).flatMap(({node, info, source}) =>
    info === null || source === null
      ? []
      : [
          cause(say('why.partition.data', {node, docs: info.doc_num}), {
            evidence: [evidence(source, {doc_num: info.doc_num, max_docid: info.max_docid, path: info.path ?? null})],
          }),
        ],
  )
}

function nextOf({id, record, listing}: PartitionSight, state: string): string {
  if (listing !== null && record === null) return `vearchctl repair VC105 ${id}`
  if (state === 'mismatch') return `vearchctl partitions list --sources --filter 'id == ${id}'`
  if (state === 'orphan') return `vearchctl doctor VC106`
  return `vearchctl partitions show ${id}`
}
