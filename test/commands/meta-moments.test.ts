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
    expect([code, body.error?.message]).toEqual([3, 'nothing is neither live, @REVISION, @TIME, a context nor a file'])
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

  test('goes back as far as rows are asked for', async () => {
    for (const id of [40, 41, 42]) await put('id/node', `${id}`)
    const revisions = async (...flags: string[]) =>
      (await command('meta history id/node', ...flags)).body.data?.map(({after}) => Number(after))
    expect(await revisions('--limit', '2')).toEqual([42, 41])
    expect(await revisions('--changes', '1', '--limit', '2')).toEqual([42])
    await put('id/node', '3')
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

  test('of the whole etcd is what etcdctl saves', async () => {
    const whole = join(home, 'whole.db')
    const {code, body} = await command(`meta backup ${whole} --etcd-snapshot`)
    expect([code, body.data]).toEqual([0, [expect.objectContaining({file: whole, cluster: 'another,vearch'})]])
    expect((await stat(whole)).mode & 0o777).toBe(0o600)
    const saved = join(home, 'saved.db')
    await etcd.ctl('snapshot', 'save', saved)
    const rows = async (file: string) => {
      const {body} = await offline(`meta inspect ${file}`)
      return body.data?.map(({sha256, ...row}) => row)
    }
    expect(await rows(whole)).toEqual(await rows(saved))
    expect(await etcd.ctl('snapshot', 'status', whole)).toContain(', ')
    expect((await offline(`meta backup ${join(home, 'x.db')} --etcd-snapshot --snapshot ${saved}`)).code).toBe(2)
  })

  test('is read by none but who has its passphrase', async () => {
    const [passphrase, wrong, empty] = ['right', 'wrong', 'empty'].map((name) => join(home, `${name}.passphrase`))
    await writeFile(passphrase ?? '', 'correct horse\n')
    await writeFile(wrong ?? '', 'battery staple\n')
    await writeFile(empty ?? '', '\n')
    const file = join(home, 'first.sealed')
    const words = `meta backup ${file} --snapshot ${snapshot} --encrypt-to`
    expect((await offline(`${words} ${empty}`)).code).toBe(2)
    expect((await offline(`${words} ${passphrase}`)).code).toBe(0)
    expect((await readFile(file)).includes('alias')).toBe(false)
    const inspected = async (...flags: string[]) => {
      const {code, body} = await runJson(['meta', 'inspect', file, ...flags])
      return [code, body.error?.code ?? body.data?.[0]?.keys]
    }
    expect(await inspected()).toEqual([5, 'AUTHENTICATION_FAILED'])
    expect(await inspected('--passphrase-file', wrong ?? '')).toEqual([5, 'AUTHENTICATION_FAILED'])
    expect(await inspected('--passphrase-file', passphrase ?? '')).toEqual([0, 12])
    const key = ['--passphrase-file', passphrase ?? '']
    expect((await runJson(['meta', 'diff', file, snapshot, ...key])).code).toBe(0)
    expect((await runJson(['meta', 'show', 'spaces', '--snapshot', file, ...key])).body.data).toHaveLength(1)
    const bytes = await readFile(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100)
    await writeFile(file, bytes)
    expect(await inspected(...key)).toEqual([5, 'AUTHENTICATION_FAILED'])
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

  test('names fields that nobody reads, and what only our masters write', async () => {
    const space = images([1, 2], {partiton_num: 2, space_properties: {v: {field_type: 5, type: 'vector', dim: 4}}})
    await put('space/1/1', space)
    await put('partition/1', {...partition(1, 0, [1, 2]), leader_name: 1, term: 3})
    await put('vearchctl/cordons/9', {reason: 'disk', sinceMs: 1})
    const notes = async (...flags: string[]) => {
      const {body} = await command('meta validate', ...flags, '--filter', 'severity == "note" && code == null')
      return body.data?.map(({fault}) => fault)
    }
    expect(await notes()).toEqual([
      'nobody reads its field space_properties.v.dim',
      'nobody reads its field partiton_num; did its author mean partition_num?',
    ])
    expect(await notes('--schema', 'v3.5')).toEqual([
      'nobody reads its field term',
      'nobody reads its field space_properties.v.dim',
      'nobody reads its field partiton_num; did its author mean partition_num?',
      'a Vearch of that release has no such key',
    ])
    await etcd.ctl('del', '/vearch/vearchctl/cordons/9')
    await put('space/1/1', images([1, 3], {version: 3}))
    await put('partition/1', {...partition(1, 0, [1, 3]), leader_name: 3})
  })

  test('shows a value as it is asked for', async () => {
    await put('strange/number', '12345678')
    const shownBy = async (...flags: string[]) =>
      (await command('meta get strange/number', ...flags)).body.data?.[0]?.value
    expect(await shownBy('--hex')).toBe('3132333435363738')
    expect(await shownBy('--decode', 'u64le')).toBe('4050765991979987505')
    expect(await shownBy('--decode', 'json')).toBe(12345678)
    expect(await shownBy('--raw')).toBe('12345678')
    expect((await command('meta get alias/new --decode u64le')).code).toBe(27)
    expect(JSON.stringify((await command('meta get user/root --hex')).body)).not.toMatch(/secret|7365637265/)
    await etcd.ctl('del', '/vearch/strange/number')
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
    const {code, stdout} = await runCli([
      'meta',
      'watch',
      '--from',
      String(firstRevision + 1),
      '--limit',
      '2',
      ...target(),
    ])
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows).toMatchObject([
      {at: null, key: '/vearch/space/1/1', field: 'version', before: 2, after: 3},
      {at: null, key: '/vearch/space/1/1', field: 'partitions[1].replicas'},
    ])
    expect(code).toBe(0)
    expect((await runJson(['meta', 'watch', '--from', '99999', '--timeout', '30s', ...target()])).code).toBe(3)
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

describe('--at a time', () => {
  const timed = () => ['--etcd', etcd.endpoint, '--cluster', 'timed']
  const at = (time: string, ...words: string[]) => runJson([...words, '--at', time, ...timed()])
  const hourMs = 3_600_000
  const begun = Date.parse('2020-01-05T10:00:00Z')
  const registered = (leader: number, ms: number) =>
    JSON.stringify({...partition(1, 0, [1, 2]), leader_name: leader}).replace('}', `,"update_time":${ms}000000}`)
  const leaderAt = async (time: string) => {
    const {code, body} = await at(time, 'meta', 'get', 'partition/1')
    return [code, (body.data?.[0]?.value as {leader_name: number} | undefined)?.leader_name ?? body.error?.code]
  }

  beforeAll(async () => {
    for (const leader of [1, 2, 3]) {
      await etcd.ctl('put', '--', '/timed/partition/1', registered(leader, begun + leader * hourMs))
      await etcd.ctl(
        'put',
        '--',
        '/timed/alias/a',
        JSON.stringify({name: 'a', db_name: 'web', space_name: `s${leader}`}),
      )
    }
  })

  test.each([
    ['2020-01-05T11:00:00Z', 1],
    ['2020-01-05T12:59:59Z', 2],
    ['2020-01-05T13:00:00Z', 3],
    ['1h-ago', 3],
  ])('%s is the last revision at which nothing is dated later', async (time, leader) => {
    expect(await leaderAt(time)).toEqual([0, leader])
  })

  test('says what it went by, and takes in what carries no date', async () => {
    const {body} = await at('2020-01-05T12:30:00Z', 'meta', 'get', 'alias/a')
    expect(body.data?.[0]?.value).toMatchObject({space_name: 's2'})
    expect(body.source).toContain('(nothing dated after 2020-01-05T12:30:00.000Z), cluster timed, revision ')
    const difference = await runJson(['meta', 'diff', '@2020-01-05T12:30:00Z', 'live', ...timed()])
    expect(difference.body.data?.map(({key, field}) => [key, field])).toEqual([
      ['alias/a', 'space_name'],
      ['partition/1', 'leader_name'],
      ['partition/1', 'update_time'],
    ])
  })

  test('goes by what this machine has changed itself', async () => {
    const words = ['meta', 'put', 'alias/a', JSON.stringify({name: 'a', db_name: 'web', space_name: 'mine'})]
    const before = new Date().toISOString()
    expect((await runCli([...words, '--force=blind', '-y', ...timed()])).code).toBe(0)
    const {body} = await at(before, 'meta', 'get', 'alias/a')
    expect(body.data?.[0]?.value).toMatchObject({space_name: 's3'})
  })

  test('changes nothing, and is no word that is none', async () => {
    expect((await at('1h-ago', 'meta', 'delete', 'alias/a', '-y')).code).toBe(6)
    expect((await at('yesterday', 'meta', 'show')).code).toBe(2)
    const nothing = ['meta', 'show', '--at', '1h-ago', '--etcd', etcd.endpoint, '--cluster', 'undated']
    expect((await runJson(nothing)).code).toBe(3)
  })
})
