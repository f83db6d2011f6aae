/**
 * Scalar and vector indexes of a space that exists (control-plane spec §5.4).
 *
 * Every partition changes first, then the record, on condition that it is as it was read; where either fails the partitions
 * are changed back. A partition that was left behind reads the record when it opens.
 */
import type {FieldSpec, IndexSpec} from '../entity/field.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import {hasVectorIndex, indexesFault, mergedIndexes} from '../entity/index-rules.js'
import type {PartitionInfo} from '../entity/report.js'
import type {Space} from '../entity/space.js'
import {spaceProperties} from '../entity/space-request.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord, type Stored, unchanged} from '../meta/repository.js'
import {type Call, type Cluster, findDb, findSpace, liveServer} from './cluster.js'
import {callLeader, callServer, firstFailure, onEach, reportTimeoutMs} from './partition-servers.js'
import {isBeingCreated} from './space-creation.js'

export interface IndexList {
  readonly db_name: string
  readonly space_name: string
  readonly indexes: readonly IndexSpec[]
  readonly build_state?: readonly PartitionBuildState[]
}

export interface PartitionBuildState {
  readonly pid: PartitionId
  readonly replicas: readonly ReplicaBuildState[]
}

interface ReplicaBuildState {
  readonly node_id: NodeId
  readonly ip?: string
  readonly is_leader: boolean
  readonly index_status: number
  readonly index_build_state?: PartitionInfo['index_build_state']
  readonly error?: string
}

interface Change {
  readonly after: Space
  readonly add: readonly IndexSpec[]
  readonly remove: readonly IndexSpec[]
}

export class Indexes {
  constructor(private readonly cluster: Cluster) {}

  async list(dbName: string, spaceName: string, detail: boolean, call: Call): Promise<IndexList> {
    const {value: space} = await this.#find(dbName, spaceName, call)
    const listed = {db_name: dbName, space_name: spaceName, indexes: space.indexes ?? []}
    return detail ? {...listed, build_state: await this.#buildState(space, call)} : listed
  }

  async add(dbName: string, spaceName: string, indexes: unknown, call: Call): Promise<Space> {
    if (!Array.isArray(indexes) || indexes.length === 0)
      throw paramError('indexes should be a list of at least one index')
    return this.#change(dbName, spaceName, call, (space) => {
      const fields = withoutInline(space.fields)
      const merged = [...(space.indexes ?? []), ...indexes]
      const fault = indexesFault(fields, merged)
      if (fault !== null) throw paramError(fault)
      return {after: {...space, indexes: merged, version: space.version + 1}, add: indexes, remove: []}
    })
  }

  /** Also takes the index out of its field, where it was written inline. */
  async remove(dbName: string, spaceName: string, indexName: string, call: Call): Promise<Space> {
    return this.#change(dbName, spaceName, call, (space) => {
      const index = space.indexes?.find(({name}) => name === indexName)
      if (index === undefined) throw paramError(`index [${indexName}] not found in space [${spaceName}]`)
      const indexes = (space.indexes ?? []).filter((other) => other !== index)
      if (!hasVectorIndex(indexes)) throw paramError('space vector field index should not be empty')
      const fields = space.fields.map((field) => (isInline(field, indexName) ? withoutIndex(field) : field))
      const after = {...space, indexes, fields, space_properties: spaceProperties(fields), version: space.version + 1}
      return {after, add: [], remove: [index]}
    })
  }

  async #find(dbName: string, spaceName: string, call: Call): Promise<Stored<Space>> {
    return findSpace(this.cluster, await findDb(this.cluster, dbName, call), spaceName, call)
  }

  async #change(dbName: string, spaceName: string, call: Call, decide: (space: Space) => Change): Promise<Space> {
    const stored = await this.#find(dbName, spaceName, call)
    if (isBeingCreated(stored.value)) throw paramError(`space:[${spaceName}] is being created`, {retryable: true})
    const change = decide(stored.value)
    const failure = await this.#tellServers(change, call)
    if (failure === null) {
      const transaction = {compare: [unchanged(stored)], then: [putRecord(stored.key, change.after)]}
      const {succeeded} = await this.cluster.repository.store.transact(transaction, call)
      if (succeeded) return change.after
    }
    await this.#tellServers({after: stored.value, add: change.remove, remove: change.add}, call)
    throw (
      failure ??
      new CodedError('META_REFUSED', `space:[${spaceName}] was changed by another request`, {retryable: true})
    )
  }

  async #tellServers({after, add, remove}: Change, call: Call): Promise<CodedError | null> {
    const outcomes = await onEach(after.partitions, (partition) => {
      const request = {partitionId: partition.id, space: after, add, remove: remove.map(({name}) => name)}
      return callLeader(this.cluster, partition, 'changeIndexes', request, call)
    })
    return firstFailure(outcomes)
  }

  async #buildState(space: Space, call: Call): Promise<PartitionBuildState[]> {
    const replicas = space.partitions.flatMap(({id, replicas: nodes = []}) => nodes.map((node) => ({id, node})))
    const outcomes = await onEach(replicas, ({id, node}) => {
      const request = {partitionIds: [id], detail: false}
      return callServer(this.cluster, liveServer(this.cluster, node), 'partitionInfo', request, call, reportTimeoutMs)
    })
    const states = new Map(space.partitions.map(({id}): [PartitionId, ReplicaBuildState[]] => [id, []]))
    for (const [position, {id, node}] of replicas.entries()) {
      const outcome = outcomes[position]
      const info = outcome?.ok === true ? outcome.value.partitions[0] : undefined
      const error = outcome?.ok === false ? outcome.error.message : 'the partition is not there'
      states.get(id)?.push(this.#replicaState(id, node, info ?? error))
    }
    return [...states].map(([pid, of]) => ({pid, replicas: of}))
  }

  #replicaState(id: PartitionId, node: NodeId, found: PartitionInfo | string): ReplicaBuildState {
    const {view} = this.cluster
    const ip = view.servers.get(node)?.ip
    const shared = {node_id: node, ...(ip === undefined ? {} : {ip})}
    const isLeader = view.partitions.get(id)?.leader_name === node
    if (typeof found === 'string') return {...shared, is_leader: isLeader, index_status: 0, error: found}
    const {index_status, index_build_state: state} = found
    return {...shared, is_leader: isLeader, index_status, ...(state === undefined ? {} : {index_build_state: state})}
  }
}

/** The stored list has the inline indexes already; they must not count twice. */
function withoutInline(fields: readonly FieldSpec[]): FieldSpec[] {
  return fields.map(withoutIndex)
}

function withoutIndex(field: FieldSpec): FieldSpec {
  const {index: _, ...rest} = field
  return rest as FieldSpec
}

function isInline(field: FieldSpec, indexName: string): boolean {
  return mergedIndexes([field], []).some(({name}) => name === indexName)
}
