/**
 * What a space looks like from outside: who leads its partitions, how many documents they have, what is wrong.
 *
 * Every server is asked once, for all partitions wanted of it, all servers at the same time; one that does not answer
 * in time is an error in the report and delays nothing else. The report itself is a pure function of the answers.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import {type Partition, replicaStatus} from '../entity/partition.js'
import type {Color, PartitionInfo, SpaceInfo} from '../entity/report.js'
import type {Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import type {Call, Cluster} from './cluster.js'
import {callServer, type Outcome, onEach, reportTimeoutMs} from './partition-servers.js'
import {isBeingCreated} from './space-creation.js'

export interface ReportedSpace {
  readonly dbName: string
  readonly space: Space
}

/** What is known of one partition when its space is described. */
export interface PartitionEvidence {
  readonly partition: Partition
  /** The record of its leader; absent until one has registered. */
  readonly registered: Partition | undefined
  /** Where it was asked: its leader, or its first replica while there is none. */
  readonly node: NodeId | undefined
  readonly server: Server | undefined
  readonly answer: Outcome<PartitionInfo> | undefined
}

/** Describes spaces; `atLeast` is the metadata revision that the caller has seen. */
export async function describeSpaces(
  cluster: Cluster,
  spaces: readonly ReportedSpace[],
  options: {readonly detail: boolean; readonly atLeast: number},
  call: Call,
): Promise<SpaceInfo[]> {
  const {view} = cluster
  await view.whenAtLeast(options.atLeast, call.signal)
  const evidence = spaces.map(({space}) =>
    space.partitions.map((partition) => {
      const registered = view.partitions.get(partition.id)
      const node = registered?.leader_name || partition.replicas?.[0]
      return {partition, registered, node, server: node === undefined ? undefined : view.servers.get(node)}
    }),
  )
  const wanted = new Map<Server, PartitionId[]>()
  for (const {partition, server} of evidence.flat()) {
    if (server !== undefined) wanted.set(server, [...(wanted.get(server) ?? []), partition.id])
  }
  const answers = await askServers(cluster, wanted, options.detail, call)
  return spaces.map(({dbName, space}, position) =>
    reportOf(
      dbName,
      space,
      (evidence[position] ?? []).map((known) => ({...known, answer: answers.get(known.partition.id)})),
      options,
    ),
  )
}

async function askServers(
  cluster: Cluster,
  wanted: ReadonlyMap<Server, readonly PartitionId[]>,
  detail: boolean,
  call: Call,
): Promise<ReadonlyMap<PartitionId, Outcome<PartitionInfo>>> {
  const asked = [...wanted]
  const outcomes = await onEach(asked, ([server, partitionIds]) =>
    callServer(cluster, server, 'partitionInfo', {partitionIds, detail}, call, reportTimeoutMs),
  )
  const answers = new Map<PartitionId, Outcome<PartitionInfo>>()
  for (const [position, [, partitionIds]] of asked.entries()) {
    const outcome = outcomes[position]
    if (outcome?.ok === false) for (const id of partitionIds) answers.set(id, outcome)
    if (outcome?.ok === true)
      for (const info of outcome.value.partitions) answers.set(info.pid, {ok: true, value: info})
  }
  return answers
}

export function reportOf(
  dbName: string,
  space: Space,
  evidence: readonly PartitionEvidence[],
  {detail}: {readonly detail: boolean},
): SpaceInfo {
  const errors: string[] = []
  const partitions: PartitionInfo[] = []
  let status: Color = isBeingCreated(space) ? 'yellow' : 'green'
  const expected = space.partition_num * (space.partition_rule?.ranges.length ?? 1)
  if (space.partitions.length !== expected) {
    errors.push(`space:[${space.name}] has ${space.partitions.length} partitions, should have ${expected}`)
  }
  for (const known of evidence) {
    const faults = faultsOf(space, known, detail)
    errors.push(...faults)
    const info = infoOf(space, known, faults)
    if (info === null) continue
    partitions.push(info)
    if (info.color === 'yellow') status = 'yellow'
  }
  if (errors.length > 0) status = 'red'
  return {
    space_name: space.name,
    db_name: dbName,
    doc_num: partitions.reduce((sum, {doc_num}) => sum + doc_num, 0),
    partition_num: space.partitions.length,
    replica_num: space.replica_num,
    schema: {fields: space.fields, ...(space.indexes === undefined ? {} : {indexes: space.indexes})},
    ...(space.partition_rule === undefined ? {} : {partition_rule: space.partition_rule}),
    status,
    partitions: partitions.length === 0 ? null : partitions,
    ...(errors.length === 0 ? {} : {errors}),
  }
}

function faultsOf(
  space: Space,
  {partition, registered, node, server, answer}: PartitionEvidence,
  detail: boolean,
): string[] {
  const of = `space:[${space.name}] partition:[${partition.id}]`
  if (registered === undefined) return [`${of} is not registered`]
  const faults = registered.leader_name ? [] : [`${of} has no leader`]
  if (server === undefined) return [...faults, `${of} node:[${node ?? 'none'}] is not alive`]
  if (answer === undefined) return [...faults, `${of} is not on node:[${server.name}] ${server.ip}`]
  if (!answer.ok) return [...faults, `${of} node:[${server.name}] ${server.ip}: ${answer.error.message}`]
  const raft = detail ? answer.value.raft_status : undefined
  if (raft === undefined) return faults
  if (raft.Leader === 0) faults.push(`${of} has no raft leader`)
  const replicas = Object.keys(raft.Replicas).length
  if (replicas !== space.replica_num)
    faults.push(`${of} has ${replicas} raft replicas, should have ${space.replica_num}`)
  return faults
}

/** Null for a partition of which nothing can be told but that it is missing. */
function infoOf(space: Space, known: PartitionEvidence, faults: readonly string[]): PartitionInfo | null {
  const {partition, registered, server, answer} = known
  if (registered === undefined || server === undefined) return null
  const answered = answer?.ok === true ? answer.value : unansweredInfo(partition.id)
  const unreachable = answered.unreachable ?? []
  return {
    ...answered,
    name: partition.name,
    replica_num: registered.replicas?.length ?? space.replica_num,
    ...(registered.status === undefined ? {} : {replica_status: replicaStatus(registered.status)}),
    color: faults.length > 0 ? 'red' : unreachable.length > 0 ? 'yellow' : 'green',
    ip: server.ip,
    node_id: server.name,
    ...(answer?.ok === false ? {error: answer.error.message} : {}),
  }
}

function unansweredInfo(pid: PartitionId): PartitionInfo {
  return {pid, name: '', doc_num: 0, index_status: 0, backup_status: 0, index_num: 0, max_docid: -1}
}
