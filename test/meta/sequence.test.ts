import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect} from 'vitest'
import {CodedError} from '../../src/errors/coded-error.js'
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import {lastIdIn, Sequence} from '../../src/meta/sequence.js'
import {type Compiled, compile} from '../harness/compiled.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {startTcpProxy} from '../harness/tcp-proxy.js'
import {describe, test} from '../harness/with-etcd.js'
import {openStore} from './stores.js'

let etcd: TestEtcd
let store: EtcdStore
let key = ''
let cases = 0

beforeAll(async () => {
  etcd = await startEtcd()
  store = openStore(etcd.endpoint)
})
afterAll(async () => {
  await store.close()
  await etcd.stop()
})
beforeEach(() => {
  key = `/w/id/${++cases}`
})

const stored = async () => new TextDecoder().decode((await store.get(key))?.value)
const write = (value: string) => store.transact({then: [{type: 'put', key, value}]})

describe('a sequence', () => {
  test('gives 1 first, then one more each time, and keeps the last in decimal', async () => {
    const sequence = new Sequence(store, key)
    expect([await sequence.allocate(), await sequence.allocate(), await sequence.allocate()]).toEqual([1, 2, 3])
    expect(await stored()).toBe('3')
  })

  test('goes on where a Vearch cluster stopped', async () => {
    await write('41')
    expect(await new Sequence(store, key).allocate()).toBe(42)
  })

  test('gives several ids in one transaction', async () => {
    const sequence = new Sequence(store, key)
    expect([await sequence.allocate(5), await sequence.allocate()]).toEqual([1, 6])
    expect((await store.get(key))?.version).toBe(2)
  })

  test('keeps the last that it gave out in its key', async () => {
    const sequence = new Sequence(store, key)
    expect(lastIdIn(await store.get(key))).toBe(0)
    await sequence.allocate(7)
    expect(lastIdIn(await store.get(key))).toBe(7)
    expect(await sequence.allocate()).toBe(8)
  })

  test('100 callers at once share few transactions', async () => {
    const sequence = new Sequence(store, key)
    const ids = await Promise.all(Array.from({length: 100}, () => sequence.allocate()))
    expect([...ids].sort((a, b) => a - b)).toEqual(Array.from({length: 100}, (_, i) => i + 1))
    expect((await store.get(key))?.version).toBeLessThanOrEqual(3)
  })

  test('two of them on one key never give the same id', async () => {
    const [one, two] = [new Sequence(store, key), new Sequence(store, key)]
    const ids: number[] = []
    const take = async (sequence: Sequence) => {
      for (let i = 0; i < 50; i++) ids.push(await sequence.allocate())
    }
    await Promise.all([take(one), take(two)])
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({length: 100}, (_, i) => i + 1))
  })

  test.each(['', 'twelve', '-3', '1.5', '99999999999999999999'])('a key that holds %j is corrupt', async (value) => {
    await write(value)
    await expect(new Sequence(store, key).allocate()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  test('an aborted caller is let go, the others are served', async () => {
    const sequence = new Sequence(store, key)
    const abort = new AbortController()
    const first = sequence.allocate()
    const aborted = sequence.allocate(1, {signal: abort.signal})
    abort.abort()
    await expect(aborted).rejects.toBeInstanceOf(CodedError)
    expect([await first, await sequence.allocate()]).toEqual([1, 2])
  })

  test('when an answer is lost the ids are skipped, never given twice', async () => {
    const proxy = await startTcpProxy(etcd.endpoint)
    const through = openStore(proxy.endpoint)
    const sequence = new Sequence(through, key)
    const ids = [await sequence.allocate()]
    for (let round = 0; round < 10; round++) {
      const pending = Promise.all(Array.from({length: 4}, () => sequence.allocate()))
      proxy.cut()
      proxy.resume()
      ids.push(...(await pending), await sequence.allocate())
      ids.push(await new Sequence(store, key).allocate())
    }
    expect(new Set(ids).size).toBe(ids.length)
    expect(Math.max(...ids)).toBe(Number(await stored()))
    await through.close()
    await proxy.stop()
  })
})

describe('two processes with 32 callers', () => {
  let compiled: Compiled

  beforeAll(async () => {
    compiled = await compile('meta/etcd-store.ts', 'meta/sequence.ts', 'env/log.ts', 'env/system-env.ts')
  })
  afterAll(() => compiled.remove())

  /** `onProgress` hears how many ids the worker has. */
  const worker = (total: number, onProgress: (ids: number) => void = () => {}): Promise<number[]> =>
    new Promise((resolve, reject) => {
      const script = join(import.meta.dirname, 'sequence-worker.mjs')
      const child = spawn(process.execPath, [script, compiled.directory, etcd.endpoint, String(total), '16'])
      let output = ''
      let errors = ''
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => {
        errors = String(chunk)
        const ids = Number(errors.trim().split('\n').at(-1))
        if (Number.isInteger(ids)) onProgress(ids)
      })
      child.on('close', (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(errors))))
    })

  test('get 10,000 distinct ids', async () => {
    await store.transact({then: [{type: 'delete', key: '/w/id/partition'}]})
    const ids = (await Promise.all([worker(5_000), worker(5_000)])).flat().sort((a, b) => a - b)
    expect(ids).toEqual(Array.from({length: 10_000}, (_, i) => i + 1))
  })

  test('get distinct ids while etcd is killed and started again', async () => {
    let killing: Promise<void> | null = null
    const onProgress = (ids: number) => {
      if (ids > 500) killing ??= etcd.kill().then(() => etcd.restart())
    }
    const ids = (await Promise.all([worker(3_000, onProgress), worker(3_000, onProgress)])).flat()
    await killing
    expect(killing).not.toBeNull()
    expect(ids.length).toBe(6_000)
    expect(new Set(ids).size).toBe(6_000)
  })
})
