/**
 * Starts that must not be: each is refused with its own message and exit code, and leaves the data as it was.
 */
import {cp, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:net'
import {basename, dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {exitCode} from '../../src/errors/codes.js'
import {NodeProcess, TestCluster} from '../harness/cluster.js'
import {freePorts} from '../harness/etcd.js'
import {hasEtcd} from '../harness/has-etcd.js'
import {listing} from './listing.js'

const psPorts = ['rpc_port', 'raft_heartbeat_port', 'raft_replicate_port'] as const
const noEtcd = {VEARCH_ETCD_BIN: '/nonexistent'}

describe('a start that must not be', () => {
  let cluster: TestCluster
  let taken: Server
  let takenPort = 0

  beforeAll(async () => {
    cluster = await TestCluster.start({masters: 1, ps: 1, routers: 1})
    await cluster.createSpace({name: 'space', partition_num: 2, replica_num: 1, dimension: 2})
    const documents = Array.from({length: 20}, (_, index) => ({_id: `d${index}`, v: [index, 0]}))
    await cluster.ask('POST', '/document/upsert', {db_name: 'db', space_name: 'space', documents})
    taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    takenPort = (taken.address() as {port: number}).port
  })
  afterAll(async () => {
    taken?.close()
    await cluster?.stop()
  })

  /** The configuration of the cluster's partition server for another home, with other values for some keys. */
  async function configure(label: string, values: Readonly<Record<string, string | number>> = {}): Promise<Home> {
    const [server] = cluster.servers
    const original = await readFile(server?.conf ?? '', 'utf8')
    const ports = await freePorts(4)
    const fresh = Object.fromEntries([...psPorts, 'monitor_port'].map((key, index) => [key, ports[index] ?? 0]))
    const text = Object.entries({...fresh, ...values}).reduce(
      (toml, [key, value]) => toml.replaceAll(new RegExp(`^${key} = .*$`, 'gm'), `${key} = ${value}`),
      original.replaceAll('/ps1/', `/${label}/`),
    )
    const home = join(cluster.directory, label)
    await mkdir(home, {recursive: true})
    await writeFile(join(home, 'config.toml'), text)
    return {conf: join(home, 'config.toml'), data: join(home, 'data')}
  }

  /** Runs a start to its end; what it was given as data must be as before. Logs may say what happened. */
  async function start(role: string, {conf, data}: Home, environment: NodeJS.ProcessEnv = {}): Promise<Refusal> {
    const before = await listing(data)
    const process = new NodeProcess(role, [role, '--conf', conf], environment)
    process.start()
    const code = await process.exited()
    expect(await listing(data), process.output).toEqual(before)
    expect(process.output).not.toMatch(/\n\s+at /)
    return {code, output: process.output}
  }

  it.each([
    ['of another cluster', '{"Id": 1, "ClusterName": "other"}', exitCode.foreignNodeId, 'belongs to cluster other'],
    ['that is broken', '{"Id": 1, "Clus', exitCode.dataCorrupt, 'does not hold a node id'],
    ['without an id', '{"ClusterName": "test"}', exitCode.dataCorrupt, 'does not hold a node id'],
    ['that is empty', '', exitCode.dataCorrupt, 'does not hold a node id'],
  ])('for a server_meta.txt %s', async (_, content, code, message) => {
    const home = await configure('foreign')
    await mkdir(home.data, {recursive: true})
    await writeFile(join(home.data, 'server_meta.txt'), content)
    const refusal = await start('ps', home)
    expect(refusal).toMatchObject({code, output: expect.stringContaining(message)})
  })

  it('for a node id that is live on another port', async () => {
    const home = await configure('copy')
    // all but the mark of the process that runs there: the copy is what one on another machine would be
    const filter = (path: string) => !basename(path).startsWith('LOCK')
    await cp(cluster.servers[0]?.data ?? '', home.data, {recursive: true, filter})
    const refusal = await start('ps', home)
    expect(refusal.code, refusal.output).toBe(exitCode.nodeIdLive)
    expect(refusal.output).toMatch(/node 1 is registered under another address/)
    await everythingServes()
  })

  it.each(psPorts)('for a partition server’s %s that is taken', async (key) => {
    const refusal = await start('ps', await configure('port', {[key]: takenPort}))
    expect(refusal.code, refusal.output).toBe(exitCode.portTaken)
    expect(refusal.output).toContain(`ps.${key}`)
    expect(refusal.output).toContain(String(takenPort))
  })

  const withMasterPortTaken = async (key: string, environment: NodeJS.ProcessEnv) => {
    const [api = 0, peer = 0, client = 0] = await freePorts(3)
    const free = {api_port: api, etcd_peer_port: peer, etcd_client_port: client}
    const home = await configure('master-port', {...free, [key]: takenPort})
    const refusal = await start('master', home, environment)
    expect(refusal.code, refusal.output).toBe(exitCode.portTaken)
    expect(refusal.output).toContain(key)
    expect(refusal.output).toContain(String(takenPort))
  }
  it.skipIf(!hasEtcd).each(['api_port', 'etcd_client_port', 'etcd_peer_port'])(
    'for a master’s %s that is taken, with etcd',
    (key) => withMasterPortTaken(key, {}),
  )
  it.each(['api_port', 'etcd_client_port'])('for a master’s %s that is taken, embedded', (key) =>
    withMasterPortTaken(key, noEtcd),
  )

  it('for a router’s port that is taken', async () => {
    const refusal = await start('router', await configure('router-port', {port: takenPort}))
    expect(refusal.code, refusal.output).toBe(exitCode.portTaken)
    expect(refusal.output).toContain('router.port')
    expect(refusal.output).toContain(String(takenPort))
  })

  it.each([
    ['ps', '/proc/nowhere/data', {}],
    ['ps', 'FILE/data', {}],
    ['master', '/proc/nowhere/data', {}],
    ['master', 'FILE/data', noEtcd],
  ])('for a %s whose data directory %s cannot be written', async (role, path, environment) => {
    const file = join(cluster.directory, 'a-file')
    await writeFile(file, 'not a directory')
    const [api = 0, peer = 0, client = 0] = await freePorts(3)
    const data = path.replace('FILE', file)
    const ports = {api_port: api, etcd_peer_port: peer, etcd_client_port: client}
    const home = await configure('unwritable', {data: `["${data}"]`, ...(role === 'master' ? ports : {})})
    const refusal = await start(role, {...home, data}, environment)
    expect(refusal.code, refusal.output).toBe(exitCode.dataUnwritable)
    expect(refusal.output).toContain(data)
    expect(await readFile(file, 'utf8')).toBe('not a directory')
  })

  it('for the data directory of a partition server that runs', async () => {
    const data = cluster.servers[0]?.data ?? ''
    const home = await configure('locked', {data: `["${data}"]`})
    const refusal = await start('ps', {...home, data})
    expect(refusal.code, refusal.output).toBe(exitCode.dataLocked)
    expect(refusal.output).toContain(data)
    await everythingServes()
  })

  it('for the data directory of a master that runs, whatever keeps its metadata', async () => {
    const data = join(dirname(cluster.conf), 'data')
    const [api = 0, peer = 0, client = 0] = await freePorts(3)
    const ports = {api_port: api, etcd_peer_port: peer, etcd_client_port: client}
    const home = await configure('locked-master', {...ports, data: `["${data}"]`})
    const process = new NodeProcess('second', ['master', '--conf', home.conf])
    process.start()
    expect(await process.exited(), process.output).toBe(exitCode.dataLocked)
    await everythingServes()

    const first = await configure('embedded-master', ports)
    const running = new NodeProcess('embedded', ['master', '--conf', first.conf], noEtcd)
    running.start()
    try {
      await expect.poll(() => running.output, {timeout: 20_000}).toContain('master http')
      const [otherApi = 0, otherPeer = 0, otherClient = 0] = await freePorts(3)
      const otherPorts = {api_port: otherApi, etcd_peer_port: otherPeer, etcd_client_port: otherClient}
      const second = await configure('embedded-again', {...otherPorts, data: `["${first.data}"]`})
      const again = new NodeProcess('again', ['master', '--conf', second.conf], noEtcd)
      again.start()
      expect(await again.exited(), again.output).toBe(exitCode.dataLocked)
      expect(running.isRunning).toBe(true)
    } finally {
      await running.end('SIGKILL')
    }
  })

  it('for a configuration with faults, naming all of them', async () => {
    const home = await configure('invalid', {rpc_port: '"eighty"', api_port: 99_999, level: '"loud"'})
    const refusal = await start('ps', home)
    expect(refusal.code, refusal.output).toBe(exitCode.configInvalid)
    for (const key of ['rpc_port', 'api_port', 'level']) expect(refusal.output).toContain(key)
  })

  it('for a file that is no TOML, or not there', async () => {
    const home = await configure('broken')
    await writeFile(home.conf, '[global\nname = ')
    expect((await start('ps', home)).code).toBe(exitCode.configInvalid)
    await rm(home.conf)
    const missing = await start('ps', home)
    expect(missing.output).toContain(home.conf)
    expect(missing.code).not.toBe(0)
  })

  it('for several masters where there is no etcd', async () => {
    const [api = 0, peer = 0, client = 0, ...more] = await freePorts(6)
    const home = await configure('no-etcd', {api_port: api, etcd_peer_port: peer, etcd_client_port: client})
    const text = await readFile(home.conf, 'utf8')
    const second = `[[masters]]
name = "m2"
address = "127.0.0.1"
api_port = ${more[0]}
etcd_peer_port = ${more[1]}
etcd_client_port = ${more[2]}
[router]`
    await writeFile(home.conf, text.replace('[router]', second))
    const refusal = await start('master', home, noEtcd)
    expect(refusal.code, refusal.output).toBe(exitCode.etcdMissing)
    expect(refusal.output).toMatch(/etcd/)
  })

  async function everythingServes(): Promise<void> {
    for (const {process} of cluster.all) expect(process.isRunning, process.output).toBe(true)
    const {documents} = await cluster.ask<{documents: unknown[]}>('POST', '/document/query', {
      db_name: 'db',
      space_name: 'space',
      document_ids: Array.from({length: 20}, (_, index) => `d${index}`),
    })
    expect(documents).toHaveLength(20)
  }
})

interface Home {
  readonly conf: string
  readonly data: string
}

interface Refusal {
  readonly code: number | null
  readonly output: string
}
