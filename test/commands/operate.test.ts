/** The operating commands against a live cluster: good days, a frozen server, a killed one, and a metadata store that is gone. */
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

let cluster: TestCluster
const run = (...args: string[]) => runCli([...args, '--conf', cluster.conf])
const json = (...args: string[]) => runJson([...args, '--conf', cluster.conf])

beforeAll(async () => {
  cluster = await TestCluster.start({ps: 4, embedded: true, withAuth: true})
  await cluster.createSpace({name: 'seen', partition_num: 2, replica_num: 3, dimension: 4})
  const documents = Array.from({length: 60}, (_, n) => ({_id: `d${n}`, v: [n, 1, 2, 3]}))
  await cluster.ask('POST', '/document/upsert?timeout=10000', {db_name: 'db', space_name: 'seen', documents})
}, 120_000)
/** The server that no longer is a child of this test. */
let restarted: string | null = null
afterAll(async () => {
  if (restarted !== null) await runCli(['node', 'stop', '--conf', restarted, '-y', '--force', 'quorum'])
  await cluster?.stop()
})

interface Row {
  readonly id: number
  readonly leader: number
  readonly replicas: readonly number[]
}

async function partition(id: number): Promise<Row> {
  const {body} = await json('partitions', 'list')
  return (body.data as unknown as Row[]).find((row) => row.id === id) as Row
}

const outside = ({replicas}: Row) => [1, 2, 3, 4].find((node) => !replicas.includes(node)) ?? 0

describe('a cluster that is well', {timeout: 60_000}, () => {
  test('is called so, each way of asking', async () => {
    expect((await run('health', '--wait', 'ok', '--timeout', '30s')).code).toBe(0)
    expect(await run('health', '--explain')).toMatchObject({code: 0, stdout: 'OK\nWRITABLE 2/2   READABLE 2/2\n'})
    const nagios = await run('health', '--nagios')
    expect([nagios.code, nagios.stdout]).toEqual([0, expect.stringMatching(/^VEARCH OK - writable 2\/2/)])
    const status = await run('status')
    expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/^docs +60$/m)])
    const doctor = await json('doctor', '--severity', 'warning')
    expect([doctor.code, doctor.body.data]).toEqual([0, []])
    expect(doctor.body.warnings?.join()).toContain('VC117')
    const ping = await json('node', 'ping')
    expect([ping.code, ping.body.data?.map(({rpc}) => (rpc as {word: string}).word)]).toEqual([0, Array(4).fill('ok')])
  })

  test('is shown partition by partition', async () => {
    const live = await json('partitions', 'list', '--live', '--space', 'db/seen')
    const docs = live.body.data?.reduce((sum, row) => sum + Number(row.docs), 0)
    expect([live.code, docs, live.body.data?.map(({state, lag}) => [state, lag])]).toEqual([
      0,
      60,
      [
        ['ok', expect.any(Number)],
        ['ok', expect.any(Number)],
      ],
    ])
    expect((await run('partitions', 'list', '--live')).stdout).toMatch(/^ID .* DOCS +SIZE +INDEX +LAG$/m)
    const sources = await json('partitions', 'list', '--sources')
    expect(sources.body.data?.map(({verdict}) => verdict)).toEqual(Array(6).fill('ok'))
    const shown = await json('partitions', 'show', '1')
    expect(shown.body.data?.filter(({raft}) => raft === 'leader')).toHaveLength(1)
    const located = await json('partitions', 'locate', '--space', 'db/seen', '--key', 'd7')
    expect(located.body.data).toEqual([
      expect.objectContaining({replicas: expect.anything(), leader: expect.anything()}),
    ])
    const why = await run('partitions', 'explain', '1')
    expect(why.stdout).toContain('no router in particular serves it')
    expect((await run('partitions', 'show', '99')).code).toBe(3)
  })

  test('has equal replicas, document by document', async () => {
    const {code, body} = await json('partitions', 'verify', '--deep')
    expect(body.data?.map(({verdict}) => verdict)).toEqual(['equal', 'equal'])
    const documents = body.data?.map((row) => (row.deep as {documents: number}).documents) ?? []
    expect([code, documents.reduce((sum, each) => sum + each, 0)]).toEqual([0, 60])
  })

  test('is asked for a backup until there is one', async () => {
    expect((await json('doctor', 'VC131')).body.data).toMatchObject([{code: 'VC131', severity: 'note'}])
    expect((await run('meta', 'backup', join(cluster.directory, 'backup'))).code).toBe(0)
    expect((await json('doctor', 'VC131')).body.data).toEqual([])
  })

  test('is reported in the formats of others', async () => {
    const sarif = await run('doctor', '-o', 'sarif')
    expect(JSON.parse(sarif.stdout)).toMatchObject({version: '2.1.0'})
    expect((await run('doctor', '-o', 'junit')).stdout).toMatch(/^<\?xml/)
    expect((await run('health', '--prometheus')).stdout).toContain('vearch_health{cluster="test",state="OK"} 1')
  })
})

