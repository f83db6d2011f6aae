import {afterAll, afterEach, beforeAll, expect} from 'vitest'
import {CodedError} from '../../src/errors/coded-error.js'
import type {TestEtcd} from '../harness/etcd.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'
import {MasterHarness, type MasterOptions, spaceBody, startEtcd} from './cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd.stop())
afterEach(() => harness.stop())

async function withDb(servers: number, options: MasterOptions = {}): Promise<MasterHarness> {
  harness = await MasterHarness.start(etcd, servers, options)
  expect(await harness.call('POST', '/dbs/d')).toMatchObject({status: 200, data: {name: 'd'}})
  return harness
}

/** Nothing of a space is left: no record, no partition, no claim, no replica. */
async function nothingIsLeft(): Promise<void> {
  const {keys} = harness
  const prefixes = [keys.spacePrefix, keys.partitionPrefix, keys.spaceConfigPrefix, keys.lockPrefix, keys.removalPrefix]
  await until('nothing is left', async () => {
    const left = await Promise.all(prefixes.map((prefix) => harness.keysUnder(prefix)))
    return left.flat().length === 0 && harness.servers.every(({partitions}) => partitions.size === 0)
  })
}

describe('creating a space', () => {
  test('answers when every partition has its leader, with the record that is stored', async () => {
    await withDb(2)
    const created = await harness.call('POST', '/dbs/d/spaces', spaceBody('s', {partitions: [{id: 99}], extra: 1}))
    expect(created).toMatchObject({status: 200, code: 0})
    expect(created.data).toEqual({
      id: 1,
      name: 's',
      resource_name: 'default',
      version: 2,
      db_id: 1,
      enabled: true,
      partitions: [
        {id: 1, name: '', space_id: 1, db_id: 1, partition_slot: 0, replicas: [1], resourceExhausted: false},
        {id: 2, name: '', space_id: 1, db_id: 1, partition_slot: 2147483647, replicas: [2], resourceExhausted: false},
      ],
      partition_num: 2,
      replica_num: 1,
      fields: spaceBody('s').fields,
      indexes: [{name: 'gamma', type: 'FLAT', field_name: 'v', params: {metric_type: 'L2'}}],
      space_properties: {
        k: {field_type: 4, type: 'string'},
        v: {
          field_type: 5,
          type: 'vector',
          dimension: 4,
          option: 1,
          index: {name: 'gamma', type: 'FLAT', field_name: 'v', params: {metric_type: 'L2'}},
        },
      },
      refresh_interval: 1000,
      enable_id_cache: false,
      enable_realtime: false,
    })
    const {repository} = harness.master.master.cluster
    const {items} = await repository.spaces()
    expect(items.map(({value}) => value)).toEqual([created.data])
    expect((await repository.partitions()).items.map(({value}) => value.leader_name)).toEqual([1, 2])
    const config = await harness.call('GET', '/config/d/s')
    expect(config.data).toMatchObject({id: 1, db_id: 1, refresh_interval: 1000})
    expect(await harness.keysUnder(harness.keys.lockPrefix)).toEqual([])
  })

  test('a range rule gives each range its partitions', async () => {
    await withDb(1)
    const {data} = await harness.call('POST', '/dbs/d/spaces', {
      ...spaceBody('s'),
      fields: [...(spaceBody('s').fields as unknown[]), {name: 't', type: 'date'}],
      partition_rule: {
        type: 'RANGE',
        field: 't',
        ranges: [
          {name: 'p1', value: '2024-01-01'},
          {name: 'p2', value: '2024-02-01'},
        ],
      },
    })
    expect(data.partitions.map(({name}: {name: string}) => name)).toEqual(['p1', 'p1', 'p2', 'p2'])
    expect(data.partition_rule.partitions).toBe(2)
    expect((await harness.call('GET', '/dbs/d/spaces/s')).data.status).toBe('green')
  })

  test.each([
    ['no such db', 'nope', spaceBody('s'), 404, 200, 'db_not_exist'],
    ['a bad name', 'd', spaceBody('1s'), 400, 6, 'param_error:space name : 1s can not start with num'],
    ['a type that Go would refuse', 'd', spaceBody('s', {replica_num: 256}), 400, 1, 'Space.replica_num of type uint8'],
    ['more replicas than servers', 'd', spaceBody('s', {replica_num: 3}), 500, 100, 'need 3 replicas but only have 2'],
    [
      'Vearch’s default of 3 replicas',
      'd',
      spaceBody('s', {replica_num: 0}),
      500,
      100,
      'need 3 replicas but only have 2',
    ],
    ['more replicas than servers', 'd', spaceBody('s', {replica_num: 3}), 500, 100, 'need 3 replicas but only have 2'],
    ['an unknown pool', 'd', spaceBody('s', {resource_name: 'gpu'}), 500, 100, 'need 1 replicas but only have 0'],
  ])('refuses %s, and writes nothing', async (_, db, body, status, code, text) => {
    await withDb(2)
    const refused = await harness.call('POST', `/dbs/${db}/spaces`, body)
    expect([refused.status, refused.code]).toEqual([status, code])
    expect(refused.msg).toContain(text)
    await nothingIsLeft()
    expect(await harness.keysUnder(harness.keys.sequence('space'))).toEqual([])
  })

  test('limited_replica_num refuses fewer than 3', async () => {
    await withDb(1, {limitedReplicaNum: true})
    expect(await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))).toMatchObject({status: 400, code: 6})
  })

  test('of many creations of one name over two masters exactly one succeeds', async () => {
    await withDb(2)
    const other = await harness.addMaster()
    const replies = await Promise.all(
      Array.from({length: 8}, (_, n) =>
        (n % 2 === 0 ? harness.master : other).call('POST', '/dbs/d/spaces', spaceBody('s')),
      ),
    )
    expect(replies.map(({code}) => code).sort()).toEqual([0, ...Array(7).fill(220)])
    expect((await harness.call('GET', '/dbs/d/spaces')).data).toHaveLength(1)
    expect((await harness.keysUnder(harness.keys.partitionPrefix)).length).toBe(2)
  })

  test('parallel creations spread over the servers as if they came one by one', async () => {
    await withDb(3)
    const names = Array.from({length: 30}, (_, n) => `s${n}`)
    const replies = await Promise.all(
      names.map((name) => harness.call('POST', '/dbs/d/spaces', spaceBody(name, {partition_num: 1}))),
    )
    expect(replies.map(({code}) => code)).toEqual(names.map(() => 0))
    expect(harness.servers.map(({partitions}) => partitions.size)).toEqual([10, 10, 10])
    expect(new Set(replies.map(({data}) => data.partitions[0].id)).size).toBe(30)
  })

  test('a db that is being deleted and one that gets a space exclude each other', async () => {
    await withDb(1)
    for (let round = 0; round < 5; round++) {
      const [created, deleted] = await Promise.all([
        harness.call('POST', '/dbs/d/spaces', spaceBody('s')),
        harness.call('DELETE', '/dbs/d'),
      ])
      expect([created.code === 0, deleted.code === 0].filter(Boolean)).toHaveLength(1)
      if (created.code === 0) expect((await harness.call('DELETE', '/dbs/d/spaces/s')).code).toBe(0)
      else expect((await harness.call('POST', '/dbs/d')).code).toBe(0)
    }
    await nothingIsLeft()
  })
})

