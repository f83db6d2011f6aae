import {afterAll, beforeAll, expect} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {Partition} from '../../src/entity/partition.js'
import {putRecord} from '../../src/meta/repository.js'
import type {TestEtcd} from '../harness/etcd.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'
import {basic, MasterHarness, signkey, spaceBody, startEtcd} from './cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
  harness = await MasterHarness.start(etcd, 2)
})
afterAll(async () => {
  await harness.stop()
  await etcd.stop()
})

const call: MasterHarness['call'] = (method, path, body, headers) => harness.call(method, path, body, headers)
const brief = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const {status, code, msg, data} = await call(method, path, body, headers)
  return code === 0 ? [status, code, data] : [status, code, msg]
}

describe('databases', () => {
  test('are created, found by name and by number, listed and deleted', async () => {
    expect(await brief('POST', '/dbs/one', 'ignored, and no JSON')).toEqual([200, 0, {id: 1, name: 'one'}])
    expect(await brief('POST', '/dbs/one')).toEqual([422, 201, 'db_exist:dbname one already exists'])
    expect(await brief('POST', '/dbs/two')).toEqual([200, 0, {id: 2, name: 'two'}])
    expect(await brief('GET', '/dbs/1')).toEqual([200, 0, {id: 1, name: 'one'}])
    expect((await call('GET', '/dbs')).data).toEqual([
      {id: 1, name: 'one'},
      {id: 2, name: 'two'},
    ])
    expect(await etcd.ctl('get', '--print-value-only', harness.keys.dbId('two'))).toBe('2\n')
    expect(await etcd.ctl('get', '--print-value-only', harness.keys.sequence('db'))).toBe('2\n')
    expect(await brief('DELETE', '/dbs/2')).toEqual([200, 0, undefined])
    expect((await brief('GET', '/dbs/two')).slice(0, 2)).toEqual([404, 200])
    expect((await brief('DELETE', '/dbs/two')).slice(0, 2)).toEqual([404, 200])
    expect(await brief('POST', '/dbs/1a')).toEqual([400, 6, 'param_error:db name : 1a can not start with num'])
  })

  test('a name is taken once, however many ask', async () => {
    const replies = await Promise.all(Array.from({length: 20}, () => call('POST', '/dbs/crowd')))
    expect(replies.filter(({code}) => code === 0)).toHaveLength(1)
    expect(replies.filter(({code}) => code === 201)).toHaveLength(19)
    await call('DELETE', '/dbs/crowd')
  })

  test('a db with spaces stays', async () => {
    await call('POST', '/dbs/one/spaces', spaceBody('keep'))
    expect((await brief('DELETE', '/dbs/one')).slice(0, 2)).toEqual([500, 202])
    await call('DELETE', '/dbs/one/spaces/keep')
  })

  test('is confined to servers, whatever the path says', async () => {
    const change = (method: number, ip_addr = '10.9.9.9') =>
      brief('PUT', '/dbs/ignored', {db_name: 'one', ip_addr, method})
    expect(await change(0)).toEqual([200, 0, {id: 1, name: 'one', ps: ['10.9.9.9']}])
    expect(await change(0)).toEqual([200, 0, {id: 1, name: 'one', ps: ['10.9.9.9']}])
    expect(await brief('POST', '/dbs/one/spaces', spaceBody('s'))).toMatchObject([
      500,
      100,
      expect.stringContaining('only have 0'),
    ])
    expect(await change(1)).toEqual([200, 0, {id: 1, name: 'one'}])
    expect((await change(2)).slice(0, 2)).toEqual([400, 6])
  })
})

