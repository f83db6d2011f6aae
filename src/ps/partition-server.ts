/**
 * The role `ps`: one process that holds replicas of partitions and answers for them.
 *
 * Read in this order: `command.ts` (what the log holds), `partition-state.ts` (what it does), `checkpoints.ts` and
 * `restore.ts` (how the state survives), `partition-upkeep.ts` (when), `partition.ts` and `partitions.ts` (one and all),
 * `services.ts` (what is asked of them), and this file: the order in which a server comes up and goes down.
 *
 * Invariants of the start (design §4):
 * - Nothing on disk changes before it is certain that this node may use it: ports free, cluster right, directories ours.
 * - The node id is durable before anybody hears it.
 * - The record that makes the server eligible appears last, when everything behind it answers. That record is the
 *   heartbeat's, so the rpc port opens before the heartbeat starts: to beat first would be to announce first (fault O6).
 * - A start that fails closes what it opened and leaves the disk ready for the next one.
 */
import type {Config} from '../config/config.js'
import type {OpenEngine} from '../engine/engine.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import {isUnderWay} from '../entity/replica-change.js'
import type {BuildVersion, Registration, Server} from '../entity/server.js'
import type {Env} from '../env/env.js'
import type {Tls} from '../env/net/tls.js'
import type {OwnProcess} from '../env/own-process.js'
import {Pool} from '../env/pool.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {MetaRepository} from '../meta/repository.js'
import {Sequence} from '../meta/sequence.js'
import {RaftHost} from '../raftstore/raft-host.js'
import type {Way} from '../raftstore/transport/transport.js'
import {WriteAheadLog} from '../raftstore/wal/write-ahead-log.js'
import {RpcClient} from '../rpc/client.js'
import {RpcServer} from '../rpc/server.js'
import {BackOff} from './back-off.js'
import {DataDirectories} from './data-directories.js'
import {Heartbeat} from './heartbeat.js'
import {LeaderAnnouncer} from './leader-announcer.js'
import {type HttpPost, MasterClient} from './master-client.js'
import {takeNamedId} from './named-id.js'
import {assertIdentity, raftDirectory, readIdentity, takeIdentity} from './node-identity.js'
import {whenIdIsFree} from './own-record.js'
import {Partitions} from './partitions.js'
import {PeerDirectory} from './peer-directory.js'
import {assertPortsFree} from './ports.js'
import {register} from './registration.js'
import type {ProbeEngine} from './restore.js'
import {MachineStats} from './server-stats.js'
import {Services} from './services.js'

export interface PartitionServerParts {
  readonly env: Env
  readonly config: Config
  readonly repository: MetaRepository
  readonly post: HttpPost
  readonly version: BuildVersion
  /** `VEARCH_HOST_IP`, `_RACK`, `_ZONE`: where the machine stands. */
  readonly host: Pick<Server, 'host_ip' | 'host_rack' | 'host_zone'>
  /** The address to listen on. */
  readonly listenHost: string
  /** Of all connections to other nodes; not encrypted without. */
  readonly tls?: Tls | undefined
  /** For operators on other machines; who runs a server within another program hands none over. */
  readonly process?: OwnProcess | undefined
  readonly openEngine: OpenEngine
  readonly probeEngine: ProbeEngine
  /** Who it is to be, if it is new; it gets the next id if absent. */
  readonly namedId?: NodeId | undefined
  /** Of each file of the log; its own default if absent. */
  readonly segmentBytes?: number
  /** Called once when the log's disk has failed: the process must stop, the next start recovers. */
  readonly onFatal: (error: Error) => void
  /** Told of each step of the start when it is done. */
  readonly onStep?: (step: StartStep) => void
}

/** One step of the start, as `vearchctl` shows it. */
export interface StartStep {
  readonly name: string
  readonly ms: number
  readonly detail: string
}

const stopMs = 10_000
/** Of those, for what is under way when the stop begins. */
const drainMs = 3_000
/** And for another server to take over what this one leads: a transfer that has not come about by then does not. */
const handOverMs = 2_000
/** For a look at how fast a checkpoint may come. */
const rateTimeoutMs = 5_000
const metaPause = {firstMs: 200, mostMs: 5_000}
/** One for each partition that a server may have, and more. */
const waitingMax = 10_000

