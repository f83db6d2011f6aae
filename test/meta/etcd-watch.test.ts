import {rm} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {Server, ServerCredentials, type ServerDuplexStream} from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {afterEach, beforeEach, expect} from 'vitest'
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import type {MetaStore, WatchMessage} from '../../src/meta/store.js'
import {describeEvent, WatchProbe} from '../contract/watch-probe.js'
import type {TestEtcd} from '../harness/etcd.js'
import type {TcpProxy} from '../harness/tcp-proxy.js'
import {until} from '../harness/until.js'
import {test} from '../harness/with-etcd.js'
import {type ProxiedEtcd, startProxiedEtcd} from './proxied-etcd.js'
import {openStore} from './stores.js'

const prefix = '/watched/'
let proxied: ProxiedEtcd
let etcd: TestEtcd
let proxy: TcpProxy
/** Sees etcd through the proxy. */
let watcher: EtcdStore
/** Sees it directly. */
let writer: EtcdStore
let probe: WatchProbe | null = null

beforeEach(async () => {
  proxied = await startProxiedEtcd()
  ;({etcd, proxy, through: watcher, store: writer} = proxied)
})
afterEach(async () => {
  await probe?.end()
  probe = null
  await proxied.stop()
})

const put = async (store: MetaStore, key: string, value: string) => {
  const {revision} = await store.transact({then: [{type: 'put', key: `${prefix}${key}`, value}]})
  return revision
}

/** Writes until it is told to stop, and tries again after a failure. */
function keepWriting(): {stop(): Promise<number>; written(): number} {
  let writing = true
  let written = 0
  const done = (async () => {
    let last = 0
    while (writing) {
      last = await put(writer, `k${written % 7}`, String(written)).catch(() => last)
      written++
    }
    return put(writer, 'k0', 'last')
  })()
  return {
    stop: () => {
      writing = false
      return done
    },
    written: () => written,
  }
}

/** Every message up to the one that holds `revision`. */
async function collect(watch: WatchProbe, revision: number): Promise<WatchMessage[]> {
  const messages: WatchMessage[] = []
  for (;;) {
    const message = await watch.next(30_000)
    if (message === null) throw new Error('the watch ended')
    messages.push(message)
    if (message.revision >= revision) return messages
  }
}

const eventsOf = (messages: readonly WatchMessage[]): string[] =>
  messages.flatMap((message) =>
    message.type === 'events'
      ? message.events.map(
          (event) => `${event.type === 'put' ? event.kv.modRevision : event.modRevision} ${describeEvent(event)}`,
        )
      : ['snapshot'],
  )

/** What etcd's own history holds, by a watch that nothing disturbs. */
async function history(from: number, to: number): Promise<string[]> {
  const clean = new WatchProbe(writer, prefix, from)
  const events = eventsOf(await collect(clean, to))
  await clean.end()
  return events
}

test('a connection that is cut again and again loses and doubles nothing', async () => {
  const from = (await put(writer, 'first', '0')) + 1
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  const writing = keepWriting()
  const seen: WatchMessage[] = []
  for (let cut = 0; cut < 5; cut++) {
    const reached = writing.written() + 20
    await until('20 more writes are done', () => writing.written() > reached)
    seen.push(...(await collect(probe, from + writing.written() - 15)))
    proxy.cut()
    const dark = writing.written() + 20
    await until('20 writes are done in the dark', () => writing.written() > dark)
    proxy.resume()
  }
  const last = await writing.stop()
  seen.push(...(await collect(probe, last)))
  expect(eventsOf(seen)).toEqual(await history(from, last))
  expect(eventsOf(seen).length).toBeGreaterThan(200)
})

test('a stream that drops before history was delivered is resumed where it was asked to begin', async () => {
  const rpc = await fakeWatch()
  const store = openStore(rpc.endpoint)
  const watch = new WatchProbe(store, prefix, 5)
  const first = watch.next()
  await until('the watch came again', () => rpc.startRevisions.length >= 2)
  expect(rpc.startRevisions.slice(0, 2)).toEqual(['5', '5'])
  await store.close()
  expect(await first).toBeNull()
  rpc.stop()
})

test('a connection that falls silent is noticed, and the watch goes on over a new one', async () => {
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  proxy.hold()
  const last = await put(writer, 'a', 'in the dark')
  const messages = await collect(probe, last)
  expect(eventsOf(messages)).toEqual([`${last} put ${prefix}a in the dark`])
})