describe('its parts', {timeout: 60_000}, () => {
  test('are listed', async () => {
    expect((await json('master', 'members')).body.data).toEqual([expect.objectContaining({name: 'm1', state: 'up'})])
    expect((await json('master', 'leader')).body.data?.[0]).toMatchObject({duty: expect.any(String), master: 'm1'})
    expect((await json('master', 'etcd')).body.data).toEqual([expect.objectContaining({errors: []})])
    expect((await json('router', 'list')).body.data).toEqual([expect.objectContaining({state: 'leased'})])
    const cached = await json('router', 'cache', 'db/seen', '--router', cluster.routers[0]?.url ?? '')
    expect(cached.body.data?.[0]).toMatchObject({value: {name: 'seen'}})
    expect((await json('top')).body.data?.map(({state}) => state)).toEqual(Array(4).fill('up'))
    expect((await json('node', 'stats')).body.data).toHaveLength(4)
  })

  test('are in a bundle, from which the same is seen elsewhere', async () => {
    const file = join(cluster.directory, 'bundle')
    expect((await run('debug', 'bundle', file)).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain('secret"')
    expect(text).toMatch(/user\/root.*\*\*\*/)
    const elsewhere = ['--snapshot', file]
    expect(await runCli(['health', ...elsewhere])).toMatchObject({code: 0})
    const sources = await runJson(['partitions', 'list', '--sources', ...elsewhere])
    expect(sources.body.data?.map(({verdict}) => verdict)).toEqual(Array(6).fill('ok'))
    expect((await runCli(['debug', 'bundle', 'analyze', file])).code).toBe(0)
    expect((await run('debug', 'bundle', 'analyze', cluster.conf)).code).toBe(2)
    await writeFile(file, text.slice(0, -40))
    expect((await runCli(['health', ...elsewhere])).code).toBe(27)
  })

  test('are in a bundle only as far as they are asked for', async () => {
    const file = join(cluster.directory, 'some')
    const some = await json('debug', 'bundle', file, '--nodes', '1,2', '--size-limit', '20MB')
    expect(some.body.data).toMatchObject([{nodesAsked: 2, nodesHeard: 2}])
    expect((await run('debug', 'bundle', file, '--size-limit', '1KB')).code).toBe(6)
    const logs = await runCli(['node', 'logs', '--snapshot', file])
    expect(logs).toMatchObject({code: 3, stderr: expect.stringContaining('debug bundle --since 1h')})
  })

  test('are in a bundle without a name or an address, and as well as they are', async () => {
    const file = join(cluster.directory, 'strict')
    expect((await run('debug', 'bundle', file, '--redact', 'strict', '--since', '1h')).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect(text).not.toMatch(/127\.0\.0\.1|"seen"/)
    const health = await runCli(['health', '--explain', '--snapshot', file])
    expect(health).toMatchObject({code: 0, stdout: 'OK\nWRITABLE 2/2   READABLE 2/2\n'})
    expect((await runCli(['node', 'stats', '--snapshot', file])).code).toBe(0)
  })

  test('are in a bundle with what they have logged, which is read from it as from them', async () => {
    const file = join(cluster.directory, 'logged')
    const written = await json('debug', 'bundle', file, '--since', '1h', '--exclude-nodes', '4')
    const [{logLines} = {}] = written.body.data ?? []
    expect(logLines).toBeGreaterThan(0)
    const elsewhere = ['--snapshot', file, '--lines', '10000', '--grep', 'wal.opened']
    const lines = await runJson(['node', 'logs', ...elsewhere])
    expect(lines.body.data?.map(({node}) => node).sort()).toEqual([1, 2, 3])
    const here = await json('node', 'logs', '2', '--lines', '10000', '--grep', 'wal.opened')
    expect((await runJson(['node', 'logs', '2', ...elsewhere])).body.data).toEqual(here.body.data)
    expect((await runCli(['node', 'logs', '4', ...elsewhere])).code).toBe(3)
    expect(await runJson(['node', 'logs', ...elsewhere, '--level', 'error'])).toMatchObject({body: {data: []}})
  })

  test('run with a configuration each, which can be compared', async () => {
    const one = cluster.servers[0]?.conf ?? ''
    const [, port = ''] = /^rpc_port = (\d+)$/m.exec(await readFile(one, 'utf8')) ?? []
    const servers = await json('node', 'list', '--role', 'ps')
    const {id} = servers.body.data?.find((row) => JSON.stringify(row).includes(port)) ?? {}
    expect((await json('config', 'diff', one, String(id))).body).toMatchObject({data: []})
    const {code, body} = await json('config', 'diff', '1', '2')
    const keys = body.data?.map(({key}) => String(key))
    expect([code, keys]).toEqual([12, expect.arrayContaining(['ps.rpc_port', 'global.log'])])
    expect(keys).not.toContain('global.signkey')
    expect((await run('config', 'diff', '1', '99')).code).toBe(3)
  })

  test('have logs, merged by time', async () => {
    const args = ['node', 'logs', '--conf', cluster.servers[0]?.conf ?? '', '-n', '5']
    const {code, body} = await runJson(args)
    const times = body.data?.map(({time}) => String(time)) ?? []
    expect([code, times.length, times]).toEqual([0, 5, times.toSorted()])
    expect((await runJson([...args, '--grep', 'no such words'])).body.data).toEqual([])
    expect((await runCli([...args, '--grep', '('])).code).toBe(2)
  })

  test('that run are not to be started again', async () => {
    const {code, body} = await runJson(['node', 'preflight', '--conf', cluster.servers[0]?.conf ?? ''])
    expect([code, body.data?.map(({check, verdict}) => `${check} ${verdict}`)]).toEqual([
      6,
      ['configuration ok', 'identity ok', 'registration refused', 'partitions ok'],
    ])
  })
})

describe('a change', {timeout: 60_000}, () => {
  test('is only shown with --dry-run, and not made where nobody agrees', async () => {
    const before = await partition(1)
    const [from = 0] = before.replicas
    const dry = await run('partitions', 'move', '1', '--from', String(from), '--dry-run')
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining(`to node ${outside(before)}`)])
    expect((await run('partitions', 'move', '1', '--from', String(from))).code).toBe(7)
    expect(await partition(1)).toEqual(before)
    const [, id = ''] = /plan apply (p\w+)/.exec(dry.stderr) ?? []
    const rehearsed = await run('plan', 'rehearse', id)
    expect(rehearsed.stdout).toContain('health OK → OK')
    expect((await json('plan', 'show', id)).body.data).toEqual([expect.objectContaining({state: 'new', done: 0})])
    expect(await run('plan', 'apply', id, '--yes')).toMatchObject({code: 0})
    expect((await partition(1)).replicas).not.toContain(from)
    const events = await run('events', '--since', 'all', '--kind', 'replicas', '--limit', '2', '--timeout', '30s')
    expect(events.stdout).toMatch(/"subject":"partition 1","change":"add \d remove \d \(move_replica\): running/)
    const again = await run('plan', 'resume', id)
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('is applied')])
  })

  test('of the leader is seen by raft and by the metadata', async () => {
    const {leader, replicas} = await partition(2)
    const heir = replicas.find((node) => node !== leader)
    expect(await run('partitions', 'transfer-leader', '2', '--to', String(heir), '-y')).toMatchObject({code: 0})
    expect((await partition(2)).leader).toBe(heir)
  })

  test('of the leader is told as it happens, by raft and by the metadata', async () => {
    const kinds = ['--kind', 'role', '--kind', 'leader', '--limit', '12', '--timeout', '50s', '--json']
    const watching = runCli(['events', ...kinds, '--conf', cluster.conf])
    let hasEnded = false
    void watching.finally(() => {
      hasEnded = true
    })
    while (!hasEnded) {
      const {leader, replicas} = await partition(2)
      const heir = String(replicas.find((node) => node !== leader))
      await run('partitions', 'transfer-leader', '2', '--to', heir, '-y')
    }
    const {code, stdout} = await watching
    const told = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]))
    expect([code, told.length]).toEqual([0, 12])
    expect(new Set(told.map(({kind}) => kind))).toEqual(new Set(['leader', 'role']))
    const roles = told.filter(({kind}) => kind === 'role')
    expect(roles.map(({change}) => change)).toContainEqual(expect.stringMatching(/^candidate → leader in term \d+$/))
    expect(roles.every(({subject}) => /^partition \d on node \d$/.test(subject ?? ''))).toBe(true)
  })

  test('adds and takes away a replica', async () => {
    const newcomer = String(outside(await partition(2)))
    expect(await run('partitions', 'add-replica', '2', '-y')).toMatchObject({code: 0})
    expect((await partition(2)).replicas).toHaveLength(4)
    expect(await run('partitions', 'remove-replica', '2', '--from', newcomer, '-y')).toMatchObject({code: 0})
    expect((await partition(2)).replicas).not.toContain(Number(newcomer))
  })

  test('makes a replica anew where it was, as the repair of a damaged one does', async () => {
    const {leader, replicas} = await partition(1)
    const same = String(replicas.find((node) => node !== leader))
    expect(await run('partitions', 'remove-replica', '1', '--from', same, '-y')).toMatchObject({code: 0})
    expect(await run('partitions', 'add-replica', '1', '--to', same, '-y')).toMatchObject({code: 0})
    const again = await partition(1)
    expect([...again.replicas].sort()).toEqual([...replicas].sort())
  })

  test('passes a cordoned server over', async () => {
    const node = String(outside(await partition(2)))
    const [from] = (await partition(2)).replicas
    expect(await run('node', 'cordon', node, '--reason', 'new disk')).toMatchObject({code: 0})
    const refused = await run('partitions', 'move', '2', '--from', String(from), '--to', node, '-y')
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('--force=placement')])
    expect((await run('node', 'show', node)).stdout).toMatch(/^cordoned +since .* new disk$/m)
    // the masters say the same to whoever does not plan first
    const body = {partition_ids: [2], from, to: Number(node)}
    await until('the masters have heard of it', async () => {
      const answer = await cluster.request('POST', '/partitions/move_replica', body)
      return /cordon/.test(answer.body.msg ?? '')
    })
    expect(await run('node', 'uncordon', node)).toMatchObject({code: 0})
    expect((await run('node', 'uncordon', node)).code).toBe(3)
  })

  test('by a user with the wrong password is none', async () => {
    const file = join(cluster.directory, 'wrong')
    await writeFile(file, 'guess\n')
    const {leader, replicas} = await partition(1)
    const heir = String(replicas.find((node) => node !== leader))
    const args = ['partitions', 'transfer-leader', '1', '--to', heir, '-y', '--user', 'root', '--password-file', file]
    const refused = await json(...args)
    expect([refused.code, refused.body.error?.code]).toEqual([5, 'AUTHENTICATION_FAILED'])
    expect((await partition(1)).leader).toBe(leader)
  })
})

