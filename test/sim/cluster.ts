/**
 * A whole cluster: etcd, masters, routers, partition servers, each on a machine of its own, and the clients' machine.
 */

import type {Config} from '../../src/config/config.js'
import {embeddedConfig} from '../../src/config/embedded.js'
import {requireConfig} from '../../src/config/loaded.js'
import {type NodeId, type PartitionId, partitionId} from '../../src/entity/ids.js'
import {isObject, parseJson} from '../../src/entity/json.js'
import {isUnderWay, type ReplicaChange} from '../../src/entity/replica-change.js'
import type {Space} from '../../src/entity/space.js'
import type {Clock} from '../../src/env/clock.js'
import type {Env} from '../../src/env/env.js'
import type {Failpoints} from '../../src/env/failpoints.js'
import type {Removal} from '../../src/master/space-removal.js'
import {Keys} from '../../src/meta/keys.js'
import {decodeRecord} from '../../src/meta/repository.js'
import type {WatchEvent} from '../../src/meta/store.js'
import type {Partition} from '../../src/ps/partition.js'
import {routingOf} from '../../src/router/routing.js'
import {Clerks} from './clerks.js'
import type {Ask, Reply} from './client.js'
import {NodeClock} from './clock.js'
import {spaceRequest} from './document.js'
import type {Request} from './door.js'
import {keyOf, revisionOf, SimEtcd} from './etcd.js'
import {EtcdHost} from './etcd-host.js'
import {HttpClient, type Listener} from './http-client.js'
import {Links} from './links.js'
import {Machine} from './machine.js'
import {MetaClient} from './meta-client.js'
import {SimNetwork} from './network.js'
import type {AdminCall, Observation} from './observation.js'
import type {PlaceName} from './plan.js'
import {watchProcess} from './probe.js'
import {Process} from './process.js'
import {masterRole, type Role, routerRole, serverRole} from './roles.js'
import {Supervisor} from './supervisor.js'
import {placesOf, type Swarm} from './swarm.js'
import {type Asker, Wire} from './wire.js'
import type {WorkloadSpace} from './workload.js'
import type {World} from './world.js'

export const clusterName = 'sim'
const dbName = 'db'
const clientsIp = '10.0.9.1'
const clerks = 2
const startWallMs = Date.UTC(2026, 0, 1)
const roles = {master: masterRole, router: routerRole, ps: serverRole} as const
const ports = {master: 8817, router: 9001}
/** What a heartbeat must leave room for. */
const delaysPerHeartbeat = 20
/** Creating a space waits for elections. */
const adminTimeoutMs = 30_000

/** A replica that is open. */
export interface Member {
  readonly place: PlaceName
  readonly node: NodeId
  readonly partition: Partition
}

export class Cluster {
  readonly links: Links
  readonly network: SimNetwork
  readonly wire: Wire
  readonly etcd: EtcdHost
  readonly supervisors = new Map<PlaceName, Supervisor>()
  readonly spaces: Space[] = []
  readonly clientClock: Clock
  readonly clerks: Clerks
  readonly #clients: {readonly process: Process; readonly ip: string}
  readonly #http: HttpClient
  readonly #byIp = new Map<string, Supervisor>()
  readonly #placeOf = new Map<NodeId, PlaceName>()
  /** Each question goes to another master. */
  #asked = 0