describe('registration', () => {
  const register = (query: string, authorization = basic('root', signkey)) =>
    brief('POST', `/register?${query}`, undefined, {authorization})

  test('tells a server its address and each space once, with its engine settings', async () => {
    await call('POST', '/dbs/one/spaces', spaceBody('held', {partition_num: 4}))
    await call('POST', '/config/one/held', {refresh_interval: -1})
    const headers = {authorization: basic('root', signkey), 'x-forwarded-for': '6.6.6.6'}
    const {data} = await call('POST', `/register?clusterName=${harness.cluster}&nodeID=1`, undefined, headers)
    const held = (await call('GET', '/dbs/one/spaces/held')).data.partitions.filter(
      ({node_id}: {node_id: number}) => node_id === 1,
    )
    expect(data.ip).toBe('127.0.0.1')
    expect(data.p_ids).toEqual(held.map(({pid}: {pid: number}) => pid))
    expect(data.p_ids).toHaveLength(2)
    expect(data.spaces).toMatchObject([{name: 'held', refresh_interval: -1, enable_id_cache: false}])
    expect(data).toMatchObject({resource_name: '', rpc_port: 0, private: false, version: null})
  })

  test.each([
    ['no cluster', 'nodeID=1', 400, 1, 'clusterName'],
    ['no node', 'clusterName=CLUSTER', 400, 1, 'nodeID'],
    ['node 0', 'clusterName=CLUSTER&nodeID=0', 400, 1, 'nodeID'],
    ['a node that is text', 'clusterName=CLUSTER&nodeID=x', 400, 1, 'nodeID'],
    ['another cluster', 'clusterName=other&nodeID=1', 422, 7, 'config_error:cluster name'],
    [
      'a node that lives elsewhere',
      'clusterName=CLUSTER&nodeID=77',
      422,
      1,
      'node id[77] has register on ip[10.1.1.1]',
    ],
  ])('refuses %s', async (_, query, status, code, text) => {
    await harness.addServer(77, {ip: '10.1.1.1', private: true})
    const [gotStatus, gotCode, msg] = await register(query.replace('CLUSTER', harness.cluster))
    expect([gotStatus, gotCode]).toEqual([status, code])
    expect(msg).toContain(text)
    await harness.servers.pop()?.stop()
    await until('it is gone', () => !harness.master.master.cluster.view.servers.has(nodeId(77)))
  })

  test('needs the signkey, in either alphabet of base64', async () => {
    const query = `clusterName=${harness.cluster}&nodeID=1`
    expect(await register(query, '')).toEqual([401, 3, 'auth header is empty'])
    expect(await register(query, basic('root', 'wrong'))).toEqual([401, 3, 'auth header password is invalid'])
    expect(await register(query, basic('alice', signkey))).toEqual([401, 3, 'auth header user alice is invalid'])
    expect(
      (await register(query, basic('root', signkey).replaceAll('+', '-').replaceAll('/', '_'))).slice(0, 2),
    ).toEqual([200, 0])
    expect((await call('POST', '/register_partition', {}, {authorization: basic('root', 'x')})).code).toBe(3)
  })

  test('a router is told its address', async () => {
    expect(await brief('POST', `/register_router?clusterName=${harness.cluster}`)).toEqual([200, 0, '127.0.0.1'])
    expect((await brief('POST', '/register_router?clusterName=other')).slice(0, 2)).toEqual([422, 7])
  })

  test('of leaders the newest term counts, in whatever order they are reported', async () => {
    const {repository} = harness.master.master.cluster
    const id = partitionId(900)
    const partition: Partition = {
      id,
      name: '',
      space_id: spaceId(900),
      db_id: dbId(900),
      partition_slot: 0,
      replicas: [nodeId(1), nodeId(2)],
      resourceExhausted: false,
    }
    const space = {
      id: 900,
      db_id: 900,
      name: 'x',
      version: 2,
      partitions: [partition],
      fields: [],
      space_properties: {},
    }
    await repository.store.transact({then: [putRecord(harness.keys.space(dbId(900), spaceId(900)), space)]})
    const report = async (leader: number, term: number | undefined, more: object = {}) => {
      const {code} = await call('POST', '/register_partition', {...partition, leader_name: leader, term, ...more})
      const known = (await repository.partition(id))?.value
      return [code, known?.leader_name, known?.term]
    }
    expect(await report(1, 3)).toEqual([0, 1, 3])
    expect(await report(2, 2)).toEqual([0, 1, 3])
    expect(await report(2, 3)).toEqual([0, 1, 3])
    const first = await repository.partition(id)
    expect(await report(1, 3)).toEqual([0, 1, 3])
    expect(await report(1, 3, {replicas: [2, 1]})).toEqual([0, 1, 3])
    expect((await repository.partition(id))?.modRevision).toBe(first?.modRevision)
    expect(await report(1, 3, {resourceExhausted: true})).toEqual([0, 1, 3])
    expect((await repository.partition(id))?.value.update_time).toBeGreaterThan(first?.value.update_time ?? 0n)
    expect(await report(2, 4)).toEqual([0, 2, 4])
    expect(await report(5, 9)).toEqual([6, 2, 4])
    await Promise.all(Array.from({length: 10}, (_, n) => report((n % 2) + 1, 10 + n)))
    expect((await repository.partition(id))?.value).toMatchObject({leader_name: 2, term: 19})
    expect((await call('POST', '/register_partition', {...partition, id: 901})).code).toBe(141)
    const keys = [harness.keys.space(dbId(900), spaceId(900)), harness.keys.partition(id)]
    await repository.store.transact({then: keys.map((key) => ({type: 'delete', key}))})
  })

  test.each([
    ['nothing', undefined, 'EOF'],
    ['a list', [], 'cannot unmarshal array'],
    ['an id that is text', {id: 'x'}, 'Partition.id of type uint32'],
    ['replicas that are text', {id: 1, replicas: ['a']}, 'Partition.replicas of type []uint64'],
    ['an unknown state', {id: 1, status: {1: 3}}, 'status'],
  ])('a report that is %s is refused', async (_, body, text) => {
    const [status, code, msg] = await brief('POST', '/register_partition', body)
    expect([status, code]).toEqual([400, 1])
    expect(msg).toContain(text)
  })
})

