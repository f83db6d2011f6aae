/** Reading etcd over our own HTTP/2 calls: the same answers as the store's, and the same refusals; from etcd and from ours. */
import {readFile} from 'node:fs/promises'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {afterAll, beforeAll, describe as describeAlways, expect, test as testAlways} from 'vitest'
import {EtcdReader} from '../../src/meta/etcd-reader/etcd-reader.js'
import type {EtcdStoreOptions} from '../../src/meta/etcd-store.js'
import {type KeyValue, leaseId, type MetaStore, type Snapshot} from '../../src/meta/store.js'
import {startEmbedded} from '../harness/embedded-store.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {describe, test} from '../harness/with-etcd.js'
import {env, openStore} from './stores.js'

const readers: EtcdReader[] = []
afterAll(() => {
  for (const each of readers) each.close()
})
function readerOf(endpoints: readonly string[], options: Partial<EtcdStoreOptions> = {}): EtcdReader {
  const made = new EtcdReader({endpoints, ...options}, env)
  readers.push(made)
  return made
}

const plain = (kvs: readonly KeyValue[]) => kvs.map((kv) => ({...kv, value: Uint8Array.from(kv.value)}))

async function all(pages: AsyncIterable<Snapshot>): Promise<{kvs: KeyValue[]; revisions: Set<number>}> {
  const found: KeyValue[] = []
  const revisions = new Set<number>()
  for await (const {kvs, revision} of pages) {
    found.push(...plain(kvs))
    revisions.add(revision)
  }
  return {kvs: found, revisions}
}

async function fill(store: MetaStore): Promise<void> {
  for (let at = 0; at < 2_500; at += 100) {
    const then = Array.from({length: 100}, (_, index) => ({
      type: 'put' as const,
      key: `/c/k${String(at + index).padStart(5, '0')}`,
      value: `value ${at + index}`,
    }))
    await store.transact({then})
  }
  const lease = await store.grantLease(600)
  await store.transact({then: [{type: 'put', key: '/c/leased', value: Uint8Array.of(0, 255), lease: lease.id}]})
  await store.transact({then: [{type: 'put', key: '/c0', value: 'of a neighbour'}]})
}

async function answersLike(store: MetaStore, endpoint: string): Promise<void> {
  const reader = readerOf([endpoint])
  for (const keysOnly of [false, true]) {
    const expected = await store.range('/c/', {keysOnly})
    const {kvs, revisions} = await all(reader.pages('/c/', {keysOnly}))
    expect(kvs).toEqual(plain(expected.kvs))
    expect([...revisions]).toEqual([expected.revision])
  }
  const {revision} = await store.range('/none/')
  expect(await reader.read('/c/leased', {})).toMatchObject({
    kv: {key: '/c/leased', lease: expect.any(String)},
    revision,
  })
  expect(await reader.read('/c/absent', {})).toEqual({kv: null, revision})
  expect(await reader.read('/c/leased', {revision: revision - 2})).toEqual({kv: null, revision: revision - 2})
  const {version, revision: now, dbBytes} = await store.status()
  expect(await reader.status()).toEqual({backend: 'etcd', version, revision: now, dbBytes, endpoint})
  const {kv} = await reader.read('/c/leased', {})
  expect(await reader.leaseTimeToLive(kv?.lease ?? leaseId('0'))).toSatisfy((left) => left > 500 && left <= 600)
  // the largest that there can be
  expect(await reader.leaseTimeToLive(leaseId('9223372036854775807'))).toBeNull()
  const then = await all(reader.pages('/c/', {revision: revision - 2}))
  expect([then.kvs.length, [...then.revisions]]).toEqual([2_500, [revision - 2]])
  await expect(reader.read('/c/a', {revision: revision + 5})).rejects.toMatchObject({
    errorName: 'META_REFUSED',
    exitCode: 3,
  })
}

describeAlways('on the embedded server', () => {
  testAlways('answers as the store does', async () => {
    const {store, stop} = await startEmbedded()
    await fill(store)
    await answersLike(store, `127.0.0.1:${store.port}`)
    await store.compact((await store.range('/none/')).revision)
    await expect(readerOf([`127.0.0.1:${store.port}`]).read('/c/leased', {revision: 3})).rejects.toMatchObject({
      errorName: 'META_COMPACTED',
    })
    for (const each of readers.splice(0)) each.close()
    await stop()
  })
})