  constructor(
    private readonly world: World,
    private readonly swarm: Swarm,
    private readonly onObservation: (observation: Observation) => void,
  ) {
    this.links = new Links(world, swarm.network)
    this.network = new SimNetwork(world, this.links)
    this.wire = new Wire(world, this.links, this.network)
    const etcd = new SimEtcd(world, (event) => this.#tell(metaChange(world.nowMs, event)))
    this.etcd = new EtcdHost(world, this.wire, etcd, new Process(world, 1, 'etcd'))
    this.network.add({ip: this.etcd.ip, isUp: true})
    this.network.add({ip: clientsIp, isUp: true})
    this.#clients = {process: new Process(world, 2, 'clients'), ip: clientsIp}
    this.clientClock = new NodeClock(world, 1, startWallMs).of(this.#clients.process)
    const stores = Array.from({length: clerks}, () => this.#metaClient(this.#clients, this.clientClock))
    this.clerks = new Clerks(stores, new Keys(clusterName).sequence('db'))
    this.#http = new HttpClient(this.wire, this.#clients, this.clientClock, (ip) => this.#listenerAt(ip))
    for (const [at, place] of placesOf(swarm.cluster).entries()) this.#place(place, at + 1)
  }

  /** Resolves when every role is up and the spaces are there. */
  async boot(): Promise<void> {
    for (const supervisor of this.supervisors.values()) supervisor.begin()
    await this.#until(() => [...this.supervisors.values()].every(({isUp}) => isUp))
    await this.#make(`/dbs/${dbName}`, `/dbs/${dbName}`, '')
    for (const [at, {partitions, replicas}] of this.swarm.cluster.spaces.entries()) {
      await this.#makeSpace(`space${at + 1}`, partitions, replicas)
    }
    this.spaces.push(...this.#spaceRecords())
  }

  #spaceRecords(): Space[] {
    return this.#records<Space>(new Keys(clusterName).spacePrefix)
  }

  #records<T>(prefix: string): T[] {
    return this.etcd.etcd.range(prefix).kvs.map(({value}) => decodeRecord<T>(value))
  }

  /** In the order of their ids. */
  get groups(): readonly PartitionId[] {
    return this.spaces.flatMap(({partitions}) => partitions.map(({id}) => partitionId(id))).sort((a, b) => a - b)
  }

  get workloadSpaces(): readonly WorkloadSpace[] {
    return this.spaces.map((space) => ({
      id: space.id,
      address: {db_name: dbName, space_name: space.name},
      groups: space.partitions.map(({id}) => partitionId(id)),
      group: (document) => routingOf(space).candidatesOf(document)[0] ?? partitionId(0),
    }))
  }

  /** The network is as its swarm has it. */
  unsettle(): void {
    this.links.weather.calmUs = null
  }

  /** Network and disks are as good as elections may expect them to be: nothing is lost, and delays are short. */
  calm(): void {
    this.links.weather.calmUs = (this.swarm.cluster.heartbeatMs * 1_000) / delaysPerHeartbeat
    this.network.hasten()
    this.wire.hasten()
    for (const {machine} of this.supervisors.values()) machine.disk.hasten()
  }

  supervisor(place: PlaceName): Supervisor {
    const supervisor = this.supervisors.get(place)
    if (supervisor === undefined) throw new Error(`there is no ${place}`)
    return supervisor
  }

  /** Every machine's address, etcd's and the clients' among them. */
  get ips(): readonly string[] {
    return [this.etcd.ip, clientsIp, ...this.#byIp.keys()]
  }

  /** Where the space's record has a group's replicas now; nodes that have not said who they are have none. */
  replicas(group: PartitionId): readonly {readonly place: PlaceName; readonly node: NodeId}[] {
    const record = this.#spaceRecords()
      .flatMap(({partitions}) => partitions)
      .find(({id}) => id === group)
    return (record?.replicas ?? []).flatMap((node) => {
      const place = this.#placeOf.get(node)
      return place === undefined ? [] : [{place, node}]
    })
  }

  /** Null while no node runs there. */
  nodeAt(place: PlaceName): NodeId | null {
    return this.supervisor(place).role?.node ?? null
  }

  /** The open replicas of a group. */
  members(group: PartitionId): Member[] {
    return [...this.supervisors].flatMap(([place, {role}]) => {
      const node = role?.server?.nodeId ?? null
      const partition = role?.server?.partitions?.opened().find(({id}) => id === group)
      return node === null || partition === undefined || partition.stopped ? [] : [{place, node, partition}]
    })
  }

  /** Who leads the newest term that anybody knows of, if it thinks so itself. */
  leader(group: PartitionId): Member | null {
    const leading = this.members(group).filter(({node, partition}) => partition.leadership.leader === node)
    return leading.sort((a, b) => b.partition.leadership.term - a.partition.leadership.term)[0] ?? null
  }

  /** How a client reaches the database: each has a router, and another where nobody listens there. */
  ask(client: number): Ask {
    const routers = [...this.supervisors]
      .filter(([place]) => place.startsWith('router/'))
      .map(([, {machine}]) => machine)
    return async (verb, body, timeoutMs) => {
      for (let hop = 0; hop < routers.length; hop += 1) {
        const ip = routers[(client + hop) % routers.length]?.ip ?? ''
        const url = `http://${ip}:${ports.router}/document/${verb}?timeout=${timeoutMs}`
        try {
          const options = {method: 'POST', body: JSON.stringify(body), timeoutMs: timeoutMs + 500} as const
          const {status, body: text} = await this.#http.request(url, options)
          return replyOf(verb, status, text)
        } catch (thrown) {
          if ((thrown as NodeJS.ErrnoException).code !== 'ECONNREFUSED') break
          if (hop === routers.length - 1) return {isOk: false, code: 0, outcome: 'rejected'}
        }
      }
      return {isOk: false, code: 0, outcome: 'unknown'}
    }
  }

  /** What an administrator asks of some master. */
  administer(verb: AdminCall['verb'], name: string): Promise<number | null> {
    const spaces = `/dbs/${dbName}/spaces`
    this.#asked += 1
    return verb === 'create'
      ? this.#admin(
          'POST',
          spaces,
          JSON.stringify(spaceRequest(name, 2, this.swarm.cluster.spaces[0]?.replicas ?? 1)),
          this.#asked,
        )
      : this.#admin('DELETE', `${spaces}/${name}`, '', this.#asked)
  }

  /** Asks some master to begin with it; how that ends shows in the metadata. */
  async moveReplica(group: PartitionId, from: PlaceName, to: PlaceName): Promise<void> {
    const [source, destination] = [this.nodeAt(from), this.nodeAt(to)]
    if (source === null || destination === null) return
    const body = {partition_ids: [group], from: source, to: destination, wait: false}
    this.#asked += 1
    await this.#admin('POST', '/partitions/move_replica', JSON.stringify(body), this.#asked)
  }

  /** Nothing is being created, removed or moved, by anybody. */
  get isMetadataAtRest(): boolean {
    const {lockPrefix, removalPrefix, replicaChangePrefix} = new Keys(clusterName)
    const isThere = (prefix: string) => this.etcd.etcd.range(prefix).kvs.length > 0
    return (
      !isThere(lockPrefix) &&
      !isThere(removalPrefix) &&
      !this.#records<ReplicaChange>(replicaChangePrefix).some(isUnderWay) &&
      this.#spaceRecords().every(({enabled}) => enabled === true)
    )
  }

  /**
   * What an operator says of servers that a removed space waits for and that will not come back: their disk is gone, or so damaged
   * that they refuse to start.
   */
  async giveUpLostServers(spoilt: ReadonlySet<PlaceName>): Promise<void> {
    const {removalPrefix, failServer} = new Keys(clusterName)
    const awaited = this.#records<Removal>(removalPrefix).flatMap(({pending}) => pending.flatMap(({nodes}) => nodes))
    for (const node of new Set(awaited)) {
      const place = this.#placeOf.get(node)
      if (place === undefined || this.etcd.etcd.get(failServer(node)) === null) continue
      const successor = this.nodeAt(place)
      const hasOtherDisk = successor !== null && successor !== node
      if (!hasOtherDisk && (this.supervisor(place).isUp || !spoilt.has(place))) continue
      this.#asked += 1
      await this.#admin('DELETE', `/schedule/fail_server/${node}`, '', this.#asked)
    }
  }

  #tell(seen: Observation): void {
    if (seen.kind === 'started' && seen.node !== null) this.#placeOf.set(seen.node, seen.place)
    this.onObservation(seen)
  }

  #place(place: PlaceName, number: number): void {
    const {world, swarm} = this
    const random = world.random.fork(`machine/${place}`)
    const drift = random.between(-swarm.driftPermille, swarm.driftPermille)
    const shape = {
      place,
      ip: `10.0.1.${number}`,
      rate: 1 + drift / 1_000,
      startWallMs: startWallMs + random.between(-1_000, 1_000),
      diskMeanUs: swarm.disk.meanMs * 1_000,
      crashFaultShare: swarm.disk.crashFaultPercent / 100,
    }
    const machine = new Machine(world, this.network, number + 2, shape, (event, {partitionId: group}) => {
      if (event !== 'partition.rescued') return
      this.#tell({atMs: world.nowMs, kind: 'rescued', place, group: partitionId(Number(group))})
    })
    const supervisor = new Supervisor(
      world,
      machine,
      (...given) => this.#role(...given),
      (seen) => this.#tell(seen),
    )
    this.supervisors.set(place, supervisor)
    this.#byIp.set(machine.ip, supervisor)
  }

