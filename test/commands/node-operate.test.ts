/** Operating partition servers from any machine: their logs, their profiles, their end; and one that is started in the background. */
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {freePorts} from '../harness/etcd.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

let cluster: TestCluster
/** A busy machine is no dead one. */
const patience = ['--timeout', '60s', '--node-timeout', '20s']
const run = (...args: string[]) => runCli([...args, '--conf', cluster.conf, ...patience])
const json = (...args: string[]) => runJson([...args, '--conf', cluster.conf, ...patience])

beforeAll(async () => {
  cluster = await TestCluster.start({ps: 2, embedded: true})
  await cluster.createSpace({name: 'seen', partition_num: 2, replica_num: 1, dimension: 4})
}, 120_000)
afterAll(() => cluster?.stop())

describe('the log of a server', {timeout: 120_000}, () => {
  test('is handed out, chosen by what is asked', async () => {
    const {code, body} = await json('node', 'logs', '1', '2', '--grep', 'step=heartbeat')
    expect([code, body.data?.map(({node, event}) => [node, event]).sort()]).toEqual([
      0,
      [
        [1, 'ps.start.step'],
        [2, 'ps.start.step'],
      ],
    ])
    const last = await json('node', 'logs', '1', '-n', '3')
    expect(last.body.data).toHaveLength(3)
    expect((await json('node', 'logs', '1', '--level', 'fatal')).body.data).toEqual([])
    expect((await run('node', 'logs', '1', '--grep', '(')).code).toBe(2)
    expect((await run('node', 'logs', '9')).code).toBe(3)
  })

  test('says what the server is told to say, from then on, and is followed', async () => {
    const before = await json('node', 'log-level', '1')
    expect(before.body.data).toMatchObject([{node: 1, logLevel: 'info', roles: ['ps']}])
    const following = runCli([
      'node',
      'logs',
      '1',
      '-f',
      '--grep',
      'ps.log.level',
      '--conf',
      cluster.conf,
      '--limit',
      '2',
    ])
    expect((await run('node', 'log-level', '1', 'debug', '--dry-run')).code).toBe(0)
    expect((await json('node', 'log-level', '1', 'debug')).body.data).toMatchObject([{logLevel: 'debug'}])
    expect((await json('node', 'log-level', '1')).body.data).toMatchObject([{logLevel: 'debug'}])
    expect((await json('node', 'log-level', '1', 'info')).code).toBe(0)
    const {code, stdout} = await following
    const changes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as {fields: {now: string}}).fields.now)
    expect([code, changes]).toEqual([0, ['debug', 'info']])
    expect((await run('node', 'log-level', '1', 'loud')).code).toBe(2)
    const {body} = await json('audit', 'list', '--filter', 'action == "node log-level"')
    expect(body.data).toHaveLength(2)
  })
})

