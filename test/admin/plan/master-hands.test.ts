/** What is sent to a master for each step, and how a record is written: the wire of Vearch's routes, and the guard of a write. */
import {expect, test} from 'vitest'
import {carryOut} from '../../../src/admin/plan/hands.js'
import {MasterHands} from '../../../src/admin/plan/master-hands.js'
import type {Step} from '../../../src/admin/plan/plan.js'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {ClusterFixture, keys} from '../cluster-fixture.js'

const one = partitionId(1)
const {signal} = new AbortController()

function handsOn(cluster = new ClusterFixture(), refuse: CodedError | null = null) {
  const sent: string[] = []
  const written: unknown[] = []
  const kvs = cluster.kvs()
  const call = async (method: string, path: string, body: unknown) => {
    sent.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`)
    if (refuse !== null) throw refuse
  }
  const writer = {
    get: async (key: string) => kvs.find((kv) => kv.key === key) ?? null,
    apply: async (
      action: string,
      changes: readonly {key: string; before: {modRevision: number} | null; after: string | null}[],
    ) => {
      written.push({action, changes: changes.map(({key, before, after}) => [key, before?.modRevision ?? 0, after])})
    },
  }
  return {hands: new MasterHands({call}, writer, keys, 'plan apply p1'), sent, written}
}

test.each<[Step, string]>([
  [
    {do: 'moveReplica', partition: one, from: nodeId(3), to: nodeId(4)},
    'POST /partitions/move_replica {"partition_ids":[1],"from":3,"to":4,"force":false,"wait":true}',
  ],
  [
    {do: 'moveReplica', partition: one, from: nodeId(3), to: nodeId(4), bytesPerSecond: 500_000},
    'POST /partitions/move_replica {"partition_ids":[1],"from":3,"to":4,"force":false,"bytes_per_second":500000,"wait":true}',
  ],
  [
    {do: 'addReplica', partition: one, node: nodeId(4), force: true},
    'POST /partitions/change_member {"partition_ids":[1],"node_id":4,"method":0,"force":true}',
  ],
  [
    {do: 'removeReplica', partition: one, node: nodeId(3)},
    'POST /partitions/change_member {"partition_ids":[1],"node_id":3,"method":1}',
  ],
  [
    {do: 'transferLeader', partition: one, from: null, to: nodeId(2)},
    'POST /partitions/transfer_leader {"partition_ids":[1],"node_id":2}',
  ],
  [{do: 'forgetNode', node: nodeId(3)}, 'DELETE /schedule/fail_server/3'],
])('%o', async (step, request) => {
  const {hands, sent} = handsOn()
  await carryOut(step, hands, null, signal)
  expect(sent).toEqual([request])
})

test('a node that is forgotten already is no error, another refusal is', async () => {
  const step: Step = {do: 'forgetNode', node: nodeId(3)}
  await carryOut(step, handsOn(undefined, new CodedError('PARTITION_SERVER_NOT_EXIST')).hands, null, signal)
  const refused = carryOut(step, handsOn(undefined, new CodedError('AUTHENTICATION_FAILED')).hands, null, signal)
  await expect(refused).rejects.toMatchObject({errorName: 'AUTHENTICATION_FAILED'})
})

const key = keys.sequence('partition')
const raise: Step = {do: 'writeRecord', key, before: '9', after: '12'}

test('a record is written if it is at its revision', async () => {
  const {hands, written} = handsOn()
  const revision = new ClusterFixture().kvs().find((kv) => kv.key === key)?.modRevision ?? 0
  await carryOut(raise, hands, revision, signal)
  expect(written).toEqual([{action: 'plan apply p1', changes: [[key, revision, '12']]}])
})

test.each<[string, Step, number | null]>([
  ['at another revision', raise, 1_000],
  ['gone', {...raise, key: keys.sequence('node'), before: null}, null],
  ['of another value', {...raise, before: '8'}, null],
])('and not if it is %s', async (_, step, revision) => {
  const {hands, written} = handsOn()
  await expect(carryOut(step, hands, revision, signal)).rejects.toMatchObject({errorName: 'GUARD_FAILED'})
  expect(written).toEqual([])
})

test('a value is the same however its JSON is written', async () => {
  const cluster = new ClusterFixture()
  const alias = keys.alias('pictures')
  cluster.records.set(alias, '{ "name":"pictures",  "db_name":"web","space_name":"img" }')
  const {hands, written} = handsOn(cluster)
  const before = '{"name":"pictures","db_name":"web","space_name":"img"}'
  await carryOut({do: 'writeRecord', key: alias, before, after: null}, hands, null, signal)
  expect(written).toHaveLength(1)
})
