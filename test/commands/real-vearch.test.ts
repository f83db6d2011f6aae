/**
 * Commands on the metadata that a real Vearch writes: its keys and values (control-plane spec §2), in a real etcd, some
 * of them broken.
 */
import {join} from 'node:path'
import {afterAll, beforeAll, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']

const partition = (id: number, slot: number, replicas: readonly number[], rest: object = {}) => ({
  id,
  name: '',
  space_id: 1,
  db_id: 1,
  partition_slot: slot,
  replicas,
  resourceExhausted: false,
  ...rest,
})

const records: Readonly<Record<string, unknown>> = {
  '/vearch/id/node': '3',
  '/vearch/id/db': '1',
  '/vearch/id/space': '1',
  '/vearch/id/partition': '4',
  '/vearch/db/id/1': 'ts_db',
  '/vearch/db/name/ts_db': '1',
  '/vearch/db/body/1': {id: 1, name: 'ts_db'},
  '/vearch/space/1/1': {
    id: 1,
    name: 'ts_space',
    resource_name: 'default',
    version: 2,
    db_id: 1,
    enabled: true,
    partitions: [
      partition(1, 0, [1, 2]),
      partition(2, 1_073_741_823, [1, 3]),
      partition(3, 2_147_483_646, [2, 3]),
      partition(4, 3_221_225_469, [2, 1]),
      partition(5, 4_000_000_000, [9]),
    ],
    partition_num: 5,
    replica_num: 2,
    fields: [{name: 'v', type: 'vector', dimension: 128}],
    space_properties: {v: {field_type: 5, type: 'vector', dimension: 128, option: 1}},
    refresh_interval: 1000,
  },
  '/vearch/partition/1':
    '{"id":1,"name":"","space_id":1,"db_id":1,"partition_slot":0,"leader_name":1,"replicas":[1,2],"update_time":1633653906105116793,"resourceExhausted":false}',
  '/vearch/partition/2': partition(2, 1_073_741_823, [1, 3], {leader_name: 1, status: {1: 1, 3: 2}}),
  '/vearch/partition/3': partition(3, 2_147_483_646, [2, 3, 1], {leader_name: 3}),
  '/vearch/partition/4': '{"id":4,"name":"","space_i',
  '/vearch/partition/77': partition(77, 0, [1], {space_id: 8, leader_name: 1}),
  '/vearch/partition/78': '[]',
  '/vearch/server/1': {
    name: 1,
    resource_name: 'default',
    rpc_port: 8081,
    raft_heartbeat_port: 8898,
    raft_replicate_port: 8899,
    ip: '10.0.0.1',
    p_ids: [1, 2],
    private: false,
    version: {build_version: 'v3.5.9', build_time: 'x', commit_id: 'y'},
  },
  '/vearch/server/2': {name: 2, resource_name: 'default', rpc_port: 8081, ip: '10.0.0.2', private: false},
  '/vearch/fail/server/3': {nodeID: 3, time_stamp: 1_700_000_000, server: {name: 3, ip: '10.0.0.3'}},
  '/vearch/router/vearch/10.0.0.5': '10.0.0.5',
  '/vearch/user/root': {name: 'root', password: 'plain-secret', role_name: 'root'},
  '/vearch/role/reader': {name: 'reader', privileges: {ResourceSpace: 'ReadOnly'}},
  '/vearch/alias/a1': {name: 'a1', db_name: 'ts_db', space_name: 'ts_space'},
  '/vearch/member/123': {
    name: 'm1',
    address: '10.0.0.1',
    api_port: 8817,
    etcd_port: 2378,
    etcd_peer_port: 2390,
    etcd_client_port: 2370,
  },
  '/vearch/lock//vearch/lock//db/space/7587': '',
  '/vearchother/partition/900': partition(900, 0, [1]),
}

beforeAll(async () => {
  etcd = await startEtcd()
  for (const [key, value] of Object.entries(records)) {
    await etcd.ctl('put', '--', key, typeof value === 'string' ? value : JSON.stringify(value))
  }
})
afterAll(() => etcd?.stop())

describe('partitions list', () => {
  test('compares the records of partitions, spaces and servers', async () => {
    const {code, body} = await runJson(['partitions', 'list', ...target()])
    const rows = body.data?.map(({id, db, space, slots, leader, replicas, state, reason}) => [
      id,
      db,
      space,
      slots,
      leader,
      replicas,
      state,
      reason,
    ])
    expect(rows).toEqual([
      [1, 'ts_db', 'ts_space', [0, 1_073_741_822], 1, [1, 2], 'ok', null],
      [2, 'ts_db', 'ts_space', [1_073_741_823, 2_147_483_645], 1, [1, 3], 'degraded', 'not alive: node 3'],
      [
        3,
        'ts_db',
        'ts_space',
        [2_147_483_646, 3_221_225_468],
        3,
        [2, 3, 1],
        'leaderless',
        'its leader, node 3, is not alive',
      ],
      [4, 'ts_db', 'ts_space', [3_221_225_469, 3_999_999_999], null, [2, 1], 'unknown', 'its record cannot be read'],
      [5, 'ts_db', 'ts_space', [4_000_000_000, 4_294_967_295], null, [9], 'lost', 'no replica is alive'],
      [77, null, null, null, 1, [1], 'orphan', 'no space has it'],
      [78, null, null, null, null, [], 'unknown', 'its record cannot be read'],
    ])
    expect(body.data?.[0]?.updatedAt).toBe('2021-10-08T00:45:06.105Z')
    expect(code).toBe(8)
    expect(body.warnings?.map((warning) => warning.split(':')[0])).toEqual([
      '/vearch/partition/4 cannot be read',
      '/vearch/partition/78 cannot be read',
    ])
    expect(body.source).toMatch(new RegExp(`^etcd ${etcd.endpoint}, cluster vearch, revision \\d+$`))
  })

  test.each([
    ['--node 2', ['1', '3', '4']],
    ['--node 4', []],
    ['--state orphan', ['77']],
    ['--db ts_db --node 9', ['5']],
    ['--space ts_space --state ok', ['1']],
    ['--space ts_db/ts_space --state lost', ['5']],
    ['--space other/ts_space', []],
    ['--sort id:desc --limit 2', ['78', '77']],
  ])('%s', async (flags, expected) => {
    const {stdout} = await runCli(['partitions', 'list', ...flags.split(' '), '-q', ...target()])
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(expected)
  })

  test('as a table, with what is missing on stderr', async () => {
    const {code, stdout, stderr} = await runCli(['partitions', 'list', '--columns', 'id,leader,state', ...target()])
    expect(stdout).toBe(`ID   LEADER   STATE
1    1        ok
2    1        degraded
3    3        leaderless
4    –        unknown
5    –        lost
77   1        orphan
78   –        unknown
`)
    expect(stderr).toContain('warning: /vearch/partition/4 cannot be read')
    expect(code).toBe(8)
  })
})

describe('meta show', () => {
  test('counts every kind of this cluster and of no other', async () => {
    const {code, body} = await runJson(['meta', 'show', ...target()])
    const counts = Object.fromEntries((body.data ?? []).map(({kind, count, broken}) => [kind, [count, broken]]))
    expect(counts).toEqual({
      sequences: [4, 0],
      'db-names': [2, 0],
      dbs: [1, 0],
      spaces: [1, 0],
      partitions: [6, 2],
      servers: [2, 0],
      failservers: [1, 0],
      routers: [1, 0],
      users: [1, 0],
      roles: [1, 0],
      aliases: [1, 0],
      members: [1, 0],
      locks: [1, 0],
    })
    expect(code).toBe(0)
  })

  test('never shows a password', async () => {
    for (const format of ['table', 'wide', 'json', 'jsonl', 'csv']) {
      const {stdout} = await runCli(['meta', 'show', 'users', '-o', format, ...target()])
      expect(stdout).toContain('root')
      expect(stdout).not.toContain('plain-secret')
    }
  })

  test('keeps integers that a double would round', async () => {
    const {body} = await runJson(['meta', 'show', 'partitions', '1', ...target()])
    expect(body.data?.[0]?.value).toMatchObject({update_time: '1633653906105116793'})
  })

  test.each([
    ['servers', /^1 +10\.0\.0\.1 +8081 +8898 +8899 +default +false +1,2 /m],
    ['spaces', /^1 +ts_space +1 +true +5 +2 +2 +default /m],
    ['sequences', /^partition +4 /m],
    ['routers', /^10\.0\.0\.5 +10\.0\.0\.5 /m],
    ['aliases', /^a1 +ts_db +ts_space /m],
    ['locks', /\/vearch\/lock\/\/vearch\/lock\/\/db\/space\/7587/],
    ['roles', /^reader +\{"ResourceSpace":"ReadOnly"\} /m],
  ])('%s', async (kind, line) => {
    const {code, stdout} = await runCli(['meta', 'show', kind, ...target()])
    expect(stdout).toMatch(line)
    expect(code).toBe(0)
  })

  test('finds one record by name, and says so when there is none', async () => {
    const {stdout} = await runCli(['meta', 'show', 'spaces', 'ts_space', '-q', ...target()])
    expect(stdout).toBe('1\n')
    const {code, body} = await runJson(['meta', 'show', 'spaces', 'nothing', ...target()])
    expect([code, body.error?.code, body.error?.exit]).toEqual([3, 'NOT_FOUND', 3])
  })

  test('says that a cluster is not there', async () => {
    const {code, body} = await runJson(['meta', 'show', '--etcd', etcd.endpoint, '--cluster', 'vear'])
    expect([code, body.ok, body.error?.code]).toEqual([3, false, 'NOT_FOUND'])
  })
})

describe('node list', () => {
  test('has every process, with what its partitions say of it', async () => {
    const {code, body} = await runJson(['node', 'list', ...target()])
    expect(
      body.data?.map(({id, role, address, state, partitions, leaders}) => [
        id,
        role,
        address,
        state,
        partitions,
        leaders,
      ]),
    ).toEqual([
      ['m1', 'master', '10.0.0.1:8817', 'known', null, null],
      ['10.0.0.5', 'router', '10.0.0.5', 'up', null, null],
      ['1', 'ps', '10.0.0.1:8081', 'up', 4, 3],
      ['2', 'ps', '10.0.0.2:8081', 'up', 2, 0],
      ['3', 'ps', '10.0.0.3', 'failed', 2, 1],
    ])
    expect(body.data?.[2]).toMatchObject({version: 'v3.5.9', failedAt: null})
    expect(body.data?.[4]).toMatchObject({failedAt: '2023-11-14T22:13:20.000Z'})
    expect(code).toBe(8)
  })

  test('shows who is named and not there', async () => {
    await etcd.ctl('put', '/vearch/partition/90', '{"id":90,"replicas":[12],"leader_name":12}')
    const {stdout} = await runCli(['node', 'list', '--state', 'ghost', '-q', ...target()])
    await etcd.ctl('del', '/vearch/partition/90')
    expect(stdout).toBe('12\n')
  })
})

describe('meta get and tree', () => {
  test.each<[string, number, RegExp]>([
    ['meta get partition/1', 0, /1633653906105116793/],
    ['meta get /vearch/id/node', 0, /^\/vearch\/id\/node +3 /m],
    ['meta get partition/4', 8, /\(broken\)/],
    ['meta get nothing', 3, /^$/],
    ['meta get partition/1 --at 99999999', 3, /^$/],
    ['meta tree --depth 1', 0, /^ {2}partition +6 +\d+$/m],
    ['meta tree space', 0, /^ {4}1 +1 +\d+$/m],
    ['meta tree nothing', 3, /^$/],
    [
      'meta tree --depth 2 --top 2',
      0,
      /^ {2}space +\d.*\n {4}\S.*\n {2}partition +6 .*\n {4}\S.*\n {4}\S.*\n {4}\(4 others\) +4 +\d+\n {2}\(/m,
    ],
    ['meta tree --depth 1 --sizes', 0, /^ {2}space .*\n {2}partition .*/m],
    ['meta show partitions 1 --raw', 0, /^1 +\{"id":1,.*1633653906105116793/m],
    ['meta show partitions 4 --raw', 0, /^4 /m],
    ['meta show aliases --with-revision --with-key', 0, /^ID .* KEY +CREATED +WRITES +REVISION$/m],
    ['meta show users --raw --no-truncate', 0, /^(?!.*password)/s],
  ])('%s: %i', async (line, exit, shown) => {
    const {code, stdout} = await runCli([...line.split(' '), ...target()])
    expect(stdout).toMatch(shown)
    expect(code).toBe(exit)
  })
})

test('a snapshot is read as its cluster is', async () => {
  const file = join(etcd.dataDir, 'saved.db')
  await etcd.ctl('snapshot', 'save', file)
  const [live, saved] = await Promise.all([
    runJson(['partitions', 'list', ...target()]),
    runJson(['partitions', 'list', '--snapshot', file, '--cluster', 'vearch']),
  ])
  expect(saved.body.data).toEqual(live.body.data)
  expect(saved.body.source).toMatch(/^snapshot saved\.db, cluster vearch, revision \d+$/)
  const change = await runJson(['ids', 'next', 'node', '--allocate', '--snapshot', file, '--cluster', 'vearch'])
  expect(change.body.error).toMatchObject({code: 'GUARD_FAILED', exit: 6})
})

describe('ids next', () => {
  test('looks, and sees what would clash', async () => {
    const {code, body} = await runJson(['ids', 'next', ...target()])
    expect(
      body.data?.map(({sequence, last, next, maxInUse, status}) => [sequence, last, next, maxInUse, status]),
    ).toEqual([
      ['node', 3, 4, 3, 'ok'],
      ['space', 1, 2, 1, 'ok'],
      ['db', 1, 2, 1, 'ok'],
      ['partition', 4, 5, 78, 'behind'],
    ])
    expect(code).toBe(0)
  })

  test('takes ids only when told to, and never the same twice', async () => {
    const take = async () => (await runCli(['ids', 'next', 'node', '--allocate', '-n', '3', '-q', ...target()])).stdout
    const taken = await Promise.all([take(), take(), take()])
    const ids = taken.flatMap((text) => text.trim().split('\n').map(Number))
    expect(ids.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect((await etcd.ctl('get', '--print-value-only', '/vearch/id/node')).trim()).toBe('12')
  })

  test('shows a sequence that is no number', async () => {
    await etcd.ctl('put', '/vearch/id/space', 'many')
    const {code, body} = await runJson(['ids', 'next', 'space', ...target()])
    await etcd.ctl('put', '/vearch/id/space', '1')
    expect([code, body.data?.[0]?.status]).toEqual([8, 'broken'])
  })
})

describe('the target', () => {
  test('may come from the environment', async () => {
    const environment = {VEARCH_ETCD: etcd.endpoint, VEARCH_CLUSTER: 'vearch'}
    const {stdout} = await runCli(['partitions', 'list', '--state', 'ok', '-q'], {environment})
    expect(stdout).toBe('1\n')
  })

  test('that does not answer is told from one that has nothing, in time', async () => {
    etcd.pause()
    const {code, body} = await runJson(['partitions', 'list', '--timeout', '700ms', ...target()])
    etcd.resume()
    expect([code, body.error?.code]).toEqual([4, 'TIMEOUT'])
    expect(body.error?.message).toBe(`etcd ${etcd.endpoint} gave no answer within 700 ms`)
  })

  test('that is not there', async () => {
    const {code, stderr} = await runCli([
      'meta',
      'show',
      '--etcd',
      '127.0.0.1:1',
      '--cluster',
      'vearch',
      '--timeout',
      '20s',
    ])
    expect(code).toBe(4)
    expect(stderr).toMatch(/^error: 127\.0\.0\.1:1: .*ECONNREFUSED/)
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
