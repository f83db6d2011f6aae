/** Files with metadata: read like the store that they came from, or refused; never half of either. */
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe as describeAlways, expect, test as testAlways} from 'vitest'
import {CodedError} from '../../../src/errors/coded-error.js'
import {EtcdReader} from '../../../src/meta/etcd-reader/etcd-reader.js'
import {Keys} from '../../../src/meta/keys.js'
import {onlyCluster, readContent} from '../../../src/meta/offline/content-file.js'
import {backupLines} from '../../../src/meta/offline/meta-backup.js'
import {ContentReading, type MetaContent, type MetaReading, StoreReading} from '../../../src/meta/reading.js'
import type {KeyValue} from '../../../src/meta/store.js'
import {startEtcd, type TestEtcd} from '../../harness/etcd.js'
import {SeededRandom, testSeed} from '../../harness/random.js'
import {describe, test} from '../../harness/with-etcd.js'
import {env, openStore} from '../stores.js'

const seed = testSeed()
const random = new SeededRandom(seed)
const replay = `SEED=${seed} npx vitest run test/meta/offline/content-file.test.ts`

const all = async (reading: MetaReading, prefix: string): Promise<KeyValue[]> => {
  const found: KeyValue[] = []
  for await (const kv of reading.scan(prefix)) found.push({...kv, value: Uint8Array.from(kv.value)})
  return found
}
const content = (bytes: Uint8Array, revision: number | null = null) => readContent(bytes, {path: 'f', revision})
const refusal = (bytes: Uint8Array, revision: number | null = null) => {
  try {
    content(bytes, revision)
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown.errorName
    throw thrown
  }
  return null
}

describe('an etcd snapshot', () => {
  let etcd: TestEtcd
  let bytes: Buffer
  let reader: EtcdReader
  let live: MetaReading
  let compacted: number

  beforeAll(async () => {
    etcd = await startEtcd()
    const store = openStore(etcd.endpoint)
    const put = (key: string, value: string) => store.transact({then: [{type: 'put', key, value}]})
    // enough for pages that branch, a value that takes pages of its own, keys that came and went
    for (let at = 0; at < 3_000; at += 100) {
      const then = Array.from({length: 100}, (_, index) => {
        const key = `/c/partition/${at + index}`
        return {type: 'put', key, value: JSON.stringify({id: at + index, replicas: [1, 2, 3]})} as const
      })
      await store.transact({then})
    }
    await put('/c/big', 'x'.repeat(20_000))
    const {revision} = await put('/c/id/node', '1')
    compacted = revision
    await etcd.ctl('compact', String(compacted))
    await put('/c/id/node', '2')
    await store.transact({then: [{type: 'delete', key: '/c/partition/7'}]})
    await put('/c/id/node', '3')
    const lease = await store.grantLease(60)
    await store.transact({then: [{type: 'put', key: '/c/server/1', value: '{}', lease: lease.id}]})
    await put('/other/a', 'x')
    const file = join(etcd.dataDir, 'saved.db')
    await etcd.ctl('snapshot', 'save', file)
    bytes = await readFile(file)
    const signal = new AbortController().signal
    reader = new EtcdReader({endpoints: [etcd.endpoint]}, env)
    live = new StoreReading(reader, {keys: new Keys('c'), place: 'etcd', signal, revision: null})
    await live.get('/c/id/node')
    await store.close()
  })
  afterAll(async () => {
    reader?.close()
    await etcd?.stop()
  })

  test('holds what its etcd holds', async () => {
    const saved = new ContentReading(new Keys('c'), 'file', content(bytes))
    expect(saved.revision).toBe(live.revision)
    expect(await all(saved, '/')).toEqual(await all(live, '/'))
    expect(await saved.get('/c/partition/7')).toBeNull()
    expect((await saved.get('/c/server/1'))?.lease).toMatch(/^-?\d+$/)
    expect(() => onlyCluster(content(bytes), 'f')).toThrow(expect.objectContaining({errorName: 'USAGE'}))
  })

  test('holds what it held at a revision', async () => {
    for (let revision = compacted; revision <= live.revision; revision++) {
      const signal = new AbortController().signal
      const then = new StoreReading(reader, {keys: new Keys('c'), place: 'etcd', signal, revision})
      expect(await all(new ContentReading(new Keys('c'), 'file', content(bytes, revision)), '/')).toEqual(
        await all(then, '/'),
      )
      expect((await then.get('/c/id/node'))?.modRevision).toBeLessThanOrEqual(revision)
    }
  })

  test('is refused before its history and after its end', () => {
    expect(refusal(bytes, compacted - 1)).toBe('META_COMPACTED')
    expect(refusal(bytes, live.revision + 1)).toBe('NOT_FOUND')
  })

  test('that was cut off or changed is refused', () => {
    for (let round = 0; round < 100; round++) {
      const damaged = Buffer.from(bytes)
      const at = random.below(bytes.length)
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 + random.below(255)), at)
      expect(refusal(damaged), replay).toBe('DATA_CORRUPT')
    }
    for (const length of [0, 1, 100, 4_096, 9_000, bytes.length - 1, bytes.length - 32 - 4_096]) {
      expect(refusal(bytes.subarray(0, length))).toBe('DATA_CORRUPT')
    }
  })

  test('without its checksum is read or refused, whatever was changed, and never runs away', () => {
    for (let round = 0; round < 60; round++) {
      const damaged = Buffer.from(bytes.subarray(0, -32))
      for (let change = 0; change < 8; change++) damaged.writeUInt8(random.below(256), random.below(damaged.length))
      expect([null, 'DATA_CORRUPT', 'META_COMPACTED'], replay).toContain(refusal(damaged))
    }
  })
})

