/** `node start` as an operator sees it: a whole embedded cluster in one process, its steps, its end, its refusals. */
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {NodeProcess, request} from '../harness/cluster.js'
import {freePorts} from '../harness/etcd.js'
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
  const [api, client, peer, router, rpc, heartbeat, replicate, monitor] = ports
  conf = join(directory, 'config.toml')
  await writeFile(
    conf,
    `[global]
name = "start"
data = ["${directory}/data"]
log = "${directory}/logs"
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
})
afterAll(() => rm(directory, {recursive: true, force: true}))

const start = (...args: string[]) => new NodeProcess('node', [...args, '--conf', conf], environment)

describe('a whole cluster in one process', () => {
  let node: NodeProcess
  beforeAll(async () => {
    node = start('all')
    node.start()
    await until(
      'the node is ready',
      async () => {
        if (!node.isRunning) throw new Error(node.output)
        return /^in \d+ ms /m.test(node.output)
      },
      60_000,
    )
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
    const registered = await runJson(['node', 'register', '--conf', conf])
    expect(registered.body.data).toEqual([expect.objectContaining({node: 1, isNew: false, partitions: []})])
    const elsewhere = join(directory, 'elsewhere')
    const asked = await runJson(['node', 'register', '--data-dir', elsewhere, '--dry-run', '--conf', conf])
    expect(asked.body.data?.map(({subject}) => subject)).toEqual(['/start/id/node', elsewhere])
    expect(existsSync(elsewhere)).toBe(false)
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
    const log = await readFile(join(directory, 'logs', 'ALL.DEBUG.log'), 'utf8')
    for (const line of log.trimEnd().split('\n')) JSON.parse(line)
    await expect(request(`http://127.0.0.1:${ports[3]}`, 'GET', '/')).rejects.toThrow()
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