describe('a profile of a server', {timeout: 120_000}, () => {
  test.each([
    ['cpu', 'nodes'],
    ['heap', 'head'],
  ])('of its %s is written beside its log', async (kind, content) => {
    const {code, body} = await json('node', 'profile', '1', `--${kind}`, '300ms')
    expect(code).toBe(0)
    const [row] = body.data ?? []
    expect(row).toMatchObject({node: 1, kind, file: expect.stringMatching(/\/ps[12]\/logs\//)})
    expect(JSON.parse(await readFile(String(row?.file), 'utf8'))).toHaveProperty(content)
  })

  test('needs to be told of what, and for how long at most', async () => {
    expect((await run('node', 'profile', '1')).code).toBe(2)
    expect((await run('node', 'profile', '1', '--cpu', '1s', '--heap', '1s')).code).toBe(2)
    expect((await run('node', 'profile', '1', '--cpu', '2m')).code).toBe(2)
  })
})

describe('ping', {timeout: 120_000}, () => {
  test('is repeated, and tells how long answers take', async () => {
    const {code, body} = await json('node', 'ping', '2', '--count', '3')
    expect([code, body.data]).toEqual([0, [expect.objectContaining({node: 2, answered: 3, asked: 3})]])
    expect((await run('node', 'ping', '2', '--count', '2')).stdout).toMatch(/\d+\/\d+\/\d+ ms/)
  })
})

describe('the list of nodes', {timeout: 120_000}, () => {
  test('is wide where that is asked for, and nothing else is', async () => {
    const heads = async (...flags: string[]) => (await run('node', 'list', ...flags)).stdout.split('\n')[0]
    expect(await heads('--wide')).toBe(await heads('-o', 'wide'))
    expect(await heads('--wide', '-o', 'csv')).toBe(await heads('-o', 'csv'))
    expect(await heads('--wide')).not.toBe(await heads())
  })

  test('tells what the nodes say, where they are asked', async () => {
    const {code, body} = await json('node', 'list', '--live')
    expect([code, body.data]).toEqual([
      0,
      [
        expect.objectContaining({role: 'master', id: 'm1', state: 'up', docs: null}),
        expect.objectContaining({role: 'router', state: 'leased', leaseTtl: expect.any(Number), partitions: null}),
        ...['1', '2'].map((id) =>
          expect.objectContaining({
            ...{id, role: 'ps', state: 'up', docs: 0, leaseTtl: expect.any(Number)},
            memoryPercent: expect.any(Number),
          }),
        ),
      ],
    ])
    const {stdout} = await run('node', 'list', '--live', '--role', 'ps')
    expect(stdout).toMatch(
      /^ID +ROLE +ADDRESS +STATE +LEASE-TTL +VERSION +ZONE +PARTS +LEADERS +DOCS +MEM% +DISK% +LAG$/m,
    )
    expect((await json('node', 'list', '--live', '--state', 'silent')).body.data).toEqual([])
    expect((await run('node', 'list', '--state', 'silent')).code).toBe(2)
    expect((await run('node', 'list', '--live', '--state', 'known')).code).toBe(2)
  })
})

describe('a server in the background', {timeout: 120_000}, () => {
  let conf: string
  let pidFile: string
  let logFile: string
  const detach = (...flags: string[]) =>
    runJson(['node', 'start', 'ps', '--detach', '--pid-file', pidFile, '--log-file', logFile, ...flags, '--conf', conf])

  beforeAll(async () => {
    const home = join(cluster.directory, 'ps3')
    await mkdir(home)
    conf = join(home, 'config.toml')
    pidFile = join(home, 'ps.pid')
    logFile = join(home, 'start.log')
    const like = await readFile(cluster.servers[0]?.conf ?? '', 'utf8')
    await writeFile(conf, like.replaceAll('/ps1/', '/ps3/'))
  })
  afterAll(async () => {
    const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
    if (pid > 0) process.kill(pid, 'SIGKILL')
  })

  test('is not started where its ports are taken, and it is said why', async () => {
    const {code, body} = await detach('--wait', '30s')
    expect([code, body.error?.code]).toEqual([22, 'PORT_TAKEN'])
    expect(await readFile(logFile, 'utf8')).toContain('rpc_port')
    await expect(readFile(pidFile)).rejects.toThrow()
  })

  test('serves when the command ends, with what its flags say, and is stopped from elsewhere', async () => {
    const [rpc = 0, heartbeat = 0, replicate = 0] = await freePorts(3)
    const ports = [
      '--rpc-port',
      `${rpc}`,
      '--raft-heartbeat-port',
      `${heartbeat}`,
      '--raft-replicate-port',
      `${replicate}`,
    ]
    const {code, body} = await detach(...ports, '--zone', 'z1', '--rack', 'r7', '--resource', 'fast', '--private')
    expect([code, body.error]).toEqual([0, undefined])
    expect(String(body.data?.[0]?.pid)).toBe((await readFile(pidFile, 'utf8')).trim())
    const record = await json('meta', 'get', 'server/3')
    expect(record.body.data?.[0]?.value).toMatchObject({
      rpc_port: rpc,
      raft_heartbeat_port: heartbeat,
      raft_replicate_port: replicate,
      host_zone: 'z1',
      host_rack: 'r7',
      resource_name: 'fast',
      private: true,
    })
    const again = await runCli(['node', 'start', 'ps', '--preflight', 'strict', '--conf', conf])
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('node 3 is alive')])
    expect((await run('node', 'stop', '3', '--dry-run')).stdout).toContain('stop node 3')
    const stopped = await json('node', 'stop', '3', '-y')
    expect([stopped.code, stopped.body.data]).toEqual([
      0,
      [expect.objectContaining({node: 3, pid: body.data?.[0]?.pid})],
    ])
    await until('its process has ended', async () => (await readFile(pidFile).catch(() => null)) === null, 30_000)
    expect((await run('node', 'stop', '3', '-y')).code).toBe(3)
  })

  test('is stopped by the file with its process id, in its own time, and nobody else is', async () => {
    const stop = (file: string, ...flags: string[]) =>
      runCli(['node', 'stop', '--pid-file', file, '-y', ...flags, '--conf', cluster.conf, '--node-timeout', '2s'])
    const another = join(cluster.directory, 'another.pid')
    // ours is alive, and no server
    for (const word of [`${process.pid}`, 'none']) {
      await writeFile(another, word)
      expect((await stop(another)).code).toBe(3)
    }
    const ports = (await freePorts(3)).map(String)
    const names = ['--rpc-port', '--raft-heartbeat-port', '--raft-replicate-port']
    // not those of its configuration
    const directories = ['here', 'there'].map((name) => join(cluster.directory, name))
    const data = directories.flatMap((directory) => ['--data-dir', directory])
    const {body} = await detach(...names.flatMap((name, at) => [name, ports[at] ?? '']), ...data)
    const pid = Number(body.data?.[0]?.pid)
    for (const directory of directories) {
      expect(await readdir(directory)).toContainEqual(expect.stringMatching(`^LOCK\\.${pid}\\.`))
    }
    const elsewhere = await stop(pidFile, '--cluster', 'other')
    expect([elsewhere.code, elsewhere.stderr]).toEqual([6, expect.stringContaining('not of other')])
    process.kill(pid, 'SIGSTOP')
    const late = await stop(pidFile, '--graceful', '300ms', '--timeout', '30s')
    expect([late.code, late.stderr]).toEqual([4, expect.stringContaining(`process ${pid} of this machine`)])
    expect(late.stderr).toContain('it was not killed')
    process.kill(pid, 'SIGCONT')
    await until('its process has ended', async () => (await readFile(pidFile).catch(() => null)) === null, 30_000)
    await writeFile(another, `${pid}\n`)
    expect((await stop(another)).code).toBe(3)
    expect((await run('node', 'stop', '1', '--pid-file', another)).code).toBe(2)
  })

  test('is refused its end where a partition would be without a majority', async () => {
    const {code, stderr} = await run('node', 'stop', '1', '-y')
    expect([code, stderr]).toEqual([6, expect.stringContaining('--force=quorum')])
  })
})

describe('a drain whose time is over', {timeout: 120_000}, () => {
  test('names what was not done, and can be gone on with', async () => {
    const {code, body} = await json('node', 'drain', '1', '--deadline', '1ms', '-y')
    expect([code, body.data, body.warnings]).toEqual([
      8,
      [],
      [expect.stringMatching(/^move the replica of partition \d from node 1 .*: not done by the deadline$/)],
    ])
    const plans = await json('plan', 'list', '--filter', 'state == "paused"')
    expect(plans.body.data).toHaveLength(1)
  })
})

describe('a drain in the background', {timeout: 120_000}, () => {
  test('goes on when the command has ended, and is found by its plan', async () => {
    const {code, body} = await json('node', 'drain', '1', '--detach', '-y')
    const plan = (body.data?.[0]?.plan as {id: string} | undefined)?.id ?? ''
    expect([code, plan]).toEqual([0, expect.stringMatching(/^p/)])
    await until(
      'the plan is applied',
      async () => {
        const shown = await json('plan', 'show', plan)
        return shown.body.data?.[0]?.state === 'applied'
      },
      90_000,
    )
    const {body: left} = await json('node', 'decommission', 'status', '1')
    expect(left.data).toEqual([])
  })
})

describe('the metadata of a cluster of ours', {timeout: 120_000}, () => {
  test('has no field that nobody reads, and a Vearch knows all but what is ours', async () => {
    expect((await run('node', 'cordon', '1', '--reason', 'disk')).code).toBe(0)
    const notes = async (...flags: string[]) =>
      (await json('meta', 'validate', '--filter', 'code == null', ...flags)).body.data?.map(({fault}) => fault)
    expect(await notes()).toEqual([])
    const strange = new Set(await notes('--schema', 'v3.5'))
    expect([...strange].sort()).toEqual(['a Vearch of that release has no such key', 'nobody reads its field term'])
    expect((await run('node', 'uncordon', '1')).code).toBe(0)
  })

  test('is kept with what the servers say of themselves', async () => {
    const file = join(cluster.directory, 'with-stats.jsonl')
    expect((await run('meta', 'backup', file, '--include-stats')).code).toBe(0)
    const {body} = await runJson(['node', 'stats', '--snapshot', file])
    expect(body.data?.map(({id}) => id)).toEqual([1, 2])
    expect((await runJson(['meta', 'inspect', file])).body.data).toMatchObject([{format: 'backup', cluster: 'test'}])
  })

  test('is no etcd whose whole database could be asked for', async () => {
    const {code, stderr} = await run('meta', 'backup', join(cluster.directory, 'x.db'), '--etcd-snapshot')
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('etcd')])
    expect(code).not.toBe(0)
  })
})

describe('a server that is to be emptied before it stops', {timeout: 120_000}, () => {
  const running = () => cluster.servers.filter(({process}) => process.isRunning).length

  test('gives all that it has away, by one plan that is asked about once', async () => {
    const dry = await json('node', 'stop', '2', '--drain', '--dry-run')
    expect(dry.body.data?.map(({step}) => String(step).split(' ')[0])).toEqual(['move', 'move', 'stop'])
    expect((await run('node', 'stop', '2', '--drain')).code).toBe(7)
    expect(running()).toBe(2)
    const {code, body} = await json('node', 'stop', '2', '--drain', '-y')
    expect([code, body.error, body.data]).toEqual([0, undefined, [expect.objectContaining({node: 2})]])
    await until('its process has ended', () => running() === 1, 30_000)
    const left = await json('partitions', 'list')
    expect(left.body.data?.map(({replicas}) => replicas)).toEqual([[1], [1]])
  })

  test('goes on where not all of it can be moved', async () => {
    const {code, stderr} = await run('node', 'stop', '1', '--drain', '-y', '--force', 'quorum')
    expect([code, stderr]).toEqual([6, expect.stringContaining('no server may take its replica')])
    expect(running()).toBe(1)
  })
})
