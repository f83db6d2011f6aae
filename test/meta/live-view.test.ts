import {afterAll, afterEach, beforeAll, beforeEach, expect} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {LogFields} from '../../src/env/log.js'
import {silentLog} from '../../src/env/log.js'
import type {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {LiveView, type ViewChange} from '../../src/meta/live-view.js'
import {putRecord} from '../../src/meta/repository.js'
import type {Operation} from '../../src/meta/store.js'
import type {TestEtcd} from '../harness/etcd.js'
import type {TcpProxy} from '../harness/tcp-proxy.js'
import {test} from '../harness/with-etcd.js'
import {type ProxiedEtcd, startProxiedEtcd} from './proxied-etcd.js'

let proxied: ProxiedEtcd
let etcd: TestEtcd
let proxy: TcpProxy
let through: EtcdStore
let store: EtcdStore
let keys: Keys
let view: LiveView
const warnings: {event: string; fields: LogFields | undefined}[] = []
let clusters = 0

beforeAll(async () => {
  proxied = await startProxiedEtcd()
  ;({etcd, proxy, through, store} = proxied)
})
afterAll(() => proxied.stop())
beforeEach(() => {
  keys = new Keys(`c${++clusters}`)
  warnings.length = 0
  view = new LiveView(through, keys, {...silentLog, warn: (event, fields) => void warnings.push({event, fields})})
})
afterEach(() => view.stop())

/** Writes, and waits until the view has it. */
async function write(...then: Operation[]): Promise<void> {
  const {revision} = await store.transact({then})
  await view.whenAtLeast(revision)
}
const remove = (key: string): Operation => ({type: 'delete', key})
const db = (id: number, name: string) => putRecord(keys.db(dbId(id)), {id, name})
const space = (id: number, name: string, db = 1) =>
  putRecord(keys.space(dbId(db), spaceId(id)), {id, name, db_id: db, partitions: []})

test('holds what was there when it started, and what comes after', async () => {
  await store.transact({then: [db(1, 'one'), space(5, 'five')]})
  await view.start()
  expect(view.dbByName('one')).toMatchObject({id: 1})
  expect(view.spaceByName(dbId(1), 'five')).toMatchObject({id: 5})
  await write(db(2, 'two'), space(6, 'six', 2))
  expect([...view.dbs.keys()]).toEqual([1, 2])
  expect(view.spaceByName(dbId(2), 'six')).toMatchObject({id: 6})
})

test('keeps every kind of record apart', async () => {
  await view.start()
  await write(
    putRecord(keys.partition(partitionId(3)), {id: 3}),
    putRecord(keys.server(nodeId(4)), {name: 4}),
    putRecord(keys.failServer(nodeId(5)), {nodeID: 5}),
    putRecord(keys.user('root'), {name: 'root'}),
    putRecord(keys.role('reader'), {name: 'reader'}),
    putRecord(keys.alias('latest'), {name: 'latest'}),
    putRecord(keys.requestLimit, {request_limit_enabled: true}),
    {type: 'put', key: keys.router('10.0.0.1'), value: '10.0.0.1'},
    {type: 'put', key: keys.sequence('node'), value: '4'},
  )
  expect(view.partitions.get(partitionId(3))).toEqual({id: 3})
  expect(view.servers.get(nodeId(4))).toEqual({name: 4})
  expect(view.failServers.get(nodeId(5))).toEqual({nodeID: 5})
  expect(view.users.get('root')).toEqual({name: 'root'})
  expect(view.roles.get('reader')).toEqual({name: 'reader'})
  expect(view.aliases.get('latest')).toEqual({name: 'latest'})
  expect(view.records.get(keys.requestLimit)).toEqual({request_limit_enabled: true})
  expect([...view.routers]).toEqual(['10.0.0.1'])
  await write(
    remove(keys.partition(partitionId(3))),
    remove(keys.server(nodeId(4))),
    remove(keys.failServer(nodeId(5))),
    remove(keys.user('root')),
    remove(keys.role('reader')),
    remove(keys.alias('latest')),
    remove(keys.requestLimit),
    remove(keys.router('10.0.0.1')),
  )
  const maps = [view.partitions, view.servers, view.failServers, view.users, view.roles, view.aliases, view.records]
  expect([...maps, view.routers].map((map) => map.size)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
})

test('a space or db that is renamed is not found under its old name', async () => {
  await view.start()
  await write(db(1, 'old'), space(5, 'old'))
  await write(db(1, 'new'), space(5, 'new'))
  expect([view.dbByName('old'), view.spaceByName(dbId(1), 'old')]).toEqual([undefined, undefined])
  expect([view.dbByName('new')?.id, view.spaceByName(dbId(1), 'new')?.id]).toEqual([1, 5])
})

test('a name that is taken over by another id stays when the first is deleted', async () => {
  await view.start()
  await write(space(5, 'name'))
  await write(space(6, 'name'))
  await write(remove(keys.space(dbId(1), spaceId(5))))
  expect(view.spaceByName(dbId(1), 'name')?.id).toBe(6)
})

test('equal names in two dbs are two spaces', async () => {
  await view.start()
  await write(space(5, 'name', 1), space(6, 'name', 2))
  expect(view.spaceByName(dbId(1), 'name')?.id).toBe(5)
  expect(view.spaceByName(dbId(2), 'name')?.id).toBe(6)
})

test('a record that is not JSON is reported, and harms no other', async () => {
  await view.start()
  await write(
    {type: 'put', key: keys.partition(partitionId(7)), value: '{"id":'},
    putRecord(keys.partition(partitionId(8)), {id: 8}),
  )
  expect([...view.partitions.keys()]).toEqual([8])
  expect(warnings.map(({fields}) => fields?.key)).toEqual([keys.partition(partitionId(7))])
})

test('another cluster in the same store is not seen', async () => {
  await view.start()
  await write(putRecord(`${keys.root}x/db/body/1`, {id: 1, name: 'foreign'}), db(1, 'ours'))
  expect(view.dbByName('foreign')).toBeUndefined()
  expect(view.dbByName('ours')?.id).toBe(1)
})

test('listeners hear of each batch once, until they leave', async () => {
  await view.start()
  const heard: (readonly ViewChange[])[] = []
  const leave = view.onChange((changes) => heard.push(changes))
  await write(db(1, 'one'), space(5, 'five'))
  leave()
  await write(db(2, 'two'))
  expect(heard.map((changes) => changes.map(({type, key}) => `${type} ${key}`))).toEqual([
    [`put ${keys.db(dbId(1))}`, `put ${keys.space(dbId(1), spaceId(5))}`],
  ])
})

test('what vanished during a compaction is gone from the view', async () => {
  await view.start()
  await write(db(1, 'kept'), db(2, 'deleted in the dark'))
  proxy.cut()
  await store.transact({then: [remove(keys.db(dbId(2)))]})
  const {revision} = await store.transact({then: [db(3, 'new')]})
  await etcd.ctl('compact', String(revision))
  proxy.resume()
  await view.whenAtLeast(revision)
  expect([...view.dbs.keys()]).toEqual([1, 3])
  expect(view.dbByName('deleted in the dark')).toBeUndefined()
})

test('waiting for a revision ends with the signal, or with the view', async () => {
  await view.start()
  const abort = new AbortController()
  const waiting = view.whenAtLeast(1e9, abort.signal)
  abort.abort()
  await expect(waiting).rejects.toMatchObject({errorName: 'CANCELED'})
  await expect(view.whenAtLeast(1e9, AbortSignal.abort())).rejects.toMatchObject({errorName: 'CANCELED'})
  const untilStop = view.whenAtLeast(1e9)
  const stopped = view.stop()
  await expect(untilStop).rejects.toMatchObject({errorName: 'CANCELED'})
  await stopped
})
