/**
 * What the contract cannot show: which failures are certain, how long calls take when etcd is away, which member is asked.
 */

import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, expect} from 'vitest'
import {nextTurn, systemClock} from '../../src/env/clock.js'
import type {CodedError} from '../../src/errors/coded-error.js'
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import type {Transaction} from '../../src/meta/store.js'
import {describeEvent, WatchProbe} from '../contract/watch-probe.js'
import {freePorts, startEtcd, type TestEtcd} from '../harness/etcd.js'
import {startTcpProxy, type TcpProxy} from '../harness/tcp-proxy.js'
import {describe, test} from '../harness/with-etcd.js'
import {openStore} from './stores.js'

let etcd: TestEtcd
let proxy: TcpProxy
const stores: EtcdStore[] = []

beforeAll(async () => {
  etcd = await startEtcd()
  proxy = await startTcpProxy(etcd.endpoint)
})
afterAll(async () => {
  await proxy.stop()
  await etcd.stop()
})
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  proxy.resume()
})

function open(...args: Parameters<typeof openStore>): EtcdStore {
  const store = openStore(...args)
  stores.push(store)
  return store
}

const write: Transaction = {then: [{type: 'put', key: '/a', value: '1'}]}

async function outcome(call: Promise<unknown>): Promise<{name: string; outcome: string; ms: number}> {
  const startedAt = performance.now()
  const thrown = await call.then(
    () => null,
    (error: CodedError) => error,
  )
  if (thrown === null) throw new Error('the call was expected to fail')
  return {name: thrown.errorName, outcome: thrown.outcome, ms: performance.now() - startedAt}
}

describe('when nobody listens', () => {
  test('a write is certainly rejected, a read is unreachable, both within their time', async () => {
    const [port] = await freePorts(1)
    const store = open(`127.0.0.1:${port}`)
    const limits = {timeoutMs: 500}
    const failures = await Promise.all([outcome(store.transact(write, limits)), outcome(store.get('/a', limits))])
    for (const {ms, ...rest} of failures) {
      expect(rest).toEqual({name: 'META_UNREACHABLE', outcome: 'rejected'})
      expect(ms).toBeLessThan(4_000)
    }
  })

  test('a write that is refused while etcd starts succeeds when it is there', async () => {
    const store = open(proxy.endpoint)
    proxy.cut()
    const written = store.transact(write, {timeoutMs: 10_000})
    await etcd.kill()
    proxy.resume()
    await etcd.restart()
    // Cut and refused connections were never used for the request, so it was safe to send it again.
    await expect(written.then(({succeeded}) => succeeded)).resolves.toBe(true)
  })
})

describe('when the link falls silent', () => {
  test('a write has an unknown outcome', async () => {
    const store = open(proxy.endpoint)
    await store.get('/a')
    proxy.holdAll()
    const {ms, ...rest} = await outcome(store.transact(write, {timeoutMs: 700}))
    expect(rest).toEqual({name: 'META_UNREACHABLE', outcome: 'unknown'})
    expect(ms).toBeLessThan(1_500)
  })

  test('a read is certainly not harmful, and takes no longer than it may', async () => {
    const store = open(proxy.endpoint)
    await store.get('/a')
    proxy.holdAll()
    const {ms, ...rest} = await outcome(store.get('/a', {timeoutMs: 700}))
    expect(rest).toEqual({name: 'META_UNREACHABLE', outcome: 'rejected'})
    expect(ms).toBeLessThan(1_500)
  })

  test('an abort ends a call at once; a write that was sent is unknown', async () => {
    const store = open(proxy.endpoint)
    await store.get('/a')
    proxy.holdAll()
    const abort = new AbortController()
    const reading = outcome(store.get('/a', {signal: abort.signal}))
    const writing = outcome(store.transact(write, {signal: abort.signal}))
    await nextTurn(systemClock)
    abort.abort()
    expect(await reading).toMatchObject({name: 'CANCELED', outcome: 'rejected'})
    expect(await writing).toMatchObject({name: 'CANCELED', outcome: 'unknown'})
  })
})

describe('when the connection breaks under a call', () => {
  test('reads do not notice', async () => {
    const store = open(proxy.endpoint)
    for (let round = 0; round < 10; round++) {
      const reading = Promise.all(Array.from({length: 5}, () => store.count('/')))
      proxy.cut()
      proxy.resume()
      await reading
    }
  })

  test('a write that is reported as done once is done once', async () => {
    const store = open(proxy.endpoint)
    const direct = open(etcd.endpoint)
    await direct.transact({then: [{type: 'delete', key: '/counted'}]})
    let done = 0
    let unknown = 0
    for (let round = 0; round < 30; round++) {
      const call = store.transact({then: [{type: 'put', key: '/counted', value: String(round)}]})
      setImmediate(() => {
        proxy.cut()
        proxy.resume()
      })
      await call.then(
        () => done++,
        (error: CodedError) => {
          if (error.outcome === 'unknown') unknown++
        },
      )
    }
    expect(unknown).toBeGreaterThan(0)
    // The version counts the writes that etcd carried out.
    const version = (await direct.get('/counted'))?.version ?? 0
    expect(version).toBeGreaterThanOrEqual(done)
    expect(version).toBeLessThanOrEqual(done + unknown)
  })
})