describeAlways('a backup', () => {
  const kv = (key: string, value: string | Uint8Array, revision: number): KeyValue => ({
    key,
    value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
    createRevision: 1,
    modRevision: revision,
    version: 2,
    lease: null,
  })
  const kvs = [kv('/c/a', '{"at":1633653906105116793}', 3), kv('/c/b', Uint8Array.of(255, 0), 5), kv('/c/c', '', 4)]
  const original: MetaContent = {
    revision: 9,
    kvs: new Map([...kvs, kv('/other/x', 'y', 2)].map((each) => [each.key, each])),
  }

  const lines = async () => {
    const found: string[] = []
    const reading = new ContentReading(new Keys('c'), 'test', original)
    for await (const line of backupLines(reading, '2026-01-01T00:00:00Z')) found.push(line)
    return found
  }
  const bytesOf = (text: readonly string[]) => new TextEncoder().encode(text.join(''))

  testAlways('holds its cluster as it was', async () => {
    const read = content(bytesOf(await lines()))
    expect(read.revision).toBe(9)
    const found = await all(new ContentReading(new Keys('c'), 'file', read), '/')
    expect(found).toEqual(kvs)
    expect(onlyCluster(read, 'f')).toBe('c')
  })

  testAlways.each<[string, (lines: string[]) => string[]]>([
    ['cut off', (text) => text.slice(0, -1)],
    ['short of a line', (text) => text.filter((_, at) => at !== 1)],
    ['with a line twice', ([first = '', second = '', ...rest]) => [first, second, second, ...rest]],
    ['changed', (text) => text.map((line) => line.replace('"modRevision":3', '"modRevision":4'))],
    ['with something that is no JSON', ([first = '', ...rest]) => [first, 'x\n', ...rest]],
    ['with nothing but its beginning', ([first = '']) => [first]],
  ])('%s is refused', async (_, change) => {
    expect(refusal(bytesOf(change(await lines())))).toBe('DATA_CORRUPT')
  })

  testAlways('is of one revision', async () => {
    const bytes = bytesOf(await lines())
    expect([refusal(bytes, 9), refusal(bytes, 8)]).toEqual([null, 'NOT_FOUND'])
  })
})
