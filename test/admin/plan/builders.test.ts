/** Plans as their steps read, and what refuses to be planned. */
import {describe, expect, test} from 'vitest'
import {textOf} from '../../../src/admin/messages/message.js'
import type {ClusterPicture} from '../../../src/admin/picture/picture.js'
import {
  planDecommission,
  planDrain,
  planRecover,
  planReplace,
  planTransferFrom,
} from '../../../src/admin/plan/node-plans.js'
import {type Plan, stepMessage} from '../../../src/admin/plan/plan.js'
import {planRebalance, type RebalanceMeasure} from '../../../src/admin/plan/rebalance.js'
import {planAddReplica, planMove, planRemoveReplica, planTransfer} from '../../../src/admin/plan/replica-plans.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {CodedError} from '../../../src/errors/coded-error.js'
import {type ClusterFixture, fixture, keys} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void
type Build = (picture: ClusterPicture) => Plan

const one = partitionId(1)
const n = nodeId

const stepsOf = ({steps}: Plan) => steps.map((step) => textOf(stepMessage(step)))
const move = (from: number, to: number | null, options = {}): Build => {
  return (picture) => planMove(picture, one, {from: n(from), to: to === null ? null : n(to)}, options)
}

test.each<[string, Change, Build, string[]]>([
  ['a move', () => {}, move(3, 4), ['move the replica of partition 1 from node 3 to node 4']],
  [
    'a move to wherever there is room',
    () => {},
    move(3, null),
    ['move the replica of partition 1 from node 3 to node 4'],
  ],
  [
    'another replica',
    () => {},
    (picture) => planAddReplica(picture, one, null),
    ['add a replica of partition 1 at node 4'],
  ],
  [
    'a replica less',
    () => {},
    (picture) => planRemoveReplica(picture, one, n(3)),
    ['remove the replica of partition 1 from node 3'],
  ],
  [
    'the leader’s replica less',
    () => {},
    (picture) => planRemoveReplica(picture, one, n(1)),
    ['give the leadership of partition 1 to node 2', 'remove the replica of partition 1 from node 1'],
  ],
  [
    'another leader',
    () => {},
    (picture) => planTransfer(picture, one, null),
    ['give the leadership of partition 1 to node 3'],
  ],
  [
    'what a node leads, to one other',
    () => {},
    (picture) => planTransferFrom(picture, n(1), {to: n(2), max: null}),
    ['give the leadership of partition 1 to node 2'],
  ],
  [
    'a drain',
    () => {},
    (picture) => planDrain(picture, n(1)),
    ['move the replica of partition 1 from node 1 to node 4', 'move the replica of partition 2 from node 1 to node 4'],
  ],
  [
    'a drain of leaders',
    () => {},
    (picture) => planDrain(picture, n(1), {leadersOnly: true}),
    ['give the leadership of partition 1 to node 3'],
  ],
  [
    'a recovery',
    (cluster) => cluster.fail(3),
    (picture) => planRecover(picture, n(3)),
    [
      'move the replica of partition 1 from node 3 to node 4',
      'move the replica of partition 2 from node 3 to node 4',
      'forget failed node 3',
    ],
  ],
  [
    'a replacement at the same address',
    (cluster) => {
      cluster.fail(3)
      cluster.addServer(5, {ip: '10.0.0.3'})
    },
    (picture) => planReplace(picture, n(3), n(5)),
    [
      'move the replica of partition 1 from node 3 to node 5',
      'move the replica of partition 2 from node 3 to node 5',
      'forget failed node 3',
    ],
  ],
])('%s', (_, change, build, steps) => {
  const plan = build(fixture(change))
  expect(stepsOf(plan)).toEqual(steps)
  expect(plan.blocked).toEqual([])
})

test('a plan says what it found, how to take it back and what to look for', () => {
  const plan = planMove(fixture(), one, {from: n(3), to: n(4)})
  const picture = fixture()
  expect(plan).toMatchObject({
    kind: 'Plan',
    action: 'partitions move 1 --from 3 --to 4',
    cluster: 'vearch',
    revision: 90,
    preconditions: [
      {key: keys.partition(one), modRevision: picture.metadata.partitions.get(one)?.modRevision, step: 0},
      {key: keys.space(dbId(1), spaceId(1)), step: 0},
    ],
    inverse: [{do: 'moveReplica', partition: 1, from: 4, to: 3}],
    verify: [{expect: 'replicas', partition: 1, replicas: [1, 2, 4]}],
  })
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(planMove(fixture(), one, {from: n(3), to: n(4)}).id).toBe(plan.id)
  expect(planMove(fixture(), one, {from: n(2), to: n(4)}).id).not.toBe(plan.id)
})

