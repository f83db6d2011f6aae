/**
 * Runs an etcd member as a child of the master, as Vearch's master has one inside.
 *
 * Reading order: `etcd-spec.ts` (what is run), `etcd-binary.ts` (what runs it), `etcd-orphan.ts` (one etcd per directory), this file.
 *
 * - `start()` resolves when the member has carried a write through consensus: it is healthy, has a quorum and a disk. A member
 *   alone has 30 s for it; with others it waits for them as long as it takes, and says so.
 * - A child that dies is started again, with back-off; three that die soon after their start in a row are an etcd that
 *   cannot run (a broken log, a wrong membership): the supervisor gives up, with etcd's own last words, and `failed` resolves.
 * - The child has a process group of its own, so that Ctrl-C reaches only us and roles stop before their metadata; it dies with
 *   us, and if it could not, the next start ends it.
 * - The restart marker is written after the member was healthy, never before: a first start that fails may be repeated.
 */
import {type ChildProcess, spawn} from 'node:child_process'
import {createServer} from 'node:net'
import {dirname, join} from 'node:path'
import {createInterface} from 'node:readline'
import {writeFileAtomic} from '../env/disk.js'
import type {Env} from '../env/env.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import {EtcdStore} from '../meta/etcd-store.js'
import {diesWithParent, type Environment, etcdMissing, etcdVersion, findEtcd} from './etcd-binary.js'
import {endOrphan, writePidFile} from './etcd-orphan.js'
import {authorityOf, type EtcdSpec, etcdArguments, urlOf} from './etcd-spec.js'

const readyAloneMs = 30_000
const progressMs = 10_000
const healthPollMs = 20
const healthTimeoutMs = 1_000
const restartBackoffMs = [200, 500, 1_000, 2_000, 5_000]
/** A child that lived this long was no failure of the start. */
const soonMs = 2_000
const soonDeathsMax = 3
/** Several members that stop at once: the last leader takes 7 s to find nobody to hand over to (infra §1.2). */
const stopGraceMs = 10_000
const lastLinesMax = 50

export class EtcdSupervisor {
  /** For clients: `host:port`. */
  readonly endpoint: string
  /** Resolves when the supervisor has given up after a successful start. */
  readonly failed: Promise<CodedError>
  #fail: (error: CodedError) => void = () => {}
  #child: ChildProcess | null = null
  #command: readonly string[] = []
  #soonDeaths = 0
  readonly #lastLines: string[] = []
  readonly #stopping = new AbortController()
  #watching: Promise<void> | null = null

  constructor(
    readonly spec: EtcdSpec,
    readonly env: Pick<Env, 'clock' | 'random' | 'disk' | 'log' | 'failpoints'>,
    readonly environment: Environment = process.env,
  ) {
    this.endpoint = authorityOf(reachable(spec), spec.clientPort)
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
  }