export class PartitionServer {
  readonly steps: StartStep[] = []
  readonly #stopping = new AbortController()
  readonly #directories: DataDirectories
  readonly #masters: MasterClient
  #nodeId: NodeId | null = null
  #port = 0
  #log: WriteAheadLog | null = null
  #raft: RaftHost | null = null
  #raftPorts: Readonly<Record<Way, number>> = {heartbeat: 0, replicate: 0}
  readonly #peers: PeerDirectory
  /** To the other servers, for checkpoints: no request of a client waits behind those. */
  readonly #client: RpcClient
  #partitions: Partitions | null = null
  #announcer: LeaderAnnouncer | null = null
  #services: Services | null = null
  #rpc: RpcServer | null = null
  #heartbeat: Heartbeat | null = null
  #stopped: Promise<void> | null = null

  constructor(private readonly parts: PartitionServerParts) {
    const {env, config, post, repository, tls} = parts
    this.#peers = new PeerDirectory(repository, env)
    this.#client = new RpcClient(env, {authKey: config.global.signkey, tls: tls?.dial})
    this.#directories = new DataDirectories(env.disk, config.global.data)
    this.#masters = new MasterClient(post, config.masters, config.global.signkey, env.clock)
  }

  /** Null until the first step of the start is done. */
  get nodeId(): NodeId | null {
    return this.#nodeId
  }

  /** The rpc port, once it is open. */
  get port(): number {
    return this.#port
  }

  get partitions(): Partitions | null {
    return this.#partitions
  }

  /**
   * Resolves when the server is announced. Errors: PORT_TAKEN, FOREIGN_NODE_ID, DATA_CORRUPT, DATA_DIR_UNWRITABLE,
   * DATA_DIR_LOCKED, NODE_ID_LIVE_ELSEWHERE, AUTHENTICATION_FAILED, CONFIG_ERROR; CANCELED when stopped meanwhile.
   */
  async start(): Promise<void> {
    try {
      const nodeId = await this.#step('identity', () => this.#identify())
      const registration = await this.#step('register', () => this.#register(nodeId))
      const raft = await this.#step('raft', () => this.#openRaft(nodeId))
      const partitions = await this.#step('recover', () => this.#recover(nodeId, registration, raft))
      await this.#step('leaders', () => this.#announceLeaders(partitions))
      await this.#step('rpc', () => this.#openRpc(nodeId, registration, partitions))
      await this.#step('heartbeat', () => this.#announce(nodeId, registration, partitions))
    } catch (thrown) {
      const canceled = this.#stopping.signal.aborted
      await this.stop()
      throw canceled ? new CodedError('CANCELED', 'the start was stopped') : thrown
    }
  }

