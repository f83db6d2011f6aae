/** What would stand in the way of a space: each row breaks the sound cluster, or asks for too much, and is told the reason. */
import {expect, test} from 'vitest'
import {type CreationRow, checkCreation, isCreatable} from '../../../src/admin/entities/creation-check.js'
import {textOf} from '../../../src/admin/messages/message.js'
import {told} from '../../../src/admin/picture/answer.js'
import {dbId, nodeId} from '../../../src/entity/ids.js'
import type {SpaceRequest} from '../../../src/entity/space-request.js'
import {type ClusterFixture, configFile, fixture, fromMaster, keys, statsOf} from '../cluster-fixture.js'

const name = {db: 'web', space: 'new'}
const index = {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}
const request: SpaceRequest = {
  name: 'new',
  partition_num: 2,
  replica_num: 3,
  fields: [{name: 'v', type: 'vector', dimension: 4, index}],
}

const check = (change: (cluster: ClusterFixture) => void, asked: Partial<SpaceRequest> = {}, named = name) =>
  checkCreation(fixture(change), named, {...request, ...asked})
const saidOf = (rows: readonly CreationRow[]) =>
  rows
    .filter(({verdict}) => verdict !== 'ok')
    .map(({check: of, subject, verdict, detail}) => [of, subject, verdict, textOf(detail)])

test('the sound cluster would create it, at the servers that have least', () => {
  const rows = check(() => {})
  expect([saidOf(rows), isCreatable(rows)]).toEqual([[], true])
  expect(rows.filter(({check: of}) => of === 'servers').map(({detail}) => textOf(detail))).toEqual([
    '2 partitions of 3 replicas at nodes 1, 2, 3, 4',
  ])
})

type Row = readonly [what: string, (cluster: ClusterFixture) => void, Partial<SpaceRequest>, readonly string[]]

test.each<Row>([
  ['fields without a vector', () => {}, {fields: [{name: 'a', type: 'string'}]}, ['schema', 'new', 'refused']],
  ['too many partitions', () => {}, {partition_num: 2_000}, ['schema', 'new', 'refused']],
  [
    'fewer replicas than the cluster allows',
    (cluster) => {
      cluster.config = told(configFile('limited_replica_num = true\nsignkey = "a secret of our own"'), {
        from: 'config',
        path: 'cluster.toml',
        line: null,
      })
    },
    {replica_num: 1},
    ['schema', 'new', 'refused'],
  ],
  ['no such db', (cluster) => cluster.records.delete(keys.db(dbId(1))), {}, ['db', 'web', 'refused']],
  ['a name that is taken', (cluster) => cluster.editSpace({name: 'new'}), {}, ['name', 'web/new', 'refused']],
  [
    'one of that name that is being created',
    (cluster) => cluster.editSpace({name: 'new', version: 1, enabled: false}),
    {},
    ['name', 'web/new', 'waits'],
  ],
  [
    'a lock of the db',
    (cluster) => cluster.records.set(`${keys.lock('/web/space_name')}/900`, ''),
    {},
    ['locks', 'web', 'waits'],
  ],
  [
    'a store that takes no writes',
    (cluster) => {
      cluster.masters = [
        fromMaster('http://m1:8817', {memberErrors: [{id: '7', errors: ['memberID:7 alarm:NOSPACE']}]}),
      ]
    },
    {},
    ['store', 'etcd', 'refused'],
  ],
  [
    'a sequence that is behind',
    (cluster) => cluster.records.set(keys.sequence('partition'), '1'),
    {},
    ['ids', 'partition', 'refused'],
  ],
  ['more replicas than servers', () => {}, {replica_num: 5}, ['servers', 'default', 'refused']],
  ['a pool without servers', () => {}, {resource_name: 'gpu'}, ['servers', 'gpu', 'refused']],
])('refused or kept waiting: %s', (_, change, asked, expected) => {
  const rows = check(change, asked)
  expect(isCreatable(rows)).toBe(false)
  expect(saidOf(rows).map((row) => row.slice(0, 3))).toContainEqual(expected)
})

test.each<[string, (cluster: ClusterFixture) => void, string, RegExp]>([
  [
    'of another pool',
    (cluster) => cluster.edit(keys.server(nodeId(4)), {resource_name: 'gpu'}),
    'out',
    /^it is of resource_name gpu, not default$/,
  ],
  ['that is private', (cluster) => cluster.edit(keys.server(nodeId(4)), {private: true}), 'out', /private/],
  [
    'that is cordoned',
    (cluster) => cluster.records.set(keys.cordon(nodeId(4)), {reason: 'disk', sinceMs: 1}),
    'out',
    /^it is cordoned: disk$/,
  ],
  ['that does not answer', (cluster) => cluster.silence(4, 'late'), 'out', /^it does not answer: late$/],
  ['whose disk is full', (cluster) => cluster.stats.set(4, statsOf(4, 0.95)), 'doubtful', /^95 % of its disk/],
])('passes over a server %s, and says why', (_, change, verdict, reason) => {
  const rows = check(change)
  expect(isCreatable(rows)).toBe(true)
  expect(saidOf(rows)).toEqual([['server', 'node 4', verdict, expect.stringMatching(reason)]])
})

test('servers that share a rack are one where replicas are kept apart', () => {
  const rows = check((cluster) => {
    cluster.settings = {...cluster.settings, antiAffinity: 2}
    for (const node of [1, 2, 3]) cluster.edit(keys.server(nodeId(node)), {host_rack: 'r1'})
    cluster.edit(keys.server(nodeId(4)), {host_rack: 'r2'})
  })
  expect(saidOf(rows)).toEqual([
    [
      'servers',
      'default',
      'refused',
      'not enough partition servers on different hosts, racks or zones, need 3 replicas but only have 2',
    ],
  ])
})
