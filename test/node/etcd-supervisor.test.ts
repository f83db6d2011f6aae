import {type ChildProcess, spawn} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, expect} from 'vitest'
import {type Clock, systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import type {Environment} from '../../src/node/etcd-binary.js'
import {type EtcdSpec, etcdArguments} from '../../src/node/etcd-spec.js'
import {EtcdSupervisor} from '../../src/node/etcd-supervisor.js'
import {WatchProbe} from '../contract/watch-probe.js'
import {type Compiled, compile} from '../harness/compiled.js'
import {freePorts} from '../harness/etcd.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'

const env = systemEnv(silentLog)
let directory: string
const running: EtcdSupervisor[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervisor-test-'))
})
afterEach(async () => {
  // One after the other: of members that stop together, the last leader waits 7 s for one to hand over to.
  for (const supervisor of running.splice(0)) await supervisor.stop()
  await rm(directory, {recursive: true, force: true})
})

/** Specs of `count` masters on this host. */
async function specs(count: number): Promise<EtcdSpec[]> {
  const ports = await freePorts(2 * count)
  const members = Array.from({length: count}, (_, i) => ({
    name: `m${i + 1}`,
    clientPort: ports[2 * i] ?? 0,
    peerPort: ports[2 * i + 1] ?? 0,
  }))
  const initialCluster = members.map(({name, peerPort}) => ({name, peerUrl: `http://127.0.0.1:${peerPort}`}))
  return members.map((member) => ({
    ...member,
    dataDir: join(directory, 'etcd', member.name),
    pidFile: join(directory, `etcd-${member.name}.pid`),
    restartMarker: join(directory, `test_${member.name}_restart.txt`),
    host: '127.0.0.1',
    bindHost: '127.0.0.1',
    initialCluster,
    token: 'test',
    clusterState: 'new',
    extraArguments: ['--unsafe-no-fsync'],
  }))
}

async function oneSpec(): Promise<EtcdSpec> {
  const [spec] = await specs(1)
  if (spec === undefined) throw new Error('one was asked for')
  return spec
}

function supervise(spec: EtcdSpec, environment?: Environment, clock: Clock = systemClock): EtcdSupervisor {
  const supervisor = new EtcdSupervisor(spec, {...env, clock}, environment)
  running.push(supervisor)
  return supervisor
}

