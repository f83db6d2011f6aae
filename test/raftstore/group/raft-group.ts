/**
 * A raft group of several nodes in one process, for tests: real logs, real sockets, a state machine that keeps what it is
 * told. A node that is killed keeps its disk and nothing else.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'vitest'
import {type NodeId, nodeId, partitionId} from '../../../src/entity/ids.js'
import {type Disk, systemDisk} from '../../../src/env/disk.js'
import {silentLog} from '../../../src/env/log.js'
import type {Address} from '../../../src/env/net/network.js'
import {Pool} from '../../../src/env/pool.js'
import {systemEnv} from '../../../src/env/system-env.js'
import type {SnapshotMeta} from '../../../src/raft/entry.js'
import {type Membership, membershipOf} from '../../../src/raft/membership.js'
import {RaftReplica} from '../../../src/raftstore/group/raft-replica.js'
import type {LogEntry} from '../../../src/raftstore/log.js'
import {RaftHost} from '../../../src/raftstore/raft-host.js'
import type {Snapshots} from '../../../src/raftstore/snapshots.js'
import type {StateMachine} from '../../../src/raftstore/state-machine.js'
import type {Way} from '../../../src/raftstore/transport/transport.js'
import {WriteAheadLog} from '../../../src/raftstore/wal/write-ahead-log.js'
import {until} from '../../harness/until.js'

export const group = partitionId(7)
const host = '127.0.0.1'
const anyPort = {heartbeat: {host, port: 0}, replicate: {host, port: 0}}
const heartbeatMs = 100

type Addresses = Readonly<Record<Way, Address>>

/** A state as a whole, and where in the log it stands. */
interface Image {
  readonly meta: SnapshotMeta
  readonly texts: readonly string[]
}

class Notes implements StateMachine<string> {
  texts: string[] = []
  appliedIndex = 0
  /** Entries of each call. */
  readonly calls: number[] = []

  async apply(entries: readonly LogEntry[]): Promise<string[]> {
    this.calls.push(entries.length)
    return entries.map(({index, payload}) => {
      expect(index).toBe(this.appliedIndex + 1)
      this.appliedIndex = index
      const text = Buffer.from(payload).toString()
      if (text !== '') this.texts.push(text)
      return `${text}!`
    })
  }
}

export class Node implements Snapshots {
  machine = new Notes()
  /** What survives a kill beside the log: the last image. */
  #image: Image | null = null
  /** Images that arrived from others and wait for their message. */
  readonly arrived = new Map<number, Image>()
  #log: WriteAheadLog | null = null
  #host: RaftHost | null = null
  #replica: RaftReplica<string> | null = null
  isUp = false
  isDiskFull = false
  readonly catchingUp = new Pool('reads of the log', {running: 1, waiting: 2})

  constructor(
    readonly id: NodeId,
    private readonly directory: string,
    private readonly network: RaftGroup,
  ) {}