describe('a finding', {timeout: 60_000}, () => {
  test('is muted for a while, and heard again', async () => {
    const muted = await run('doctor', 'mute', 'VC104', '--ttl', '1h', '--reason', 'known')
    expect(muted.code).toBe(0)
    expect((await run('status')).stdout).toMatch(/^mutes +1$/m)
    expect(await run('doctor', 'unmute', 'VC104')).toMatchObject({code: 0})
    expect((await run('doctor', 'unmute', 'VC104')).code).toBe(3)
    expect((await run('doctor', 'mute', 'VC104', '--ttl', '1000h', '--reason', 'forever')).code).toBe(2)
  })
})

describe('a server that', {timeout: 90_000}, () => {
  test('is frozen is named within the time of one question', async () => {
    const [first] = cluster.servers
    first?.process.signal('SIGSTOP')
    try {
      const ping = await json('node', 'ping', '--node-timeout', '3s')
      const silent = ping.body.data?.filter(({rpc}) => (rpc as {word: string}).word === 'silent') ?? []
      expect([ping.code, silent.length]).toEqual([8, 1])
      const health = await run('health', '--explain', '--node-timeout', '3s')
      expect([health.code, health.stdout]).toEqual([expect.toBeOneOf([10, 11]), expect.stringMatching(/node \d/)])
    } finally {
      first?.process.signal('SIGCONT')
    }
    expect((await run('health', '--wait', 'ok', '--timeout', '40s')).code).toBe(0)
  })

  test('is killed is found, explained, and recovered from', async () => {
    const {replicas} = await partition(1)
    const [, second] = cluster.servers
    await second?.process.end('SIGKILL')
    let node = 0
    await until(
      'its failure is recorded',
      async () => {
        const {body} = await json('node', 'list', '--state', 'failed')
        node = Number(body.data?.[0]?.id ?? 0)
        return node > 0
      },
      30_000,
    )
    await until('others lead', async () => (await run('health')).code === 10, 30_000)
    const doctor = await json('doctor', 'VC103', 'VC134')
    expect(doctor.code).toBe(10)
    expect(doctor.body.data?.map(({code}) => code)).toContain('VC103')
    const why = await run('why', 'node', String(node))
    expect(why.stdout).toContain(`→ vearchctl node recover ${node}`)
    const held = replicas.includes(node) ? 1 : 2
    expect((await run('why', 'partition', String(held))).stdout).toContain(`node ${node}`)
    expect((await run('node', 'forget', String(node), '-y')).code).toBe(6)
    expect(await run('node', 'recover', String(node), '-y')).toMatchObject({code: 0})
    for (const id of [1, 2]) expect((await partition(id)).replicas).not.toContain(node)
    expect((await run('health', '--wait', 'ok', '--timeout', '30s')).code).toBe(0)
    expect((await run('node', 'show', String(node))).code).toBe(3)
  })
})

