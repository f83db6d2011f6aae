/**
 * A master on a real etcd with real sockets, and stand-ins for partition servers: real rpc servers that keep no documents.
 * Each of them registers its partitions over HTTP, as a server does, unless a test tells it to misbehave.
 */
import type {MasterConfig} from '../../src/config/config.js'
import {type NodeId, nodeId, type PartitionId} from '../../src/entity/ids.js'
import type {PartitionInfo} from '../../src/entity/report.js'
import type {Server} from '../../src/entity/server.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {type App, closeApp, listen} from '../../src/http/app.js'
import {masterApp} from '../../src/http/routes/master.js'
import {Master} from '../../src/master/master.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {putRecord} from '../../src/meta/repository.js'
import type {LeaseId, MetaStore} from '../../src/meta/store.js'
import {decideChange, type Membership, type MembershipChange, membershipOf} from '../../src/raft/membership.js'
import {RpcClient} from '../../src/rpc/client.js'
import type {PsHandlers, PsMethod, ReplicaReport} from '../../src/rpc/ps-api.js'
import {RpcServer} from '../../src/rpc/server.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {until} from '../harness/until.js'

const env = systemEnv(silentLog)
export const signkey = 'secret-key'
const rootAuthorization = basic('root', signkey)

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

export interface Reply {
  readonly status: number
  readonly code: number
  readonly msg: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly data: any
}

export interface MasterOptions {
  readonly skipAuth?: boolean
  readonly limitedDbNum?: boolean
  readonly limitedReplicaNum?: boolean
  readonly autoRecoverAfterSeconds?: number
}

let clusters = 0

/** One cluster name of its own in a shared etcd. */
export class MasterHarness {
  readonly masters: RunningMaster[] = []
  readonly servers: StandInServer[] = []
  readonly groups = new StandInGroups()
  readonly keys: Keys

  private constructor(
    readonly etcd: TestEtcd,
    readonly cluster: string,
    readonly options: MasterOptions,
  ) {
    this.keys = new Keys(cluster)
  }

  static async start(etcd: TestEtcd, servers: number, options: MasterOptions = {}): Promise<MasterHarness> {
    const harness = new MasterHarness(etcd, `cluster${++clusters}`, options)
    await harness.addMaster()
    for (let node = 1; node <= servers; node++) await harness.addServer(node)
    return harness
  }

  get master(): RunningMaster {
    const [master] = this.masters
    if (master === undefined) throw new Error('no master is running')
    return master
  }

  async addMaster(): Promise<RunningMaster> {
    const master = await RunningMaster.start(this.etcd, this.cluster, `m${this.masters.length + 1}`, this.options)
    this.masters.push(master)
    return master
  }

  async addServer(node: number, fields: Partial<Server> = {}): Promise<StandInServer> {
    const server = await StandInServer.start(this.master, this.groups, node, fields)
    this.servers.push(server)
    await until(`server ${node} is seen`, () =>
      this.masters.every(({master}) => master.cluster.view.servers.has(nodeId(node))),
    )
    return server
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.master.call(method, path, body, headers)
  }

  async keysUnder(prefix: string): Promise<string[]> {
    const {kvs} = await this.master.store.range(prefix)
    return kvs.map(({key}) => key)
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()))
    await Promise.all(this.masters.map((master) => master.stop()))
  }
}

export class RunningMaster {
  private constructor(
    readonly master: Master,
    readonly app: App,
    readonly store: MetaStore,
    readonly rpc: RpcClient,
    readonly url: string,
  ) {}