  /** Throws ETCD_MISSING, PORT_TAKEN, DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE, DATA_CORRUPT or CONFIG_ERROR; nothing is left running then. */
  async start(): Promise<void> {
    if (this.#watching !== null) return
    const {spec, env} = this
    const binary = await findEtcd(this.environment, env.disk)
    if (binary === null) throw etcdMissing(this.environment)
    const version = await etcdVersion(binary)
    await endOrphan(env, spec)
    const wasHealthy = await this.#checkData()
    await checkPort(spec, 'etcd_client_port', spec.clientPort)
    await checkPort(spec, 'etcd_peer_port', spec.peerPort)
    await this.#makeParent()
    const clusterState = wasHealthy ? 'existing' : spec.clusterState
    this.#command = [...(await diesWithParent()), binary, ...etcdArguments({...spec, clusterState}, version)]
    const startedAtMs = env.clock.nowMs()
    this.#watching = this.#keepRunning()
    try {
      await Promise.race([this.#ready(), this.failed.then((error) => Promise.reject(error))])
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
    await writeFileAtomic(env.disk, spec.restartMarker, new Uint8Array())
    env.log.info('etcd.ready', {
      name: spec.name,
      endpoint: this.endpoint,
      ms: Math.round(env.clock.nowMs() - startedAtMs),
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    const child = this.#child
    if (child !== null && isRunning(child)) {
      child.kill('SIGTERM')
      const killing = this.env.clock.after(stopGraceMs, () => child.kill('SIGKILL'))
      await exited(child)
      killing.cancel()
    }
    await this.#watching
    if (child !== null) await this.env.disk.remove(this.spec.pidFile)
  }

  async #makeParent(): Promise<void> {
    const {env, spec} = this
    await env.disk.makeDirectory(dirname(spec.dataDir)).catch((cause: Error) => {
      throw new CodedError('DATA_DIR_UNWRITABLE', `${spec.dataDir}: ${cause.message}`, {cause})
    })
  }

  /** Whether this member was healthy before. Metadata that was here and is gone is never replaced by an empty one. */
  async #checkData(): Promise<boolean> {
    const {disk} = this.env
    const {dataDir, restartMarker} = this.spec
    const [wasHealthy, member, wal, snap] = await Promise.all(
      [
        restartMarker,
        join(dataDir, 'member'),
        join(dataDir, 'member', 'wal'),
        join(dataDir, 'member', 'snap', 'db'),
      ].map((path) => disk.exists(path)),
    )
    if (snap && !wal)
      throw new CodedError('DATA_CORRUPT', `${dataDir}/member has a database and no log`, {hint: lostHint})
    if (wasHealthy && !member) {
      throw new CodedError('DATA_CORRUPT', `${dataDir}/member is gone, though this master has run before`, {
        hint: lostHint,
      })
    }
    return wasHealthy ?? false
  }

  async #keepRunning(): Promise<void> {
    const {clock, log} = this.env
    const {signal} = this.#stopping
    while (!signal.aborted) {
      const startedAtMs = clock.nowMs()
      const reason = await this.#runOnce()
      if (signal.aborted) return
      this.#soonDeaths = clock.nowMs() - startedAtMs < soonMs ? this.#soonDeaths + 1 : 0
      log.error('etcd.exited', {name: this.spec.name, reason, lastWords: this.#lastWords()})
      if (this.#soonDeaths === soonDeathsMax) {
        this.#fail(this.#gaveUp(reason))
        return
      }
      const backoffMs = restartBackoffMs[Math.min(this.#soonDeaths, restartBackoffMs.length - 1)] ?? 0
      await clock.sleep(backoffMs, signal).catch(() => {})
    }
  }

  /** Runs until it ends; says how. */
  async #runOnce(): Promise<string> {
    const {log, disk} = this.env
    const [command = '', ...args] = this.#command
    this.#lastLines.length = 0
    // Detached: a group of its own, out of reach of the terminal's Ctrl-C.
    const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'pipe'], detached: true})
    this.#child = child
    const gone = exited(child)
    createInterface({input: child.stderr}).on('line', (line) => {
      this.#lastLines.push(line)
      if (this.#lastLines.length > lastLinesMax) this.#lastLines.shift()
      const {level, message, fields} = parseLine(line)
      log[level]('etcd.log', {message, ...fields})
    })
    if (child.pid !== undefined) await writePidFile(disk, this.spec, child.pid)
    return gone
  }

  /** Healthy, and able to carry a write through consensus; the write deletes what is not there, so it leaves no trace. */
  async #ready(): Promise<void> {
    const {clock, log} = this.env
    const {signal} = this.#stopping
    const {initialCluster, name, user, password} = this.spec
    const alone = initialCluster.length === 1
    const startedAtMs = clock.nowMs()
    let saidAtMs = startedAtMs
    while (!(await this.#isHealthy())) {
      const now = clock.nowMs()
      if (alone && now - startedAtMs > readyAloneMs) {
        throw new CodedError(
          'META_UNREACHABLE',
          `etcd is not healthy after ${readyAloneMs / 1_000} s: ${this.#lastWords()}`,
          {
            hint: 'another etcd may hold its data directory',
            facts: {lastLines: [...this.#lastLines]},
          },
        )
      }
      if (now - saidAtMs > progressMs) {
        saidAtMs = now
        log.info('etcd.waiting', {
          name,
          seconds: Math.round((now - startedAtMs) / 1_000),
          members: initialCluster.length,
        })
      }
      await clock.sleep(healthPollMs, signal)
    }
    const store = new EtcdStore(
      {
        endpoints: [this.endpoint],
        ...(user === undefined ? {} : {user}),
        ...(password === undefined ? {} : {password}),
      },
      this.env,
    )
    try {
      await store.transact({then: [{type: 'delete', key: '/vearchctl/ready'}]}, {signal})
    } catch (thrown) {
      // A refusal is an answer: this etcd asks for credentials, and its clients will be told.
      if (toCodedError(thrown).errorName !== 'META_REFUSED') throw thrown
    } finally {
      await store.close()
    }
  }

  async #isHealthy(): Promise<boolean> {
    const limit = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(healthTimeoutMs)])
    try {
      const answer = await fetch(`${urlOf(reachable(this.spec), this.spec.clientPort)}/health`, {signal: limit})
      // 3.4 answers {"health":"true"}, later versions may add a reason.
      return /"health":\s*"true"/.test(await answer.text())
    } catch {
      return false
    }
  }

  /** The last line that etcd itself thought bad, else its last line. */
  #lastWords(): string {
    const lines = this.#lastLines.map(parseLine)
    const bad = lines.findLast(({level}) => level === 'error') ?? lines.at(-1)
    if (bad === undefined) return 'it said nothing'
    const {error} = bad.fields
    return error === undefined ? bad.message : `${bad.message}: ${String(error)}`
  }

  #gaveUp(reason: string): CodedError {
    const lastWords = this.#lastWords()
    const errorName = /crc mismatch|corrupt/i.test(lastWords) ? 'DATA_CORRUPT' : 'META_UNREACHABLE'
    return new CodedError(errorName, `etcd ${reason}, ${soonDeathsMax} times in a row: ${lastWords}`, {
      hint: 'see etcd.log in the log for its last lines',
      facts: {lastLines: [...this.#lastLines]},
    })
  }
}

const lostHint =
  'restore the directory; or remove this member from the cluster (vearchctl master members remove) and add it again with cluster_state = "existing"'

/** Where we reach our own child: an address that stands for every interface is not one to connect to. */
function reachable({host}: EtcdSpec): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.pid !== undefined
}

function exited(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
    child.once('exit', (code, signal) => resolve(signal === null ? `exited with ${code}` : `was ended by ${signal}`))
  })
}