describe('a server of this machine', {timeout: 120_000}, () => {
  test('is restarted, and back with all that it holds', async () => {
    const conf = cluster.servers[2]?.conf ?? ''
    const {code, body} = await runJson(['node', 'restart', conf, '--conf', conf, '-y', '--timeout', '100s'])
    expect([code, body.data]).toEqual([0, [expect.objectContaining({conf})]])
    expect(cluster.servers[2]?.process.isRunning).toBe(false)
    restarted = conf
    expect((await run('health')).code).toBe(0)
  })

  test('is stopped where that leaves every partition a majority', async () => {
    const [first, , third] = cluster.servers
    const stopped = await runCli(['node', 'stop', '--conf', first?.conf ?? '', '-y'])
    expect(stopped.code, stopped.stderr).toBe(0)
    await until('the process has ended, too', () => first?.process.isRunning === false)
    await until('it is known to be gone', async () => (await run('health')).code === 10, 30_000)
    const refused = await runCli(['node', 'stop', '--conf', third?.conf ?? '', '-y'])
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('--force=quorum')])
    expect((await run('node', 'ping')).code).toBe(0)
    expect((await runCli(['node', 'stop', '--conf', first?.conf ?? '', '-y'])).code).toBe(3)
  })
})

describe('metadata that is gone', () => {
  const gone = ['--etcd', '127.0.0.1:1', '--cluster', 'test', '--timeout', '3s']

  test.each([['health'], ['status'], ['doctor'], ['why node 1'], ['node ping'], ['partitions show 1']])(
    '%s cannot tell, and says so in time',
    async (command) => {
      const {code, stderr} = await runCli([...command.split(' '), ...gone])
      expect([code, stderr]).toEqual([4, expect.stringContaining('127.0.0.1:1')])
    },
  )

  test('is unknown to Nagios', async () => {
    const {code, stdout} = await runCli(['health', '--nagios', ...gone])
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^VEARCH UNKNOWN - /)])
  })

  test('is waited for no longer than asked', async () => {
    const {code} = await runCli(['health', '--wait', 'ok', ...gone])
    expect(code).toBe(124)
  })
})
