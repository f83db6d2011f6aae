/** Two requests that meet between the read and the write of one of them: the write must notice. */
import {afterAll, afterEach, beforeAll, expect} from 'vitest'
import type {TestEtcd} from '../harness/etcd.js'
import {test} from '../harness/with-etcd.js'
import {MasterHarness, spaceBody, startEtcd} from './cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd.stop())
afterEach(() => harness.stop())

/** Runs `first` once, just before the next transaction of the master that touches `key`. */
function before(key: string, first: () => Promise<unknown>): void {
  const {store} = harness.master
  const transact = store.transact.bind(store)
  store.transact = async (transaction, options) => {
    if (transaction.then.some((operation) => 'key' in operation && operation.key === key)) {
      store.transact = transact
      await first()
    }
    return transact(transaction, options)
  }
}

async function start(): Promise<void> {
  harness = await MasterHarness.start(etcd, 1)
  expect((await harness.call('POST', '/dbs/d')).code).toBe(0)
}

test('a space that is created just before its db is deleted keeps the db', async () => {
  await start()
  before(harness.keys.dbId('d'), async () => {
    expect((await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))).code).toBe(0)
  })
  expect((await harness.call('DELETE', '/dbs/d')).code).toBe(202)
  expect((await harness.call('GET', '/dbs/d/spaces/s')).data.status).toBe('green')
})

test('a db that is deleted just before a space is reserved in it gets none', async () => {
  await start()
  before(harness.keys.sequence('space'), async () => {
    expect((await harness.call('DELETE', '/dbs/d')).code).toBe(0)
  })
  expect((await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))).code).toBe(200)
  expect(await harness.keysUnder(harness.keys.spacePrefix)).toEqual([])
})

test('a name that is taken just before a renaming refuses it', async () => {
  await start()
  const {data} = await harness.call('POST', '/dbs/d/spaces', spaceBody('a'))
  before(harness.keys.space(data.db_id, data.id), async () => {
    expect((await harness.call('POST', '/dbs/d/spaces', spaceBody('b'))).code).toBe(0)
  })
  expect((await harness.call('PUT', '/dbs/d/spaces/a', {name: 'b'})).code).toBe(220)
})

test('a leader that reports for the first time just before its space is removed leaves nothing', async () => {
  await start()
  const {data} = await harness.call('POST', '/dbs/d/spaces', spaceBody('s', {partition_num: 1}))
  const [partition] = data.partitions
  await harness.master.store.transact({then: [{type: 'delete', key: harness.keys.partition(partition.id)}]})
  before(harness.keys.partition(partition.id), async () => {
    expect((await harness.call('DELETE', '/dbs/d/spaces/s')).code).toBe(0)
  })
  const reported = await harness.call('POST', '/register_partition', {...partition, leader_name: 1, term: 2})
  expect([reported.status, reported.code]).toEqual([404, 141])
  expect(await harness.keysUnder(harness.keys.partitionPrefix)).toEqual([])
})

test('two changes of one alias, role or db are both kept', async () => {
  await start()
  const change = (ip_addr: string) => harness.call('PUT', '/dbs/d', {db_name: 'd', ip_addr, method: 0})
  before(harness.keys.db(1 as never), () => change('10.0.0.1'))
  expect((await change('10.0.0.2')).data.ps).toEqual(['10.0.0.1', '10.0.0.2'])
})

test('an index change loses to another change of the space, and is taken back on the servers', async () => {
  await start()
  const {data} = await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
  before(harness.keys.space(data.db_id, data.id), async () => {
    expect((await harness.call('PUT', '/dbs/d/spaces/s', {enabled: false})).code).toBe(0)
  })
  const index = {name: 'i', type: 'SCALAR', field_name: 'k'}
  const refused = await harness.call('POST', '/dbs/d/spaces/s/indexes', {indexes: [index]})
  expect(refused).toMatchObject({status: 500, code: 1})
  expect(harness.servers[0]?.calls.filter((name) => name === 'changeIndexes')).toHaveLength(4)
})
