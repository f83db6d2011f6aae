/** Commands that change single records, on a real etcd: what guards them, what the journal has, what undoes them. */
import {chmod, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {home, runCli, runJson} from '../harness/run-cli.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const command = (words: string, ...rest: string[]) => runJson([...words.split(' '), ...rest, ...target()])
const put = (key: string, value: string, ...flags: string[]) => etcd.ctl('put', ...flags, '--', `/vearch/${key}`, value)
const storedAt = async (key: string) => (await etcd.ctl('get', '--print-value-only', `/vearch/${key}`)).trimEnd()
const revisionOf = async (key: string) => {
  const {body} = await command(`meta get ${key}`)
  return Number(body.data?.[0]?.modRevision)
}

const alias = (name: string) => JSON.stringify({name, db_name: 'web', space_name: 'images'})

beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd?.stop())
beforeEach(async () => {
  await etcd.ctl('del', '--prefix', '/vearch/')
  await put('alias/a', alias('a'))
})

describe('meta put', () => {
  test.each<[flags: string, exit: number, code: string | undefined]>([
    ['', 6, 'GUARD_FAILED'],
    ['--force=blind', 0, undefined],
    ['--if-absent', 6, 'GUARD_FAILED'],
    ['--if-rev 1', 6, 'GUARD_FAILED'],
    ['--if-value nothing', 6, 'GUARD_FAILED'],
    ['--if-absent --if-rev 3', 2, 'USAGE'],
  ])('on what is there, with %j: %i', async (flags, exit, code) => {
    const words = ['meta', 'put', 'alias/a', alias('b'), '--yes', ...flags.split(' ').filter((flag) => flag !== '')]
    const {code: exited, body} = await runJson([...words, ...target()])
    expect([exited, body.error?.code]).toEqual([exit, code])
    expect(await storedAt('alias/a')).toBe(exit === 0 ? alias('b') : alias('a'))
  })

  test('with the right revision, the right value, or nothing there', async () => {
    const at = await revisionOf('alias/a')
    expect((await command('meta put alias/a', alias('b'), '--if-rev', String(at), '-y')).code).toBe(0)
    expect((await command('meta put alias/a', alias('c'), '--if-value', alias('b'), '-y')).code).toBe(0)
    expect((await command('meta put alias/new', alias('new'), '--if-absent', '-y')).code).toBe(0)
    expect([await storedAt('alias/a'), await storedAt('alias/new')]).toEqual([alias('c'), alias('new')])
  })

  test.each([
    ['alias/a', '{"name":"a"', 'Expected'],
    ['alias/a', '{"name":"a","db_name":7}', 'db_name or space_name is not a text'],
    ['partition/4', '{"id":4,"replicas":"all"}', 'replicas is not a list'],
    ['id/node', 'many', 'is not a number in decimal'],
  ])('refuses at %s what does not fit there: %s', async (key, value, reason) => {
    const {code, body} = await command(`meta put ${key}`, value, '--force=blind', '-y')
    expect([code, body.error?.hint]).toEqual([6, 'to do it all the same: --force=schema'])
    expect(body.error?.message).toContain(reason)
    expect((await command(`meta put ${key}`, value, '--force=blind', '--force=schema', '-y')).code).toBe(0)
    expect(await storedAt(key)).toBe(value)
  })

  test('keeps the lease of the key', async () => {
    const [, lease = ''] = /lease (\w+) granted/.exec(await etcd.ctl('lease', 'grant', '600')) ?? []
    await put('router/vearch/10.0.0.5', '10.0.0.5', `--lease=${lease}`)
    await command('meta put router/vearch/10.0.0.5', '10.0.0.6', '--force=blind', '-y')
    expect(await etcd.ctl('lease', 'timetolive', lease, '--keys')).toContain('/vearch/router/vearch/10.0.0.5')
  })

  test('takes the value from a file', async () => {
    const file = join(home, 'value.json')
    await writeFile(file, `${alias('f')}\n`)
    await command(`meta put alias/f @${file}`, '--if-absent', '-y')
    expect(await storedAt('alias/f')).toBe(alias('f'))
  })

  test.each([
    [['--dry-run'], 0],
    [['--dry-run', '--if-absent'], 6],
    [[], 7],
    [['--read-only', '-y'], 6],
  ])('changes nothing with %j', async (flags, exit) => {
    const given = flags.includes('--if-absent') ? [] : ['--force=blind']
    const {code} = await runCli(['meta', 'put', 'alias/a', alias('b'), ...given, ...flags, ...target()])
    expect(code).toBe(exit)
    expect(await storedAt('alias/a')).toBe(alias('a'))
  })

  test('never touches another cluster', async () => {
    const {code} = await command('meta put /vearchother/alias/a', alias('a'), '--force=blind', '-y')
    expect(code).toBe(2)
  })

  test('shows no password on the way', async () => {
    const user = (password: string) => JSON.stringify({name: 'u', password, role_name: 'root'})
    await put('user/u', user('old-secret'))
    const {stdout, stderr, code} = await runCli([
      'meta',
      'put',
      'user/u',
      user('new-secret'),
      '--force=blind',
      '--dry-run',
      '-o',
      'json',
      ...target(),
    ])
    expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(/secret/)
  })
})