describe('a creation that fails is undone completely', () => {
  test('when one server refuses', async () => {
    await withDb(2)
    const [, second] = harness.servers
    if (second === undefined) throw new Error('two servers were started')
    second.behaviour.createPartition = async () => {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED', 'disk')
    }
    const refused = await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    expect(refused).toMatchObject({status: 500, code: 146, msg: 'partition_resource_exhausted:disk'})
    await nothingIsLeft()
    delete second.behaviour.createPartition
    expect((await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))).code).toBe(0)
  })

  test('when the time is up before all leaders are there: 504, and the name is free again', async () => {
    await withDb(1)
    for (const server of harness.servers) server.registers = false
    const late = await harness.call('POST', '/dbs/d/spaces?timeout=300', spaceBody('s'))
    expect([late.status, late.code]).toEqual([504, 5])
    await nothingIsLeft()
    for (const server of harness.servers) server.registers = true
    expect((await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))).code).toBe(0)
  })

  test('when the server dies in the middle: what it holds is deleted when it is back', async () => {
    await withDb(1)
    const [server] = harness.servers
    if (server === undefined) throw new Error('a server was started')
    server.registers = false
    const creation = harness.call('POST', '/dbs/d/spaces?timeout=800', spaceBody('s'))
    await until('it was created there', () => server.partitions.size === 2)
    await server.stop()
    expect((await creation).code).toBe(5)
    await until('the removal waits', async () => (await harness.keysUnder(harness.keys.removalPrefix)).length === 1)
    expect(await harness.keysUnder(harness.keys.spacePrefix)).toEqual([])
    await server.open()
    await nothingIsLeft()
  })

  test('when the master dies in the middle: another one undoes it', async () => {
    await withDb(1)
    const [server] = harness.servers
    if (server === undefined) throw new Error('a server was started')
    server.registers = false
    const dying = await harness.addMaster()
    const creation = dying.call('POST', '/dbs/d/spaces?timeout=60000', spaceBody('s')).catch(() => null)
    await until('it was created there', () => server.partitions.size === 2)
    expect(await harness.keysUnder(harness.keys.lockPrefix)).toHaveLength(1)
    const [claim] = (await harness.master.store.range(harness.keys.lockPrefix)).kvs
    await dying.die()
    if (claim?.lease != null) await harness.master.store.revokeLease(claim.lease)
    await creation
    await nothingIsLeft()
  })
})

