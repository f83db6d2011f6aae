/**
 * One etcd, two masters, two routers and some partition servers, each a process on a host of its own, started as an
 * operator starts them.
 */
import {readdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {type Answer, binary} from '../harness/cluster.js'
import {until} from '../harness/until.js'
import type {PlaceName} from '../sim/plan.js'
import {Daemon, type Exit} from './daemon.js'
import type {Host, Machines} from './machines.js'

export interface ChaosNode {
  readonly place: PlaceName
  readonly host: Host
  readonly daemon: Daemon
}

export interface ClusterShape {
  readonly masters: number
  readonly routers: number
  readonly ps: number
}

export interface ClusterParts {
  readonly machines: Machines
  readonly shape: ClusterShape
  /** A process ended that nobody had told to. */
  readonly onSurprise: (place: string, exit: Exit, output: string) => void
}

/** Ticks and elections: a follower that heard nothing for two of these, and up to two more, stands for election. */
export const heartbeatMs = 250
export const electionMs = 4 * heartbeatMs
const readyMs = 60_000

export class ChaosCluster {
  private constructor(
    readonly machines: Machines,
    readonly etcd: Daemon,
    readonly etcdHost: Host,
    readonly nodes: readonly ChaosNode[],
  ) {}

  /** Lays it out; nothing runs yet. */
  static async lay({machines, shape, onSurprise}: ClusterParts): Promise<ChaosCluster> {
    const etcdHost = await machines.addHost('etcd')
    const masters = await hosts(machines, 'master', shape.masters)
    const daemon = (host: Host, label: string, command: readonly string[]) =>
      new Daemon({
        label,
        command: [...host.prefix, ...command],
        environment: host.environment,
        onSurprise: (exit, output) => onSurprise(label, exit, output),
      })
    const nodeOn = async (role: 'master' | 'router' | 'ps', host: Host, number: number): Promise<ChaosNode> => {
      const conf = join(host.directory, 'config.toml')
      await writeFile(conf, configuration(host, await machines.reach(host, etcdHost, 'client'), masters))
      const place: PlaceName = `${role}/${number}`
      const who = role === 'master' ? ['--master', host.name] : []
      return {
        place,
        host,
        daemon: daemon(host, place, [process.execPath, binary, 'node', 'start', role, '--conf', conf, ...who]),
      }
    }
    const nodes: ChaosNode[] = []
    for (const [at, host] of masters.entries()) nodes.push(await nodeOn('master', host, at + 1))
    for (const role of ['router', 'ps'] as const) {
      const all = await hosts(machines, role, role === 'ps' ? shape.ps : shape.routers)
      for (const [at, host] of all.entries()) nodes.push(await nodeOn(role, host, at + 1))
    }
    return new ChaosCluster(machines, daemon(etcdHost, 'etcd', etcdCommand(etcdHost)), etcdHost, nodes)
  }

  async start(): Promise<void> {
    this.etcd.start()
    for (const {daemon} of this.nodes) daemon.start()
    const early = [this.etcd, ...this.nodes.map(({daemon}) => daemon)].map(async (daemon) => {
      const {code, signal} = await daemon.exited
      throw new Error(`${daemon.label} ended at once, ${signal ?? `exit code ${code}`}: ${daemon.output}`)
    })
    await Promise.race([this.whenReady(), ...early])
    for (const each of early) each.catch(() => {})
  }

  async kill(): Promise<void> {
    await Promise.all([...this.nodes.map(({daemon}) => daemon.kill()), this.etcd.kill()])
  }

  get servers(): readonly ChaosNode[] {
    return this.#of('ps')
  }

  get routers(): readonly ChaosNode[] {
    return this.#of('router')
  }

  /** Starts again what ended by itself. */
  revive(place: string): void {
    if (place === this.etcd.label) this.etcd.start()
    else this.node(place).daemon.start()
  }

  node(place: string): ChaosNode {
    const node = this.nodes.find((each) => each.place === place)
    if (node === undefined) throw new Error(`there is no ${place}`)
    return node
  }

  /** Every process runs, every router answers, every server is registered. Throws with who is missing. */
  async whenReady(): Promise<void> {
    let missing: readonly string[] = []
    const isReady = async () => {
      missing = await this.#missing()
      return missing.length === 0
    }
    await until('every node is ready', isReady, readyMs).catch((thrown: Error) => {
      const said = missing.map((place) => `${place}: ${this.#said(place)}`)
      throw new Error(`${thrown.message}; missing: ${said.join('\n')}`)
    })
  }

  async #missing(): Promise<string[]> {
    const down = this.nodes.filter(({daemon}) => !daemon.isRunning).map(({place}) => place)
    if (down.length > 0) return down
    const answers = await Promise.all(this.routers.map(({place}) => this.ask(place, 'GET', '/servers')))
    const silent = this.routers.filter((_, at) => answers[at]?.body.code !== 0).map(({place}) => place)
    if (silent.length > 0) return silent
    const listed = listedServers(answers[0])
    return this.servers.filter(({host}) => listed.every(({ip, port}) => !isAt(host, ip, port))).map(({place}) => place)
  }

  #said(place: string): string {
    return this.nodes.find((node) => node.place === place)?.daemon.output.slice(-1_000) ?? ''
  }

  /** Of a router: status 0 and code -1 where there is no answer. */
  async ask(router: string, method: string, path: string, body?: unknown, timeoutMs = 6_000): Promise<Answer> {
    const {host} = this.node(router)
    try {
      const response = await fetch(`http://${host.address}:${host.ports.router}${path}`, {
        method,
        ...(body === undefined ? {} : {body: JSON.stringify(body)}),
        signal: AbortSignal.timeout(timeoutMs),
      })
      return {status: response.status, body: (await response.json()) as Answer['body']}
    } catch (thrown) {
      return {status: 0, body: {code: -1, msg: String(thrown)}}
    }
  }

  /** The data of an answer that must be a success, from the first router. */
  async must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask('router/1', method, path, body, 60_000)
    if (answer.body.code !== 0) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body.data as T
  }

  /** By node id; null if it is none of the servers that the masters list at the moment. */
  async serverOf(nodeId: number): Promise<ChaosNode | null> {
    const found = listedServers(await this.#fromAnyRouter('/servers')).find(({name}) => name === nodeId)
    if (found === undefined) return null
    return this.servers.find(({host}) => isAt(host, found.ip, found.port)) ?? null
  }

  /** Its id, if the masters list it at the moment: the newest of its place, for an older one is listed as long as its lease. */
  async nodeIdOf({host}: ChaosNode): Promise<number | null> {
    const listed = listedServers(await this.#fromAnyRouter('/servers'))
    const ids = listed.filter(({ip, port}) => isAt(host, ip, port)).map(({name}) => name)
    return ids.length === 0 ? null : Math.max(...ids)
  }

  /** Who leads and who follows in the partition of that rank, as far as the masters can tell. */
  async membersOf(group: number, path: string): Promise<Membership | null> {
    return (await this.#memberships(path))[group - 1] ?? null
  }

  /** Whether every partition has a leader, and none of them counts that node as a member. */
  async isRidOf(nodeId: number, path: string): Promise<boolean> {
    const memberships = await this.#memberships(path)
    return memberships.length > 0 && memberships.every((known) => known !== null && !known.members.includes(nodeId))
  }

  /** Of each partition, by rank; null where nobody leads. */
  async #memberships(path: string): Promise<readonly (Membership | null)[]> {
    const {body} = await this.#fromAnyRouter(`${path}?detail=true`)
    const {partitions = []} = Object(body.data) as {partitions?: readonly PartitionReport[]}
    return [...partitions]
      .sort((a, b) => a.pid - b.pid)
      .map(({raft_status: status}) =>
        status === undefined || status.Leader === 0
          ? null
          : {leader: status.Leader, members: Object.keys(status.Replicas).map(Number)},
      )
  }

  async #fromAnyRouter(path: string): Promise<Answer> {
    let answer: Answer = {status: 0, body: {code: -1}}
    for (const {place, daemon} of this.routers) {
      if (daemon.isRunning) answer = await this.ask(place, 'GET', path, undefined, 2_000)
      if (answer.body.code === 0) break
    }
    return answer
  }

  #of(role: string): readonly ChaosNode[] {
    return this.nodes.filter(({place}) => place.startsWith(`${role}/`))
  }
}

