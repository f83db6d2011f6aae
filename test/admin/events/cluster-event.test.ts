import {expect, test} from 'vitest'
import {happenings} from '../../../src/admin/events/cluster-event.js'
import {Keys} from '../../../src/meta/keys.js'

const keys = new Keys('vearch')
const bytes = (value: unknown) =>
  value === null ? null : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const told = (key: string, before: unknown, after: unknown) =>
  happenings(keys, {key: `/vearch/${key}`, revision: 9, before: bytes(before), after: bytes(after)}).map(
    ({kind, subject, change}) => `${kind} | ${subject} | ${change}`,
  )

const partition = {id: 3, replicas: [1, 2], leader_name: 1, term: 4}
const server = {name: 3, ip: '10.0.0.1', rpc_port: 8081, p_ids: [1]}
const move = {add: 4, remove: 1, reason: 'move_replica', state: 'running', step: 'catch_up', waits_for: 'node 4'}

const table: readonly [string, before: unknown, after: unknown, told: readonly string[]][] = [
  ['partition/3', partition, {...partition, leader_name: 2, term: 5}, ['leader | partition 3 | 1 → 2 in term 5']],
  ['partition/3', {...partition, leader_name: undefined}, {...partition}, ['leader | partition 3 | – → 1 in term 4']],
  [
    'partition/3',
    partition,
    {...partition, leader_name: 2, term: 5, replicas: [2, 4], resourceExhausted: true},
    [
      'leader | partition 3 | 1 → 2 in term 5',
      'replicas | partition 3 | 1,2 → 2,4',
      'metadata | partition 3 | resourceExhausted – → true',
    ],
  ],
  ['partition/3', partition, {...partition, term: 5, update_time: 88, status: {'1': 2}}, []],
  ['partition/3', null, partition, ['metadata | partition 3 | created']],
  ['partition/3', partition, null, ['metadata | partition 3 | deleted']],
  ['partition/3', '{"id":3,"re', {leader_name: 1, term: 4}, ['leader | partition 3 | – → 1 in term 4']],
  ['server/3', null, server, ['lease | node 3 | up: 10.0.0.1:8081']],
  ['server/3', server, null, ['lease | node 3 | gone: 10.0.0.1:8081']],
  ['server/3', server, {...server, ip: '10.0.0.9'}, ['lease | node 3 | 10.0.0.1:8081 → 10.0.0.9:8081']],
  ['server/3', server, {...server, p_ids: [1, 2]}, ['metadata | node 3 | p_ids 1 → 1,2']],
  ['fail/server/3', null, {nodeID: 3}, ['lease | node 3 | failed']],
  ['fail/server/3', {nodeID: 3}, null, ['lease | node 3 | no longer failed']],
  ['router/vearch/10.0.0.8', null, '10.0.0.8:9001', ['lease | router 10.0.0.8 | up: 10.0.0.8:9001']],
  ['duty/reconcile', 'm1', 'm2', ['lease | duty reconcile | m1 → m2']],
  [
    'replica_change/3',
    null,
    move,
    ['replicas | partition 3 | add 4 remove 1 (move_replica): running, catch_up waits for node 4'],
  ],
  [
    'replica_change/3',
    move,
    {...move, state: 'failed', waits_for: '', error: {code: 9, msg: 'node 4 is gone'}},
    ['replicas | partition 3 | add 4 remove 1 (move_replica): failed, catch_up because node 4 is gone'],
  ],
  ['space/1/7', null, {id: 7, name: 'images'}, ['metadata | space images | created']],
  [
    'space/1/7',
    {id: 7, name: 'images'},
    {id: 7, name: 'pictures'},
    ['metadata | space pictures | name images → pictures'],
  ],
  ['user/root', {password: 'old'}, {password: 'new'}, ['metadata | user root | password (hidden) → (hidden)']],
  ['lock//vearch/lock/db/7587', null, 'x', ['metadata | lock /vearch/lock/db | taken']],
  ['id/node', '3', '4', ['metadata | sequence node | 3 → 4']],
  ['strange', null, 'x', ['metadata | key strange | created']],
]

test.each(table)('%s, %j then %j', (key, before, after, expected) => {
  expect(told(key, before, after)).toEqual(expected)
})

test('a change of many fields is cut off, and so is a long value', () => {
  const many = (value: string) => Object.fromEntries(Array.from({length: 9}, (_, n) => [`f${n}`, value]))
  const [line = ''] = told('space_config/1/7', many('a'), many('b'.repeat(100)))
  expect(line).toMatch(/f5 a → b{60}…; and 3 more$/)
})