  static async start(etcd: TestEtcd, cluster: string, name: string, options: MasterOptions): Promise<RunningMaster> {
    const store = new EtcdStore({endpoints: [etcd.endpoint]}, env)
    const rpc = new RpcClient(env, {authKey: signkey})
    const self: MasterConfig = {
      name,
      address: '127.0.0.1',
      api_port: 0,
      etcd_peer_port: 2390,
      etcd_client_port: 2370,
      cluster_state: 'new',
      pprof_port: 0,
      monitor_port: 0,
    }
    const global = {
      name: cluster,
      signkey,
      skip_auth: options.skipAuth ?? false,
      limited_db_num: options.limitedDbNum ?? false,
      limited_replica_num: options.limitedReplicaNum ?? false,
      auto_recover_ps: options.autoRecoverAfterSeconds !== undefined,
    }
    const replica_auto_recover_time = options.autoRecoverAfterSeconds ?? -1
    const master = new Master({
      ...env,
      store,
      keys: new Keys(cluster),
      ps: rpc,
      config: {global, ps: {replica_anti_affinity_strategy: 0, replica_auto_recover_time}},
      self,
      version: {build_version: 'test', build_time: '', commit_id: ''},
    })
    await master.start()
    const app = masterApp(master)
    const port = await listen(app, {host: '127.0.0.1', port: 0})
    return new RunningMaster(master, app, store, rpc, `http://127.0.0.1:${port}`)
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const response = await fetch(this.url + path, {
      method,
      headers: {authorization: rootAuthorization, ...headers},
      ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
    })
    const text = await response.text()
    const envelope = text.startsWith('{') ? JSON.parse(text) : {code: -1, msg: text}
    return {status: response.status, ...envelope}
  }

  async stop(): Promise<void> {
    await closeApp(this.app)
    await this.master.stop()
    await this.rpc.stop()
    await this.store.close()
  }

  /** As a process that was killed: its lease ends, and nothing is tidied up. */
  async die(): Promise<void> {
    await this.store.close()
    this.app.http.server.closeAllConnections()
    await closeApp(this.app)
    await this.rpc.stop()
  }
}

/** The raft groups that the stand-ins pretend to be in: what is proposed is in force at once, if a majority is up. */
class StandInGroups {
  readonly #memberships = new Map<PartitionId, Membership>()
  readonly #leaders = new Map<PartitionId, NodeId>()

  create(id: PartitionId, voters: readonly NodeId[]): void {
    if (this.#memberships.has(id)) return
    this.#memberships.set(id, membershipOf(voters))
    const [first] = voters
    if (first !== undefined) this.#leaders.set(id, first)
  }

  change(id: PartitionId, change: MembershipChange): void {
    const decision = decideChange(this.membership(id), change)
    if (!decision.allowed) throw new CodedError('GUARD_FAILED', decision.reason)
    const {voters, learners, learnersNext} = decision.membership
    this.#memberships.set(id, membershipOf(voters, [...learners, ...learnersNext]))
  }

  lead(id: PartitionId, node: NodeId): void {
    this.#leaders.set(id, node)
  }

  membership(id: PartitionId): Membership {
    return this.#memberships.get(id) ?? membershipOf([])
  }

  report(id: PartitionId, node: NodeId): ReplicaReport {
    const membership = this.membership(id)
    const members = [...membership.voters, ...membership.learners].filter((other) => other !== node)
    const leader = this.#leaders.get(id) ?? null
    return {
      node,
      term: 1,
      leader,
      commit: 10,
      membership,
      members: leader === node ? members.map((other) => ({node: other, match: 10, isCaughtUp: true})) : [],
    }
  }
}

export class StandInServer {
  readonly partitions = new Set<PartitionId>()
  readonly calls: string[] = []
  /** Replaces what a method does. */
  readonly behaviour: {-readonly [M in PsMethod]?: PsHandlers[M]} = {}
  /** Whether it tells the master that it leads what it created. */
  registers = true
  #rpc: RpcServer | null = null
  #lease: LeaseId | null = null
  #port = 0

  private constructor(
    private readonly master: RunningMaster,
    private readonly groups: StandInGroups,
    readonly node: number,
    private readonly fields: Partial<Server>,
  ) {}

  static async start(
    master: RunningMaster,
    groups: StandInGroups,
    node: number,
    fields: Partial<Server>,
  ): Promise<StandInServer> {
    const server = new StandInServer(master, groups, node, fields)
    await server.open()
    return server
  }

