/** Causal chains as a person reads them: the tree in words, two spaces a level. */
import {expect, test} from 'vitest'
import {textOf} from '../../../src/admin/messages/message.js'
import type {Cause} from '../../../src/admin/why/cause.js'
import {explainPlacement} from '../../../src/admin/why/placement.js'
import {whyKey} from '../../../src/admin/why/why-key.js'
import {whyNode} from '../../../src/admin/why/why-node.js'
import {whyPartition} from '../../../src/admin/why/why-partition.js'
import {findSpace, whySpace} from '../../../src/admin/why/why-space.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

function tree({message, because}: Cause, indent = ''): string {
  return [`${indent}${textOf(message)}`, ...because.map((cause) => tree(cause, `${indent}  `))].join('\n')
}

function commands({next, because}: Cause): string[] {
  return [...(next === null ? [] : [next]), ...because.flatMap(commands)]
}

const leaderless: Change = (cluster) => {
  cluster.fail(1)
  cluster.fail(3)
  cluster.addServer(5, {ip: '10.0.0.3'})
  for (const id of [1, 2]) cluster.raft(2, id, {Leader: 0, Term: 9, State: 'StateCandidate', Replicas: {}})
}

test('a partition without a leader: the majority, its nodes, and what became of them', () => {
  const cause = whyPartition(fixture(leaderless), partitionId(1))
  expect(tree(cause)).toBe(
    `
partition 1 of web/img is leaderless
  nobody leads it
    1 of 3 replicas is alive, a leader needs 2
      node 1 is down: its lease ended, noticed at 2026-08-01T11:55:00.000Z
      node 3 is down: its lease ended, noticed at 2026-08-01T11:55:00.000Z
        node 5 is now at its address 10.0.0.3
  its data is at node 2: 50 documents`.trim(),
  )
  expect(commands(cause)).toEqual([
    'vearchctl partitions show 1',
    'vearchctl node recover 1',
    'vearchctl node recover 3',
    'vearchctl node replace 3 5 --by id',
  ])
})

test('a majority is alive and nobody leads', () => {
  const picture = fixture((cluster) => {
    for (const node of [1, 2, 3])
      cluster.raft(node, 1, {Leader: 0, Term: 116_534, State: 'StateCandidate', Replicas: {}})
  })
  expect(tree(whyPartition(picture, partitionId(1)))).toContain(
    'a majority is alive and there is no leader: its members cannot reach each other, or the election is under way (term 116534)',
  )
})

test('a partition that routers do not find, and its data', () => {
  const cause = whyPartition(
    fixture((cluster) => cluster.records.delete(keys.partition(partitionId(1)))),
    partitionId(1),
  )
  expect(tree(cause)).toBe(
    `
partition 1 of web/img is mismatch
  it has no record of its own
  its data is at node 1: 50 documents
  its data is at node 2: 50 documents
  its data is at node 3: 50 documents`.trim(),
  )
  expect(cause.next).toBe('vearchctl repair VC105 1')
})

test.each<[string, Change, string]>([
  ['well', () => {}, 'partition 1 of web/img is ok: node 1 leads it in term 3, replicas 1, 2, 3'],
  [
    'unknown to all',
    (cluster) => {
      cluster.editSpace({partitions: [], partition_num: 0})
      cluster.records.delete(keys.partition(partitionId(1)))
      for (const node of [1, 2, 3]) {
        cluster.infos.get(node)?.delete(1)
        cluster.edit(keys.server(nodeId(node)), {p_ids: [2]})
      }
    },
    'no source names partition 1',
  ],
])('a partition that is %s', (_, change, text) => {
  expect(tree(whyPartition(fixture(change), partitionId(1)))).toBe(text)
})

test.each<[string, Change, string]>([
  ['alive', () => {}, 'node 3 is alive and answers\n  its lease has 5 s left\n  it has 2 replicas and leads 0'],
  [
    'frozen',
    (cluster) => cluster.silence(3, 'late', 'no answer within 2000 ms'),
    'node 3 is alive by its lease and does not answer: no answer within 2000 ms\n  its lease has 5 s left\n  it has 2 replicas and leads 0',
  ],
  [
    'back at another address',
    (cluster) => {
      cluster.fail(3)
      cluster.addServer(3, {ip: '10.0.1.9'})
    },
    'node 3 is alive and answers\n  its lease has 5 s left\n  it was at 10.0.0.3, and is at 10.0.1.9: while the old lease lives, a register from the new address is refused\n  it has 2 replicas and leads 0',
  ],
  [
    'a ghost',
    (cluster) => cluster.fail(3, {recorded: false}),
    'node 3 is recorded nowhere: it never registered, was forgotten, or its lease ended and no master saw it\n  it has 2 replicas and leads 0',
  ],
])('a node that is %s', (_, change, text) => {
  expect(tree(whyNode(fixture(change), nodeId(3)))).toBe(text)
})

