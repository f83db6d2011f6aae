/** `node start` as an operator sees it: a whole embedded cluster in one process, its steps, its end, its refusals. */
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {basic, NodeProcess, request} from '../harness/cluster.js'
import {freeBase, freePorts} from '../harness/etcd.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

let directory: string
let conf: string
let ports: number[]
/** Without an etcd binary a single master embeds its metadata. */
const environment = {VEARCH_ETCD_BIN: '/nonexistent'}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'start-test-'))
  ports = await freePorts(8)
  conf = await writeConfig('config.toml', ports)
})
afterAll(() => rm(directory, {recursive: true, force: true}))

async function writeConfig(name: string, ports: readonly number[]): Promise<string> {
  const [api, client, peer, router, rpc, heartbeat, replicate, monitor] = ports
  const path = join(directory, name)
  const home = path.replace(/\.toml$/, '')
  await writeFile(
    path,
    `[global]
name = "start"
data = ["${home}/data"]
log = "${home}/logs"
level = "debug"
signkey = "k"
blorp = 1
[[masters]]
name = "m1"
address = "127.0.0.1"
api_port = ${api}
etcd_client_port = ${client}
etcd_peer_port = ${peer}
[router]
port = ${router}
[ps]
rpc_port = ${rpc}
raft_heartbeat_port = ${heartbeat}
raft_replicate_port = ${replicate}
monitor_port = ${monitor}
`,
  )
  return path
}

const start = (...args: string[]) => new NodeProcess('node', [...args, '--conf', conf], environment)

async function whenReady(node: NodeProcess): Promise<void> {
  node.start()
  await until(
    'the node is ready',
    async () => {
      if (!node.isRunning) throw new Error(node.output)
      return /^in \d+ ms /m.test(node.output)
    },
    60_000,
  )
}

