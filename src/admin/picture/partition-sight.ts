/**
 * One partition as its four sources show it: its space's record, its own record, the servers that run it, the disks that
 * hold it. Pure.
 */
import {type NodeId, nodeId, type PartitionId, partitionId} from '../../entity/ids.js'
import type {Partition} from '../../entity/partition.js'
import type {PartitionInfo, RaftStatus} from '../../entity/report.js'
import type {Space} from '../../entity/space.js'
import type {DiskPartition} from './node-says.js'
import type {PictureFacts} from './picture.js'
import type {BrokenRecord, Known} from './record.js'
import type {Source} from './source.js'

export interface PartitionSight {
  readonly id: PartitionId
  /** The space that lists it; null: none does. */
  readonly listing: Listing | null
  /** Further spaces that list it, which is a fault. */
  readonly moreListings: readonly Listing[]
  readonly record: Known<Partition> | null
  /** Its own key is there and cannot be read. */
  readonly broken: BrokenRecord | null
  /** Every node that any source names for it. */
  readonly replicas: ReadonlyMap<NodeId, ReplicaSight>
  /** Null where no member told its raft status. */
  readonly raft: RaftSight | null
}

export interface Listing {
  readonly space: Known<Space>
  readonly partition: Partition
  /** Its place in the space's list. */
  readonly position: number
}

export interface ReplicaSight {
  readonly node: NodeId
  /** What the server says of it; null: it does not have it, or was not heard. */
  readonly info: PartitionInfo | null
  readonly source: Source | null
  /** The server's own record in the metadata lists it. */
  readonly inServerRecord: boolean
  readonly onDisk: DiskPartition | null
}

/** The raft group's own word, from the member that knows best. */
export interface RaftSight {
  readonly by: NodeId
  /** Null: nobody leads. */
  readonly leader: NodeId | null
  readonly term: number
  /** Empty where only followers were heard: they do not tell. */
  readonly members: readonly NodeId[]
  readonly status: RaftStatus
}

interface Draft {
  readonly id: PartitionId
  listing: Listing | null
  readonly moreListings: Listing[]
  record: Known<Partition> | null
  broken: BrokenRecord | null
  raft: RaftSight | null
  readonly replicas: Map<NodeId, {-readonly [Field in keyof ReplicaSight]: ReplicaSight[Field]}>
}

export function sightsOf(facts: PictureFacts): ReadonlyMap<PartitionId, PartitionSight> {
  const drafts = new Map<PartitionId, Draft>()
  const draftOf = (id: PartitionId): Draft => {
    const known = drafts.get(id)
    if (known !== undefined) return known
    const draft: Draft = {
      id,
      listing: null,
      moreListings: [],
      record: null,
      broken: null,
      raft: null,
      replicas: new Map(),
    }
    drafts.set(id, draft)
    return draft
  }
  const replicaOf = (id: PartitionId, node: NodeId) => {
    const {replicas} = draftOf(id)
    const known = replicas.get(node)
    if (known !== undefined) return known
    const replica = {node, info: null, source: null, inServerRecord: false, onDisk: null}
    replicas.set(node, replica)
    return replica as NonNullable<typeof known>
  }
  readRecords(facts, draftOf, replicaOf)
  for (const [node, {value}] of facts.metadata.servers) {
    for (const id of value.p_ids ?? []) replicaOf(id, node).inServerRecord = true
  }
  for (const [node, answer] of facts.nodes) {
    if (!answer.told) continue
    for (const info of answer.value.partitions) Object.assign(replicaOf(info.pid, node), {info, source: answer.source})
  }
  for (const disk of facts.disks) {
    if (!disk.told || disk.value.identity === null) continue
    for (const onDisk of disk.value.partitions)
      replicaOf(partitionId(onDisk.id), disk.value.identity.node).onDisk = onDisk
  }
  for (const draft of drafts.values()) draft.raft = raftOf(draft.replicas)
  return new Map([...drafts].sort(([a], [b]) => a - b))
}

function readRecords(
  {metadata}: PictureFacts,
  draftOf: (id: PartitionId) => Draft,
  replicaOf: (id: PartitionId, node: NodeId) => unknown,
): void {
  for (const space of metadata.spaces.values()) {
    for (const [position, partition] of space.value.partitions.entries()) {
      const draft = draftOf(partition.id)
      const listing = {space, partition, position}
      if (draft.listing === null) draft.listing = listing
      else draft.moreListings.push(listing)
      for (const node of partition.replicas ?? []) replicaOf(partition.id, node)
    }
  }
  for (const [id, record] of metadata.partitions) {
    draftOf(id).record = record
    for (const node of record.value.replicas ?? []) replicaOf(id, node)
  }
  for (const broken of metadata.broken.values()) {
    const parsed = metadata.keys.parse(broken.key)
    if (parsed.kind === 'partition') draftOf(parsed.id).broken = broken
  }
}

/** Who should hold it: the space's record, which placement writes; without one, its own record. */
export function intendedReplicas({listing, record}: PartitionSight): readonly NodeId[] {
  return listing?.partition.replicas ?? record?.value.replicas ?? []
}

/**
 * The word of whoever knows of a leader counts before that of one who knows of none: a member that is cut off campaigns in ever
 * higher terms while the others are well (Vearch #662). Among those a newer term counts before an older, a leader before its
 * followers; a leader that denies it leads nobody.
 */
function raftOf(replicas: ReadonlyMap<NodeId, ReplicaSight>): RaftSight | null {
  let best: RaftSight | null = null
  for (const {node, info} of replicas.values()) {
    const status = info?.raft_status
    if (status === undefined) continue
    const named = leaderIn(status)
    const word = named === null ? undefined : replicas.get(named)?.info?.raft_status
    const leader = word === undefined || leaderIn(word) === named ? named : null
    const members = leader === node ? votersIn(status) : []
    const candidate = {by: node, leader, term: Number(status.Term), members, status}
    if (best === null || outranks(candidate, best)) best = candidate
  }
  return best
}

/** Without learners, which a newer raft library tells of: they have no vote yet. */
function votersIn({Replicas}: RaftStatus): readonly NodeId[] {
  const voters = Object.entries(Replicas ?? {}).filter(([, replica]) => !('IsLearner' in replica && replica.IsLearner))
  return voters.map(([id]) => nodeId(Number(id)))
}

function leaderIn({Leader}: RaftStatus): NodeId | null {
  return Number(Leader) === 0 ? null : nodeId(Number(Leader))
}

function outranks(a: RaftSight, b: RaftSight): boolean {
  if ((a.leader === null) !== (b.leader === null)) return a.leader !== null
  return a.term === b.term ? a.leader === a.by && b.leader !== b.by : a.term > b.term
}

/** Who leads: raft where it was heard, else what was registered. */
export function leaderOf(sight: PartitionSight): NodeId | null {
  return sight.raft?.leader ?? (sight.record?.value.leader_name || null)
}

export function docsOf(sight: PartitionSight): number | null {
  const leader = leaderOf(sight)
  const ofLeader = leader === null ? null : sight.replicas.get(leader)?.info
  if (ofLeader != null) return ofLeader.doc_num
  const told = [...sight.replicas.values()].flatMap(({info}) => (info === null ? [] : [info.doc_num]))
  return told.length === 0 ? null : Math.max(...told)
}

export function bytesOf(sight: PartitionSight): number | null {
  const told = [...sight.replicas.values()].flatMap(({info}) => (info?.size === undefined ? [] : [info.size]))
  return told.length === 0 ? null : Math.max(...told)
}