test('a space names its worst partitions first', () => {
  const picture = fixture(leaderless, (cluster) => cluster.raft(2, 2, {Leader: 2, State: 'StateLeader'}))
  const cause = whySpace(picture, findSpace(picture, 'img'))
  expect(tree(cause).split('\n').slice(0, 2)).toEqual([
    'space web/img: 0 of 2 partitions are ok',
    '  partition 1 of web/img is leaderless',
  ])
})

test.each<[string, Change, RegExp]>([
  ['being created', (cluster) => cluster.editSpace({version: 1, enabled: false}), /it is being created/],
  ['disabled', (cluster) => cluster.editSpace({enabled: false}), /somebody has disabled it/],
  ['without its db', (cluster) => cluster.records.delete(keys.db(dbId(1))), /its database has no body/],
])('a space that is %s', (_, change, text) => {
  const picture = fixture(change)
  expect(tree(whySpace(picture, findSpace(picture, 'img')))).toMatch(text)
})

test('a space by a name that several have, or none', () => {
  const picture = fixture((cluster) => {
    cluster.addDb(2, 'net')
    cluster.addSpace(2, 'img', [3])
    cluster.editSpace({db_id: 2}, 2)
  })
  expect(() => findSpace(picture, 'img')).toThrow(/web\/img, net\/img/)
  expect(findSpace(picture, 'net/img').value.id).toBe(2)
  expect(() => findSpace(picture, 'gone')).toThrow(/space_not_exist/)
})

test.each<[string, Change, string, RegExp]>([
  [
    'a server’s key',
    () => {},
    keys.server(nodeId(1)),
    /^node 1 writes it under its lease[\s\S]*it is there: created at[\s\S]*node 1 is alive/,
  ],
  [
    'a partition’s key',
    () => {},
    keys.partition(partitionId(1)),
    /when the leader of partition 1 registers[\s\S]*partition 1 of web\/img is ok/,
  ],
  ['a key that is not there', () => {}, keys.space(dbId(1), spaceId(9)), /it is not there at revision 90/],
  [
    'a broken value',
    (cluster) => cluster.records.set(keys.alias('x'), '{'),
    keys.alias('x'),
    /another name for a space\n {2}it cannot be read/,
  ],
  ['a key of nobody', () => {}, '/vearch/what', /no release that is known writes such a key/],
  ['a setting', () => {}, keys.memoryLimit, /a setting for the whole cluster/],
])('why %s', (_, change, key, text) => {
  expect(tree(whyKey(fixture(change), key))).toMatch(text)
})

test('why a partition is where it is', () => {
  expect(tree(explainPlacement(fixture(), partitionId(2)))).toBe(
    `
why partition 2 of web/img is where it is
  no router in particular serves it: every router watches the metadata and asks the leader for writes, any ready replica for reads
    routers alive now: 10.0.0.8
  space web/img asked for 3 replicas of each of 2 partitions in pool default; the master chose nodes 1, 2, 3, first the one meant to lead
    it takes, of the servers of pool default that are not private, those with the fewest replicas, no two with one node_id
  node 1 (10.0.0.1:8081) may hold it: pool default, 2 replicas now
  node 2 (10.0.0.2:8081) may hold it: pool default, 2 replicas now
  node 3 (10.0.0.3:8081) may hold it: pool default, 2 replicas now
  node 2 leads by election, in term 3; it registered itself as leader with a master
  a server that starts asks a master which partitions it has; the answer is every partition whose replicas name its id, so a replica follows the id and not the address`.trim(),
  )
})

test.each<[string, Change, RegExp]>([
  [
    'a server of another pool',
    (cluster) => cluster.edit(keys.server(nodeId(2)), {resource_name: 'gpu'}),
    /node 2 would not be chosen today \(pool gpu/,
  ],
  ['a server that is gone', (cluster) => cluster.fail(2), /node 2 is not alive; it keeps its place/],
  [
    'a db with servers of its own',
    (cluster) => cluster.edit(keys.db(dbId(1)), {ps: ['10.0.0.1']}),
    /at 10\.0\.0\.1, which the database names/,
  ],
  ['the leader that was meant', () => {}, /node 1 leads, as the placement meant it to, in term 3/],
])('placement and %s', (_, change, text) => {
  expect(tree(explainPlacement(fixture(change), partitionId(1)))).toMatch(text)
})
