/**
 * A cluster of real processes for tests, started as an operator starts it: `vearchctl node start … --conf F`, on free
 * ports of loopback, everything under one temporary directory. Needs the compiled program in `dist`.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {freePorts} from './etcd.js'
import {until} from './until.js'

/** The same from the sources and, for benchmarks, from `dist`. */
function packageRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : packageRoot(dirname(directory))
}

export const binary = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'bin', 'run.cjs')

export interface Envelope {
  readonly code: number
  readonly msg?: string
  readonly data?: unknown
}

export interface Answer {
  readonly status: number
  readonly body: Envelope
}

/** One `vearchctl node start` process. */
export class NodeProcess {
  #child: ChildProcess | null = null
  output = ''

  constructor(
    readonly label: string,
    private readonly args: readonly string[],
    private readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  start(): void {
    this.output = ''
    const child = spawn(process.execPath, [binary, 'node', 'start', ...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, ...this.environment},
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-100_000)
      })
    }
    this.#child = child
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Resolves with the exit code, null where a signal ended it. */
  exited(): Promise<number | null> {
    const child = this.#child
    if (child === null || !this.isRunning) return Promise.resolve(child?.exitCode ?? null)
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
  }

  async end(name: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const exited = this.exited()
    this.signal('SIGCONT')
    this.signal(name)
    return exited
  }
}

export interface ClusterShape {
  readonly masters?: number
  readonly ps?: number
  readonly routers?: number
  /** Lines added to `[global]`. */
  readonly global?: string
  /** Lines added to `[ps]`. */
  readonly psLines?: string
  /** Users and roles are checked; the cluster's own requests are root's. */
  readonly withAuth?: boolean
  /** No etcd process even if there is a binary: the metadata is embedded in the one master. */
  readonly embedded?: boolean
}

export interface TestSpace {
  readonly name: string
  readonly partition_num: number
  readonly replica_num: number
  /** Of its vectors, which are called `v`. */
  readonly dimension: number
  readonly index?: 'FLAT' | 'HNSW'
  /** Beside them. */
  readonly fields?: readonly object[]
}

export class TestCluster {
  private constructor(
    readonly directory: string,
    readonly masters: readonly {readonly url: string; readonly process: NodeProcess; readonly etcd: string}[],
    readonly servers: readonly {readonly process: NodeProcess; readonly conf: string; readonly data: string}[],
    readonly routers: readonly {readonly url: string; readonly process: NodeProcess}[],
    /** A configuration file that names the masters, for commands. */
    readonly conf: string,
    /** What the cluster's own requests carry; undefined where nobody asks. */
    readonly authorization: string | undefined,
  ) {}

  /** Resolves when every router answers and every partition server is registered. */
  static async start(shape: ClusterShape = {}): Promise<TestCluster> {
    const cluster = await TestCluster.#lay(shape)
    for (const {process} of cluster.all) process.start()
    try {
      await cluster.whenReady()
    } catch (thrown) {
      const said = cluster.all.map(({process: {label, output}}) => `--- ${label}\n${output.slice(-3_000)}`).join('\n')
      await cluster.stop()
      throw new Error(`${(thrown as Error).message}\n${said}`)
    }
    return cluster
  }

  get all(): readonly {readonly process: NodeProcess}[] {
    return [...this.masters, ...this.servers, ...this.routers]
  }

  async whenReady(): Promise<void> {
    await until(
      'every node is ready',
      async () => {
        const dead = this.all.find(({process}) => !process.isRunning)
        if (dead !== undefined) throw new Error(`${dead.process.label} ended`)
        const {body} = await this.request('GET', '/servers', undefined, {quiet: true})
        const {count = 0} = (body.data ?? {}) as {count?: number}
        return count === this.servers.length && (await this.#everyRouterAnswers())
      },
      60_000,
    )
  }

  async #everyRouterAnswers(): Promise<boolean> {
    const answers = await Promise.all(
      this.routers.map(({url}) => request(url, 'GET', '/', undefined, this.authorization).catch(() => null)),
    )
    return answers.every((answer) => answer?.body.code === 0)
  }

