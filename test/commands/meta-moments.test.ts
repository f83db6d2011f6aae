/** Commands that compare, keep and bring back metadata, on a real etcd and on raw snapshots made with etcdctl. */
import {readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {home, runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
/** Of the first state: two spaces of db web. */
let snapshot: string
let backup: string
let firstRevision: number
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const command = (words: string, ...rest: string[]) => runJson([...words.split(' '), ...rest, ...target()])
const offline = (words: string) => runJson(words.split(' '))
const put = (key: string, value: unknown) =>
  etcd.ctl('put', '--', `/vearch/${key}`, typeof value === 'string' ? value : JSON.stringify(value))
const stored = async (key: string) => (await etcd.ctl('get', '--print-value-only', `/vearch/${key}`)).trimEnd()

const partition = (id: number, slot: number, replicas: readonly number[]) => ({
  id,
  name: '',
  space_id: 1,
  db_id: 1,
  partition_slot: slot,
  replicas,
  resourceExhausted: false,
})
const images = (replicas: readonly number[], more: object = {}) => ({
  id: 1,
  name: 'images',
  resource_name: 'default',
  version: 2,
  db_id: 1,
  enabled: true,
  partitions: [partition(1, 0, replicas), partition(2, 2_147_483_648, [1, 2])],
  partition_num: 2,
  replica_num: 2,
  fields: [],
  space_properties: {},
  ...more,
})

beforeAll(async () => {
  etcd = await startEtcd()
  await put('id/node', '3')
  await put('id/db', '1')
  await put('id/space', '1')
  await put('id/partition', '2')
  await put('db/id/1', 'web')
  await put('db/name/web', '1')
  await put('db/body/1', {id: 1, name: 'web'})
  await put('space/1/1', images([1, 2]))
  await put('partition/1', {...partition(1, 0, [1, 2]), leader_name: 1})
  await put('partition/2', {...partition(2, 2_147_483_648, [1, 2]), leader_name: 2})
  await put('user/root', {name: 'root', password: 'first-secret', role_name: 'root'})
  await put('alias/pics', {name: 'pics', db_name: 'web', space_name: 'images'})
  snapshot = join(home, 'first.db')
  backup = join(home, 'first.backup.jsonl')
  await etcd.ctl('snapshot', 'save', snapshot)
  const {body, code} = await command(`meta backup ${backup}`)
  expect([code, body.data?.[0]?.keys]).toEqual([0, 12])
  firstRevision = Number(body.data?.[0]?.revision)
  // what happened since
  await put('space/1/1', images([1, 3], {version: 3}))
  await put('partition/1', {...partition(1, 0, [1, 3]), leader_name: 3})
  await put('id/partition', '9')
  await put('user/root', {name: 'root', password: 'second-secret', role_name: 'root'})
  await etcd.ctl('del', '/vearch/alias/pics')
  await put('alias/new', {name: 'new', db_name: 'web', space_name: 'images'})
  await put('server/9', {name: 9, ip: '10.0.0.9', rpc_port: 8081})
  await etcd.ctl('put', '/another/id/node', '1')
})
afterAll(() => etcd?.stop())

const changesSince = [
  ['added', 'alias/new', ''],
  ['changed', 'id/partition', ''],
  ['changed', 'partition/1', 'replicas'],
  ['changed', 'partition/1', 'leader_name'],
  ['added', 'server/9', ''],
  ['changed', 'space/1/1', 'version'],
  ['changed', 'space/1/1', 'partitions[1].replicas'],
  ['changed', 'user/root', 'password'],
  ['removed', 'alias/pics', ''],
]

describe('meta diff', () => {
  test.each([
    ['a revision and now', () => `@${firstRevision} live`],
    ['a raw snapshot and now', () => `${snapshot} live`],
    ['a backup and now', () => backup],
    ['a revision of a snapshot and now', () => `${snapshot}@${firstRevision} live`],
  ])('%s', async (_, moments) => {
    const {code, body} = await command(`meta diff ${moments()}`)
    expect(body.data?.map(({change, key, field}) => [change, key, field])).toEqual(changesSince)
    expect(body.data?.find(({field}) => field === 'leader_name')).toMatchObject({
      before: 1,
      after: 3,
      kind: 'partitions',
    })
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(code).toBe(12)
  })

  test('finds none between what is the same', async () => {
    const {code, body} = await command(`meta diff ${snapshot} ${backup}`)
    expect([code, body.data]).toEqual([0, []])
  })

  test('with another context', async () => {
    const contexts = join(home, '.config', 'vearchctl', 'contexts.toml')
    expect((await runCli(['context', 'create', 'other', '--etcd', etcd.endpoint, '--cluster', 'another'])).code).toBe(0)
    expect(await readFile(contexts, 'utf8')).toContain('other')
    const {code, body} = await command('meta diff other live', '--filter', 'key == "id/node"')
    expect([code, body.data?.map(({before, after}) => [before, after])]).toEqual([12, [[1, 3]]])
  })

  test('says what it was not given', async () => {
    const {code, body} = await command('meta diff nothing live')
    expect([code, body.error?.message]).toEqual([3, 'nothing is neither live, @REVISION, a context nor a file'])
  })
})

describe('meta history', () => {
  test.each([
    ['a key', () => ['meta history partition/1', ...target()]],
    ['a kind and an id', () => ['meta history partitions 1', ...target()]],
  ])('of %s, newest first', async (_, line) => {
    const [words = '', ...rest] = line()
    const {code, body} = await runJson([...words.split(' '), ...rest])
    expect(body.data?.map(({change, field, before, after}) => [change, field, before, after])).toEqual([
      ['changed', 'replicas', [1, 2], [1, 3]],
      ['changed', 'leader_name', 1, 3],
      ['created', '', null, expect.objectContaining({id: 1, leader_name: 1})],
    ])
    expect(code).toBe(0)
  })

  test('of a raw snapshot', async () => {
    const file = join(home, 'later.db')
    await etcd.ctl('snapshot', 'save', file)
    const {body} = await offline(`meta history partition/1 --changes 1 --snapshot ${file} --cluster vearch`)
    expect(body.data?.map(({field}) => field)).toEqual(['replicas', 'leader_name'])
  })

  test('what looks at the whole cluster looks at that moment', async () => {
    const sourceOf = async (words: string) => (await command(words)).body.source
    expect(await sourceOf(`partitions show 1 --at ${firstRevision}`)).toContain(`revision ${firstRevision}`)
    expect(await sourceOf('partitions show 1')).not.toContain(`revision ${firstRevision}`)
  })

  test('of what was deleted, from when it was there', async () => {
    expect((await command('meta history alias/pics')).code).toBe(3)
    const {body} = await command(`meta history alias/pics --at ${firstRevision}`)
    expect(body.data?.map(({change}) => change)).toEqual(['created'])
  })

  test('says where it ends because of compaction', async () => {
    await etcd.ctl('put', '/vearch/alias/c', '{"name":"c","db_name":"web","space_name":"a"}')
    await etcd.ctl('put', '/vearch/alias/c', '{"name":"c","db_name":"web","space_name":"b"}')
    const {body: now} = await command('meta get alias/c')
    const copy = await startEtcd()
    try {
      for (const name of ['a', 'b', 'c']) await copy.ctl('put', '/vearch/alias/c', `{"name":"${name}"}`)
      const at = JSON.parse(await copy.ctl('get', '/vearch/alias/c', '-w', 'json')).header.revision as number
      await copy.ctl('compact', String(at))
      const {code, body} = await runJson(['meta', 'history', 'alias/c', '--etcd', copy.endpoint, '--cluster', 'vearch'])
      expect([code, body.data, body.warnings?.[0]]).toEqual([0, [], expect.stringContaining('is compacted')])
    } finally {
      await copy.stop()
    }
    expect(now.ok).toBe(true)
    await etcd.ctl('del', '/vearch/alias/c')
  })
})

describe('meta inspect and backup', () => {
  test('tells what a file is and holds', async () => {
    const {body} = await offline(`meta inspect ${snapshot}`)
    expect(body.data).toMatchObject([{format: 'etcd snapshot', cluster: 'vearch', keys: 12, broken: 0}])
    const {body: ofBackup} = await offline(`meta inspect ${backup}`)
    expect(ofBackup.data).toMatchObject([{format: 'backup', cluster: 'vearch', keys: 12, revision: firstRevision}])
  })

  test('believes no file that was cut off', async () => {
    for (const file of [snapshot, backup]) {
      const part = join(home, 'part')
      await writeFile(part, (await readFile(file)).subarray(0, -100))
      expect((await offline(`meta inspect ${part}`)).code).toBe(27)
    }
  })

  test('is its owner’s alone to read, and overwrites nothing', async () => {
    expect((await stat(backup)).mode & 0o777).toBe(0o600)
    expect((await command(`meta backup ${backup}`)).code).toBe(6)
  })

  test('of a snapshot is the same as of the store at that revision', async () => {
    const again = join(home, 'again.backup.jsonl')
    await offline(`meta backup ${again} --snapshot ${snapshot}`)
    const records = async (file: string) => (await readFile(file, 'utf8')).split('\n').slice(1, -2)
    expect(await records(again)).toEqual(await records(backup))
  })

  test('of a cluster that is not there is refused', async () => {
    const {code} = await runJson(['meta', 'backup', join(home, 'none'), '--etcd', etcd.endpoint, '--cluster', 'no'])
    expect(code).toBe(3)
  })
})

describe('meta validate', () => {
  test('is content with a sound snapshot, and finds what is not', async () => {
    const sound = await offline(`meta validate --snapshot ${snapshot}`)
    expect([sound.code, sound.body.data]).toEqual([0, []])
    await put('partition/7', '{"id":7,"na')
    await put('alias/lost', {name: 'lost', db_name: 'web', space_name: 'gone'})
    await put('strange/key', 'x')
    const {code, body} = await command('meta validate')
    const found = body.data?.map(({code: check, severity, subject}) => [check, severity, subject])
    expect(found).toContainEqual(['VC133', 'critical', 'key /vearch/partition/7'])
    expect(found).toContainEqual(['VC116', 'warning', 'alias lost'])
    expect(found).toContainEqual([null, 'note', 'key /vearch/strange/key'])
    expect(code).toBe(11)
    for (const key of ['partition/7', 'alias/lost', 'strange/key']) await etcd.ctl('del', `/vearch/${key}`)
  })

  test('shows what cannot be read for what it is', async () => {
    await put('partition/7', '{"id":7,"na')
    const {stdout} = await runCli(['meta', 'get', 'partition/7', ...target()])
    expect(stdout).toContain('(broken) {"id":7,"na')
    const {body, code} = await command('meta get partition/7 --raw')
    expect([code, body.data?.[0]?.value]).toEqual([0, '{"id":7,"na'])
    await etcd.ctl('del', '/vearch/partition/7')
  })
})

describe('meta watch', () => {
  test('tells each field that changes, as JSON lines, and ends when its time is over', async () => {
    const watching = runCli(['meta', 'watch', 'aliases', '--timeout', '8s', ...target()], {
      onStart: (child) => {
        const change = setInterval(() => {
          void put('alias/w', {name: 'w', db_name: 'web', space_name: String(Date.now())}).catch(() => {})
        }, 300)
        child.once('close', () => clearInterval(change))
      },
    })
    const {code, stdout} = await watching
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(code).toBe(0)
    expect(rows.at(-1)).toMatchObject({event: 'put', kind: 'aliases', key: '/vearch/alias/w', field: 'space_name'})
    await until('the last put is over', async () => (await stored('alias/w')) !== '')
    await etcd.ctl('del', '/vearch/alias/w')
  })

  test('tells what has happened since a revision, without a time', async () => {
    const {code, stdout} = await runCli(['events', '--from', String(firstRevision + 1), '--limit', '2', ...target()])
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows).toMatchObject([
      {at: null, key: '/vearch/space/1/1', field: 'version', before: 2, after: 3},
      {at: null, key: '/vearch/space/1/1', field: 'partitions[1].replicas'},
    ])
    expect(code).toBe(0)
    expect((await runJson(['events', '--from', '99999', '--timeout', '30s', ...target()])).code).toBe(3)
  })

  test('ends when nobody reads on', async () => {
    const {code} = await runCli(['meta', 'watch', '--limit', '1', ...target()], {
      onStart: (child) => {
        const change = setInterval(() => void put('alias/w', `{"name":"w${Date.now()}"}`).catch(() => {}), 200)
        child.once('close', () => clearInterval(change))
      },
    })
    expect(code).toBe(0)
    await etcd.ctl('del', '/vearch/alias/w')
  })
})

describe('meta restore', () => {
  test('needs its way made free: servers that are alive, another name', async () => {
    const alive = await command(`meta restore ${backup} -y`)
    expect([alive.code, alive.body.error?.hint]).toEqual([6, 'to do it all the same: --force=online'])
    const other = await runJson(['meta', 'restore', backup, '-y', '--etcd', etcd.endpoint, '--cluster', 'another'])
    expect(other.code).toBe(3)
    const cut = join(home, 'cut.jsonl')
    await writeFile(cut, (await readFile(backup)).subarray(0, -100))
    expect((await command(`meta restore ${cut} -y`)).code).toBe(27)
  })

  test('of one kind leaves the others alone', async () => {
    const {body} = await command(`meta restore ${backup} --only aliases --dry-run --force=online`)
    expect(body.data?.map(({step}) => step)).toEqual(['create /vearch/alias/pics', 'delete /vearch/alias/new'])
  })

  test('puts everything back but what lives, and takes no id back; and is undone', async () => {
    const {code, body} = await command(`meta restore ${snapshot} --force=online -y`)
    expect(code).toBe(0)
    const {body: difference} = await command(`meta diff ${backup} live`)
    expect(difference.data?.map(({key}) => key)).toEqual(['id/partition', 'server/9'])
    expect(await stored('id/partition')).toBe('9')
    expect(await stored('user/root')).toContain('first-secret')
    const {body: audit} = await command('audit list --limit 1')
    expect(audit.data?.[0]).toMatchObject({action: 'meta restore', outcome: 'done', txn: body.data?.[0]?.txn})
    const {body: audited} = await command(`audit show ${String(body.data?.[0]?.txn)}`)
    expect(audited.data).toContainEqual({key: 'space/1/1', field: 'version', before: 3, after: 2})
    expect(JSON.stringify(audited)).not.toContain('secret')
    expect((await command('meta undo -y')).code).toBe(0)
    expect(await stored('user/root')).toContain('second-secret')
    const {body: again} = await command(`meta diff @${firstRevision} live`)
    expect(again.data?.map(({change, key, field}) => [change, key, field])).toEqual(changesSince)
  })

  test('of a cluster of another name, into an empty one', async () => {
    const words = ['meta', 'restore', backup, '--rename-cluster', '-y', '--etcd', etcd.endpoint, '--cluster', 'copy']
    expect((await runJson(words)).code).toBe(0)
    const {body} = await runJson(['meta', 'show', 'spaces', 'images', '--etcd', etcd.endpoint, '--cluster', 'copy'])
    expect(body.data).toHaveLength(1)
  })
})
