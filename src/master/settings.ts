/** Settings that are changed while the cluster runs: of the whole cluster, and of one space's engines. */
import {
  defaultMemoryLimit,
  defaultRequestLimit,
  defaultSlowSearchIsolation,
  type MemoryLimit,
  type RequestLimit,
  type SlowSearchIsolation,
} from '../entity/cluster-config.js'
import type {PartitionId} from '../entity/ids.js'
import type {Server} from '../entity/server.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord} from '../meta/repository.js'
import {amend, asRead} from './amend.js'
import {type Call, type Cluster, findDb, findSpace, liveServer} from './cluster.js'
import {callServer, firstFailure, onEach} from './partition-servers.js'

export interface ResourceLimit {
  /** Accepted and without effect, as in Vearch. */
  readonly rate?: number
  /** Sets the flag on every replica; absent, every replica checks again. */
  readonly resource_exhausted?: boolean
  readonly db_name?: string
  readonly space_name?: string
}

const percentMax = 100

export class Settings {
  constructor(private readonly cluster: Cluster) {}

  requestLimit = (call: Call) => this.#get<RequestLimit>(this.#keys.requestLimit, defaultRequestLimit, call)
  memoryLimit = (call: Call) => this.#get<MemoryLimit>(this.#keys.memoryLimit, defaultMemoryLimit, call)
  slowSearchIsolation = (call: Call) =>
    this.#get<SlowSearchIsolation>(this.#keys.slowSearchIsolation, defaultSlowSearchIsolation, call)

  async setRequestLimit(limit: RequestLimit, call: Call): Promise<RequestLimit> {
    for (const count of [limit.read_request_limit_count, limit.write_request_limit_count]) {
      if (count !== undefined && !(count >= 0)) throw paramError(`request limit:[${count}] should not be negative`)
    }
    return this.#put(this.#keys.requestLimit, limit, call)
  }

  async setMemoryLimit(limit: MemoryLimit, call: Call): Promise<MemoryLimit> {
    for (const percent of [limit.router_memory_limit, limit.ps_memory_limit]) {
      if (percent < 0 || percent > percentMax)
        throw paramError(`memory limit:[${percent}] should in [0, ${percentMax}]`)
    }
    return this.#put(this.#keys.memoryLimit, limit, call)
  }

  async setSlowSearchIsolation(setting: SlowSearchIsolation, call: Call): Promise<SlowSearchIsolation> {
    return this.#put(this.#keys.slowSearchIsolation, setting, call)
  }

  async spaceConfig(dbName: string, spaceName: string, call: Call): Promise<SpaceConfig> {
    const {repository} = this.cluster
    const db = await findDb(this.cluster, dbName, call)
    const {id, db_id} = (await findSpace(this.cluster, db, spaceName, call)).value
    return (await repository.spaceConfig(db_id, id, call))?.value ?? {id, db_id}
  }

  /** What is absent stays as it is. The record first, for it is what a server reads at its start; then the live servers. */
  async setSpaceConfig(dbName: string, spaceName: string, config: SpaceConfig, call: Call): Promise<SpaceConfig> {
    const {repository} = this.cluster
    const db = await findDb(this.cluster, dbName, call)
    const {value: space} = await findSpace(this.cluster, db, spaceName, call)
    const {id, db_id} = space
    const key = repository.keys.spaceConfig(db_id, id)
    const merged = await amend(
      repository.store,
      async () => {
        const stored = await repository.spaceConfig(db_id, id, call)
        const result: SpaceConfig = {...stored?.value, ...config, id, db_id}
        return {transaction: {compare: asRead(key, stored), then: [putRecord(key, result)]}, result}
      },
      call,
    )
    const failure = await this.#onReplicas([space], (partitionId, server) =>
      callServer(this.cluster, server, 'setEngineConfig', {partitionId, config: merged}, call),
    )
    if (failure !== null) throw failure
    return {...config, id, db_id}
  }

  async setResourceLimit(limit: ResourceLimit, call: Call): Promise<ResourceLimit> {
    const spaces = await this.#spacesOf(limit, call)
    if (spaces.length === 0) throw new CodedError('INTERNAL_ERROR', 'there is no space to set a resource limit on')
    const exhausted = limit.resource_exhausted ?? null
    const failure = await this.#onReplicas(spaces, (partitionId, server) =>
      callServer(this.cluster, server, 'setResourceLimit', {partitionIds: [partitionId], exhausted}, call),
    )
    if (failure !== null) throw failure
    return limit
  }

  get #keys() {
    return this.cluster.repository.keys
  }

  async #spacesOf({db_name: dbName, space_name: spaceName}: ResourceLimit, call: Call): Promise<Space[]> {
    const {repository} = this.cluster
    if (!dbName && spaceName) throw paramError('space_name is given without db_name')
    if (!dbName) return (await repository.spaces(call)).items.map(({value}) => value)
    const db = await findDb(this.cluster, dbName, call)
    if (spaceName) return [(await findSpace(this.cluster, db, spaceName, call)).value]
    return (await repository.spacesOf(db.value.id, call)).items.map(({value}) => value)
  }

  async #onReplicas(
    spaces: readonly Space[],
    work: (id: PartitionId, server: Server) => Promise<unknown>,
  ): Promise<CodedError | null> {
    const replicas = spaces.flatMap(({partitions}) =>
      partitions.flatMap(({id, replicas: nodes = []}) => nodes.map((node) => ({id, node}))),
    )
    return firstFailure(await onEach(replicas, ({id, node}) => work(id, liveServer(this.cluster, node))))
  }

  async #get<T>(key: string, fallback: T, call: Call): Promise<T> {
    return (await this.cluster.repository.record<T>(key, call))?.value ?? fallback
  }

  async #put<T>(key: string, value: T, call: Call): Promise<T> {
    await this.cluster.repository.store.transact({then: [putRecord(key, value)]}, call)
    return value
  }
}