describe('deleting a space', () => {
  test('removes its record, partitions and replicas, and leaves its aliases', async () => {
    await withDb(2)
    await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    await harness.call('POST', '/alias/a/dbs/d/spaces/s')
    expect(await harness.call('DELETE', '/dbs/d/spaces/s')).toMatchObject({status: 200, code: 0})
    await nothingIsLeft()
    expect((await harness.call('GET', '/alias/a')).data.space_name).toBe('s')
    expect(await harness.call('DELETE', '/dbs/d/spaces/s')).toMatchObject({status: 500, code: 221})
    expect(await harness.call('DELETE', '/dbs/x/spaces/s')).toMatchObject({status: 500, code: 200})
  })

  test('a server that is away deletes its replicas when it is back', async () => {
    await withDb(2)
    await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    const [first] = harness.servers
    await first?.stop()
    await until(
      'its failure is recorded',
      async () => (await harness.keysUnder(harness.keys.failServerPrefix)).length === 1,
    )
    expect((await harness.call('DELETE', '/dbs/d/spaces/s')).code).toBe(0)
    expect(await harness.keysUnder(harness.keys.removalPrefix)).toHaveLength(1)
    expect(first?.partitions.size).toBe(1)
    await first?.open()
    await nothingIsLeft()
    await until(
      'it is no failure any more',
      async () => (await harness.keysUnder(harness.keys.failServerPrefix)).length === 0,
    )
  })

  test('a late report of a leader does not bring a partition back', async () => {
    await withDb(1)
    const {data} = await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    await harness.call('DELETE', '/dbs/d/spaces/s')
    const reported = await harness.servers[0]?.register({...data.partitions[0], leader_name: 1, term: 9})
    expect(reported).toMatchObject({status: 404, code: 141})
    await nothingIsLeft()
  })
})

