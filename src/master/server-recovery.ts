/**
 * What becomes of the replicas of a server that is gone: they are rebuilt on a server that is named, or, where the configuration
 * says so, on any that may hold them once it has been gone for `replica_auto_recover_time`; or they are given up.
 *
 * Servers are told apart by their ids. An address names one only where no other server has it: a replacement on the same
 * machine is another server.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import {isUnderWay} from '../entity/replica-change.js'
import type {Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import {CodedError, paramError, toCodedError} from '../errors/coded-error.js'
import {absent, unchanged} from '../meta/repository.js'
import {type Call, type Cluster, whenServersSeen} from './cluster.js'
import type {FailServers} from './fail-servers.js'
import {type AntiAffinity, labelsOf, placeOne, replicasPerServer} from './placement.js'
import type {ReplicaChanges} from './replica-changes.js'
import type {WantedChange} from './replica-guards.js'

export interface RecoverySettings {
  readonly antiAffinity: AntiAffinity
  /** `auto_recover_ps` */
  readonly isAutomatic: boolean
  /** `replica_auto_recover_time`; negative for the default. */
  readonly afterSeconds: number
}

/** By id or, where that names one server only, by address. */
export interface ServerName {
  readonly id?: NodeId
  readonly address?: string
}

const afterSecondsDefault = 1_800
/** Recoveries that nobody asked for, under way at once. */
const automaticMax = 8
/** A partition whose recovery has failed waits this long for the next. */
const pauseSeconds = 60

export class ServerRecovery {
  /** Why a partition is not recovered, as it was last logged. */
  readonly #refusals = new Map<PartitionId, string>()

  constructor(
    private readonly cluster: Cluster,
    private readonly changes: ReplicaChanges,
    private readonly failServers: FailServers,
    private readonly settings: RecoverySettings,
  ) {}

  /**
   * Rebuilds on one server what another, which has failed, held; what that one has already, on any that can take it. Errors:
   * those of `ReplicaChanges`; PARTITION_SERVER_NOT_EXIST; MASTER_PS_NOT_ENOUGH_SELECT.
   */
  async recover(failed: ServerName, replacement: ServerName, call: Call): Promise<void> {
    const {view} = this.cluster
    await whenServersSeen(this.cluster, call)
    const lost = named(failed, 'fail server', this.#failed())
    const add = named(replacement, 'server', [...view.servers.values()]).name
    const load = replicasPerServer(view)
    const wanted = (await this.#held(lost.name, call)).map(({space, partition}): WantedChange => {
      const isThere = (partition.replicas ?? []).includes(add)
      const place = isThere ? this.#place(space, partition, lost.name, load) : add
      if (place !== null) return {partition: partition.id, remove: lost.name, add: place}
      const detail = `partition:[${partition.id}] is on node:[${add}] already, and no other server can take it`
      throw new CodedError('MASTER_PS_NOT_ENOUGH_SELECT', detail, {retryable: true, hint: 'Start more servers.'})
    })
    await this.#carryOut(wanted, 'recover_server', call)
    await this.#forgetFailed(lost.name, call)
  }