describe('with several endpoints', () => {
  test('one that is down costs nothing, one that is silent costs one attempt', async () => {
    const [port] = await freePorts(1)
    const direct = {endpoints: [`127.0.0.1:${port}`, etcd.endpoint]}
    const store = open('', direct)
    expect((await store.transact(write)).succeeded).toBe(true)

    const silent = open('', {endpoints: [proxy.endpoint, etcd.endpoint]})
    proxy.holdAll()
    const startedAt = performance.now()
    for (let i = 0; i < 5; i++) await silent.get('/a')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect((await silent.transact(write)).succeeded).toBe(true)
  })

  test('a watch moves on to one that answers', async () => {
    const store = open('', {endpoints: [proxy.endpoint, etcd.endpoint]})
    const watch = new WatchProbe(store, '/moved/')
    await watch.snapshot()
    proxy.cut()
    const {revision} = await open(etcd.endpoint).transact({then: [{type: 'put', key: '/moved/a', value: '1'}]})
    expect((await watch.events()).revision).toBe(revision)
    await watch.end()
  })

  test('none at all is a fault of the configuration', () => {
    expect(() => openStore('', {endpoints: []})).toThrow(/no etcd endpoint/)
  })
})

describe('with authentication', () => {
  let guarded: TestEtcd

  beforeAll(async () => {
    guarded = await startEtcd()
    await guarded.ctl('user', 'add', 'root:secret')
    await guarded.ctl('user', 'grant-role', 'root', 'root')
    await guarded.ctl('auth', 'enable')
  })
  afterAll(() => guarded.stop())

  test('user and password open it', async () => {
    const store = open(guarded.endpoint, {user: 'root', password: 'secret'})
    expect((await store.transact(write)).succeeded).toBe(true)
  })

  test.each([
    ['a wrong password', {user: 'root', password: 'wrong'}],
    ['no user', {}],
  ])('%s is refused, with a hint', async (_, credentials) => {
    await expect(open(guarded.endpoint, credentials).transact(write)).rejects.toMatchObject({
      errorName: 'META_REFUSED',
      outcome: 'rejected',
      hint: expect.stringContaining('[etcd]'),
    })
  })

  test('calls and watches survive a restart, which forgets every token', async () => {
    const store = open(guarded.endpoint, {user: 'root', password: 'secret'})
    const watch = new WatchProbe(store, '/guarded/')
    await watch.snapshot()
    await guarded.kill()
    await guarded.restart()
    await store.transact({then: [{type: 'put', key: '/guarded/a', value: '1'}]}, {timeoutMs: 10_000})
    expect((await watch.take(1)).map(describeEvent)).toEqual(['put /guarded/a 1'])
    await watch.end()
  })
})

describe('over TLS', () => {
  let guarded: TestEtcd
  let rootCertificate: Buffer

  beforeAll(async () => {
    guarded = await startEtcd({tls: true})
    rootCertificate = await readFile(join(guarded.dataDir, 'fixtures', 'client', 'cert.pem'))
  })
  afterAll(() => guarded.stop())

  test('a certificate that is trusted opens calls and watches', async () => {
    const store = open(`https://${guarded.endpoint}`, {tls: {rootCertificate}})
    const {revision} = await store.transact(write)
    const watch = new WatchProbe(store, '/a', revision)
    expect((await watch.take(1)).map(describeEvent)).toEqual(['put /a 1'])
    await watch.end()
  })

  test('one that is not, or no TLS at all, is unreachable, and nothing was written', async () => {
    const known = open(`https://${guarded.endpoint}`, {tls: {rootCertificate}})
    const {revision} = await known.transact(write)
    const strangers = [open(`https://${guarded.endpoint}`), open(guarded.endpoint)]
    for (const store of strangers) {
      // who is cut off in the middle of a call, or out of time, cannot know more: the outcome may be `unknown`
      expect(await outcome(store.transact(write, {timeoutMs: 500}))).toMatchObject({name: 'META_UNREACHABLE'})
    }
    expect((await known.get('/a'))?.modRevision).toBe(revision)
  })
})
