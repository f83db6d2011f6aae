import {describe, expect, test} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import {Keys} from '../../src/meta/keys.js'

const keys = new Keys('vearch')
const one = {db: dbId(1), space: spaceId(2), partition: partitionId(3), node: nodeId(4)}

describe('a key is built as Vearch builds it, and taken apart again', () => {
  test.each([
    [keys.sequence('node'), '/vearch/id/node', {kind: 'sequence', sequence: 'node'}],
    [keys.sequence('partition'), '/vearch/id/partition', {kind: 'sequence', sequence: 'partition'}],
    [keys.dbName(one.db), '/vearch/db/id/1', {kind: 'dbName', id: 1}],
    [keys.dbId('ts_db'), '/vearch/db/name/ts_db', {kind: 'dbId', name: 'ts_db'}],
    [keys.db(one.db), '/vearch/db/body/1', {kind: 'db', id: 1}],
    [keys.space(one.db, one.space), '/vearch/space/1/2', {kind: 'space', dbId: 1, id: 2}],
    [keys.spaceConfig(one.db, one.space), '/vearch/space_config/1/2', {kind: 'spaceConfig', dbId: 1, id: 2}],
    [keys.partition(one.partition), '/vearch/partition/3', {kind: 'partition', id: 3}],
    [keys.server(one.node), '/vearch/server/4', {kind: 'server', id: 4}],
    [keys.failServer(one.node), '/vearch/fail/server/4', {kind: 'failServer', id: 4}],
    [keys.router('10.0.0.1'), '/vearch/router/vearch/10.0.0.1', {kind: 'router', ip: '10.0.0.1'}],
    [keys.router('fe80::1'), '/vearch/router/vearch/fe80::1', {kind: 'router', ip: 'fe80::1'}],
    [keys.requestLimit, '/vearch/router/request_limit_config', {kind: 'requestLimit'}],
    [keys.memoryLimit, '/vearch/router/memory_limit_config', {kind: 'memoryLimit'}],
    [keys.slowSearchIsolation, '/vearch/router/slow_search_isolation', {kind: 'slowSearchIsolation'}],
    [keys.user('root'), '/vearch/user/root', {kind: 'user', name: 'root'}],
    [keys.role('reader'), '/vearch/role/reader', {kind: 'role', name: 'reader'}],
    [keys.alias('latest'), '/vearch/alias/latest', {kind: 'alias', name: 'latest'}],
    [
      keys.member('8e9e05c52164694d'),
      '/vearch/member/8e9e05c52164694d',
      {kind: 'member', memberId: '8e9e05c52164694d'},
    ],
  ])('%s', (built, expected, parsed) => {
    expect(built).toBe(expected)
    expect(keys.parse(built)).toEqual(parsed)
  })

  test('a lock carries the prefix twice, and its lease', () => {
    expect(keys.lock('/db/space')).toBe('/vearch/lock//vearch/lock//db/space')
    expect(keys.parse(`${keys.lock('/db/space')}/7587862094`)).toEqual({
      kind: 'lock',
      name: '/vearch/lock//db/space',
      leaseId: '7587862094',
    })
  })
})

describe('a key that is none of ours is unknown', () => {
  test.each([
    '',
    '/vearch',
    '/vearch/',
    '/vearch2/partition/3',
    '/other/partition/3',
    '/vearch/partition/',
    '/vearch/partition/x',
    '/vearch/partition/-1',
    '/vearch/partition/1.5',
    '/vearch/partition/1e3',
    '/vearch/partition/99999999999999999999',
    '/vearch/partition/3/4',
    '/vearch/space/1',
    '/vearch/space/a/2',
    '/vearch/space/1/b',
    '/vearch/space_config/1/b',
    '/vearch/server/',
    '/vearch/fail/router/4',
    '/vearch/fail/server/x',
    '/vearch/db/body/x',
    '/vearch/db/id/',
    '/vearch/id/lock',
    '/vearch/router/else',
    '/cluster/cleanjob',
  ])('%j', (key) => {
    expect(keys.parse(key)).toEqual({kind: 'unknown'})
  })
})

describe('a cluster whose name begins with a slash', () => {
  const slashed = new Keys('/prod')

  test('is its own prefix', () => {
    expect(slashed.all).toBe('/prod/')
    expect(slashed.partition(one.partition)).toBe('/prod/partition/3')
  })

  test('has routers that are found again', () => {
    expect(slashed.parse(slashed.router('10.0.0.1'))).toEqual({kind: 'router', ip: '10.0.0.1'})
  })
})

test('the prefix of everything leaves out a cluster whose name begins alike', () => {
  expect(new Keys('vearch2').partition(one.partition).startsWith(keys.all)).toBe(false)
})