describe('reports', () => {
  test('describe a space in the shape of Vearch', async () => {
    await call('POST', '/dbs/one/spaces', spaceBody('shown', {partition_num: 2}))
    const {data} = await call('GET', '/dbs/one/spaces/shown')
    expect(Object.keys(data)).toEqual([
      'space_name',
      'db_name',
      'doc_num',
      'partition_num',
      'replica_num',
      'schema',
      'status',
      'partitions',
    ])
    expect(data).toMatchObject({space_name: 'shown', db_name: 'one', doc_num: 14, partition_num: 2, status: 'green'})
    expect(data.partitions[0]).toMatchObject({
      doc_num: 7,
      replica_num: 1,
      color: 'green',
      ip: '127.0.0.1',
      index_num: 7,
      max_docid: 6,
    })
    expect(
      (await call('GET', '/dbs/one/spaces')).data.map(({space_name}: {space_name: string}) => space_name),
    ).toContain('shown')
    expect((await brief('GET', '/dbs/one/spaces/none')).slice(0, 2)).toEqual([404, 221])
    expect((await brief('GET', '/dbs/none/spaces/shown')).slice(0, 2)).toEqual([404, 200])
  })

  test('a server that does not answer is an error in the report and holds up nothing else', async () => {
    const [first] = harness.servers
    if (first === undefined) throw new Error('a server was started')
    first.behaviour.partitionInfo = () => new Promise(() => {})
    const startedAt = performance.now()
    const {data} = await call('GET', '/dbs/one/spaces/shown')
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expect(data.status).toBe('red')
    expect(data.errors).toHaveLength(1)
    expect(data.partitions.map(({color}: {color: string}) => color).sort()).toEqual(['green', 'red'])
    expect(data.doc_num).toBe(7)
    delete first.behaviour.partitionInfo
  })

  test('a server that has lost a partition, and a leaderless one, are told', async () => {
    const [first] = harness.servers
    const {repository} = harness.master.master.cluster
    const shown = (await call('GET', '/dbs/one/spaces/shown')).data.partitions
    const lost = shown.find(({node_id}: {node_id: number}) => node_id === 1)
    first?.partitions.delete(lost.pid)
    expect((await call('GET', '/dbs/one/spaces/shown')).data.errors[0]).toContain('is not on node:[1]')
    first?.partitions.add(lost.pid)
    const stored = await repository.partition(lost.pid)
    if (stored === null) throw new Error('the partition was registered')
    const {leader_name: _, ...leaderless} = stored.value
    await repository.store.transact({then: [putRecord(stored.key, leaderless)]})
    await until('it is seen', async () => (await call('GET', '/dbs/one/spaces/shown')).data.status === 'red')
    expect((await call('GET', '/dbs/one/spaces/shown')).data.errors[0]).toContain('has no leader')
    await repository.store.transact({then: [putRecord(stored.key, stored.value)]})
    await until('it is healthy again', async () => (await call('GET', '/dbs/one/spaces/shown')).data.status === 'green')
  })

  test('health of dbs and spaces, known and unknown', async () => {
    const [db, none] = (await call('GET', '/cluster/health?db=one,none&space=shown,ghost')).data
    expect(db).toMatchObject({
      db_name: 'one',
      space_num: 1,
      doc_num: 14,
      size: 0,
      status: 'red',
      errors: ['space_not_exist:space:[ghost]'],
    })
    expect(Object.keys(db.spaces[0])[0]).toBe('name')
    expect(db.spaces[0]).toMatchObject({name: 'shown', schema: null, status: 'green'})
    expect(none).toEqual({db_name: 'none', errors: ['db_not_exist:db:[none]']})
    const all = (await call('GET', '/cluster/health')).data
    expect(all).toMatchObject([{db_name: 'one', status: 'green', errors: null}])
  })

  test('servers with their partitions, all or some, and what they say of themselves', async () => {
    const {data} = await call('GET', '/servers')
    expect(data.count).toBe(2)
    expect(data.servers[0].server).toMatchObject({name: 1, ip: '127.0.0.1'})
    expect(data.servers[0].partitions[0]).toMatchObject({doc_num: 7})
    expect(
      (await call('GET', '/servers?ids=2,9')).data.servers.map(({server}: {server: {name: number}}) => server.name),
    ).toEqual([2])
    const stats = (await call('GET', '/cluster/stats')).data
    expect(stats[0]).toMatchObject({status: 500, ip: '127.0.0.1', err: expect.stringContaining('stats')})
  })

  test('a failed server is listed until it is forgotten', async () => {
    const third = await harness.addServer(3)
    await call('POST', '/dbs/one/spaces', spaceBody('third', {partition_num: 3}))
    await third.stop()
    const failures = async () => (await call('GET', '/schedule/fail_server')).data
    await until('it is recorded', async () => (await failures()).count === 1)
    expect((await failures()).fail_servers[0]).toMatchObject({
      nodeID: 3,
      server: {name: 3, p_ids: expect.any(Array)},
    })
    expect(await call('DELETE', '/dbs/one/spaces/third')).toMatchObject({code: 0})
    expect(await harness.keysUnder(harness.keys.removalPrefix)).toHaveLength(1)
    expect(await brief('DELETE', '/schedule/fail_server/3')).toEqual([200, 0, {nodeID: '3'}])
    expect((await brief('DELETE', '/schedule/fail_server/3')).slice(0, 2)).toEqual([404, 160])
    await until('nobody waits for it', async () => (await harness.keysUnder(harness.keys.removalPrefix)).length === 0)
  })
})