test('a compaction while the watch is disconnected gives a snapshot, and events after it', async () => {
  await put(writer, 'old', 'deleted in the dark')
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  proxy.cut()
  await writer.transact({then: [{type: 'delete', key: `${prefix}old`}]})
  for (let i = 0; i < 20; i++) await put(writer, `k${i % 3}`, String(i))
  const compacted = await put(writer, 'k0', 'compacted')
  await etcd.ctl('compact', String(compacted))
  proxy.resume()
  const snapshot = await probe.snapshot()
  expect(snapshot.kvs.map((kv) => kv.key)).toEqual([`${prefix}k0`, `${prefix}k1`, `${prefix}k2`])
  expect(snapshot.revision).toBeGreaterThanOrEqual(compacted)
  const next = await put(writer, 'k1', 'after')
  expect(eventsOf(await collect(probe, next))).toEqual([`${next} put ${prefix}k1 after`])
})

test('an etcd that is killed and started again, three times, loses and doubles nothing', async () => {
  const from = (await put(writer, 'first', '0')) + 1
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  const writing = keepWriting()
  for (let round = 0; round < 3; round++) {
    const reached = writing.written() + 30
    await until('30 more writes are tried', () => writing.written() > reached)
    await etcd.kill()
    await etcd.restart()
  }
  const last = await writing.stop()
  const seen = eventsOf(await collect(probe, last))
  expect(seen).toEqual(await history(from, last))
  expect(seen.length).toBeGreaterThan(60)
})

test('an etcd that lost its data is noticed: a snapshot of what it has', async () => {
  await put(writer, 'a', '1')
  await put(writer, 'b', '2')
  probe = new WatchProbe(watcher, prefix)
  expect((await probe.snapshot()).kvs.length).toBe(2)
  await etcd.kill()
  await rm(join(etcd.dataDir, 'member'), {recursive: true})
  await etcd.restart()
  expect((await probe.snapshot()).kvs).toEqual([])
  const revision = await put(writer, 'c', '3')
  expect(eventsOf(await collect(probe, revision))).toEqual([`${revision} put ${prefix}c 3`])
})

test('a watch that begins while etcd is away begins when it is back', async () => {
  await put(writer, 'a', '1')
  proxy.cut()
  probe = new WatchProbe(watcher, prefix)
  const first = probe.next(20_000)
  await expect(Promise.race([first, writer.get('/x').then(() => 'still waiting')])).resolves.toBe('still waiting')
  proxy.resume()
  expect((await first)?.type).toBe('snapshot')
})

test('closing ends a watch whose etcd is away', async () => {
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  const next = probe.next(2_000)
  proxy.cut()
  await watcher.close()
  expect(await next).toBeNull()
})

test('closing ends a watch whose etcd is frozen', async () => {
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  etcd.pause()
  const next = probe.next(2_000)
  await watcher.close()
  expect(await next).toBeNull()
  etcd.resume()
})

test('a consumer that stops reading costs etcd’s history, not our memory', async () => {
  probe = new WatchProbe(watcher, prefix)
  await probe.snapshot()
  const before = proxy.delivered
  const big = 'x'.repeat(500_000)
  for (let i = 0; i < 40; i++) await put(writer, 'big', `${i} ${big}`)
  const last = await put(writer, 'small', 'last')
  expect(proxy.delivered - before).toBeLessThan(10_000_000)
  const seen = await collect(probe, last)
  expect(eventsOf(seen).length).toBe(41)
})

/** An etcd at revision 100 whose watches are created and then dropped, which a real one does only by bad luck. */
async function fakeWatch(): Promise<{endpoint: string; startRevisions: string[]; stop(): void}> {
  const proto = createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto')
  const definition = loadSync(proto, {keepCase: true, longs: String, enums: String, defaults: true, oneofs: true})
  const service = definition['etcdserverpb.Watch']
  if (service === undefined || 'format' in service) throw new Error('etcd3 ships the Watch service')
  const startRevisions: string[] = []
  const server = new Server()
  server.addService(service, {
    watch: (stream: ServerDuplexStream<{create_request: {start_revision: string}}, object>) => {
      stream.on('data', ({create_request}) => {
        startRevisions.push(create_request.start_revision)
        stream.write({header: {revision: '100', cluster_id: '1'}, created: true, compact_revision: '0'})
        stream.end()
      })
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return {endpoint: `127.0.0.1:${port}`, startRevisions, stop: () => server.forceShutdown()}
}