describe('a whole cluster in one process', () => {
  let node: NodeProcess
  beforeAll(async () => {
    node = start('all')
    await whenReady(node)
  })
  afterAll(() => node.end('SIGKILL'))

  test('shows its steps with times, then its addresses', () => {
    expect(node.output).toMatch(/^warning: line 7: global\.blorp is not a known key/m)
    expect(node.output).toMatch(/^ +\d+ ms {2}master /m)
    expect(node.output).toMatch(/^ +\d+ ms {2}ps /m)
    expect(node.output).toMatch(/^ +\d+ ms {2}router /m)
    expect(node.output).toContain(`:${ports[3]}`)
  })

  test('lets no other server be the one that is alive, nor one that is not', async () => {
    const [rpc = 0, heartbeat = 0, replicate = 0] = await freePorts(3)
    const ports = ['--rpc-port', rpc, '--raft-heartbeat-port', heartbeat, '--raft-replicate-port', replicate].map(
      String,
    )
    const data = ['--data-dir', join(directory, 'second'), '--conf', conf]
    const second = await runCli(['node', 'start', 'ps', '--node-id', '1', ...ports, ...data], {environment})
    expect([second.code, second.stderr]).toEqual([6, expect.stringMatching(/may be node 1: that server is alive at /)])
    const router = await runCli(['node', 'start', 'router', '--node-id', '1', ...data], {environment})
    expect(router).toMatchObject({code: 2, stderr: expect.stringContaining('--node-id')})
  })

  test('is what the commands see', async () => {
    const {code, body} = await runJson(['meta', 'show', 'servers', '--conf', conf])
    expect([code, body.data?.map(({id}) => id)]).toEqual([0, ['1']])
    const ids = await runCli(['ids', 'next', 'node', '-q', '--conf', conf])
    expect(ids.stdout).toBe('2\n')
  })

  test('accepts who registers, and says where it sees whom', async () => {
    const register = (...flags: string[]) => runJson(['node', 'register', ...flags, '--conf', conf])
    const own = {role: 'ps', node: 1, isNew: false, ip: '127.0.0.1', partitions: [], lease: expect.any(String)}
    expect((await register('--allocate', '--once')).body.data).toEqual([expect.objectContaining(own)])
    const router = await register('--role', 'router', '--ip', '127.0.0.1')
    expect(router.body.data).toEqual([
      expect.objectContaining({role: 'router', node: null, ip: '127.0.0.1', port: ports[3], ttl: expect.any(Number)}),
    ])
    expect((await register('--role', 'router', '--ip', '10.9.9.9')).code).toBe(6)
    expect((await register('--role', 'router', '--rpc-port', '9')).code).toBe(2)
    expect((await register('--allocate', '--node-id', '5')).code).toBe(2)
  })

  test('takes no id for a server that would be in conflict, and tells of it at once', async () => {
    const elsewhere = join(directory, 'elsewhere')
    const register = (...flags: string[]) =>
      runJson(['node', 'register', '--data-dir', elsewhere, ...flags, '--conf', conf])
    const taken = await register('-y')
    expect([taken.code, taken.body.error?.message]).toEqual([6, expect.stringMatching(/ is the rpc_port of node 1;/)])
    const [rpc = 0, heartbeat = 0, replicate = 0] = await freePorts(3)
    const free = ['--rpc-port', rpc, '--raft-heartbeat-port', heartbeat, '--raft-replicate-port', replicate].map(String)
    const moved = await register('-y', '--ip', '10.9.9.9', ...free)
    expect([moved.code, moved.body.error?.message]).toEqual([6, expect.stringMatching(/^VC113: .*127\.0\.0\.1.*10\.9/)])
    const asked = await register('--dry-run', ...free)
    expect([asked.code, asked.body.data?.map(({subject}) => subject)]).toEqual([0, ['/start/id/node', elsewhere]])
    expect(existsSync(elsewhere)).toBe(false)
    const named = await register('-y', '--node-id', '5', ...free)
    expect([named.code, named.body.data]).toEqual([0, [expect.objectContaining({node: 5, isNew: true, lease: null})]])
    expect((await runCli(['ids', 'next', 'node', '-q', '--conf', conf])).stdout).toBe('6\n')
    expect((await register('-y', '--node-id', '6', ...free)).code).toBe(6)

    const server = JSON.stringify({name: 5, ip: '10.0.0.9', rpc_port: 1})
    const put = ['meta', 'put', '/start/server/5', server, '--if-absent', '--force', 'schema']
    expect((await runCli([...put, '-y', '--conf', conf])).code).toBe(0)
    const live = await register(...free)
    expect([live.code, live.body.error]).toEqual([
      6,
      expect.objectContaining({code: 'NODE_ID_LIVE_ELSEWHERE', message: expect.stringContaining('10.0.0.9')}),
    ])
    expect((await runCli(['meta', 'delete', '/start/server/5', '-y', '--conf', conf])).code).toBe(0)
  })

  test('has its directory to itself', async () => {
    const {code, body} = await runJson(['partitions', 'disk', '--verify', '--conf', conf])
    expect([code, body.error?.code]).toEqual([24, 'DATA_DIR_LOCKED'])
  })

  test('stops in order, says so, and leaves its log', async () => {
    expect(await node.end('SIGTERM')).toBe(0)
    expect(node.output).toMatch(/^SIGTERM: stopping\nstopped$/m)
    const verified = await runJson(['partitions', 'disk', '--verify', '--conf', conf])
    expect([verified.code, verified.body.data?.map(({state}) => state)]).toEqual([0, ['sound', 'sound']])
    const log = await readFile(join(directory, 'config', 'logs', 'ALL.DEBUG.log'), 'utf8')
    for (const line of log.trimEnd().split('\n')) JSON.parse(line)
    await expect(request(`http://127.0.0.1:${ports[3]}`, 'GET', '/')).rejects.toThrow()
  })
})