  get replica(): RaftReplica<string> {
    if (this.#replica === null) throw new Error(`node ${this.id} is down`)
    return this.#replica
  }

  get log(): WriteAheadLog {
    if (this.#log === null) throw new Error(`node ${this.id} is down`)
    return this.#log
  }

  async start(initial: Membership): Promise<void> {
    const env = systemEnv(silentLog)
    const log = new WriteAheadLog({...env, disk: this.#disk}, {directory: this.directory})
    await log.start()
    const machine = new Notes()
    const {meta, texts} = this.#image ?? {meta: {index: 0, term: 0, membership: initial}, texts: []}
    machine.texts = [...texts]
    machine.appliedIndex = meta.index
    const raftHost = new RaftHost(env, {
      cluster: 'test',
      node: this.id,
      authKey: 'key',
      listen: anyPort,
      heartbeatMs,
      resolve: (node) => this.network.addresses.get(node) ?? null,
    })
    const ports = await raftHost.start()
    const own = {heartbeat: {host, port: ports.heartbeat}, replicate: {host, port: ports.replicate}}
    this.network.addresses.set(this.id, await this.network.advertise(own))
    const replica = new RaftReplica<string>({
      env,
      group,
      node: this.id,
      log: log.group(group),
      machine,
      state: {term: meta.term, membership: meta.membership},
      snapshots: this,
      pulse: raftHost.pulse,
      preferred: meta.membership.voters[0] ?? null,
      catchingUp: this.catchingUp,
      send: (message) => {
        if (!this.network.isCut(message.from, message.to)) raftHost.send(group, message)
      },
    })
    await replica.start()
    raftHost.add(replica)
    this.machine = machine
    this.#log = log
    this.#host = raftHost
    this.#replica = replica
    this.isUp = true
  }

  /** The system's, which takes nothing while it is full. */
  readonly #disk: Disk = {
    ...systemDisk,
    open: async (path, options) => {
      const file = await systemDisk.open(path, options)
      const full = () => Promise.reject(Object.assign(new Error('no space left'), {code: 'ENOSPC'}))
      return {...file, write: (bytes, position) => (this.isDiskFull ? full() : file.write(bytes, position))}
    },
  }

  /** The process ends in the middle of everything. */
  async kill(): Promise<void> {
    this.isUp = false
    this.network.addresses.delete(this.id)
    await this.#host?.stop()
    await this.#replica?.stop()
    await this.#log?.close()
    this.#replica = null
  }

  /** Keeps an image and lets go of the log before it. */
  async checkpoint(): Promise<void> {
    const {appliedIndex: index, texts} = this.machine
    const term = this.log.group(group).term(index) ?? 0
    this.#image = {meta: {index, term, membership: this.replica.membership}, texts: [...texts]}
    await this.log.group(group).truncatePrefix(index)
    this.replica.compacted(index)
  }

  newest(): SnapshotMeta | null {
    return this.#image?.meta ?? null
  }

  wanted(): void {
    void this.checkpoint()
  }

  async send(to: NodeId, {index}: SnapshotMeta): Promise<void> {
    const peer = this.network.nodes.find(({id}) => id === to)
    if (peer?.isUp !== true || this.#image?.meta.index !== index) throw new Error(`node ${to} cannot take it`)
    peer.arrived.set(index, this.#image)
  }

  async install({index, term}: SnapshotMeta): Promise<boolean> {
    const image = this.arrived.get(index)
    if (image === undefined) throw new Error('an image is there before its message')
    this.#image = image
    this.machine.texts = [...image.texts]
    this.machine.appliedIndex = index
    await this.log.group(group).truncatePrefix(index, term)
    return true
  }
}

export class RaftGroup {
  readonly addresses = new Map<number, Addresses>()
  readonly nodes: Node[] = []
  /** Nodes that nobody hears and that hear nobody. */
  readonly isolated = new Set<NodeId>()
  #directory = ''

  static async start(count: number, voters = count): Promise<RaftGroup> {
    const made = new RaftGroup()
    made.#directory = await mkdtemp(join(tmpdir(), 'raft-group-'))
    const ids = Array.from({length: count}, (_, at) => nodeId(at + 1))
    for (const id of ids) made.nodes.push(new Node(id, join(made.#directory, String(id)), made))
    made.initial = membershipOf(ids.slice(0, voters))
    for (const node of made.nodes) await node.start(node.id <= voters ? made.initial : membershipOf([]))
    return made
  }

  initial: Membership = membershipOf([])

  /** Under which addresses the others find a node that starts. */
  advertise: (own: Addresses) => Promise<Addresses> = (own) => Promise.resolve(own)

  isCut(from: NodeId, to: NodeId): boolean {
    return this.isolated.has(from) || this.isolated.has(to)
  }

  get up(): readonly Node[] {
    return this.nodes.filter(({isUp}) => isUp)
  }

  node(id: number): Node {
    const found = this.nodes.find((node) => node.id === id)
    if (found === undefined) throw new Error(`node ${id}`)
    return found
  }

  /** The one that a majority of those that are up and not isolated follows. */
  async leader(): Promise<Node> {
    let found: Node | undefined
    await until('there is a leader', async () => {
      const heard = this.up.filter(({id}) => !this.isolated.has(id))
      found = heard.find(({id, replica}) => {
        const {leader, term} = replica.leadership
        const followers = heard.filter(
          ({replica: {leadership}}) => leadership.leader === id && leadership.term === term,
        )
        return leader === id && followers.length * 2 > heard.length
      })
      return found !== undefined
    })
    if (found === undefined) throw new Error('a leader')
    return found
  }

  /** Proposes at whoever leads, until it is accepted; what may have happened is not repeated. */
  async propose(text: string): Promise<string> {
    return (await this.leader()).replica.propose(Buffer.from(text))
  }

  async agree(nodes: readonly Node[] = this.up): Promise<readonly string[]> {
    const [first, ...others] = nodes
    await until('all have applied as much', async () =>
      others.every(({machine}) => machine.appliedIndex === first?.machine.appliedIndex),
    )
    for (const {machine} of others) expect(machine.texts).toEqual(first?.machine.texts)
    return first?.machine.texts ?? []
  }

  async stop(): Promise<void> {
    for (const node of this.up) await node.kill()
    await rm(this.#directory, {recursive: true, force: true})
  }
}
