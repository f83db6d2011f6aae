/**
 * The two questions that a newcomer has of a running cluster: which router serves this server (none in particular), and how
 * did its partitions come to be on it. `why partition ID --placement`.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import {eligibleServers} from '../../master/placement.js'
import {evidence, raftSays, recordSays} from '../doctor/finding.js'
import {type Message, say} from '../messages/message.js'
import {replicasByNode} from '../picture/node-load.js'
import {intendedReplicas, type Listing, leaderOf, type PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, spaceName} from '../picture/picture.js'
import {sourceOfRecord} from '../picture/record.js'
import {labelNames} from '../plan/candidates.js'
import {type Cause, cause} from './cause.js'

/** Errors: PARTITION_NOT_EXIST. */
export function explainPlacement(picture: ClusterPicture, id: PartitionId): Cause {
  const sight = picture.partitions.get(id)
  if (sight === undefined || sight.listing === null) {
    throw new CodedError('PARTITION_NOT_EXIST', `no space lists partition ${id}`, {
      hint: `vearchctl why partition ${id}`,
    })
  }
  const {listing} = sight
  const space = spaceName(picture, listing.space.value)
  return cause(say('placement.title', {id, space}), {
    evidence: [evidence(sourceOfRecord(listing.space), {replicas: intendedReplicas(sight)})],
    because: [
      routers(picture),
      chosen(picture, listing, space),
      ...replicas(picture, sight, listing),
      ...leader(sight),
      cause(say('placement.start')),
    ],
  })
}

function routers({metadata}: ClusterPicture): Cause {
  const alive = [...metadata.routers]
  return cause(say('placement.router'), {
    because: [
      cause(say('placement.routers', {routers: alive.map(([ip]) => ip)}), {
        evidence: alive.map(([, record]) => recordSays(record, {lease: record.lease})),
      }),
    ],
  })
}

function chosen(picture: ClusterPicture, {space, partition}: Listing, name: string): Cause {
  const {resource_name: pool, replica_num, partitions, db_id} = space.value
  const reserved = picture.metadata.dbs.get(db_id)?.value.ps ?? []
  const apart = labelNames[picture.settings.antiAffinity] ?? 'node_id'
  const rule =
    reserved.length === 0
      ? say('placement.rule', {pool, apart})
      : say('placement.rule.reserved', {pool, apart, ips: reserved})
  const message = say('placement.created', {
    space: name,
    replicas: replica_num,
    partitions: partitions.length,
    pool,
    nodes: partition.replicas ?? [],
  })
  return cause(message, {
    evidence: [recordSays(space, {replica_num, resource_name: pool, version: space.value.version})],
    because: [cause(rule)],
  })
}

function replicas(picture: ClusterPicture, sight: PartitionSight, {space}: Listing): Cause[] {
  const load = replicasByNode(picture)
  const {resource_name: resourceName, db_id} = space.value
  const dbServers = picture.metadata.dbs.get(db_id)?.value.ps ?? []
  return intendedReplicas(sight).map((node) => {
    const record = picture.metadata.servers.get(node)
    if (record === undefined) return cause(say('placement.replica.gone', {node}))
    const cordon = picture.metadata.cordons.get(node)
    if (cordon !== undefined) {
      return cause(say('placement.replica.cordoned', {node}), {evidence: [recordSays(cordon, {...cordon.value})]})
    }
    const isEligible = eligibleServers([record.value], {resourceName, dbServers, cordoned: new Set()}).length > 0
    const {ip, rpc_port, resource_name: pool, private: isPrivate} = record.value
    const address = `${ip}:${rpc_port}`
    const message: Message = isEligible
      ? say('placement.replica.eligible', {node, address, pool, load: load.get(node) ?? 0})
      : say('placement.replica.moved', {node, pool, isPrivate})
    return cause(message, {evidence: [recordSays(record, {resource_name: pool, private: isPrivate, ip})]})
  })
}

function leader(sight: PartitionSight): Cause[] {
  const now: NodeId | null = leaderOf(sight)
  if (now === null) return []
  const {record, raft} = sight
  const term = raft?.term ?? record?.value.term ?? null
  const isPreferred = intendedReplicas(sight)[0] === now
  const own = record === null ? [] : [recordSays(record, {leader_name: record.value.leader_name ?? null, term})]
  const message = isPreferred
    ? say('placement.leader.preferred', {leader: now, term})
    : say('placement.leader', {leader: now, term})
  return [cause(message, {evidence: [...own, ...raftSays(raft)]})]
}
