/** `debug capture` on a real etcd: a fault that comes and goes, a store that does, and processes that are killed. */
import {appendFile, readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {home, runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const command = (words: string, ...rest: string[]) => runJson([...words.split(' '), ...rest, ...target()])
const put = (key: string, value: unknown) => etcd.ctl('put', '--', `/vearch/${key}`, JSON.stringify(value))
const status = async () => (await command('debug capture status')).body.data ?? []
const current = async () => (await status()).at(-1) as Record<string, number & string>
const start = (file: string, ...flags: string[]) =>
  command('debug capture start', file, '--every', '200ms', '--timeout', '30s', ...flags)

const partition = (leader: number) => ({
  id: 3,
  space_id: 1,
  db_id: 1,
  partition_slot: 0,
  replicas: [1, 2],
  leader_name: leader,
})

beforeAll(async () => {
  etcd = await startEtcd()
  await put('id/partition', 3)
  await put('partition/3', partition(1))
  await put('user/root', {name: 'root', password: 'a-secret', role_name: 'root'})
})
afterAll(async () => {
  for (const {id, state} of await status()) if (state === 'running') await command(`debug capture stop ${id}`)
  await etcd?.stop()
})

/** Another look after now has been written down, and it did not fail. */
async function isSeen(what: string): Promise<void> {
  const looks = async () => {
    const {samples, failed} = await current()
    return Number(samples) - Number(failed)
  }
  const before = await looks()
  await until(what, async () => (await looks()) > before + 1, 60_000)
}

describe('a capture', {timeout: 120_000}, () => {
  const file = join(home, 'night.jsonl')
  const leaderIn = async (...at: string[]) => {
    const {body} = await runJson(['meta', 'get', 'partition/3', '--raw', '--snapshot', file, ...at])
    return (JSON.parse(String(body.data?.[0]?.value)) as {leader_name: number}).leader_name
  }

  test('begins with a look, and is listed', async () => {
    const {code, body} = await start(file)
    expect([code, body.data]).toEqual([0, [expect.objectContaining({state: 'running', file, samples: 1})]])
    expect(await start(file)).toMatchObject({code: 6, body: {error: {code: 'GUARD_FAILED'}}})
    expect(await status()).toMatchObject([{state: 'running', file}])
  })

  test('sees a fault that comes and goes, and goes on when the store is away', async () => {
    await put('partition/3', partition(0))
    await isSeen('the fault is seen')
    await put('partition/3', partition(2))
    await isSeen('it is seen to be gone')
    await etcd.kill()
    await until('a look has failed', async () => Number((await current()).failed) > 0, 60_000)
    await etcd.restart()
    await isSeen('the store is seen again')
    await put('partition/3', partition(1))
    await isSeen('what happened since is seen')
  })

  test('ends as a bundle, private and without secrets', async () => {
    const {code, body} = await command('debug capture stop')
    expect([code, body.data]).toEqual([
      0,
      [expect.objectContaining({state: 'ended', ended: 'stopped', file, pid: null})],
    ])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/user\/root.*\*\*\*/)
    expect(text).not.toContain('a-secret')
    expect(await command('debug capture stop')).toMatchObject({code: 3})
    expect(await start(file)).toMatchObject({code: 6})
  })

  test('tells what happened in order, and each moment as it was', async () => {
    const events = await runCli(['events', '--snapshot', file, '--kind', 'leader', '--json'])
    const told = events.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).change as string]))
    expect(told.filter((change) => change.includes('→'))).toEqual(['1 → 0', '0 → 2', '2 → 1'])
    const looks = (await runJson(['debug', 'capture', 'show', file])).body.data ?? []
    expect(looks.map(({health}) => health)).toContain(null)
    const leaders: number[] = []
    const isNew = (at: number) => looks.findIndex(({revision}) => revision === looks[at]?.revision) === at
    for (const {at} of looks.filter(({revision}, at) => revision !== null && isNew(at))) {
      leaders.push(await leaderIn('--at', String(at)))
    }
    expect(leaders).toEqual([1, 0, 2, 1])
    expect(await leaderIn()).toBe(1)
    const [first] = looks
    const diff = await runJson(['meta', 'diff', `${file}@${first?.revision}`, file, '--cluster', 'vearch'])
    expect([diff.code, diff.body.data]).toEqual([0, []])
    expect((await runCli(['health', '--snapshot', file, '--at', String(first?.at)])).code).not.toBe(3)
    expect((await runCli(['health', '--snapshot', file, '--at', '2001-01-01'])).code).toBe(3)
  })

  test('ends by itself: by its time, and before it is too large', async () => {
    const [short, small, none] = ['short', 'small', 'none'].map((name) => join(home, `${name}.jsonl`))
    expect((await start(short ?? '', '--for', '300ms')).code).toBe(0)
    await until('its time is over', async () => (await current()).ended === 'time', 60_000)
    expect((await start(none ?? '', '--size-limit', '1KB')).code).toBe(6)
    expect((await start(small ?? '', '--size-limit', '8KB')).code).toBe(0)
    await put('alias/long', {name: 'long', db_name: 'web', space_name: 'x'.repeat(8_000)})
    await until('it is full', async () => (await current()).ended === 'size', 60_000)
    expect((await stat(small ?? '')).size).toBeLessThanOrEqual(8_000)
    expect((await runJson(['debug', 'bundle', 'analyze', small ?? ''])).body.ok).toBe(true)
  })

  test('that is killed is made a bundle by whoever stops it', async () => {
    const killed = join(home, 'killed.jsonl')
    await start(killed)
    const {pid} = await current()
    // 0 would be this test and all its kin
    expect(pid).toBeGreaterThan(1)
    process.kill(Number(pid), 'SIGKILL')
    await until('it is gone', async () => (await current()).state === 'cut off')
    const {id, samples} = await current()
    // as far as the last write had come
    await appendFile(join(home, '.local/state/vearchctl/captures-vearch', String(id), 'samples.jsonl'), '{"at":"2026')
    const {body} = await command('debug capture stop')
    expect(body.data).toMatchObject([{state: 'ended', ended: 'cut off', file: killed, samples}])
    expect((await runCli(['debug', 'capture', 'show', killed])).code).toBe(0)
  })

  test('begins with a cluster that answers, or not at all', async () => {
    const away = ['--etcd', '127.0.0.1:1', '--cluster', 'vearch', '--timeout', '2s']
    const {code, body} = await runJson(['debug', 'capture', 'start', join(home, 'away.jsonl'), ...away])
    expect([code, body.error?.exit]).toEqual([4, 4])
    expect((await status()).every(({state}) => state === 'ended')).toBe(true)
  })
})