describe('meta delete', () => {
  test('one key, or as many as are expected', async () => {
    for (const name of ['b', 'c']) await put(`alias/${name}`, alias(name))
    expect((await command('meta delete alias/nothing', '-y')).code).toBe(3)
    expect((await command('meta delete alias/ --prefix --expect-count 2', '-y')).code).toBe(6)
    expect((await command('meta delete alias/ --prefix', '-y')).code).toBe(2)
    expect(await storedAt('alias/c')).toBe(alias('c'))
    expect((await command('meta delete alias/c', '-y')).code).toBe(0)
    const {body} = await command('meta delete alias/ --prefix --expect-count 2', '-y')
    expect(body.data?.map(({key, change}) => [key, change])).toEqual([
      ['/vearch/alias/a', 'deleted'],
      ['/vearch/alias/b', 'deleted'],
    ])
    expect(await etcd.ctl('get', '--prefix', '/vearch/alias/')).toBe('')
  })
})

describe('meta undo', () => {
  test('puts back what was there, whole changes, newest first', async () => {
    await put('alias/b', alias('b'))
    await command('meta put alias/a', alias('x'), '--force=blind', '-y')
    await command('meta delete alias/ --prefix --expect-count 2', '-y')
    expect((await command('meta undo', '-y')).code).toBe(0)
    expect([await storedAt('alias/a'), await storedAt('alias/b')]).toEqual([alias('x'), alias('b')])
    expect((await command('meta undo', '-y')).code).toBe(0)
    expect(await storedAt('alias/a')).toBe(alias('a'))
    // an undoing is itself taken back only where it is named
    const {body} = await command('audit list --limit 1')
    expect((await command(`meta undo ${String(body.data?.[0]?.txn)}`, '-y')).code).toBe(0)
    expect(await storedAt('alias/a')).toBe(alias('x'))
    // and then what it had taken back stands again
    expect((await command('meta undo', '-y')).code).toBe(0)
    expect(await storedAt('alias/a')).toBe(alias('a'))
  })

  test('leaves alone what somebody changed since', async () => {
    const {body} = await command('meta put alias/a', alias('x'), '--force=blind', '-y')
    const txn = String(body.data?.[0]?.txn)
    await put('alias/a', alias('y'))
    const {code, body: refusal} = await command(`meta undo ${txn}`, '-y')
    expect([code, refusal.error?.message]).toEqual([6, `/vearch/alias/a was changed after ${txn}`])
    expect(await storedAt('alias/a')).toBe(alias('y'))
  })

  test('says what it does not know', async () => {
    expect((await command('meta undo 000000000000', '-y')).code).toBe(3)
    const {body} = await command('ids next node --allocate')
    expect(body.ok).toBe(true)
    const {code} = await runJson(['meta', 'undo', '-y', '--etcd', etcd.endpoint, '--cluster', 'another'])
    expect(code).toBe(3)
  })
})

