/**
 * The picture as it would be after some steps, if all goes well: nothing is asked and nothing is changed. A new replica is taken
 * to be as its leader is; membership, records and leadership follow.
 */
import {type NodeId, nodeId, type PartitionId} from '../../entity/ids.js'
import type {PartitionInfo, RaftStatus} from '../../entity/report.js'
import type {Server} from '../../entity/server.js'
import type {Space} from '../../entity/space.js'
import type {Answer} from '../picture/answer.js'
import {type Metadata, MetadataReader} from '../picture/metadata.js'
import type {NodeSays} from '../picture/node-says.js'
import type {PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, pictureOf} from '../picture/picture.js'
import type {Known} from '../picture/record.js'
import {soundReplicas} from '../picture/sight-facts.js'
import {Layout, type Seats} from './layout.js'
import type {Step} from './plan.js'

export function simulate(picture: ClusterPicture, steps: readonly Step[]): ClusterPicture {
  const layout = new Layout(picture)
  for (const step of steps) layout.apply(step)
  const metadata = metadataAfter(picture, layout, steps)
  return pictureOf({...picture, metadata, nodes: nodesAfter(picture, layout, steps)})
}

function metadataAfter({metadata, partitions}: ClusterPicture, layout: Layout, steps: readonly Step[]): Metadata {
  const spaces = new Map(metadata.spaces)
  const records = new Map(metadata.partitions)
  const servers = new Map(metadata.servers)
  const failServers = new Map(metadata.failServers)
  for (const [id, seats] of layout.changed) {
    const sight = partitions.get(id)
    const record = records.get(id)
    if (record !== undefined) {
      records.set(id, {
        ...record,
        value: {...record.value, replicas: seats.replicas, leader_name: seats.leader ?? nodeId(0)},
      })
    }
    const space = sight?.listing == null ? undefined : spaces.get(sight.listing.space.value.id)
    if (space !== undefined) spaces.set(space.value.id, withSeats(space, id, seats))
    if (sight !== undefined) for (const node of sight.replicas.keys()) leave(servers, node, id, seats)
  }
  for (const step of steps) if (step.do === 'forgetNode') failServers.delete(step.node)
  return rewritten({...metadata, spaces, partitions: records, servers, failServers}, steps)
}

function withSeats(space: Known<Space>, id: number, {replicas}: Seats): Known<Space> {
  const partitions = space.value.partitions.map((partition) =>
    partition.id === id ? {...partition, replicas} : partition,
  )
  return {...space, value: {...space.value, partitions}}
}

/** Who is no member any more does not list it any more. */
function leave(servers: Map<NodeId, Known<Server>>, node: NodeId, id: number, {replicas}: Seats): void {
  const server = servers.get(node)
  if (server === undefined || replicas.includes(node)) return
  const p_ids = (server.value.p_ids ?? []).filter((held) => held !== id)
  servers.set(node, {...server, value: {...server.value, p_ids}})
}

function rewritten(metadata: Metadata, steps: readonly Step[]): Metadata {
  const writes = steps.filter((step) => step.do === 'writeRecord')
  if (writes.length === 0) return metadata
  const reader = MetadataReader.of(metadata)
  for (const {key, after} of writes) {
    reader.remove(key)
    if (after === null) continue
    const value = new TextEncoder().encode(after)
    reader.add({key, value, createRevision: metadata.revision, modRevision: metadata.revision, version: 1, lease: null})
  }
  return reader.metadata
}

function nodesAfter(picture: ClusterPicture, layout: Layout, steps: readonly Step[]): ClusterPicture['nodes'] {
  const isMade = (id: PartitionId, node: NodeId) =>
    steps.some((step) => step.do === 'addReplica' && step.partition === id && step.node === node)
  const nodes = new Map(picture.nodes)
  const kept = new Map<NodeId, PartitionInfo[]>()
  const infosOf = (node: NodeId): PartitionInfo[] | null => {
    const known = kept.get(node)
    if (known !== undefined) return known
    const answer = nodes.get(node)
    if (answer?.told !== true) return null
    const infos = answer.value.partitions.filter(({pid}) => !layout.changed.has(pid))
    kept.set(node, infos)
    return infos
  }
  for (const [id, seats] of layout.changed) {
    const sight = picture.partitions.get(id)
    if (sight === undefined) continue
    for (const node of sight.replicas.keys()) infosOf(node)
    for (const node of seats.replicas) {
      const info = infoAt(sight, node, seats, isMade(id, node))
      if (info !== null) infosOf(node)?.push(info)
    }
  }
  for (const [node, partitions] of kept) {
    const answer = nodes.get(node)
    if (answer?.told === true) nodes.set(node, withPartitions(answer, partitions))
  }
  return nodes
}

function withPartitions(
  answer: Answer<NodeSays> & {readonly told: true},
  partitions: readonly PartitionInfo[],
): Answer<NodeSays> {
  return {...answer, value: {...answer.value, partitions}}
}

/** As it is, or, where it is made anew, as any other of its replicas is that is sound; null where none was heard. */
function infoAt(sight: PartitionSight, node: NodeId, seats: Seats, isMade: boolean): PartitionInfo | null {
  const own = isMade ? null : sight.replicas.get(node)?.info
  const model = own ?? soundReplicas(sight)[0]?.info ?? null
  if (model === null) return null
  const {raft_status} = model
  const leads = seats.leader === node
  return {
    ...model,
    node_id: node,
    ...(raft_status === undefined ? {} : {raft_status: raftAfter(raft_status, sight, node, seats, leads)}),
  }
}

function raftAfter(
  status: RaftStatus,
  sight: PartitionSight,
  node: NodeId,
  {replicas, leader}: Seats,
  leads: boolean,
): RaftStatus {
  const known = [...sight.replicas.values()].find(({info}) => Object.keys(info?.raft_status?.Replicas ?? {}).length > 0)
  const progress = known?.info?.raft_status?.Replicas ?? {}
  const {Commit} = status
  const caughtUp = Object.values(progress).map((any) => ({...any, Match: Commit, Commit, Next: Commit + 1}))[0]
  const members = replicas.flatMap((member) => {
    const own = progress[String(member)] ?? caughtUp
    return own === undefined ? [] : [[String(member), own] as const]
  })
  const State = leads ? 'StateLeader' : 'StateFollower'
  return {...status, NodeID: node, Leader: leader ?? 0, State, Replicas: leads ? Object.fromEntries(members) : {}}
}
