import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {dbId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import {Keys, type ParsedKey, sequences} from '../../src/meta/keys.js'
import {property} from '../harness/property.js'

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
    '/vearch/partition/03',
    '/vearch/removed/space/x',
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

describe('whatever the names and ids,', () => {
  const id = fc.oneof(fc.nat(9), fc.nat(2 ** 32 - 1))
  const word = fc.string({unit: fc.constantFrom('a', 'b', '1', '.', '_', '数'), minLength: 1, maxLength: 4})
  const cluster = fc
    .oneof(
      word,
      word.map((name) => `/${name}`),
      fc.constantFrom('id', 'router', 'vearch'),
    )
    .map((name) => new Keys(name))
  const parsed: fc.Arbitrary<Built> = fc.oneof(
    fc.constantFrom(...sequences).map((sequence) => ({kind: 'sequence', sequence}) as const),
    id.map((db) => ({kind: 'dbName', id: dbId(db)}) as const),
    word.map((name) => ({kind: 'dbId', name}) as const),
    id.map((db) => ({kind: 'db', id: dbId(db)}) as const),
    fc.tuple(id, id).map(([db, space]) => ({kind: 'space', dbId: dbId(db), id: spaceId(space)}) as const),
    fc.tuple(id, id).map(([db, space]) => ({kind: 'spaceConfig', dbId: dbId(db), id: spaceId(space)}) as const),
    id.map((partition) => ({kind: 'partition', id: partitionId(partition)}) as const),
    id.map((node) => ({kind: 'server', id: nodeId(node)}) as const),
    id.map((node) => ({kind: 'failServer', id: nodeId(node)}) as const),
    word.map((ip) => ({kind: 'router', ip}) as const),
    fc.constantFrom('requestLimit', 'memoryLimit', 'slowSearchIsolation').map((kind) => ({kind}) as const),
    fc.tuple(fc.constantFrom('user', 'role', 'alias'), word).map(([kind, name]) => ({kind, name}) as const),
    word.map((name) => ({kind: 'duty', name}) as const),
    id.map((node) => ({kind: 'cordon', id: nodeId(node)}) as const),
    word.map((memberId) => ({kind: 'member', memberId}) as const),
    id.map((space) => ({kind: 'removal', id: spaceId(space)}) as const),
    id.map((partition) => ({kind: 'replicaChange', id: partitionId(partition)}) as const),
  )

  property(
    'a key says what it was built of, to its own cluster alone',
    [cluster, cluster, parsed],
    (own, other, what) => {
      const key = built(own, what)
      expect(own.parse(key)).toEqual(what)
      if (other.root !== own.root) expect(other.parse(key)).toEqual({kind: 'unknown'})
    },
  )

  const piece = fc.constantFrom(
    'db',
    'id',
    'body',
    'name',
    'space',
    'partition',
    'server',
    'fail',
    'removed',
    'router',
    'replica_change',
    'vearchctl',
    'cordons',
    'duty',
    'node',
    '7',
    '07',
    '0',
    'x',
    '',
    '-1',
    'vearch',
  )

  property('what is understood of a key is enough to build it again', [fc.array(piece, {maxLength: 4})], (pieces) => {
    const key = `/vearch/${pieces.join('/')}`
    const what = keys.parse(key)
    if (isBuilt(what)) expect(built(keys, what)).toBe(key)
  })
})

/** Locks carry a lease, and the names of mutes are encoded. */
type Built = Extract<ParsedKey, {kind: Exclude<ParsedKey['kind'], 'unknown' | 'lock' | 'mute'>}>

function isBuilt(what: ParsedKey): what is Built {
  return what.kind !== 'unknown' && what.kind !== 'lock' && what.kind !== 'mute'
}

function built(of: Keys, what: Built): string {
  switch (what.kind) {
    case 'sequence':
      return of.sequence(what.sequence)
    case 'space':
    case 'spaceConfig':
      return of[what.kind](what.dbId, what.id)
    case 'router':
      return of.router(what.ip)
    case 'member':
      return of.member(what.memberId)
    case 'requestLimit':
    case 'memoryLimit':
    case 'slowSearchIsolation':
      return of[what.kind]
    case 'dbId':
    case 'user':
    case 'role':
    case 'alias':
    case 'duty':
      return of[what.kind](what.name)
    case 'dbName':
    case 'db':
      return of[what.kind](what.id)
    case 'server':
    case 'failServer':
    case 'cordon':
      return of[what.kind](what.id)
    case 'partition':
    case 'replicaChange':
      return of[what.kind](what.id)
    case 'removal':
      return of.removal(what.id)
  }
}
