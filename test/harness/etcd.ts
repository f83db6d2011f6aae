/**
 * A real etcd for tests: free ports, a temporary directory, quick elections, cheap passwords, no fsync.
 */
import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {randomInt} from 'node:crypto'
import {mkdtemp, rm} from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {until} from './until.js'

const run = promisify(execFile)

export interface TestEtcd {
  /** `127.0.0.1:port`. */
  readonly endpoint: string
  readonly dataDir: string
  /** Runs etcdctl against it and returns what it printed. */
  ctl(...args: string[]): Promise<string>
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data. */
  restart(): Promise<void>
  /** SIGSTOP: the sockets stay open and nobody answers. */
  pause(): void
  resume(): void
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** With `tls`, clients need TLS and trust `fixtures/client/cert.pem` in its data directory. */
export async function startEtcd({tls = false}: {readonly tls?: boolean} = {}): Promise<TestEtcd> {
  const dataDir = await mkdtemp(join(tmpdir(), 'etcd-test-'))
  const [clientPort, peerPort] = await freePorts(2)
  const client = `${tls ? 'https' : 'http'}://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const args = [
    ['--name', 'test', '--data-dir', dataDir, '--logger', 'zap', '--log-level', 'error', '--unsafe-no-fsync'],
    ['--listen-client-urls', client, '--advertise-client-urls', client],
    ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
    [
      '--heartbeat-interval',
      '20',
      '--election-timeout',
      '200',
      '--max-request-bytes',
      '33554432',
      '--bcrypt-cost',
      '4',
    ],
    tls ? ['--auto-tls'] : [],
  ].flat()
  let child: ChildProcess | null = null

  const kill = async (signal: NodeJS.Signals) => {
    const dying = child
    child = null
    if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return
    const exited = new Promise((resolve) => dying.once('exit', resolve))
    dying.kill(signal)
    if (signal === 'SIGTERM') dying.kill('SIGCONT')
    await exited
  }
  const restart = async () => {
    await kill('SIGKILL')
    child = spawn('etcd', args, {stdio: 'ignore'})
    await until('etcd is healthy', () => isHealthy(client))
  }
  await restart()
  return {
    endpoint: `127.0.0.1:${clientPort}`,
    dataDir,
    ctl: async (...words) =>
      (await run('etcdctl', ['--endpoints', client, ...words], {env: {...process.env, ETCDCTL_API: '3'}})).stdout,
    kill: () => kill('SIGKILL'),
    restart,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill('SIGKILL')
      await rm(dataDir, {recursive: true, force: true})
    },
  }
}

function isHealthy(url: string): Promise<boolean> {
  const {get} = url.startsWith('https') ? https : http
  return new Promise((resolve) => {
    const request = get(`${url}/health`, {rejectUnauthorized: false, timeout: 1_000}, (answer) => {
      answer.setEncoding('utf8')
      answer.once('data', (text: string) => resolve(text.includes('"true"')))
      answer.once('end', () => resolve(false))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

/** Drawn below the ports that the system gives to connections, which would take a port again before its server listens. */
const drawnFrom = 10_000
const drawnBelow = 32_000

/** A port from which on all of `offsets` were free a moment ago. */
export async function freeBase(offsets: readonly number[]): Promise<number> {
  for (;;) {
    const base = randomInt(drawnFrom, drawnBelow)
    const isFree = (await Promise.all(offsets.map((offset) => canListen(base + offset)))).every(Boolean)
    if (isFree) return base
  }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freeBase([0]))
  return [...ports]
}

function canListen(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
