/**
 * The embedded server as clients see it that know nothing of it: a stock etcdctl, the etcd3 package, raw gRPC.
 */
import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {Etcd3} from 'etcd3'
import {afterAll, beforeAll, expect} from 'vitest'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {EtcdWire} from '../contract/etcd-wire.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'
import {env} from './embedded-env.js'

const run = promisify(execFile)

let directory: string
let store: EmbeddedStore
let endpoint: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-server-'))
  store = new EmbeddedStore({directory, listen: {host: '127.0.0.1', port: 0}}, env)
  await store.start()
  endpoint = `127.0.0.1:${store.port}`
})
afterAll(async () => {
  await store.stop()
  await rm(directory, {recursive: true, force: true})
})

const etcdctlEnv = {...process.env, ETCDCTL_API: '3'}
const etcdctl = async (...words: string[]): Promise<string> => {
  const {stdout} = await run('etcdctl', ['--endpoints', endpoint, ...words], {env: etcdctlEnv, timeout: 15_000})
  return stdout.trim()
}
const refusal = async (...words: string[]): Promise<string> => {
  try {
    return `it was not refused, but answered ${await etcdctl(...words)}`
  } catch (thrown) {
    return (thrown as {stderr: string}).stderr
  }
}

/** A command that goes on until it is told to end; resolves with what it printed once that holds. */
async function etcdctlUntil(isDone: (output: string) => boolean, words: string[], meanwhile?: () => Promise<unknown>) {
  const child = spawn('etcdctl', ['--endpoints', endpoint, ...words], {
    env: etcdctlEnv,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await meanwhile?.()
  await until(`etcdctl ${words.join(' ')} has printed it`, () => isDone(output))
  child.kill('SIGINT')
  await exited
  return output
}

describe('etcdctl', () => {
  test('puts, gets and deletes', async () => {
    expect(await etcdctl('put', 'get/a', '1')).toBe('OK')
    await etcdctl('put', 'get/b', '3')
    await etcdctl('put', 'get/c', '2')
    expect(await etcdctl('get', 'get/a')).toBe('get/a\n1')
    expect(await etcdctl('get', '--prefix', 'get/', '--limit', '2', '--print-value-only')).toBe('1\n3')
    expect(await etcdctl('get', '--prefix', 'get/', '--sort-by=VALUE', '--order=DESCEND', '--print-value-only')).toBe(
      '3\n2\n1',
    )
    expect(await etcdctl('get', '--prefix', 'get/', '--keys-only')).toBe('get/a\n\nget/b\n\nget/c')
    const {revision} = await store.status()
    expect(await etcdctl('del', '--prefix', 'get/', '--prev-kv')).toBe('3\nget/a\n1\nget/b\n3\nget/c\n2')
    expect(await etcdctl('get', '--prefix', 'get/')).toBe('')
    expect(await etcdctl('get', 'get/a', '--rev', String(revision))).toBe('get/a\n1')
  })

  test('runs a transaction', async () => {
    await etcdctl('put', 'txn/a', '1')
    const child = run('etcdctl', ['--endpoints', endpoint, 'txn', '-i'], {env: etcdctlEnv})
    child.child.stdin?.end('value("txn/a") = "2"\n\nput txn/a then\n\nput txn/a otherwise\nget txn/a\n\n')
    expect((await child).stdout).toMatch(/FAILURE\s+OK\s+txn\/a\s+otherwise/)
  })

  test('watches, from a revision and on', async () => {
    await etcdctl('put', 'watch/a', '1')
    const {revision} = await store.status()
    await etcdctl('del', 'watch/a')
    const output = await etcdctlUntil(
      (text) => text.includes('later'),
      ['watch', '--prefix', 'watch/', '--prev-kv', '--rev', String(revision)],
      () => etcdctl('put', 'watch/b', 'later'),
    )
    const [put, remove, later] = ['PUT watch/a 1', 'DELETE watch/a 1 watch/a', 'PUT watch/b later']
    expect(output.trim().split(/\s+/).join(' ')).toBe(`${put} ${remove} ${later}`)
  })

  test('grants, renews, lists and revokes leases', async () => {
    const id = (await etcdctl('lease', 'grant', '100')).split(' ')[1] ?? ''
    await etcdctl('put', 'leased', 'x', '--lease', id)
    expect(await etcdctl('lease', 'timetolive', id, '--keys')).toMatch(
      /TTL\(100s\), remaining\(\d+s\), attached keys\(\[leased\]\)/,
    )
    expect(await etcdctl('lease', 'keep-alive', '--once', id)).toContain('keepalived with TTL(100)')
    expect(await etcdctl('lease', 'list')).toContain(id)
    expect(await etcdctl('lease', 'revoke', id)).toContain('revoked')
    expect(await etcdctl('get', 'leased')).toBe('')
    expect(await etcdctl('lease', 'timetolive', id)).toContain('already expired')
  })

  test('locks one after the other, and elects', async () => {
    const turns = await Promise.all([1, 2, 3].map((turn) => etcdctl('lock', 'turn', 'echo', String(turn))))
    expect(turns.sort()).toEqual(['1', '2', '3'])
    expect(await etcdctlUntil((text) => text.includes('me'), ['elect', 'chief', 'me'])).toContain('chief/')
  })

  test('compacts', async () => {
    await etcdctl('put', 'compact', '1')
    const {revision} = await store.status()
    expect(await etcdctl('compaction', String(revision))).toBe(`compacted revision ${revision}`)
    expect(await refusal('get', 'compact', '--rev', String(revision - 1))).toContain(
      'required revision has been compacted',
    )
    expect(await refusal('watch', 'compact', '--rev', String(revision - 1))).toContain('has been compacted')
  })

  test('sees one healthy member', async () => {
    const {revision} = await store.status()
    const [status] = JSON.parse(await etcdctl('endpoint', 'status', '-w', 'json'))
    expect(status.Status).toMatchObject({version: '3.4.23+vearchctl', header: {revision}})
    expect(status.Status.leader).toBe(status.Status.header.member_id)
    expect(await etcdctl('member', 'list')).toContain(`started, embedded, , http://${endpoint}, false`)
    expect((await run('etcdctl', ['--endpoints', endpoint, 'endpoint', 'health'], {env: etcdctlEnv})).stderr).toContain(
      'is healthy',
    )
  })

  test.each([
    ['user', 'list'],
    ['auth', 'enable'],
    ['role', 'add', 'x'],
    ['member', 'add', 'x', '--peer-urls', 'http://127.0.0.1:1'],
    ['member', 'remove', '1'],
    ['snapshot', 'save', join(tmpdir(), 'never.db')],
    ['defrag'],
    ['endpoint', 'hashkv'],
  ])('%s %s is refused, and told where it is possible', async (...words) => {
    expect(await refusal(...words)).toContain('run an etcd and set self_manage_etcd = true')
  })

  test('that brings a password goes on without', async () => {
    await etcdctl('put', 'open', '1')
    expect(await etcdctl('--user', 'root:secret', 'get', 'open')).toBe('open\n1')
  })
})

test('the etcd3 package puts, gets, watches, leases and locks', async () => {
  const client = new Etcd3({hosts: `http://${endpoint}`})
  try {
    const watcher = await client.watch().prefix('etcd3/').create()
    const seen: string[] = []
    watcher.on('put', (kv) => seen.push(`put ${kv.key} ${kv.value}`))
    watcher.on('delete', (kv) => seen.push(`delete ${kv.key}`))
    await client.put('etcd3/a').value('1')
    expect(await client.getAll().prefix('etcd3/').strings()).toEqual({'etcd3/a': '1'})
    const lease = client.lease(30)
    await lease.put('etcd3/b').value('2')
    await lease.revoke()
    await until('the watcher has seen it', () => seen.length === 3)
    expect(seen).toEqual(['put etcd3/a 1', 'put etcd3/b 2', 'delete etcd3/b'])
    expect(await client.lock('etcd3-lock').do(async () => 'held')).toBe('held')
    const outcome = await client.if('etcd3/a', 'Value', '==', '1').then(client.put('etcd3/a').value('3')).commit()
    expect(outcome.succeeded).toBe(true)
    await watcher.cancel()
  } finally {
    client.close()
  }
})

/** Of buffers that are still in use. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}

describe('over raw gRPC', () => {
  let wire: EtcdWire

  beforeAll(() => {
    wire = new EtcdWire(endpoint)
  })
  afterAll(() => wire.close())

  const put = (key: string, value: string | Buffer) =>
    wire.call('Put', {key: Buffer.from(key), value: Buffer.from(value)})

  test('a key of 1,900 bytes is stored, one more is refused with a reason', async () => {
    expect(await put('k'.repeat(1_900), 'x')).toHaveProperty('header')
    expect(await put('k'.repeat(1_901), 'x')).toMatchObject({
      failure: 3,
      details: expect.stringContaining('1900 bytes'),
    })
  })

  test('32 MiB are stored, one byte more is refused', async () => {
    const most = 32 * 1_024 * 1_024
    expect(await put('big', Buffer.alloc(most - 3, 'x'))).toHaveProperty('header')
    expect(await put('big', Buffer.alloc(most - 2, 'x'))).toEqual({
      failure: 3,
      details: 'etcdserver: request is too large',
    })
    await wire.call('DeleteRange', {key: Buffer.from('big')})
  })

  test('an unknown order is refused', async () => {
    const request = {key: Buffer.from('a'), range_end: Buffer.from('b')}
    expect(await wire.call('Range', {...request, sort_order: 7})).toEqual({
      failure: 3,
      details: 'etcdserver: invalid sort option',
    })
  })

  test('a client that does not read its events costs no memory, and gets all of them', async () => {
    const from = (await store.status()).revision + 1
    const watch = await wire.watch({key: Buffer.from('slow'), start_revision: String(from)})
    watch.stream.pause()
    const before = heldBytes()
    for (let round = 0; round < 120; round++) await put('slow', Buffer.alloc(1_024 * 1_024, round))
    expect(heldBytes() - before).toBeLessThan(64 * 1_024 * 1_024)
    watch.stream.resume()
    await until('every event is there', () => watch.seen.length === 121)
    expect(watch.seen.slice(1)).toMatchObject(
      Array.from({length: 120}, (_, round) => ({event: {kv: {mod_revision: String(from + round)}}})),
    )
    watch.end()
  })

  test('several watches share a stream, each with its id, range, filter and end', async () => {
    const watch = await wire.watch({key: Buffer.from('m/a')})
    watch.stream.write({
      create_request: {key: Buffer.from('m/'), range_end: Buffer.from('m0'), filters: ['Noput'], watch_id: '9'},
    })
    watch.stream.write({create_request: {key: Buffer.from('m/'), range_end: Buffer.from('m0'), watch_id: '9'}})
    await until('the third is refused', () => watch.seen.length === 3)
    expect(watch.seen.at(-1)).toMatchObject({
      canceled: true,
      watch_id: '-1',
      cancel_reason: expect.stringContaining('duplicate'),
    })
    await put('m/a', '1')
    await put('m/b', '1')
    await wire.call('DeleteRange', {key: Buffer.from('m/'), range_end: Buffer.from('m0')})
    await until('all events are there', () => watch.seen.length === 7)
    watch.stream.write({cancel_request: {watch_id: '0'}})
    await until('one is cancelled', () => watch.seen.length === 8)
    expect(watch.seen.at(-1)).toMatchObject({canceled: true, watch_id: '0'})
    await put('m/a', '2')
    await wire.call('DeleteRange', {key: Buffer.from('m/a')})
    await until('the other goes on', () => watch.seen.length === 9)
    watch.end()
  })
})