describe('several partition servers in one process', {timeout: 120_000}, () => {
  let several: string
  let node: NodeProcess
  let api: number
  let router: string
  beforeAll(async () => {
    const base = await freeBase(Array.from({length: 30}, (_, offset) => offset))
    const [rpc, heartbeat, replicate, unused, client, peer, routerPort, monitor] = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (offset) => base + offset,
    ) as [number, number, number, number, number, number, number, number]
    several = await writeConfig('several.toml', [unused, client, peer, routerPort, rpc, heartbeat, replicate, monitor])
    api = base + 8
    router = `http://127.0.0.1:${routerPort}`
    const args = ['all', '--ps', '3', '--name', 'm1', '--api-port', `${api}`, '--foreground', '--conf', several]
    node = new NodeProcess('several', args, environment)
    await whenReady(node)
  }, 60_000)
  afterAll(() => node?.end('SIGKILL'))

  const ask = async (method: string, path: string, body?: unknown) => {
    const authorization = basic('root', 'k')
    const {body: answer} = await request(router, method, path, body, authorization)
    if (answer.code !== 0) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }
  const documents = [{_id: 'd', v: [1, 2]}]
  const holdsD = (data: unknown) => JSON.stringify(data).includes('"_id":"d"')
  const query = {db_name: 'db', space_name: 's', document_ids: ['d']}

  test('are nodes of their own, and keep replicas for each other', async () => {
    const {body} = await request(`http://127.0.0.1:${api}`, 'GET', '/servers', undefined, basic('root', 'k'))
    expect(body.data).toMatchObject({count: 3})
    await ask('POST', '/dbs/db')
    const vector = {
      name: 'v',
      type: 'vector',
      dimension: 2,
      index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}},
    }
    await ask('POST', '/dbs/db/spaces?timeout=30000', {name: 's', partition_num: 1, replica_num: 3, fields: [vector]})
    await ask('POST', '/document/upsert?timeout=10000', {db_name: 'db', space_name: 's', documents})
    const partitions = await runJson(['partitions', 'list', '--conf', several])
    expect(partitions.body.data?.map(({replicas}) => (replicas as number[]).toSorted())).toEqual([[1, 2, 3]])
  })

  test('stop in order, and are the same when they come back', async () => {
    expect(await node.end('SIGTERM')).toBe(0)
    expect(node.output).toMatch(/^SIGTERM: stopping\nstopped$/m)
    await whenReady(node)
    const known = node.output.match(/ ms {2}(?:ps|ps2|ps3) +identity +node [123] of start, from server_meta.txt/g)
    expect(known).toHaveLength(3)
    await until('the replicas have caught up', () => ask('POST', '/document/query', query).then(holdsD, () => false))
  })

  test('end together, as the command says that ends them', async () => {
    const stop = (...flags: string[]) => runJson(['node', 'stop', ...flags, '--conf', several])
    const refused = await stop('-y')
    expect([refused.code, refused.body.error?.message]).toEqual([6, expect.stringContaining('node 1 and 2 and 3')])
    expect((await stop('--drain', '-y')).code).toBe(6)
    const {code, body} = await stop('-y', '--force', 'quorum')
    expect([code, body.data?.map(({node: id}) => id)]).toEqual([0, [1, 2, 3]])
    expect(await node.exited()).toBe(0)
  })
})

describe('refuses, and changes nothing:', () => {
  test('a file with faults', async () => {
    const bad = join(directory, 'bad.toml')
    await writeFile(bad, `[global]\nname = "c"\ndata = ["${directory}/never"]\nlog = "${directory}/never-log"\n`)
    const {code, stderr} = await runCli(['node', 'start', 'ps', '--conf', bad])
    expect(code).toBe(25)
    expect(stderr).toContain('global.signkey is missing')
    expect([existsSync(`${directory}/never`), existsSync(`${directory}/never-log`)]).toEqual([false, false])
  })

  test.each([
    [['router', '--ps', '2']],
    [['all', '--ps', '2', '--node-id', '7']],
    [['all', '--ps', '99']],
    [['master', '--master', 'm1', '--name', 'm1']],
    [['all', '--foreground', '--detach']],
  ])('%j', async (words) => {
    expect(await runCli(['node', 'start', ...words, '--conf', conf], {environment})).toMatchObject({code: 2})
  })

  test('a master that the file does not have', async () => {
    const {code, stderr} = await runCli(['node', 'start', 'master', '--conf', conf, '--master', 'm7'], {environment})
    expect([code, stderr.split('\n').at(-3)]).toEqual([25, 'error: no [[masters]] entry is called m7'])
  })

  test.each([
    ['the master’s', 0],
    ['the metadata’s', 1],
    ['the router’s', 3],
    ['the partition server’s', 4],
  ])('a port that is taken: %s', async (_, index) => {
    const taken = createServer().listen(ports[index], '127.0.0.1')
    const {code, stderr} = await runCli(['node', 'start', 'all', '--conf', conf], {environment})
    taken.close()
    expect(stderr).toMatch(new RegExp(`^error: .*${ports[index]}`, 'm'))
    expect(code).toBe(22)
  })
})