describe('refused:', () => {
  const noMajority: Change = (cluster) => {
    cluster.fail(3)
    cluster.editListed(1, {replicas: [1, 2, 3]})
  }
  test.each<[string, Change, Build, RegExp, string | null]>([
    ['a node that is down', (cluster) => cluster.fail(4), move(3, 4), /node 4 is not alive/, null],
    ['a node that has it', () => {}, move(3, 2), /has a replica on node 2 already/, null],
    ['a node that does not', () => {}, move(4, 5), /no replica on node 4/, null],
    [
      'no leader',
      (cluster) => {
        cluster.fail(1)
        cluster.fail(3)
        cluster.raft(2, 1, {Leader: 0, Replicas: {}})
      },
      move(3, 4),
      /has no leader/,
      null,
    ],
    [
      'a quorum lost',
      noMajority,
      (picture) => planRemoveReplica(picture, one, n(2)),
      /only 1 would be alive, which is no majority/,
      '--force=quorum',
    ],
    [
      'another pool',
      (cluster) => cluster.edit(keys.server(n(4)), {resource_name: 'gpu'}),
      move(3, 4),
      /not open to its space/,
      '--force=placement',
    ],
    [
      'the same rack',
      (cluster) => {
        cluster.settings = {...cluster.settings, antiAffinity: 2}
        for (const node of [1, 4]) cluster.edit(keys.server(n(node)), {host_rack: 'r1'})
      },
      move(3, 4),
      /node 4 shares r1 with node 1/,
      '--force=anti-affinity',
    ],
    [
      'the last copy',
      (cluster) => {
        cluster.infos.get(1)?.delete(1)
        cluster.editListed(1, {replicas: [1]})
        cluster.editPartition(1, {replicas: [1]})
        for (const node of [2, 3]) cluster.infos.get(node)?.delete(1)
      },
      (picture) => planRemoveReplica(picture, one, n(1)),
      /has its last replica/,
      null,
    ],
    ['a recovery of a node that is alive', () => {}, (picture) => planRecover(picture, n(3)), /node 3 is alive/, null],
    ['a node nobody knows', () => {}, (picture) => planDrain(picture, n(99)), /no source names node 99/, null],
    [
      'a leader without a replica',
      () => {},
      (picture) => planTransfer(picture, one, n(4)),
      /no replica on node 4/,
      null,
    ],
  ])('%s', (_, change, build, reason, force) => {
    const attempt = () => build(fixture(change))
    expect(attempt).toThrow(reason)
    if (force === null) return
    try {
      attempt()
    } catch (thrown) {
      expect(thrown instanceof CodedError && thrown.hint).toContain(force)
    }
  })

  test('unless it is forced, by its own name', () => {
    const picture = fixture((cluster) => cluster.edit(keys.server(n(4)), {resource_name: 'gpu'}))
    expect(() => move(3, 4, {force: ['quorum']})(picture)).toThrow(/not open/)
    expect(move(3, 4, {force: ['placement']})(picture).steps).toEqual([
      {do: 'moveReplica', partition: 1, from: 3, to: 4, force: true},
    ])
  })
})

test.each<[string, Change, Build, RegExp[]]>([
  [
    'no room',
    (cluster) => cluster.fail(4),
    (picture) => planDrain(picture, n(1)),
    [/partition 1: no server may take/, /partition 2: no server may take/],
  ],
  [
    'no leader',
    (cluster) => {
      cluster.fail(1)
      cluster.raft(2, 1, {Leader: 0, Replicas: {}})
      cluster.raft(3, 1, {Leader: 0, Replicas: {}})
    },
    (picture) => planDecommission(picture, n(1)),
    [/partition 1: nobody leads it/],
  ],
])('what cannot be moved is told, and the rest is planned: %s', (_, change, build, reasons) => {
  const {blocked, steps} = build(fixture(change))
  expect(blocked).toHaveLength(reasons.length)
  for (const [at, reason] of reasons.entries())
    expect(textOf(blocked[at] ?? {id: 'plan.blocked.noLeader', parameters: {}})).toMatch(reason)
  expect(steps.length).toBe(reasons.length === 2 ? 0 : 2)
})

describe('rebalance', () => {
  const lopsided: Change = (cluster) => {
    cluster.addSpace(2, 'more', [3, 4, 5, 6])
    for (const id of [1, 2, 3, 4, 5, 6]) {
      for (const node of [1, 2, 3]) cluster.tell(node, id, {doc_num: id * 100, size: id * 1_000})
    }
  }

  test.each<[RebalanceMeasure]>([['count'], ['docs'], ['bytes']])(
    'by %s: the empty server gets its share, and no more',
    (by) => {
      const {plan, pools} = planRebalance(fixture(lopsided), {by, threshold: 0.05})
      const [pool] = pools
      expect(plan.steps.length).toBeGreaterThan(0)
      expect(pool?.after).toBeLessThan(pool?.before ?? 0)
      const before = pool?.loads.reduce((sum, load) => sum + load.before, 0)
      expect(pool?.loads.reduce((sum, load) => sum + load.after, 0)).toBe(before)
      for (const step of plan.steps) expect(step).toMatchObject({do: 'moveReplica', to: 4})
      const moved = plan.steps.map((step) => ('partition' in step ? step.partition : 0))
      expect(moved.length).toBe(new Set(moved).size)
    },
  )

  test('by leaders: only leadership moves', () => {
    const picture = fixture((cluster) => {
      cluster.addSpace(2, 'more', [3, 4, 5, 6])
      for (const id of [1, 2, 3, 4, 5, 6]) {
        cluster.editPartition(id, {leader_name: 1})
        for (const node of [1, 2, 3]) cluster.raft(node, id, {Leader: 1})
      }
    })
    const {plan, pools} = planRebalance(picture, {by: 'leaders'})
    expect(plan.steps.every((step) => step.do === 'transferLeader')).toBe(true)
    // node 4 has no replica and cannot lead, so two each is the best there is
    expect(pools[0]?.loads.map(({after}) => after)).toEqual([2, 2, 2, 0])
  })

  test('within the number of moves, the space and the threshold that were asked for', () => {
    const picture = fixture(lopsided)
    expect(planRebalance(picture, {by: 'count', maxMoves: 1}).plan.steps).toHaveLength(1)
    const ofSpace = planRebalance(picture, {by: 'count', space: 'web/img'}).plan.steps
    expect(ofSpace.every((step) => 'partition' in step && step.partition <= 2)).toBe(true)
    expect(planRebalance(picture, {by: 'count', threshold: 5}).plan.steps).toEqual([])
    expect(() => planRebalance(picture, {by: 'count', maxMoves: 0})).toThrow(/moves/)
  })
})