describe('settings', () => {
  test.each([
    [
      '/config/request_limit',
      {request_limit_enabled: true, read_request_limit_count: 1_000_000, write_request_limit_count: 1_000_000},
      {request_limit_enabled: true, write_request_limit_count: 0.5},
    ],
    [
      '/config/memory_limit',
      {memory_limit_enabled: true, router_memory_limit: 90, ps_memory_limit: 90},
      {memory_limit_enabled: false, router_memory_limit: 50, ps_memory_limit: 60},
    ],
    ['/config/slow_search_isolation', {slow_search_isolation_enabled: true}, {slow_search_isolation_enabled: false}],
  ])('%s has a default, and keeps what is set', async (path, byDefault, set) => {
    expect(await brief('GET', path)).toEqual([200, 0, byDefault])
    expect(await brief('POST', path, set)).toEqual([200, 0, set])
    expect(await brief('GET', path)).toEqual([200, 0, set])
  })

  test('a limit beyond reason is refused', async () => {
    expect((await call('POST', '/config/memory_limit', {router_memory_limit: 101})).code).toBe(6)
    expect((await call('POST', '/config/request_limit', {read_request_limit_count: -1})).code).toBe(6)
  })

  test('a space’s engine settings are merged, stored, and told to its servers', async () => {
    const asked: unknown[] = []
    for (const server of harness.servers) {
      server.behaviour.setEngineConfig = async ({config}) => {
        asked.push(config)
        return {}
      }
    }
    const {data} = await call('POST', '/config/one/shown', {engine_cache_size: 1024})
    expect(data).toEqual({engine_cache_size: 1024, id: data.id, db_id: 1})
    expect(asked).toHaveLength(2)
    expect((await call('GET', '/config/one/shown')).data).toMatchObject({
      engine_cache_size: 1024,
      refresh_interval: 1000,
      id: data.id,
    })
    expect((await brief('GET', '/config/one/none')).slice(0, 2)).toEqual([404, 221])
    expect((await brief('POST', '/config/one/none', {})).slice(0, 2)).toEqual([500, 221])
  })

  test('resource limits reach the replicas; without a space there is nothing to limit', async () => {
    const limit = {resource_exhausted: true, db_name: 'one', space_name: 'shown'}
    expect(await brief('POST', '/partitions/resource_limit', limit)).toEqual([200, 0, limit])
    expect((await call('POST', '/partitions/resource_limit', {space_name: 'shown'})).code).toBe(6)
    await call('POST', '/dbs/empty')
    expect((await call('POST', '/partitions/resource_limit', {db_name: 'empty'})).code).toBe(1)
    await call('DELETE', '/dbs/empty')
  })
})

