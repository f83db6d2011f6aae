/**
 * Repairs, and servers that are emptied, replaced and restarted, on one live cluster of four. Each story ends where the doctor
 * has nothing to say.
 */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {TestCluster} from '../harness/cluster.js'
import {CommandRoom} from '../harness/command-room.js'
import {home, type JsonBody, runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

const partitionCount = 4
const ids = Array.from({length: partitionCount}, (_, at) => at + 1)
const settledMs = 60_000

let cluster: TestCluster
let store: EtcdStore
let room: CommandRoom
/** The same as that of the whole program. */
const environment = {XDG_CONFIG_HOME: join(home, '.config'), XDG_STATE_HOME: join(home, '.local', 'state')}
const run = (words: string, ...rest: string[]) =>
  room.run([...words.split(' '), ...rest, '--conf', cluster.conf, '--node-timeout', '10s'], environment)
const json = async (words: string, ...rest: string[]) => {
  const {code, stdout} = await run(words, ...rest, '--json')
  return {code, body: JSON.parse(stdout) as JsonBody}
}
const put = (key: string, value: unknown) =>
  store.transact({then: [{type: 'put', key: `/test/${key}`, value: JSON.stringify(value)}]})
const recordAt = async (key: string) => {
  const kv = await store.get(`/test/${key}`)
  return kv === null ? null : (JSON.parse(new TextDecoder().decode(kv.value)) as Record<string, unknown>)
}

beforeAll(async () => {
  room = await CommandRoom.open()
  cluster = await TestCluster.start({ps: 4, embedded: true, withAuth: true})
  store = new EtcdStore({endpoints: cluster.masters.map(({etcd}) => etcd)}, systemEnv(silentLog))
  await cluster.createSpace({name: 'moved', partition_num: partitionCount, replica_num: 3, dimension: 4})
  const documents = Array.from({length: 60}, (_, n) => ({_id: `d${n}`, v: [n, 1, 2, 3]}))
  await cluster.ask('POST', '/document/upsert?timeout=10000', {db_name: 'db', space_name: 'moved', documents})
}, 120_000)
afterAll(async () => {
  room?.close()
  await store?.close()
  for (const {conf} of restarted) await runCli(['node', 'stop', '--conf', conf, '-y', '--force', 'quorum'])
  await cluster?.stop()
})
/** Servers that are no longer children of this test. */
const restarted: {readonly conf: string}[] = []

interface Row {
  readonly id: number
  readonly leader: number
  readonly replicas: readonly number[]
}

async function partitions(): Promise<readonly Row[]> {
  const {body} = await json('partitions list')
  return body.data as unknown as Row[]
}

const two = (word: string) => [word, word]

async function nodeIn(data: string): Promise<number> {
  return (JSON.parse(await readFile(join(data, 'server_meta.txt'), 'utf8')) as {Id: number}).Id
}

const heldBy = async (node: number) => (await partitions()).filter(({replicas}) => replicas.includes(node)).length
const ledBy = async (node: number) => (await partitions()).filter(({leader}) => leader === node).length

/** What a leader has just told a master is on its way to the metadata. */
async function becomesSound(): Promise<void> {
  let said = ''
  await until(
    'the doctor has nothing to say',
    async () => {
      const {code, stdout} = await run('doctor', '--severity', 'warning')
      said = stdout
      return code === 0
    },
    settledMs,
  ).catch((thrown: Error) => {
    throw new Error(`${thrown.message}; it says:\n${said}`)
  })
}

describe('a repair mends', {timeout: 120_000}, () => {
  const orphan = {id: 77, name: '', space_id: 9, db_id: 1, partition_slot: 0, replicas: [1], leader_name: 1}
  test.each<[code: string, what: string, spoil: () => Promise<unknown>]>([
    ['VC114', 'a sequence that is behind', () => put('id/partition', 2)],
    ['VC114', 'a sequence that is no number', () => put('id/space', 'many')],
    ['VC106', 'a partition of no space', () => put('partition/77', orphan)],
    ['VC115', 'a lock that nobody holds', () => put('lock//test/lock//db/space/1', '')],
    ['VC116', 'an alias of nothing', () => put('alias/lost', {name: 'lost', db_name: 'db', space_name: 'gone'})],
    [
      'VC108',
      'a db that cannot be found by its name',
      () => store.transact({then: [{type: 'delete', key: '/test/db/name/db'}]}),
    ],
    ['VC107', 'a space without its db', () => store.transact({then: [{type: 'delete', key: '/test/db/body/1'}]})],
    [
      'VC104',
      'a record that counts a server too few',
      async () => {
        const {replicas = [], ...record} = (await recordAt('partition/1')) ?? {}
        await put('partition/1', {...record, replicas: (replicas as number[]).slice(0, 2)})
      },
    ],
  ])('%s: %s', async (code, _, spoil) => {
    await becomesSound()
    await spoil()
    const found = await json('doctor', code)
    expect(found.body.data?.map((finding) => finding.code)).toEqual([code])
    const dry = await run(`repair ${code} --dry-run`)
    expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('vearchctl plan apply p')])
    expect((await run(`repair ${code}`)).code).toBe(7)
    expect((await json('doctor', code)).body.data).toHaveLength(1)
    const repaired = await run(`repair ${code} -y`)
    expect([repaired.code, repaired.stderr]).toEqual([0, expect.not.stringContaining('error')])
    await becomesSound()
    expect((await run(`repair ${code} -y`)).code).toBe(3)
  })
})