  #role(machine: Machine, process: Process, env: Env, fail: (error: Error) => void): Role {
    const self = {process, ip: machine.ip}
    const store = this.#metaClient(self, env.clock, env.failpoints, machine)
    const http = new HttpClient(this.wire, self, env.clock, (ip) => this.#listenerAt(ip))
    const kind = machine.place.split('/')[0] as keyof typeof roles
    const {segmentBytes} = this.swarm.cluster
    return roles[kind]({
      machine,
      env,
      config: this.#config(),
      store,
      keys: new Keys(clusterName),
      http,
      segmentBytes,
      fail,
    })
  }

  /** A process's client of etcd; with it begins what is told of that process. */
  #metaClient(self: Asker, clock: Clock, failpoints?: Failpoints, machine?: Machine): MetaClient {
    const store = new MetaClient(this.etcd, self, clock, failpoints)
    watchProcess(clock, store, {
      process: self.process,
      tell: (seen) => this.#tell(seen),
      nowMs: () => this.world.nowMs,
      slowApplyUs: () => machine?.slowApplyUs ?? 0,
    })
    return store
  }

  #config(): Config {
    const {global, ps, masters, router, ...others} = requireConfig(embeddedConfig('/'))
    const [master] = masters
    const {retainLogs, diffCount, heartbeatMs, segmentBytes} = this.swarm.cluster
    const addresses = [...this.supervisors].flatMap(([place, {machine}]) =>
      place.startsWith('master/') ? machine.ip : [],
    )
    return {
      ...others,
      global: {...global, name: clusterName, data: ['/data'], resource_limit_rate: 1},
      masters: addresses.flatMap((address, at) =>
        master === undefined ? [] : {...master, name: `m${at + 1}`, address},
      ),
      router,
      ps: {
        ...ps,
        raft_retain_logs: retainLogs,
        raft_truncate_count: 1,
        raft_diff_count: diffCount,
        heartbeat_interval: heartbeatMs,
        flush_time_interval: Math.ceil(segmentBytes / 16_384),
      },
    }
  }

  #listenerAt(ip: string): Listener | null {
    const supervisor = this.#byIp.get(ip)
    const role = supervisor?.role ?? null
    const process = supervisor?.machine.process ?? null
    const door = role?.door ?? null
    return process === null || door === null ? null : {process, serve: (request, gone) => door.serve(request, gone)}
  }

  /** Asked again until it serves: one that does not in time is undone, and may have been seen before. */
  async #makeSpace(name: string, partitions: number, replicas: number): Promise<void> {
    const body = JSON.stringify(spaceRequest(name, partitions, replicas))
    const record = () => this.#spaceRecords().find((space) => space.name === name)
    for (let attempt = 0; record() === undefined; attempt += 1) {
      await this.#admin('POST', `/dbs/${dbName}/spaces`, body, attempt)
      await this.#until(() => record()?.enabled !== false)
      await this.clientClock.sleep(500)
    }
  }

  /** Asked again until it is there: an answer may be lost, and another master may be asked. */
  async #make(parent: string, path: string, body: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      if ((await this.#admin('POST', parent, body, attempt)) === 0) return
      if ((await this.#admin('GET', path, '', attempt)) === 0) return
      await this.clientClock.sleep(500)
    }
  }

  /** The code of a master's answer; null where there was none. */
  async #admin(method: Request['method'], path: string, body: string, attempt: number): Promise<number | null> {
    const {masters} = this.#config()
    const {address, api_port} = masters[attempt % masters.length] ?? {address: '', api_port: 0}
    const url = `http://${address}:${api_port}${path}?timeout=${adminTimeoutMs}`
    const {trace, nowMs} = this.world
    try {
      const reply = await this.#http.request(url, {method, body, timeoutMs: adminTimeoutMs + 1_000})
      const answer = parseJson(reply.body)
      const {code, msg} = isObject(answer) ? answer : {code: null, msg: reply.body}
      trace.log(nowMs, 'admin', method, {path, code, msg})
      return code === null ? null : Number(code)
    } catch (thrown) {
      trace.log(nowMs, 'admin', method, {path, error: thrown})
      return null
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.clientClock.sleep(20)
  }
}

function metaChange(atMs: number, event: WatchEvent): Observation {
  const revision = revisionOf(event)
  const value = event.type === 'put' ? new TextDecoder().decode(event.kv.value) : null
  return {atMs, kind: 'meta', revision, key: keyOf(event), value}
}

/**
 * An envelope does not say whether a write that failed as a whole may have happened. A batch is refused before any of it is sent,
 * unless its time was up; of a delete nobody knows.
 */
function replyOf(verb: string, status: number, text: string): Reply {
  const answer = parseJson(text)
  if (!isObject(answer)) return {isOk: false, code: 0, outcome: 'unknown'}
  if (answer.code === 0) return {isOk: true, data: answer.data}
  const isUnknown = status === 504 || verb === 'delete'
  return {isOk: false, code: Number(answer.code), outcome: isUnknown ? 'unknown' : 'rejected'}
}