describe('aliases', () => {
  test('are created for a space that exists, changed, listed and deleted', async () => {
    const alias = {name: 'al', db_name: 'one', space_name: 'shown'}
    const path = '/alias/al/dbs/one/spaces/shown'
    expect((await brief('PUT', path)).slice(0, 2)).toEqual([500, 240])
    expect(await brief('POST', path)).toEqual([200, 0, alias])
    expect((await brief('POST', path)).slice(0, 2)).toEqual([500, 241])
    expect(await brief('PUT', '/alias/al/dbs/one/spaces/held')).toEqual([200, 0, {...alias, space_name: 'held'}])
    expect((await brief('POST', '/alias/b/dbs/none/spaces/shown')).slice(0, 2)).toEqual([422, 200])
    expect((await brief('POST', '/alias/b/dbs/one/spaces/none')).slice(0, 2)).toEqual([500, 221])
    expect((await brief('PUT', '/alias/al/dbs/none/spaces/shown')).slice(0, 2)).toEqual([404, 200])
    expect((await brief('POST', '/alias/_b/dbs/one/spaces/shown')).slice(0, 2)).toEqual([500, 6])
    expect((await call('GET', '/alias')).data).toEqual([{...alias, space_name: 'held'}])
    expect(await brief('DELETE', '/alias/al')).toEqual([200, 0, undefined])
    expect((await brief('GET', '/alias/al')).slice(0, 2)).toEqual([404, 240])
    expect((await brief('DELETE', '/alias/al')).slice(0, 2)).toEqual([500, 240])
  })
})

