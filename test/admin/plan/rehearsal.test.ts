import {expect, test} from 'vitest'
import {subjectText} from '../../../src/admin/doctor/finding.js'
import {nextAutomaticActions} from '../../../src/admin/plan/blast-radius.js'
import {planDrain, planRecover} from '../../../src/admin/plan/node-plans.js'
import {rehearse} from '../../../src/admin/plan/rehearsal.js'
import {planRemoveReplica} from '../../../src/admin/plan/replica-plans.js'
import {simulate} from '../../../src/admin/plan/simulation.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture, fromDisk, keys, nowMs} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

test('a recovery heals, and says what it costs', () => {
  const picture = fixture((cluster) => cluster.fail(3))
  const rehearsal = rehearse(picture, planRecover(picture, nodeId(3)))
  expect([rehearsal.before.word, rehearsal.after.word]).toEqual(['DEGRADED', 'OK'])
  expect(rehearsal.cured.map(({code, subject}) => `${code} ${subjectText(subject)}`)).toEqual([
    'VC103 partition 1',
    'VC103 partition 2',
  ])
  expect(rehearsal.caused).toEqual([])
  expect(rehearsal.bytes).toBe(2 * 4_096)
  expect(rehearsal.nodes).toContainEqual({node: 4, before: 0, after: 2})
  expect(rehearsal.partitions).toEqual([1, 2])
})

test('a plan that makes it worse says so', () => {
  const picture = fixture()
  const rehearsal = rehearse(picture, planRemoveReplica(picture, partitionId(1), nodeId(3)))
  expect(rehearsal.caused.map(({code, subject}) => `${code} ${subjectText(subject)}`)).toEqual(['VC103 partition 1'])
  expect(rehearsal.thin).toEqual([])
})

test('what has no replica to spare is named with its step', () => {
  const picture = fixture((cluster) => cluster.fail(3))
  const rehearsal = rehearse(picture, planDrain(picture, nodeId(2)))
  expect(rehearsal.thin).toEqual([
    {step: 0, partition: 1, live: 2, of: 3},
    {step: 1, partition: 2, live: 2, of: 3},
  ])
})

test('a simulation leaves the picture as it was', () => {
  const picture = fixture()
  const before = JSON.stringify([...picture.metadata.spaces], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const after = simulate(picture, planDrain(picture, nodeId(1)).steps)
  expect(
    JSON.stringify([...picture.metadata.spaces], (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  ).toBe(before)
  expect(after.metadata.spaces.get(spaceId(1))?.value.partitions.map(({replicas}) => replicas)).toEqual([
    [4, 2, 3],
    [4, 2, 3],
  ])
  expect(after.partitions.get(partitionId(1))?.raft).toMatchObject({leader: 4, members: [2, 3, 4]})
})

const rogue: Change = (cluster) => {
  const stray = {id: 77, path: '/d/data/77', dataBytes: 5, raftBytes: 0}
  const doomed = {id: 1, path: '/d/data/1', dataBytes: 5, raftBytes: 0}
  cluster.disks = [fromDisk('/d', {identity: {node: nodeId(4), cluster: 'vearch'}, partitions: [doomed, stray]})]
}

test.each<[string, Change, string[]]>([
  ['nothing in a sound cluster', () => {}, []],
  [
    'a start wipes, clean_task deletes',
    rogue,
    ['server start: wipe 1 at 4', 'clean_task: delete data 77 at 4 (last copy)'],
  ],
  [
    'a space without a db, and the records of a space that is gone',
    (cluster) => {
      cluster.records.delete(keys.db(dbId(1)))
      cluster.addPartition({id: 7, space_id: 9, db_id: 1} as {id: number}, 1)
      cluster.editPartition(7, {replicas: [1, 2, 3]})
    },
    ['clean_task: delete record 7', 'clean_task: delete space 1'],
  ],
  [
    'a failed server is emptied',
    (cluster) => cluster.fail(3),
    ['auto recovery: move 1 at 3', 'auto recovery: move 2 at 3'],
  ],
])('what Vearch does next by itself: %s', (_, change, expected) => {
  const actions = nextAutomaticActions(fixture(change), 1_800)
  const texts = actions.map((action) => {
    const of = 'partition' in action ? action.partition : action.space
    const at = 'node' in action ? ` at ${action.node}` : ''
    return `${action.job}: ${action.does} ${of}${at}${'loses' in action && action.loses.isLastCopy ? ' (last copy)' : ''}`
  })
  expect(texts).toEqual(expected)
})

test('recovery is due half an hour after the failure, and never where it is off', () => {
  const picture = fixture((cluster) => cluster.fail(3))
  const [action] = nextAutomaticActions(picture, 1_800)
  expect(action).toMatchObject({dueAt: new Date(nowMs - 300_000 + 1_800_000).toISOString()})
  expect(nextAutomaticActions(picture, null)).toEqual([])
})