  /** Takes a server's replicas out of their groups, and nothing in their place. Returns who it was. */
  async remove(server: ServerName, call: Call): Promise<Server> {
    const {view} = this.cluster
    await whenServersSeen(this.cluster, call)
    const known = [...this.#failed(), ...[...view.servers.values()].filter(({name}) => !view.failServers.has(name))]
    const leaver = named(server, 'server', known)
    const wanted = (await this.#held(leaver.name, call)).map(({partition}) => ({
      partition: partition.id,
      remove: leaver.name,
    }))
    await this.#carryOut(wanted, 'remove_server', call)
    if (view.failServers.has(leaver.name)) await this.failServers.delete(leaver.name, call).catch(ifGone)
    return leaver
  }

  /** Begins the recoveries that are due, and forgets failed servers that nothing is left of. */
  async plan(call: Call): Promise<void> {
    const {view} = this.cluster
    for (const node of view.failServers.keys()) {
      const holds = [...view.spaces.values()].some((space) => listed(space, node).length > 0)
      if (!holds) await this.#forgetFailed(node, call)
      else if (this.settings.isAutomatic && this.isLost(node)) await this.#recoverByItself(node, call)
    }
  }

  /** Whether it has been gone for so long that its replicas are to be rebuilt elsewhere. */
  isLost = (node: NodeId): boolean => {
    const {view, clock} = this.cluster
    const record = view.failServers.get(node)
    if (record === undefined || view.servers.has(node)) return false
    const {afterSeconds} = this.settings
    return clock.wallMs() / 1_000 - record.time_stamp >= (afterSeconds < 0 ? afterSecondsDefault : afterSeconds)
  }

  async #recoverByItself(node: NodeId, call: Call): Promise<void> {
    const {view} = this.cluster
    const load = replicasPerServer(view)
    const now = this.cluster.clock.wallMs() / 1_000
    let underWay = [...view.replicaChanges.values()].filter(
      (change) => change.reason === 'auto_recover' && isUnderWay(change),
    ).length
    for (const space of view.spaces.values()) {
      for (const member of listed(space, node)) {
        const {id: partition} = member
        const last = view.replicaChanges.get(partition)
        const isPausing = last?.reason === 'auto_recover' && now - (last.ended ?? 0) < pauseSeconds
        if (underWay >= automaticMax || (last !== undefined && isUnderWay(last)) || isPausing) continue
        const add = this.#place(space, member, node, load)
        const refusal = add === null ? 'no server can take it' : await this.#begin({partition, add, remove: node}, call)
        if (refusal === null) underWay++
        this.#say(partition, node, refusal)
      }
    }
  }

  /** Why not, or null if it has begun. */
  async #begin(wanted: WantedChange, call: Call): Promise<string | null> {
    try {
      await this.changes.begin([wanted], {reason: 'auto_recover'}, call)
      return null
    } catch (thrown) {
      return toCodedError(thrown).message
    }
  }

  #say(partition: PartitionId, node: NodeId, refusal: string | null): void {
    if (refusal === null) this.#refusals.delete(partition)
    else if (this.#refusals.get(partition) !== refusal) {
      this.#refusals.set(partition, refusal)
      this.cluster.log.warn('master.recovery.refused', {partition, node, reason: refusal})
    }
  }

  async #carryOut(
    wanted: readonly WantedChange[],
    reason: 'recover_server' | 'remove_server',
    call: Call,
  ): Promise<void> {
    await this.changes.whenEnded(await this.changes.begin(wanted, {reason}, call), call)
  }

  #failed(): Server[] {
    return [...this.cluster.view.failServers.values()].map(({nodeID, server}) => ({...server, name: nodeID}))
  }

  async #held(node: NodeId, call: Call): Promise<{space: Space; partition: Partition}[]> {
    const {items} = await this.cluster.repository.spaces(call)
    return items.flatMap(({value: space}) => listed(space, node).map((partition) => ({space, partition})))
  }

  /** Where the replica that the node held goes, counted in `load`; null if no server can take it. */
  #place(space: Space, {replicas: holders = []}: Partition, leaves: NodeId, load: Map<NodeId, number>): NodeId | null {
    const {view} = this.cluster
    const node = placeOne([...view.servers.values()], load, {
      resourceName: space.resource_name,
      dbServers: view.dbs.get(space.db_id)?.ps ?? [],
      cordoned: view.cordoned,
      holders,
      leaves,
      labelOf: labelsOf(view, this.settings.antiAffinity),
    })
    if (node !== null) load.set(node, (load.get(node) ?? 0) + 1)
    return node
  }

  /** Unless it is alive again, or has data of a removed space to delete when it comes back. */
  async #forgetFailed(node: NodeId, call: Call): Promise<void> {
    const {repository, log} = this.cluster
    const {keys, store} = repository
    const record = await repository.record(keys.failServer(node), call)
    if (record === null) return
    const removals = await repository.list<{pending: readonly {nodes: readonly NodeId[]}[]}>(keys.removalPrefix, call)
    if (removals.items.some(({value}) => value.pending.some(({nodes}) => nodes.includes(node)))) return
    const compare = [unchanged(record), absent(keys.server(node))]
    const {succeeded} = await store.transact({compare, then: [{type: 'delete', key: record.key}]}, call)
    if (succeeded) log.info('master.server.forgotten', {node})
  }
}

function listed({partitions}: Space, node: NodeId) {
  return partitions.filter(({replicas = []}) => replicas.includes(node))
}

function named({id, address}: ServerName, what: string, servers: readonly Server[]): Server {
  const said = id === undefined ? address : `node ${id}`
  const found = servers.filter(({name, ip}) => (id === undefined ? ip === address : name === id))
  const [server, another] = found
  if (server === undefined) throw new CodedError('PARTITION_SERVER_NOT_EXIST', `${what}:[${said}]`)
  if (another === undefined) return server
  throw paramError(`${what}:[${said}] is any of nodes ${found.map(({name}) => name).join(', ')}: name one by its id`)
}

/** The record may have gone by itself. */
function ifGone(thrown: unknown): void {
  if (!(thrown instanceof CodedError) || thrown.errorName !== 'PARTITION_SERVER_NOT_EXIST') throw thrown
}
