/** Commands on dbs, spaces, aliases, users and roles, on one live cluster that checks who asks. */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {home, runCli, runJson} from '../harness/run-cli.js'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.start({ps: 2, embedded: true, withAuth: true})
}, 120_000)
afterAll(() => cluster?.stop())

/** A backup of when there was a db and no space. */
const before = join(home, 'before.backup.jsonl')
const command = (words: string, ...rest: string[]) =>
  runJson([...words.split(' '), ...rest, '--timeout', '60s', '--conf', cluster.conf])
const rowsOf = async (words: string, ...fields: string[]) => {
  const {body} = await command(words)
  return body.data?.map((row) => fields.map((field) => row[field]))
}

const schema = JSON.stringify({
  partition_num: 2,
  replica_num: 1,
  fields: [
    {name: 'v', type: 'vector', dimension: 4, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
    {name: 'tag', type: 'string'},
  ],
})

describe('in the order of their lives', () => {
  test('a db is created once', async () => {
    expect((await command('db create web')).code).toBe(7)
    const dry = await command('db create web', '--dry-run')
    expect([dry.code, dry.body.data]).toMatchObject([0, [{step: 'create db web', subject: 'POST /dbs/web'}]])
    expect((await command('db list')).body.data).toEqual([])
    expect((await command('db create web', '-y')).code).toBe(0)
    const again = await command('db create web', '-y')
    expect([again.code, again.body.error?.code]).toEqual([6, 'DB_EXIST'])
    expect(await rowsOf('db list', 'id', 'name', 'spaces')).toEqual([[1, 'web', []]])
    expect((await command(`meta backup ${before}`)).code).toBe(0)
  })

  test('a space is created by its schema, and shown by it', async () => {
    const file = join(home, 'images.json')
    await writeFile(file, schema)
    expect((await command('space create web @none.json', '-y')).code).toBe(3)
    expect((await command('space create web', schema, '-y')).code).toBe(2)
    expect((await command('space create web/images {', '-y')).code).toBe(2)
    const check = async (...flags: string[]) => {
      const {code, body} = await command(`space create web/images @${file} --check`, ...flags)
      const rows = body.data?.filter(({verdict}) => verdict !== 'ok') ?? []
      return [code, rows.map((row) => [row.check, row.verdict])]
    }
    expect(await check('--node-timeout', '10s')).toEqual([0, []])
    expect((await command('space list')).body.data).toEqual([])
    const made = await command(`space create web/images @${file}`, '-y')
    expect([made.code, made.body.error]).toEqual([0, undefined])
    expect(await check('--node-timeout', '10s')).toEqual([6, [['name', 'refused']]])
    expect(await rowsOf('space list web', 'db', 'name', 'enabled', 'partitions', 'replicas')).toEqual([
      ['web', 'images', true, 2, 1],
    ])
    expect(await rowsOf('space schema web/images', 'field', 'type', 'dimension', 'index')).toEqual([
      ['v', 'vector', 4, 'FLAT'],
      ['tag', 'string', null, null],
    ])
    expect((await command('space show web/nothing')).code).toBe(3)
    expect((await command('space show images')).code).toBe(2)
    expect(await rowsOf('db show web', 'spaces', 'partitions')).toEqual([[['images'], 2]])
  })

  test('what servers and masters would do with metadata of before it is told before it is so', async () => {
    const {code, body} = await command(`meta restore ${before} --simulate`)
    expect([code, body.error]).toEqual([11, undefined])
    expect(
      body.data?.map(({job, does, subject, isLastCopy, isNew}) => [job, does, subject, isLastCopy, isNew]),
    ).toEqual([
      ['clean_task', 'delete data', 'partition 1', true, true],
      ['clean_task', 'delete data', 'partition 2', true, true],
    ])
    expect(await rowsOf('space list', 'name')).toEqual([['images']])
    expect((await command(`meta restore ${before} -y`)).body.error?.hint).toContain('--force=online')
  })

  test('a space is asked how it is', async () => {
    const {code, body} = await command('space health web/images')
    expect([code, body.data]).toMatchObject([
      0,
      [{db: 'web', space: 'images', status: 'green', docs: 0, partitions: 2}],
    ])
    expect((await command('space health web/nothing')).code).toBe(3)
    expect((await command('space health nothing/images')).code).toBe(3)
  })

  test('its settings are changed one by one', async () => {
    expect((await command('space config set web/images refresh_interval=2000 enable_id_cache=true', '-y')).code).toBe(0)
    expect((await command('space config set web/images refresh_interval=3000', '-y')).code).toBe(0)
    const settings = await rowsOf('space config get web/images', 'key', 'value')
    expect(settings).toContainEqual(['refresh_interval', 3000])
    expect(settings).toContainEqual(['enable_id_cache', true])
    expect((await command('space config set web/images refresh_interval', '-y')).code).toBe(2)
    const limits = await rowsOf('space limits web/images', 'limit', 'value', 'origin')
    expect(limits).toContainEqual(['router_memory_limit', 90, 'default'])
    expect(limits).toContainEqual(['partitions_resource_exhausted', [], 'metadata'])
  })

  test('it gets more replicas, and fewer', async () => {
    const more = await command('space replicas set web/images 2', '--dry-run')
    expect(more.body.data).toMatchObject([{before: 1, after: 2}])
    expect((await command('space replicas set web/images 2', '-y')).code).toBe(0)
    expect(await rowsOf('space list', 'replicas', 'nodes')).toEqual([[2, [1, 2]]])
    expect((await command('space replicas set web/images 3', '-y')).code).toBe(6)
    expect((await command('space replicas set web/images 1', '-y')).code).toBe(0)
  })

  test('an alias comes and goes', async () => {
    expect((await command('alias create pics web/nothing', '-y')).code).not.toBe(0)
    expect((await command('alias create pics web/images', '-y')).code).toBe(0)
    expect(await rowsOf('alias list', 'name', 'db', 'space')).toEqual([['pics', 'web', 'images']])
    expect(await rowsOf('alias show pics', 'space')).toEqual([['images']])
    expect((await command('alias delete pics', '-y')).code).toBe(0)
    expect((await command('alias show pics')).code).toBe(3)
  })

  test('a role and a user of it come and go, and no password is to be seen', async () => {
    const file = join(home, 'ann.txt')
    await writeFile(file, 'her-Secret_9\n')
    expect((await command('role create reader --grant ResourceSpace=ReadOnly', '-y')).code).toBe(0)
    expect((await command('user create ann --role reader', '-y')).code).toBe(7)
    expect((await command('user create ann --role reader --new-password-file', file, '-y')).code).toBe(0)
    expect(await rowsOf('user show ann', 'role', 'password')).toEqual([['reader', 'hashed']])
    expect(await rowsOf('role show reader', 'origin', 'privileges', 'users')).toEqual([
      ['custom', {ResourceSpace: 'ReadOnly'}, ['ann']],
    ])
    const asAnn = await runJson([
      'db',
      'create',
      'hers',
      '-y',
      '--user',
      'ann',
      '--password-file',
      file,
      '--conf',
      cluster.conf,
    ])
    expect([asAnn.code, asAnn.body.error?.code]).toEqual([5, 'AUTHENTICATION_FAILED'])
    expect((await command('user delete ann', '-y')).code).toBe(0)
    expect((await command('role delete reader', '-y')).code).toBe(0)
    const {stdout} = await runCli(['audit', 'list', '-o', 'wide', '--conf', cluster.conf])
    expect(stdout).toContain('POST /users')
    expect(stdout).not.toContain('her-Secret')
  })

  test('what is deleted is named first, and kept in the journal', async () => {
    expect((await command('db delete web', '-y')).body.error?.code).toBe('DB_NOT_EMPTY')
    const gone = await command('space delete web/images', '-y')
    expect(gone.body.data).toMatchObject([{done: expect.stringContaining('all their documents')}])
    const {body} = await command(`audit show ${String(gone.body.data?.[0]?.txn)}`)
    expect(body.data?.map(({key}) => key)).toContain('space/1/1')
    const undo = await command(`meta undo ${String(gone.body.data?.[0]?.txn)}`, '-y')
    expect([undo.code, undo.body.error?.message]).toEqual([6, expect.stringContaining('made by a master')])
    expect((await command('db delete web', '-y')).code).toBe(0)
    expect((await command('db show web')).code).toBe(3)
  })
})