describe('changing a space', () => {
  test('renames it when the name is free, toggles enabled, and counts versions', async () => {
    await withDb(1)
    await harness.call('POST', '/dbs/d/spaces', spaceBody('a'))
    await harness.call('POST', '/dbs/d/spaces', spaceBody('b'))
    expect(await harness.call('PUT', '/dbs/d/spaces/a', {name: 'b'})).toMatchObject({status: 500, code: 220})
    const renamed = await harness.call('PUT', '/dbs/d/spaces/a', {name: 'c', fields: spaceBody('a').fields})
    expect(renamed.data).toMatchObject({name: 'c', version: 3, enabled: true})
    expect((await harness.call('GET', '/dbs/d/spaces/a')).code).toBe(221)
    expect((await harness.call('PUT', '/dbs/d/spaces/c', {enabled: false})).data).toMatchObject({
      enabled: false,
      version: 4,
    })
    expect(harness.servers[0]?.calls.filter((name) => name === 'updatePartition')).toHaveLength(4)
  })

  test.each([
    [
      'a new field',
      {fields: [...(spaceBody('s').fields as unknown[]), {name: 'n', type: 'string'}]},
      6,
      'field addition',
    ],
    ['a field less', {fields: [{name: 'k', type: 'string'}]}, 6, 'can not be removed'],
    ['another type', {fields: [{name: 'k', type: 'long'}]}, 6, 'can not change'],
    ['another index', {fields: [{name: 'k', type: 'string', index: {type: 'SCALAR'}}]}, 6, 'indexes API'],
    ['a bad name', {name: 'a b'}, 6, 'can not has char'],
    ['more partitions', {partition_num: 4}, 702, 'not available yet'],
    ['a dropped range', {operator_type: 'DROP', partition_name: 'p'}, 702, 'not available yet'],
    ['an unknown operation', {operator_type: 'X'}, 6, 'ADD or DROP'],
    ['other replicas', {replica_num: 2}, 6, 'replica_num'],
  ])('refuses %s', async (_, body, code, text) => {
    await withDb(1)
    await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    const refused = await harness.call('PUT', '/dbs/d/spaces/s', body)
    expect([refused.status, refused.code]).toEqual([500, code])
    expect(refused.msg).toContain(text)
  })
})

describe('indexes', () => {
  test('are added, listed with their state, and removed, inline ones too', async () => {
    await withDb(1)
    const fields = [
      {name: 'k', type: 'string', index: {type: 'SCALAR'}},
      {name: 'n', type: 'long'},
      ...[spaceBody('s').fields].flat().slice(1),
    ]
    await harness.call('POST', '/dbs/d/spaces', spaceBody('s', {fields}))
    const path = '/dbs/d/spaces/s/indexes'
    expect((await harness.call('GET', path)).data.indexes.map(({name}: {name: string}) => name)).toEqual([
      '__idx__k_SCALAR',
      'gamma',
    ])
    const added = await harness.call('POST', path, {
      indexes: [{name: 'nk', type: 'COMPOSITE', field_names: ['n', 'k']}],
    })
    expect(added.data).toMatchObject({version: 3})
    expect(await harness.call('POST', path, {indexes: [{name: 'k2', type: 'BITMAP', field_name: 'k'}]})).toMatchObject({
      status: 400,
      code: 6,
    })
    const removed = await harness.call('DELETE', `${path}/__idx__k_SCALAR`)
    expect(removed.data.fields[0]).toEqual({name: 'k', type: 'string'})
    expect(removed.data.space_properties.k).toEqual({field_type: 4, type: 'string'})
    const detail = (await harness.call('GET', `${path}?detail=true`)).data
    expect(detail.build_state[0].replicas[0]).toMatchObject({node_id: 1, is_leader: true, index_status: 2})
    expect(await harness.call('DELETE', `${path}/gamma`)).toMatchObject({status: 400, code: 6})
    expect(await harness.call('DELETE', `${path}/none`)).toMatchObject({status: 400, code: 6})
    expect(await harness.call('GET', '/dbs/d/spaces/x/indexes')).toMatchObject({status: 400, code: 221})
  })

  test('an addition that one partition refuses is taken back everywhere', async () => {
    await withDb(2)
    await harness.call('POST', '/dbs/d/spaces', spaceBody('s'))
    const asked: unknown[] = []
    const [first, second] = harness.servers
    if (first === undefined || second === undefined) throw new Error('two servers were started')
    first.behaviour.changeIndexes = async ({add, remove}) => {
      asked.push([add.length, remove])
      return {}
    }
    second.behaviour.changeIndexes = async () => {
      throw new CodedError('PARTITION_IS_CLOSED', 'closing')
    }
    const refused = await harness.call('POST', '/dbs/d/spaces/s/indexes', {
      indexes: [{name: 'i', type: 'SCALAR', field_name: 'k'}],
    })
    expect(refused).toMatchObject({status: 500, code: 145})
    expect(asked).toEqual([
      [1, []],
      [0, ['i']],
    ])
    expect((await harness.call('GET', '/dbs/d/spaces/s/indexes')).data.indexes).toHaveLength(1)
  })
})