describe('the cluster', () => {
  test('says who it is, to anybody', async () => {
    expect(await brief('GET', '/', undefined, {authorization: ''})).toMatchObject([
      200,
      0,
      {name: harness.cluster, version: {build_version: 'test'}},
    ])
  })

  test('lists its masters with ids of 64 bits', async () => {
    const {data} = await call('GET', '/members')
    expect(data.members).toMatchObject([
      {name: 'm1', peerURLs: ['http://127.0.0.1:2390'], clientURLs: ['http://127.0.0.1:2370']},
    ])
    const [stats] = (await call('GET', '/members/stats')).data
    expect(stats.version).toMatch(/^3\./)
    expect((await call('POST', '/members', {peer_addrs: []})).code).toBe(702)
  })

  test('deletes the locks that nobody holds, and no others', async () => {
    const {store} = harness.master
    const held = await store.grantLease(60)
    const dead = `${harness.keys.lock('dead')}/1`
    const live = `${harness.keys.lock('live')}/2`
    await store.transact({
      then: [
        {type: 'put', key: dead, value: ''},
        {type: 'put', key: live, value: '', lease: held.id},
      ],
    })
    expect(await brief('GET', '/clean_lock')).toEqual([200, 0, [dead]])
    expect(await brief('POST', '/clean_lock')).toEqual([200, 0, []])
    await store.revokeLease(held.id)
  })

  test('cleans up when it is told to', async () => {
    expect(await brief('GET', '/schedule/clean_task')).toEqual([200, 0, 'clean task success!'])
  })

  test.each([
    ['POST', '/backup/dbs/one/spaces/shown'],
    ['POST', '/backup/dbs/one'],
    ['GET', '/backup/dbs/one/spaces/shown/versions/1/progress'],
    ['GET', '/restore/dbs/one/spaces/shown/progress'],
    ['DELETE', '/backup/dbs/one/spaces/shown/versions/1'],
    ['DELETE', '/backup/dbs/one/spaces/shown/versions/1/direct'],
    ['DELETE', '/members'],
  ])('%s %s says that it is not there yet', async (method, path) => {
    const [status, code, msg] = await brief(method, path)
    expect([status, code]).toEqual([500, 702])
    expect(msg).toMatch(/^method_not_implement:.{20}/)
  })

  test('lists 10,000 partitions in less than a second', async () => {
    const {store} = harness.master
    const before = (await call('GET', '/partitions')).data.length
    const ids = Array.from({length: 10_000}, (_, n) => partitionId(100_000 + n))
    const record = (id: number) => ({
      id,
      name: '',
      space_id: 1,
      db_id: 1,
      partition_slot: id,
      leader_name: 1,
      replicas: [1, 2, 3],
      update_time: 1_700_000_000_123_456_789n,
      resourceExhausted: false,
    })
    for (let from = 0; from < ids.length; from += 100) {
      await store.transact({
        then: ids.slice(from, from + 100).map((id) => putRecord(harness.keys.partition(id), record(id))),
      })
    }
    await store.transact({then: [{type: 'put', key: harness.keys.partition(partitionId(99_999)), value: '{broken'}]})
    const response = await fetch(`${harness.master.url}/partitions`, {headers: {authorization: basic('root', signkey)}})
    const text = await response.text()
    expect(JSON.parse(text).data).toHaveLength(before + 10_000)
    expect(text).toContain('"update_time":1700000000123456789')
    await store.transact({then: [{type: 'deletePrefix', prefix: harness.keys.partitionPrefix}]})
    expect((await call('GET', '/partitions')).data).toEqual([])
  })
})