function checkPort({name, bindHost}: EtcdSpec, configKey: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({code, message}: NodeJS.ErrnoException) => {
      const what = `${configKey} = ${port} of [[masters]] ${JSON.stringify(name)}`
      if (code === 'EADDRINUSE') {
        const hint = `find who listens with: ss -ltnp 'sport = :${port}'`
        reject(new CodedError('PORT_TAKEN', `${what} is taken on ${bindHost}`, {hint, facts: {port, key: configKey}}))
      } else {
        reject(new CodedError('CONFIG_ERROR', `${what}: cannot listen on ${bindHost}: ${message}`))
      }
    })
    server.listen(port, bindHost, () => server.close(() => resolve()))
  })
}

type Level = 'debug' | 'info' | 'warn' | 'error'
const levels: Readonly<Record<string, Level>> = {
  debug: 'debug',
  info: 'debug',
  warn: 'warn',
  error: 'error',
  dpanic: 'error',
  panic: 'error',
  fatal: 'error',
}

/** etcd logs a JSON object a line; a panic is plain text. */
function parseLine(line: string): {level: Level; message: string; fields: Readonly<Record<string, unknown>>} {
  try {
    const {level, msg, ts: _, caller: __, ...fields}: Record<string, unknown> = JSON.parse(line)
    return {level: levels[String(level)] ?? 'info', message: String(msg), fields}
  } catch {
    return {level: 'error', message: line, fields: {}}
  }
}