describe('on etcd', () => {
  let etcd: TestEtcd
  beforeAll(async () => {
    etcd = await startEtcd()
    const store = openStore(etcd.endpoint)
    await fill(store)
    await store.close()
  })
  afterAll(() => etcd?.stop())

  test('answers as the store does', async () => {
    const store = openStore(etcd.endpoint)
    await answersLike(store, etcd.endpoint)
    await store.close()
  })

  test('passes by a member that is not there, and one that says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const reader = readerOf(['127.0.0.1:1', `127.0.0.1:${(silent.address() as AddressInfo).port}`, etcd.endpoint])
    expect((await reader.read('/c/leased', {})).kv?.version).toBe(1)
    silent.close()
  })

  test('is refused at once where nobody listens, and says where', async () => {
    await expect(readerOf(['127.0.0.1:1', '127.0.0.1:2']).read('/c/a', {})).rejects.toMatchObject({
      errorName: 'META_UNREACHABLE',
      exitCode: 4,
      detail: expect.stringContaining('127.0.0.1:2: '),
    })
  })

  test('what is no etcd is not believed', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => web.once('listening', resolve))
    const {port} = web.address() as AddressInfo
    await expect(readerOf([`127.0.0.1:${port}`]).read('/c/a', {timeoutMs: 500})).rejects.toMatchObject({
      errorName: 'META_UNREACHABLE',
    })
    web.close()
  })

  test('ends with its signal', async () => {
    const stop = new AbortController()
    etcd.pause()
    const asked = readerOf([etcd.endpoint]).read('/c/a', {signal: stop.signal})
    stop.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    etcd.resume()
  })

  test('lives on when etcd was started again', async () => {
    const reader = readerOf([etcd.endpoint])
    await reader.read('/c/leased', {})
    await etcd.restart()
    expect((await reader.read('/c/leased', {})).kv?.version).toBe(1)
  })
})

test('reads where etcd asks who is there', async () => {
  const etcd = await startEtcd()
  await etcd.ctl('put', '/c/a', 'x')
  await etcd.ctl('user', 'add', 'root:secret')
  await etcd.ctl('user', 'grant-role', 'root', 'root')
  await etcd.ctl('user', 'add', 'guest:guest')
  await etcd.ctl('auth', 'enable')
  const known = readerOf([etcd.endpoint], {user: 'root', password: 'secret'})
  expect((await known.read('/c/a', {})).kv?.version).toBe(1)
  // tokens outlive neither this, on the same connection, nor a restart
  await etcd.ctl('--user', 'root:secret', 'auth', 'disable')
  await etcd.ctl('auth', 'enable')
  expect((await known.read('/c/a', {})).kv?.version).toBe(1)
  await etcd.restart()
  expect((await known.read('/c/a', {})).kv?.version).toBe(1)
  for (const options of [{}, {user: 'root', password: 'wrong'}, {user: 'guest', password: 'guest'}]) {
    await expect(readerOf([etcd.endpoint], options).read('/c/a', {})).rejects.toMatchObject({
      errorName: 'META_REFUSED',
      exitCode: 5,
    })
  }
  await etcd.stop()
})

/** Each time destroyed between two answers of one packet, the session took the process with it: one in a few hundred times. */
test('may be closed at the first of several refusals', async () => {
  const etcd = await startEtcd()
  try {
    await etcd.ctl('user', 'add', 'root:secret')
    await etcd.ctl('user', 'grant-role', 'root', 'root').catch(() => etcd.ctl('role', 'add', 'root'))
    await etcd.ctl('auth', 'enable')
    let left = 300
    const refuseAndClose = async () => {
      while (left-- > 0) {
        const reader = readerOf([etcd.endpoint], {user: 'root', password: 'wrong'})
        const reads = ['/a', '/b', '/c'].map((key) => reader.read(key, {}))
        await expect(Promise.all(reads)).rejects.toMatchObject({errorName: 'META_REFUSED'})
        reader.close()
        await Promise.allSettled(reads)
      }
    }
    await Promise.all(Array.from({length: 6}, refuseAndClose))
  } finally {
    await etcd.stop()
  }
})

test('reads over TLS', async () => {
  const etcd = await startEtcd({tls: true})
  const rootCertificate = await readFile(join(etcd.dataDir, 'fixtures', 'client', 'cert.pem'))
  const reader = readerOf([etcd.endpoint], {tls: {rootCertificate}})
  expect((await reader.read('/c/a', {})).kv).toBeNull()
  await etcd.stop()
})