  /** Within ten seconds, whatever hangs: what is acknowledged is in the log, and the next start finds it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping.abort()
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const {clock, log} = this.parts.env
    const late = new AbortController()
    const timer = clock.after(stopMs, () => late.abort())
    const given = new Promise<void>((resolve) => late.signal.addEventListener('abort', () => resolve()))
    await Promise.race([this.#closeAll(), given])
    timer.cancel()
    if (late.signal.aborted) log.error('ps.stop.late', {stopMs})
    else log.info('ps.stopped', {nodeId: this.#nodeId})
  }

  /** The reverse of the start, except that the id stays taken until the data is closed. */
  async #closeAll(): Promise<void> {
    await this.#attempt('leaders', () => this.#announcer?.stop())
    await this.#attempt('services', () => this.#within(drainMs, (signal) => this.#services?.drain(signal)))
    await this.#attempt('leadership', () => this.#within(handOverMs, (signal) => this.#partitions?.handOver(signal)))
    await this.#attempt('partitions', () => this.#partitions?.stop())
    await this.#attempt('raft', () => this.#raft?.stop())
    await this.#attempt('log', () => this.#log?.close())
    await this.#attempt('heartbeat', () => this.#heartbeat?.stop())
    await this.#attempt('rpc', () => this.#rpc?.stop())
    await this.#attempt('client', () => this.#client.stop())
    await this.#attempt('peers', () => this.#peers.stop())
    await this.#attempt('directories', () => this.#directories.release())
  }

  async #within(ms: number, task: (signal: AbortSignal) => Promise<void> | undefined): Promise<void> {
    const patience = new AbortController()
    const timer = this.parts.env.clock.after(ms, () => patience.abort())
    try {
      await task(patience.signal)
    } finally {
      timer.cancel()
    }
  }

  async #attempt(what: string, close: () => Promise<void> | undefined): Promise<void> {
    try {
      await close()
    } catch (thrown) {
      this.parts.env.log.error('ps.stop.failed', {what, error: String(thrown)})
    }
  }

  async #step<T>(name: string, run: () => Promise<{readonly value: T; readonly detail: string}>): Promise<T> {
    const {clock, log} = this.parts.env
    this.#stopping.signal.throwIfAborted()
    const startedAt = clock.nowMs()
    const {value, detail} = await run()
    const ms = Math.round(clock.nowMs() - startedAt)
    this.steps.push({name, ms, detail})
    this.parts.onStep?.({name, ms, detail})
    log.info('ps.start.step', {step: name, ms, detail})
    return value
  }

  async #identify() {
    const {env, config, listenHost, namedId} = this.parts
    const {name: cluster, data} = config.global
    const {rpc_port, raft_heartbeat_port, raft_replicate_port} = config.ps
    const [first = ''] = data
    const known = await readIdentity(env.disk, first, cluster)
    if (namedId !== undefined) await assertIdentity(env.disk, first, known, namedId)
    await assertPortsFree(env.network, listenHost, [
      {name: 'ps.rpc_port', port: rpc_port},
      {name: 'ps.raft_heartbeat_port', port: raft_heartbeat_port},
      {name: 'ps.raft_replicate_port', port: raft_replicate_port},
    ])
    await this.#directories.take()
    const identity = await takeIdentity(env, first, cluster, () => this.#allocateId())
    this.#nodeId = identity.nodeId
    return {
      value: identity.nodeId,
      detail: `node ${identity.nodeId} of ${cluster}, ${identity.isNew ? (namedId === undefined ? 'allocated' : 'as it was named') : 'from server_meta.txt'}`,
    }
  }

  /** Waits for the metadata if it is away: without an id there is nothing else to do. One that was named is not waited for. */
  async #allocateId(): Promise<number> {
    const {env, repository, namedId} = this.parts
    const {signal} = this.#stopping
    if (namedId !== undefined) return takeNamedId(repository, namedId, signal)
    const ids = new Sequence(repository.store, repository.keys.sequence('node'), env.failpoints)
    const backOff = new BackOff(env, metaPause)
    for (;;) {
      try {
        return await ids.allocate(1, {signal})
      } catch (thrown) {
        if (!(thrown instanceof CodedError) || thrown.errorName !== 'META_UNREACHABLE') throw thrown
        env.log.warn('ps.identity.retry', {error: thrown.message})
        await backOff.wait(signal)
      }
    }
  }

  async #register(nodeId: NodeId) {
    const {env, config, repository} = this.parts
    const {signal} = this.#stopping
    const {rpc_port, ps_heartbeat_timeout} = config.ps
    const who = {cluster: config.global.name, nodeId}
    const {registration, master} = await register(this.#masters, who, env, signal)
    const self = {name: nodeId, ip: registration.ip, rpc_port}
    await whenIdIsFree(repository, self, ps_heartbeat_timeout, env, signal)
    const detail = `${master} sees ${registration.ip} and lists ${registration.p_ids.length} partitions`
    return {value: registration, detail}
  }

  async #openRaft(nodeId: NodeId) {
    const {env, config, listenHost, tls} = this.parts
    const {raft_heartbeat_port, raft_replicate_port, heartbeat_interval} = config.ps
    this.#peers.start()
    const raft = new RaftHost(env, {
      cluster: config.global.name,
      node: nodeId,
      authKey: config.global.signkey,
      listen: {
        heartbeat: {host: listenHost, port: raft_heartbeat_port},
        replicate: {host: listenHost, port: raft_replicate_port},
      },
      heartbeatMs: heartbeat_interval,
      tls,
      resolve: (node) => this.#peers.raft(node),
    })
    this.#raft = raft
    this.#raftPorts = await raft.start()
    const {heartbeat, replicate} = this.#raftPorts
    return {value: raft, detail: `listening on ${listenHost}:${heartbeat} and ${replicate}`}
  }

  async #recover(nodeId: NodeId, registration: Registration, raft: RaftHost) {
    const {env, config, openEngine, probeEngine, segmentBytes, onFatal} = this.parts
    const directory = raftDirectory(config.global.data[0] ?? '')
    const files = segmentBytes === undefined ? {} : {segmentBytes}
    const sharedLog = new WriteAheadLog(env, {directory, ...files, onFatal})
    this.#log = sharedLog
    await sharedLog.start()
    const partitions = new Partitions({
      env,
      config,
      nodeId,
      sharedLog,
      raft,
      peers: this.#peers,
      rpc: this.#client,
      membersOf: async (id) => {
        const record = await this.parts.repository.partition(id, {signal: this.#stopping.signal})
        return record?.value.replicas ?? []
      },
      rateOf: (id) => this.#rateOf(id, nodeId),
      transfers: new Pool('checkpoints', {running: config.ps.raft_snap_concurrency, waiting: waitingMax}),
      catchingUp: new Pool('reads of the log', {running: config.ps.raft_replica_concurrency, waiting: waitingMax}),
      openEngine,
      probeEngine,
    })
    this.#partitions = partitions
    await partitions.recover(registration)
    const opened = partitions.opened().length
    const failed = partitions.ids().length - opened
    const unlisted = partitions.orphans().length
    await partitions.settleOrphans()
    partitions.start()
    const orphans = partitions.orphans().length
    const aside = unlisted > orphans ? `, ${unlisted - orphans} set aside` : ''
    return {
      value: partitions,
      detail: `${opened} opened, ${failed} failed, ${orphans} on disk without a record${aside}`,
    }
  }

  /** A store that is away is no reason to leave a replica behind. */
  async #rateOf(id: PartitionId, nodeId: NodeId): Promise<number | null> {
    const {repository, env} = this.parts
    try {
      const change = await repository.replicaChange(id, {signal: this.#stopping.signal, timeoutMs: rateTimeoutMs})
      const isToUs = change !== null && isUnderWay(change.value) && change.value.add === nodeId
      return isToUs ? (change.value.bytes_per_second ?? null) : null
    } catch (thrown) {
      env.log.warn('ps.rate.unknown', {partition: id, error: toCodedError(thrown).message})
      return null
    }
  }

  async #announceLeaders(partitions: Partitions) {
    const {repository, env} = this.parts
    this.#announcer = new LeaderAnnouncer(partitions, this.#masters, repository, env)
    this.#announcer.start()
    return {value: undefined, detail: `${this.#announcer.waiting.length} partitions to announce`}
  }

  async #openRpc(nodeId: NodeId, {ip}: Registration, partitions: Partitions) {
    const {env, config, listenHost, tls, process} = this.parts
    const machine = new MachineStats(env, config.global.data)
    this.#services = new Services({nodeId, config, env, partitions, machine, process, ip})
    this.#rpc = new RpcServer(env, {
      host: listenHost,
      port: config.ps.rpc_port,
      handlers: this.#services.handlers,
      authKey: config.global.signkey,
      tls: tls?.listen,
    })
    this.#port = await this.#rpc.start()
    return {value: undefined, detail: `listening on ${listenHost}:${this.#port}`}
  }

  async #announce(nodeId: NodeId, {ip}: Registration, partitions: Partitions) {
    const {env, config, repository, host, version} = this.parts
    const {ps_heartbeat_timeout} = config.ps
    const server = {
      name: nodeId,
      resource_name: config.global.resource_name,
      rpc_port: this.#port,
      raft_heartbeat_port: this.#raftPorts.heartbeat,
      raft_replicate_port: this.#raftPorts.replicate,
      ip,
      ...host,
      private: config.ps.private,
      version,
    }
    this.#heartbeat = new Heartbeat(server, partitions, repository, env, ps_heartbeat_timeout)
    await this.#heartbeat.start(this.#stopping.signal)
    const detail = `${repository.keys.server(nodeId)} under a lease of ${ps_heartbeat_timeout} s`
    return {value: undefined, detail}
  }
}
