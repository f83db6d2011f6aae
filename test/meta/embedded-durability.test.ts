import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {leaseId} from '../../src/meta/store.js'
import {type Compiled, compile} from '../harness/compiled.js'
import {until} from '../harness/until.js'
import {env} from './embedded-env.js'

const rounds = 5
const writers = [1, 2, 3, 4, 5, 6, 7, 8]

let compiled: Compiled
let root: string

beforeAll(async () => {
  compiled = await compile('meta/embedded/embedded-store.ts', 'env/log.ts', 'env/system-env.ts')
  root = await mkdtemp(join(tmpdir(), 'embedded-durability-'))
})
afterAll(async () => {
  await compiled.remove()
  await rm(root, {recursive: true, force: true})
})

interface Writer {
  readonly process: ChildProcess
  readonly output: () => string
}

/** `limit` in blocks of 1,024 bytes is the most that one of its files may have. */
function startWriter(directory: string, limit = 'unlimited'): Writer {
  const command = `trap '' XFSZ; ulimit -f ${limit}; exec "$@"`
  const script = join(import.meta.dirname, 'embedded-writer.mjs')
  const process_ = spawn('bash', ['-c', command, 'bash', process.execPath, script, compiled.directory, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  process_.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return {process: process_, output: () => text}
}

interface Acknowledged {
  readonly counts: Map<number, number>
  revision: number
}

function takeAcknowledged(output: string, into: Acknowledged): void {
  for (const line of output.split('\n').slice(0, -1)) {
    const [writer = 0, count = 0, revision = 0] = line.split(' ').map(Number)
    if (Number.isNaN(writer)) continue
    into.counts.set(writer, Math.max(count, into.counts.get(writer) ?? 0))
    into.revision = Math.max(into.revision, revision)
  }
}

async function expectKept(directory: string, {counts, revision}: Acknowledged): Promise<void> {
  const store = new EmbeddedStore({directory}, env)
  await store.start()
  expect((await store.status()).revision).toBeGreaterThanOrEqual(revision)
  for (const writer of writers) {
    const [a, b] = (await store.range(`/writer/${writer}/`)).kvs.map(({value}) => Number(Buffer.from(value)))
    expect(a, `writer ${writer}`).toBeGreaterThanOrEqual(counts.get(writer) ?? 0)
    expect(b, 'both keys of a transaction or neither').toBe(a)
  }
  await expectHistory(store)
  await store.stop()
}

/** Every count of every writer is in the history, in order and once. */
async function expectHistory(store: EmbeddedStore): Promise<void> {
  const {revision} = await store.status()
  const last = new Map<string, number>()
  const abort = new AbortController()
  for await (const message of store.watch('/writer/', {signal: abort.signal, fromRevision: 2})) {
    if (message.type !== 'events') throw new Error('the history is complete')
    for (const event of message.events) {
      if (event.type !== 'put') throw new Error('nothing is deleted')
      const count = Number(Buffer.from(event.kv.value))
      expect(count).toBe((last.get(event.kv.key) ?? 0) + 1)
      last.set(event.kv.key, count)
    }
    if (message.revision === revision) abort.abort()
  }
  expect(last.size).toBe(2 * writers.length)
}

test('a process that is killed loses nothing that it acknowledged, time and again', async () => {
  const directory = join(root, 'killed')
  const acknowledged: Acknowledged = {counts: new Map(), revision: 0}
  for (let round = 0; round < rounds; round++) {
    const writer = startWriter(directory)
    const exited = once(writer.process, 'exit')
    await until('it has written enough', () => writer.output().length > 10_000)
    writer.process.kill('SIGKILL')
    await exited
    takeAcknowledged(writer.output(), acknowledged)
    await expectKept(directory, acknowledged)
  }
  expect(acknowledged.counts.size).toBe(writers.length)
})

test('a disk that refuses a write stops the store, says so, and what was acknowledged is kept', async () => {
  const directory = join(root, 'full')
  const writer = startWriter(directory, '2000')
  await once(writer.process, 'exit')
  const end = writer.output().split('\n').at(-2) ?? ''
  const [failed, ...ends] = JSON.parse(end.replace(/^end /, ''))
  expect(failed).toBe('failed INTERNAL_ERROR')
  // Those of the batch cannot know; those behind it can.
  expect(ends).toContain('META_UNREACHABLE unknown')
  expect(new Set([...ends, 'META_UNREACHABLE unknown', 'META_UNREACHABLE rejected']).size).toBe(2)
  const acknowledged: Acknowledged = {counts: new Map(), revision: 0}
  takeAcknowledged(writer.output(), acknowledged)
  expect(acknowledged.counts.size).toBe(writers.length)
  await expectKept(directory, acknowledged)
})

test('a directory in use by another process is refused, and free when that one is gone', async () => {
  const directory = join(root, 'locked')
  const writer = startWriter(directory)
  const exited = once(writer.process, 'exit')
  await until('the other process is ready', () => writer.output().startsWith('ready'))
  await expect(new EmbeddedStore({directory}, env).start()).rejects.toMatchObject({
    errorName: 'DATA_DIR_LOCKED',
    facts: {pid: writer.process.pid},
  })
  writer.process.kill('SIGKILL')
  await exited
  const store = new EmbeddedStore({directory}, env)
  await store.start()
  await store.stop()
})

test('a directory in use by this process is refused as well, and the first goes on', async () => {
  const directory = join(root, 'twice')
  const first = new EmbeddedStore({directory}, env)
  await first.start()
  await expect(new EmbeddedStore({directory}, env).start()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
  await first.transact({then: [{type: 'put', key: '/a', value: '1'}]})
  await first.stop()
})

test('a file that is no LMDB file is refused, and left as it is', async () => {
  const directory = join(root, 'foreign')
  await mkdir(directory)
  const file = join(directory, 'data.mdb')
  const content = 'not a database '.repeat(1_000)
  await writeFile(file, content)
  await expect(new EmbeddedStore({directory}, env).start()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  expect(await readFile(file, 'utf8')).toBe(content)
})

test('a port that is taken is refused by name, and the directory is free again', async () => {
  const first = new EmbeddedStore({directory: join(root, 'one'), listen: {host: '127.0.0.1', port: 0}}, env)
  await first.start()
  const directory = join(root, 'other')
  const listen = {host: '127.0.0.1', port: first.port ?? 0}
  await expect(new EmbeddedStore({directory, listen}, env).start()).rejects.toMatchObject({
    errorName: 'PORT_TAKEN',
    detail: expect.stringContaining(`127.0.0.1:${first.port}`),
  })
  const second = new EmbeddedStore({directory}, env)
  await second.start()
  await Promise.all([first.stop(), second.stop()])
})

test('after a stop calls are refused and watches end; a second stop is fine', async () => {
  const store = new EmbeddedStore({directory: join(root, 'stopped')}, env)
  await store.start()
  const messages: string[] = []
  const watching = (async () => {
    for await (const {type} of store.watch('/', {signal: new AbortController().signal})) messages.push(type)
  })()
  await until('the watch has begun', () => messages.length === 1)
  await store.stop()
  await watching
  await store.stop()
  const stopped = {errorName: 'META_UNREACHABLE', outcome: 'rejected'}
  await expect(store.get('/a')).rejects.toMatchObject(stopped)
  await expect(store.transact({then: [{type: 'put', key: '/a', value: ''}]})).rejects.toMatchObject(stopped)
  await expect(store.renewLease(leaseId('7'))).rejects.toMatchObject(stopped)
})