test('the record of a failure of a server that has gone is removed by the masters themselves', async () => {
  const server = {name: 9, ip: '10.0.0.9', rpc_port: 8081}
  await put('fail/server/9', {nodeID: 9, time_stamp: 1_700_000_000, server})
  await until('the record is gone', async () => (await recordAt('fail/server/9')) === null, settledMs)
  expect((await run('repair VC111 -y')).code).toBe(3)
}, 120_000)

describe('a server', {timeout: 180_000}, () => {
  /** Ends the command the hard way once it has begun with its second step. */
  async function killedInTheMiddle(words: string): Promise<string> {
    const {code, stderr} = await runCli([...words.split(' '), '--conf', cluster.conf], {
      onStart: (child) => {
        let said = ''
        child.stderr?.on('data', (text: string) => {
          said += text
          if (/^2\/\d/m.test(said)) child.kill('SIGKILL')
        })
      },
    })
    expect([code, stderr]).toEqual([null, expect.stringMatching(/^2\/\d/m)])
    const {body} = await json('plan list', '--filter', 'state == "running"')
    expect(body.data).toHaveLength(1)
    const [{plan} = {plan: null}] = body.data ?? []
    return (plan as {id: string}).id
  }

  test('is emptied by a plan that is killed, cancelled and taken up again', async () => {
    await becomesSound()
    const plan = await killedInTheMiddle('node decommission 4 -y')
    expect((await run('node decommission status 4')).code).toBe(0)
    const cancelled = await json(`plan cancel ${plan}`)
    expect([cancelled.code, cancelled.body.error]).toEqual([0, undefined])
    expect((await json('plan list', '--filter', `state == "cancelled"`)).body.data).toHaveLength(1)
    const resumed = await run(`plan resume ${plan} -y`)
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining('error')])
    expect(await heldBy(4)).toBe(0)
    expect((await run(`plan resume ${plan} -y`)).code).toBe(6)
    expect((await run(`plan cancel ${plan}`)).code).toBe(6)
    expect((await json('node decommission status 4')).body.data).toEqual([])
    expect((await run('node decommission cancel 4')).code).toBe(0)
    await becomesSound()
  })

  test('takes the place of another', async () => {
    const held = await heldBy(1)
    const replaced = await run('node replace 1 4 -y')
    expect([replaced.code, replaced.stderr]).toEqual([0, expect.not.stringContaining('error')])
    expect([await heldBy(1), await heldBy(4)]).toEqual([0, held])
    expect((await run('node replace 1 99 -y')).code).not.toBe(0)
    await becomesSound()
  })

  test('that is empty gets its share', async () => {
    const looked = await run('partitions rebalance')
    expect([looked.code, await heldBy(1)]).toEqual([0, 0])
    const applied = await run('partitions rebalance --apply -y')
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('error')])
    const counts = await Promise.all([1, 2, 3, 4].map(heldBy))
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    await becomesSound()
  })

  test('gives its leaders away, and then all that it has', async () => {
    const node = (await partitions())[0]?.leader ?? 0
    expect((await run(`node drain ${node} --leaders-only -y`)).code).toBe(0)
    expect(await ledBy(node)).toBe(0)
    const drained = await run(`node drain ${node} -y`)
    expect([drained.code, drained.stderr]).toEqual([0, expect.not.stringContaining('error')])
    expect(await heldBy(node)).toBe(0)
    expect((await partitions()).map(({id, replicas}) => [id, replicas.length])).toEqual(ids.map((id) => [id, 3]))
    await becomesSound()
  })

  test('after the other is restarted, and nothing is lost', async () => {
    const nodes = await Promise.all(cluster.servers.map(({data}) => nodeIn(data)))
    const held = await Promise.all(nodes.map(heldBy))
    // the empty one first, and two of those that have replicas
    const servers = cluster.servers.toSorted((a, b) => holds(a) - holds(b)).slice(0, 3)
    function holds(server: (typeof cluster.servers)[number]): number {
      return held[cluster.servers.indexOf(server)] ?? 0
    }
    const files = servers.map(({conf}) => conf)
    const refused = await runCli(['node', 'restart', ...files, '--max-unavailable', '3', '-y', '--conf', cluster.conf])
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('--force=quorum')])
    expect(servers.every(({process}) => process.isRunning)).toBe(true)
    const dry = ['node', 'restart', ...files.toReversed(), '--no-leaders-last', '--dry-run', '--conf', cluster.conf]
    expect((await runJson(dry)).body.data?.map(({subject}) => subject)).toEqual(files.toReversed())
    const flags = ['--max-unavailable', '2', '-y', '--conf', cluster.conf]
    const {code, stderr} = await runCli(['node', 'restart', ...files, '--rolling', ...flags])
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')])
    restarted.push(...servers)
    expect(servers.some(({process}) => process.isRunning)).toBe(false)
    const {body} = await json('audit list', '--filter', 'action in ["node stop", "node restart"]', '--sort', 'at')
    expect(body.data?.map(({action}) => action)).toEqual([
      ...two('node stop'),
      ...two('node restart'),
      'node stop',
      'node restart',
    ])
    const [empty = ''] = files
    const again = await runCli(['node', 'restart', empty, '--no-wait-healthy', '-y', '--conf', cluster.conf])
    expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('error')])
    await becomesSound()
    expect((await run('status')).stdout).toMatch(/^docs +60$/m)
  })
})
