import type {NodeId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {AsideReplica, PartitionInfo, ServerStats} from '../entity/report.js'
import type {Server} from '../entity/server.js'
import type {Call, Cluster} from './cluster.js'
import {callServer, onEach, reportTimeoutMs} from './partition-servers.js'

export interface ServerReport {
  readonly server: Server
  readonly partitions?: readonly PartitionInfo[]
  readonly error?: string
}

export interface AsideList {
  readonly count: number
  readonly replicas: readonly (AsideReplica & {readonly node_id: NodeId})[]
  /** Servers that could not be asked, and why. */
  readonly errors?: readonly string[]
}

export interface ServerList {
  readonly count: number
  readonly servers: readonly ServerReport[]
}

/** What the partition servers say of themselves, and what the metadata lists of partitions and routers. */
export class Servers {
  constructor(private readonly cluster: Cluster) {}

  /** All that are alive, or those of `ids`. */
  async list(ids: readonly number[], call: Call): Promise<ServerList> {
    const live = await this.#live(call)
    const wanted = ids.length === 0 ? live : live.filter(({name}) => ids.includes(name))
    const outcomes = await onEach(wanted, (server) =>
      callServer(this.cluster, server, 'partitionInfo', {partitionIds: [], detail: false}, call, reportTimeoutMs),
    )
    const servers = wanted.map((server, position): ServerReport => {
      const outcome = outcomes[position]
      if (outcome?.ok === true) return {server, partitions: outcome.value.partitions}
      return {server, error: outcome?.error.message ?? 'not asked'}
    })
    return {count: servers.length, servers}
  }

  /** What the servers that are alive have set aside instead of deleting it. */
  async aside(call: Call): Promise<AsideList> {
    const live = await this.#live(call)
    const outcomes = await onEach(live, (server) =>
      callServer(this.cluster, server, 'asideReplicas', {}, call, reportTimeoutMs),
    )
    const replicas = live.flatMap(({name: node_id}, position) => {
      const outcome = outcomes[position]
      return outcome?.ok === true ? outcome.value.replicas.map((replica) => ({node_id, ...replica})) : []
    })
    const errors = live.flatMap(({name}, position) => {
      const outcome = outcomes[position]
      return outcome?.ok === false ? [`node:[${name}]: ${outcome.error.message}`] : []
    })
    return {count: replicas.length, replicas, ...(errors.length === 0 ? {} : {errors})}
  }

  /** A server that does not answer is listed with status 500 and its error. */
  async stats(call: Call): Promise<ServerStats[]> {
    const live = await this.#live(call)
    const outcomes = await onEach(live, (server) =>
      callServer(this.cluster, server, 'stats', {}, call, reportTimeoutMs),
    )
    return live.map((server, position) => {
      const outcome = outcomes[position]
      return outcome?.ok === true
        ? outcome.value
        : {...noStats, ip: server.ip, err: outcome?.error.message ?? 'not asked'}
    })
  }

  /**
   * The partitions as JSON text in pieces, page by page from the store: however many there are, one page is in memory.
   * A value is passed on as it is stored, so its 64-bit numbers stay exact; one that is no JSON is left out.
   */
  async *partitions({signal}: Call): AsyncGenerator<string> {
    const {store, keys} = this.cluster.repository
    const text = new TextDecoder()
    let before = '['
    for await (const {kvs} of store.pages(keys.partitionPrefix, {signal})) {
      const values = kvs.map(({value}) => text.decode(value)).filter(isJsonObject)
      if (values.length === 0) continue
      yield before + values.join(',')
      before = ','
    }
    yield before === '[' ? '[]' : ']'
  }

  async routers({signal}: Call): Promise<string[]> {
    const {store, keys} = this.cluster.repository
    const {kvs} = await store.range(keys.routerPrefix, {signal})
    return kvs.map(({value}) => new TextDecoder().decode(value).split(':')[0] ?? '')
  }

  async #live(call: Call): Promise<Server[]> {
    const {items} = await this.cluster.repository.servers(call)
    return items.map(({value}) => value)
  }
}

function isJsonObject(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as Partition | null)?.id === 'number'
  } catch {
    return false
  }
}

const noUsage = {total_in_bytes: 0, free_in_bytes: 0, used_in_bytes: 0, used_percent: 0}
const noStats: ServerStats = {
  status: 500,
  ip: '',
  labels: [],
  mem: noUsage,
  swap: noUsage,
  fs: {...noUsage, paths: []},
  cpu: {total_in_bytes: 0, user_percent: 0, sys_percent: 0, io_wait_percent: 0, idle_percent: 0},
  net: {in_pre_second: 0, out_pre_second: 0, connect: 0},
  gc: {calls: 0, routines: 0, count: 0, count_percent: 0, pause_nanoseconds: 0, pause_percent: 0},
}