  /** Through the first router. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    {router = 0, quiet = false}: {router?: number; quiet?: boolean} = {},
  ): Promise<Answer> {
    const url = this.routers[router]?.url ?? ''
    const answer = request(url, method, path, body, this.authorization)
    return quiet ? answer.catch((thrown: unknown) => ({status: 0, body: {code: -1, msg: String(thrown)}})) : answer
  }

  /** The data of an answer that must be a success. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, path, body)
    if (answer.body.code !== 0) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body.data as T
  }

  /** In the db `db`, which is created for it. */
  async createSpace({dimension, index = 'FLAT', fields = [], ...space}: TestSpace): Promise<void> {
    await this.ask('POST', '/dbs/db')
    const vector = {name: 'v', type: index, params: {metric_type: 'L2'}}
    await this.ask('POST', '/dbs/db/spaces?timeout=30000', {
      ...space,
      fields: [...fields, {name: 'v', type: 'vector', dimension, index: vector}],
    })
  }

  async stop(): Promise<void> {
    for (const group of [this.routers, this.servers, this.masters]) {
      await Promise.all(group.map(({process}) => process.end('SIGKILL')))
    }
    await rm(this.directory, {recursive: true, force: true, maxRetries: 5})
  }

  static async #lay({masters = 1, ps = 1, routers = 1, ...shape}: ClusterShape): Promise<TestCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'cluster-test-'))
    const ports = await freePorts(masters * 3 + ps * 4 + routers)
    const port = () => ports.pop() ?? 0
    const masterEntries = Array.from({length: masters}, (_, index) => ({
      name: `m${index + 1}`,
      api: port(),
      peer: port(),
      client: port(),
    }))
    const mastersToml = masterEntries
      .map(
        ({name, api, peer, client}) => `[[masters]]
name = "${name}"
address = "127.0.0.1"
api_port = ${api}
etcd_peer_port = ${peer}
etcd_client_port = ${client}
`,
      )
      .join('')
    const write = async (label: string, routerPort: number, psPorts: readonly number[]): Promise<string> => {
      const home = join(directory, label)
      await mkdir(home, {recursive: true})
      const [rpc, heartbeat, replicate, monitor] = psPorts
      await writeFile(
        join(home, 'config.toml'),
        `[global]
name = "test"
data = ["${home}/data"]
log = "${home}/logs"
level = "info"
signkey = "secret"
skip_auth = ${shape.withAuth !== true}
${shape.global ?? ''}
${mastersToml}[router]
port = ${routerPort}
[ps]
rpc_port = ${rpc}
raft_heartbeat_port = ${heartbeat}
raft_replicate_port = ${replicate}
monitor_port = ${monitor}
ps_heartbeat_timeout = 5
${shape.psLines ?? ''}
`,
      )
      return join(home, 'config.toml')
    }
    const somePorts = [1, 2, 3, 4]
    const embedding = shape.embedded === true ? {VEARCH_ETCD_BIN: '/nonexistent'} : {}
    const masterNodes = await Promise.all(
      masterEntries.map(async ({name, api, client}) => ({
        url: `http://127.0.0.1:${api}`,
        etcd: `127.0.0.1:${client}`,
        process: new NodeProcess(
          name,
          ['master', '--conf', await write(name, 5, somePorts), '--master', name],
          embedding,
        ),
      })),
    )
    const servers = await Promise.all(
      Array.from({length: ps}, async (_, index) => {
        const conf = await write(`ps${index + 1}`, 5, [port(), port(), port(), port()])
        return {
          conf,
          data: join(directory, `ps${index + 1}`, 'data'),
          process: new NodeProcess(`ps${index + 1}`, ['ps', '--conf', conf]),
        }
      }),
    )
    const routerNodes = await Promise.all(
      Array.from({length: routers}, async (_, index) => {
        const routerPort = port()
        const conf = await write(`router${index + 1}`, routerPort, somePorts)
        return {
          url: `http://127.0.0.1:${routerPort}`,
          process: new NodeProcess(`router${index + 1}`, ['router', '--conf', conf]),
        }
      }),
    )
    const conf = join(directory, masterEntries[0]?.name ?? '', 'config.toml')
    return new TestCluster(
      directory,
      masterNodes,
      servers,
      routerNodes,
      conf,
      shape.withAuth === true ? basic('root', 'secret') : undefined,
    )
  }
}

/** The header of a user. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

export async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  authorization?: string,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(authorization === undefined ? {} : {headers: {authorization}}),
    ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
  })
  const text = await response.text()
  try {
    return {status: response.status, body: JSON.parse(text) as Envelope}
  } catch {
    return {status: response.status, body: {code: -1, msg: text}}
  }
}