  async open(): Promise<void> {
    const handlers = Object.fromEntries(
      Object.entries(this.#handlers()).map(([method, handler]) => [method, this.#recorded(method, handler)]),
    )
    this.#rpc = new RpcServer(env, {host: '127.0.0.1', port: this.#port, authKey: signkey, handlers})
    this.#port = await this.#rpc.start()
    const {store, master} = this.master
    this.#lease = (await store.grantLease(60)).id
    const server: Server = {
      name: nodeId(this.node),
      resource_name: 'default',
      rpc_port: this.#port,
      raft_heartbeat_port: 1,
      raft_replicate_port: 2,
      ip: '127.0.0.1',
      private: false,
      version: null,
      p_ids: [...this.partitions],
      ...this.fields,
    }
    const key = master.cluster.repository.keys.server(server.name)
    await store.transact({then: [putRecord(key, server, this.#lease)]})
  }

  /** The process is gone, the lease with it. */
  async stop(): Promise<void> {
    const lease = this.#lease
    this.#lease = null
    await this.#rpc?.stop()
    if (lease !== null) await this.master.store.revokeLease(lease).catch(() => {})
  }

  register(body: unknown, authorization = rootAuthorization): Promise<Reply> {
    return this.master.call('POST', '/register_partition', body, {authorization})
  }

  #recorded(method: string, handler: unknown) {
    return (request: never, context: {readonly signal: AbortSignal}) => {
      this.calls.push(method)
      const replaced = this.behaviour[method as keyof PsHandlers] as typeof handler
      return ((replaced ?? handler) as (request: never, context: unknown) => Promise<unknown>)(request, context)
    }
  }

  #handlers(): Partial<PsHandlers> {
    const info = (pid: PartitionId): PartitionInfo => ({
      pid,
      name: '',
      doc_num: 7,
      index_status: 2,
      backup_status: 0,
      index_num: 7,
      max_docid: 6,
    })
    return {
      ping: async () => ({nodeId: nodeId(this.node), cluster: ''}),
      createPartition: async ({partitionId, space}) => {
        this.partitions.add(partitionId)
        const partition = space.partitions.find(({id}) => id === partitionId)
        this.groups.create(partitionId, partition?.replicas ?? [])
        if (this.registers) void this.register({...partition, leader_name: this.node, term: 1}).catch(() => {})
        return {}
      },
      deletePartition: async ({partitionId}) => {
        this.partitions.delete(partitionId)
        return {}
      },
      replicaReport: async ({partitionId}) => {
        if (!this.partitions.has(partitionId)) throw new CodedError('PARTITION_NOT_EXIST')
        return this.groups.report(partitionId, nodeId(this.node))
      },
      joinPartition: async ({partitionId}) => {
        this.partitions.add(partitionId)
        return {}
      },
      changeMembers: async ({partitionId, changes: [change, ...more]}) => {
        if (change === undefined) throw new CodedError('PARAM_ERROR')
        const one = {kind: 'one', change} as const
        this.groups.change(
          partitionId,
          more.length === 0 ? one : {kind: 'joint', changes: [change, ...more], autoLeave: true},
        )
        return {}
      },
      transferLeadership: async ({partitionId, to}) => {
        const leader = to ?? nodeId(this.node)
        this.groups.lead(partitionId, leader)
        return {leader}
      },
      retireReplica: async ({partitionId}) => {
        this.partitions.delete(partitionId)
        return {directory: '/aside'}
      },
      asideReplicas: async () => ({replicas: []}),
      updatePartition: async () => ({}),
      changeIndexes: async () => ({}),
      partitionInfo: async ({partitionIds}) => {
        const ids = partitionIds.length === 0 ? [...this.partitions] : partitionIds
        return {partitions: ids.filter((id) => this.partitions.has(id)).map(info)}
      },
      setEngineConfig: async () => ({}),
      setResourceLimit: async () => ({}),
    }
  }
}

export {startEtcd}

export const vectorField = {
  name: 'v',
  type: 'vector',
  dimension: 4,
  index: {name: 'gamma', type: 'FLAT', params: {metric_type: 'L2'}},
}

export function spaceBody(name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {name, partition_num: 2, replica_num: 1, fields: [{name: 'k', type: 'string'}, vectorField], ...more}
}