describe('meta edit', () => {
  const edit = async (script: string, ...flags: string[]) => {
    const editor = join(home, 'editor.sh')
    await writeFile(editor, `#!/bin/sh\n${script}\n`)
    await chmod(editor, 0o755)
    return runCli(['meta', 'edit', 'alias/a', '--json', ...flags, ...target()], {environment: {EDITOR: editor}})
  }

  test('writes what comes out of the editor, as compact as it was', async () => {
    const {code} = await edit('sed -i s/images/pictures/ "$1"', '-y')
    expect(code).toBe(0)
    expect(await storedAt('alias/a')).toBe('{"name":"a","db_name":"web","space_name":"pictures"}')
  })

  test('changes nothing where nothing was edited', async () => {
    const at = await revisionOf('alias/a')
    const {code, stdout} = await edit('true', '-y')
    expect([code, JSON.parse(stdout).data]).toEqual([0, []])
    expect(await revisionOf('alias/a')).toBe(at)
  })

  test('keeps what was written where somebody was faster', async () => {
    const faster = `etcdctl --endpoints http://${etcd.endpoint} put /vearch/alias/a '${alias('other')}' >/dev/null`
    const {code, stdout} = await edit(`ETCDCTL_API=3 ${faster}; sed -i s/images/mine/ "$1"`, '-y')
    const {error} = JSON.parse(stdout)
    expect([code, error.code]).toEqual([6, 'GUARD_FAILED'])
    expect(await storedAt('alias/a')).toBe(alias('other'))
    const [, draft = ''] = /^what you wrote is in (.*)$/.exec(error.hint) ?? []
    expect(await readFile(draft, 'utf8')).toContain('mine')
  })

  test('opens again where somebody was faster, with what both have changed', async () => {
    const theirs = JSON.stringify({name: 'other', db_name: 'web', space_name: 'images'})
    const once = `[ -e ${home}/edited ] || etcdctl --endpoints http://${etcd.endpoint} put /vearch/alias/a '${theirs}' >/dev/null`
    const {code, stderr} = await edit(`ETCDCTL_API=3; ${once}; touch ${home}/edited; sed -i s/images/mine/ "$1"`, '-y')
    expect([code, stderr]).toEqual([0, expect.stringContaining('the editor opens again')])
    expect(JSON.parse(await storedAt('alias/a'))).toEqual({name: 'other', db_name: 'web', space_name: 'mine'})
  })

  test('writes nothing while two values of a field stand side by side', async () => {
    const theirs = JSON.stringify({name: 'a', db_name: 'web', space_name: 'theirs'})
    const faster = `ETCDCTL_API=3 etcdctl --endpoints http://${etcd.endpoint} put /vearch/alias/a '${theirs}' >/dev/null`
    const {code, stdout} = await edit(`${faster}; sed -i s/images/mine/ "$1"`, '-y')
    const {error} = JSON.parse(stdout)
    expect([code, error.code]).toEqual([2, 'USAGE'])
    const [, draft = ''] = /^what you wrote is in (.*)$/.exec(error.hint) ?? []
    expect(await readFile(draft, 'utf8')).toBe(`{
  "name": "a",
  "db_name": "web",
<<<<<<< yours
  "space_name": "mine"
=======
  "space_name": "theirs"
>>>>>>> in the store
}
`)
    expect(await storedAt('alias/a')).toBe(theirs)
  })

  test('refuses what is no JSON', async () => {
    const {code} = await edit('echo "{" > "$1"', '-y')
    expect(code).toBe(2)
    expect(await storedAt('alias/a')).toBe(alias('a'))
  })
})

describe('ids', () => {
  test('check and bump', async () => {
    await put('id/partition', '4')
    await put('partition/9', '{"id":9,"replicas":[1]}')
    const before = await command('ids check')
    expect([before.code, before.body.data?.find(({sequence}) => sequence === 'partition')?.status]).toEqual([
      11,
      'behind',
    ])
    expect((await command('ids bump partition --to 8', '-y')).code).toBe(6)
    expect((await command('ids bump partition --to 5000000000', '-y')).code).toBe(2)
    expect((await command('ids bump partition --to 9', '-y')).code).toBe(0)
    expect((await command('ids check')).code).toBe(0)
    expect((await command('ids bump partition --to 8', '-y')).code).toBe(6)
  })

  test('a sequence that holds no number is told, and mended by a bump', async () => {
    await put('id/node', 'many')
    expect((await command('ids check')).code).toBe(11)
    expect((await command('ids bump node --to 3', '-y')).code).toBe(0)
    expect(await storedAt('id/node')).toBe('3')
  })
})

describe('locks', () => {
  test('are listed with who holds them, and released only when nobody does', async () => {
    const [, lease = ''] = /lease (\w+) granted/.exec(await etcd.ctl('lease', 'grant', '600')) ?? []
    await put('lock//vearch/lock//db/1', '', `--lease=${lease}`)
    await put('lock//vearch/lock//db/2', '')
    const {code, body} = await command('locks list')
    expect([code, body.data?.map(({key, state}) => [key, state])]).toEqual([
      0,
      [
        ['/vearch/lock//vearch/lock//db/1', 'held'],
        ['/vearch/lock//vearch/lock//db/2', 'abandoned'],
      ],
    ])
    expect((await command('locks release lock//vearch/lock//db/1', '-y')).code).toBe(6)
    expect((await command('locks release lock//vearch/lock//db/2', '-y')).code).toBe(0)
    expect((await command('locks release lock//vearch/lock//db/2', '-y')).code).toBe(3)
    expect((await command('locks release lock//vearch/lock//db/1', '--force=held', '-y')).code).toBe(0)
    expect((await command('locks list')).body.data).toEqual([])
  })
})