async function withStore<T>({endpoint}: EtcdSupervisor, use: (store: EtcdStore) => Promise<T>): Promise<T> {
  const store = new EtcdStore({endpoints: [endpoint]}, env)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
const write = (supervisor: EtcdSupervisor, value: string) =>
  withStore(supervisor, (store) => store.transact({then: [{type: 'put', key: '/a', value}]}, {timeoutMs: 20_000}))
const read = (supervisor: EtcdSupervisor) =>
  withStore(supervisor, async (store) => new TextDecoder().decode((await store.get('/a', {timeoutMs: 20_000}))?.value))

const etcdPid = ({pidFile}: EtcdSpec) => Number(readFileSync(pidFile, 'utf8').split(' ')[0])
/** Not even waiting to be collected. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}

describe('a supervised etcd', () => {
  test('is ready when start resolves, and gone when stop does', async () => {
    const spec = await oneSpec()
    const supervisor = supervise(spec)
    await supervisor.start()
    const pid = etcdPid(spec)
    await write(supervisor, '1')
    expect(existsSync(spec.restartMarker)).toBe(true)
    await supervisor.stop()
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(spec.pidFile)).toBe(false)
    await supervisor.stop()
  })

  test('has a process group of its own, which Ctrl-C does not reach', async () => {
    const spec = await oneSpec()
    await supervise(spec).start()
    const [, , group] =
      readFileSync(`/proc/${etcdPid(spec)}/stat`, 'utf8')
        .split(') ')
        .at(-1)
        ?.split(' ') ?? []
    expect(Number(group)).toBe(etcdPid(spec))
  })

  test('leaves no key and no revision behind by being tried', async () => {
    const supervisor = supervise(await oneSpec())
    await supervisor.start()
    expect(await withStore(supervisor, (store) => store.range(''))).toEqual({kvs: [], revision: 1})
  })

  test('keeps its data over a stop and a start', async () => {
    const spec = await oneSpec()
    const first = supervise(spec)
    await first.start()
    await write(first, 'kept')
    await first.stop()
    const second = supervise(spec)
    await second.start()
    expect(await read(second)).toBe('kept')
  })

  test('is started again when it is killed', async () => {
    const spec = await oneSpec()
    const supervisor = supervise(spec)
    await supervisor.start()
    await write(supervisor, 'kept')
    const pid = etcdPid(spec)
    process.kill(pid, 'SIGKILL')
    await until('another etcd runs', () => etcdPid(spec) !== pid)
    expect(await read(supervisor)).toBe('kept')
  })

  test('is ended by force when it does not end', async () => {
    const spec = await oneSpec()
    const impatient = {
      ...systemClock,
      after: (ms: number, callback: () => void) => systemClock.after(ms / 50, callback),
    }
    const supervisor = supervise(spec, process.env, impatient)
    await supervisor.start()
    const pid = etcdPid(spec)
    process.kill(pid, 'SIGSTOP')
    await supervisor.stop()
    expect(isRunning(pid)).toBe(false)
  })

  test('three masters on one host are one cluster', async () => {
    const supervisors = (await specs(3)).map((spec) => supervise(spec))
    await Promise.all(supervisors.map((supervisor) => supervisor.start()))
    const [one, two, three] = supervisors
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three')
    await write(one, 'everywhere')
    expect([await read(two), await read(three)]).toEqual(['everywhere', 'everywhere'])
    await one.stop()
    await write(two, 'still')
    expect(await read(three)).toBe('still')
  })

  test('three members, of which each is killed in turn, lose no write and no event', async () => {
    const members = await specs(3)
    const supervisors = members.map((spec) => supervise(spec))
    await Promise.all(supervisors.map((supervisor) => supervisor.start()))
    const store = new EtcdStore({endpoints: supervisors.map(({endpoint}) => endpoint)}, env)
    const watch = new WatchProbe(store, '/n')
    const {revision: before} = await watch.snapshot()
    const acknowledged: number[] = []
    let writing = true
    let next = 0
    const writer = (async () => {
      while (writing) {
        const key = `/n${String(next++).padStart(6, '0')}`
        const written = store.transact({then: [{type: 'put', key, value: ''}]}, {timeoutMs: 3_000})
        await written.then(({revision}) => acknowledged.push(revision)).catch(() => {})
      }
    })()
    for (const spec of members) {
      const pid = etcdPid(spec)
      const reached = acknowledged.length + 20
      process.kill(pid, 'SIGKILL')
      await until('it runs again', () => etcdPid(spec) !== pid)
      await until('20 more writes are acknowledged', () => acknowledged.length > reached)
    }
    writing = false
    await writer
    const {revision: last} = await store.transact({then: [{type: 'put', key: '/n~', value: ''}]})
    const seen: number[] = []
    while (seen.at(-1) !== last) {
      for (const event of (await watch.events()).events) if (event.type === 'put') seen.push(event.kv.modRevision)
    }
    expect(seen).toEqual(Array.from({length: last - before}, (_, i) => before + 1 + i))
    expect(acknowledged.filter((revision) => !seen.includes(revision))).toEqual([])
    await watch.end()
    await store.close()
  })

  test('a member waits for others, and a stop ends the waiting', async () => {
    const [spec] = await specs(3)
    if (spec === undefined) throw new Error('there are three')
    const supervisor = supervise(spec)
    const started = supervisor.start().catch((thrown: unknown) => thrown)
    await until('etcd runs', () => existsSync(spec.pidFile))
    const pid = etcdPid(spec)
    await supervisor.stop()
    expect(await started).toBeInstanceOf(Error)
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(spec.restartMarker)).toBe(false)
  })
})

describe('a start is refused', () => {
  test.each([
    ['etcd_client_port', 'clientPort'],
    ['etcd_peer_port', 'peerPort'],
  ] as const)('when %s is taken, which it names', async (key, field) => {
    const spec = await oneSpec()
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(spec[field], '127.0.0.1', resolve))
    await expect(supervise(spec).start()).rejects.toMatchObject({
      errorName: 'PORT_TAKEN',
      detail: expect.stringContaining(`${key} = ${spec[field]}`),
    })
    expect(existsSync(spec.dataDir)).toBe(false)
    await new Promise((resolve) => squatter.close(resolve))
  })

  test.each([
    ['VEARCH_ETCD_BIN names nothing', {VEARCH_ETCD_BIN: '/nowhere/etcd', PATH: process.env.PATH}],
    ['PATH has none', {PATH: '/nowhere'}],
    ['there is no PATH', {}],
  ])('when there is no etcd: %s', async (_, environment) => {
    await expect(supervise(await oneSpec(), environment).start()).rejects.toMatchObject({
      errorName: 'ETCD_MISSING',
      hint: expect.stringContaining('apt-get install'),
    })
  })

  test('when what VEARCH_ETCD_BIN names is not an etcd', async () => {
    await expect(supervise(await oneSpec(), {VEARCH_ETCD_BIN: '/bin/true'}).start()).rejects.toMatchObject({
      errorName: 'ETCD_MISSING',
      detail: expect.stringContaining('/bin/true'),
    })
  })

  test('when the address is not of this machine', async () => {
    const spec = {...(await oneSpec()), host: '192.0.2.1', bindHost: '192.0.2.1'}
    await expect(supervise(spec).start()).rejects.toMatchObject({errorName: 'CONFIG_ERROR'})
  })

  test('when the data of a member that ran before is gone: it is not replaced by nothing', async () => {
    const spec = await oneSpec()
    const first = supervise(spec)
    await first.start()
    await first.stop()
    await rm(spec.dataDir, {recursive: true})
    await expect(supervise(spec).start()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
    expect(existsSync(spec.dataDir)).toBe(false)
  })

  test('when the log is gone and the database is not', async () => {
    const spec = await oneSpec()
    const first = supervise(spec)
    await first.start()
    await first.stop()
    await rm(join(spec.dataDir, 'member', 'wal'), {recursive: true})
    await expect(supervise(spec).start()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  test('when the log is broken: after three tries, with the reason in etcd’s words', async () => {
    const spec = await oneSpec()
    const first = supervise(spec)
    await first.start()
    for (let i = 0; i < 20; i++) await write(first, `${i}`)
    await first.stop()
    const wal = join(spec.dataDir, 'member', 'wal')
    for (const name of await readdir(wal)) {
      if (!name.endsWith('.wal')) continue
      const content = readFileSync(join(wal, name))
      content.fill(0x55, 200, 600)
      await writeFile(join(wal, name), content)
    }
    await expect(supervise(spec).start()).rejects.toMatchObject({detail: expect.stringContaining('3 times in a row')})
    expect(isRunning(Number(existsSync(spec.pidFile) ? etcdPid(spec) : 0))).toBe(false)
  })
})

describe('when the master dies', () => {
  let compiled: Compiled
  const workers: ChildProcess[] = []

  beforeAll(async () => {
    compiled = await compile('node/etcd-supervisor.ts', 'env/log.ts', 'env/system-env.ts')
  })
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL')
  })
  afterAll(() => compiled?.remove())

  const startWorker = async (spec: EtcdSpec): Promise<ChildProcess> => {
    const script = join(import.meta.dirname, 'supervisor-worker.mjs')
    const worker = spawn(process.execPath, [script, compiled.directory, JSON.stringify(spec)])
    workers.push(worker)
    await new Promise<void>((resolve, reject) => {
      let errors = ''
      worker.stdout.once('data', () => resolve())
      worker.stderr.on('data', (chunk) => {
        errors += chunk
      })
      worker.once('exit', () => reject(new Error(errors)))
    })
    return worker
  }

  test('its directory is in use as long as it lives, and free after a kill -9', async () => {
    const spec = await oneSpec()
    const worker = await startWorker(spec)
    const pid = etcdPid(spec)
    await expect(supervise(spec).start()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    expect(isRunning(pid)).toBe(true)
    worker.kill('SIGKILL')
    await until('etcd died with it', () => !isRunning(pid))
    await supervise(spec).start()
  })

  test('and its etcd did not, the next start ends that one and has its data', async () => {
    const spec = await oneSpec()
    const first = supervise(spec)
    await first.start()
    await write(first, 'kept')
    await first.stop()
    const orphan = spawn('etcd', etcdArguments(spec, {major: 3, minor: 4}), {stdio: 'ignore'})
    const exited = new Promise((resolve) => orphan.once('exit', resolve))
    await writeFile(spec.pidFile, `${orphan.pid} 999999999\n`)
    const second = supervise(spec)
    await second.start()
    await exited
    expect(await read(second)).toBe('kept')
  })

  test('a pid file that names another program harms nobody', async () => {
    const spec = await oneSpec()
    const bystander = spawn('sleep', ['60'])
    await writeFile(spec.pidFile, `${bystander.pid} 999999999\n`)
    await supervise(spec).start()
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
    bystander.kill()
  })

  test.each(['', 'nonsense', '-1 -1', '0 0'])('a pid file that holds %j is ignored', async (content) => {
    const spec = await oneSpec()
    await writeFile(spec.pidFile, content)
    await supervise(spec).start()
  })
})