interface Membership {
  readonly leader: number
  readonly members: readonly number[]
}

interface PartitionReport {
  readonly pid: number
  readonly raft_status?: {readonly Leader: number; readonly Replicas: Readonly<Record<string, unknown>>}
}

interface ListedServer {
  readonly name: number
  readonly ip: string
  readonly port: number
}

function listedServers(answer: Answer | undefined): ListedServer[] {
  const {servers = []} = Object(answer?.body.data) as {
    servers?: readonly {readonly server: {readonly name: number; readonly ip: string; readonly rpc_port: number}}[]
  }
  return servers.map(({server: {name, ip, rpc_port}}) => ({name, ip, port: rpc_port}))
}

function isAt({address, ports}: Host, ip: string, port: number): boolean {
  return address === ip && ports.rpc === port
}

/** Whether the process said that its start is done. */
export function isUp({daemon}: ChaosNode): boolean {
  return daemon.isRunning && daemon.output.includes('READY')
}

/** Removes all that a server that is down has on its disk. */
export async function eraseDisk({disk}: Host): Promise<void> {
  for (const name of await readdir(disk)) await rm(join(disk, name), {recursive: true, force: true})
}

async function hosts(machines: Machines, role: string, count: number): Promise<Host[]> {
  const made: Host[] = []
  for (let number = 1; number <= count; number++) made.push(await machines.addHost(`${role}${number}`))
  return made
}

function configuration(
  own: Host,
  etcd: {readonly address: string; readonly port: number},
  masters: readonly Host[],
): string {
  const mastersToml = masters
    .map(
      ({name, address, ports}) => `[[masters]]
name = "${name}"
address = "${address}"
api_port = ${ports.api}
etcd_peer_port = ${ports.peer}
etcd_client_port = ${ports.client}
`,
    )
    .join('')
  return `[global]
name = "chaos"
data = ["${join(own.disk, 'data')}"]
log = "${join(own.directory, 'logs')}"
level = "info"
signkey = "secret"
skip_auth = true
self_manage_etcd = true
[etcd]
address = ["${etcd.address}"]
etcd_client_port = ${etcd.port}
${mastersToml}[router]
port = ${own.ports.router}
[ps]
rpc_port = ${own.ports.rpc}
raft_heartbeat_port = ${own.ports.heartbeat}
raft_replicate_port = ${own.ports.replicate}
monitor_port = ${own.ports.monitor}
heartbeat_interval = ${heartbeatMs}
ps_heartbeat_timeout = 3
# so few that one who was away for long needs a checkpoint
raft_retain_logs = 200
raft_truncate_count = 200
flush_time_interval = 15
flush_count_threshold = 100
`
}

function etcdCommand({address, ports, disk}: Host): string[] {
  const client = `http://${address}:${ports.client}`
  const peer = `http://${address}:${ports.peer}`
  return [
    'etcd',
    ...['--name', 'chaos', '--data-dir', join(disk, 'etcd'), '--logger', 'zap', '--log-level', 'error'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `chaos=${peer}`],
  ]
}
