/** Thesis §4: which change leads to which membership. */
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type NodeId, nodeId} from '../../src/entity/ids.js'
import {
  decideChange,
  type MemberChange,
  type Membership,
  type MembershipChange,
  members,
  membershipOf,
} from '../../src/raft/membership.js'
import {voteResult} from '../../src/raft/quorum.js'
import {property} from '../harness/property.js'
import {membershipText} from './network/node.js'

const of = (voters: readonly number[], learners: readonly number[] = []): Membership =>
  membershipOf(voters.map(nodeId), learners.map(nodeId))
const joint = (voters: number[], outgoing: number[], learners: number[] = [], next: number[] = []): Membership => ({
  ...of(voters, learners),
  votersOutgoing: outgoing.map(nodeId),
  learnersNext: next.map(nodeId),
})
const change = (action: MemberChange['action'], node: number): MemberChange => ({action, node: nodeId(node)})
const one = (action: MemberChange['action'], node: number): MembershipChange => ({
  kind: 'one',
  change: change(action, node),
})
const several = (...changes: MemberChange[]): MembershipChange => ({kind: 'joint', changes, autoLeave: false})
const leave: MembershipChange = {kind: 'leave'}

const rows: readonly (readonly [string, Membership, MembershipChange, after: string])[] = [
  ['a voter is added', of([1, 2]), one('add-voter', 3), '1 2 3'],
  ['a voter with a low id is added', of([2, 3]), one('add-voter', 1), '1 2 3'],
  ['a voter is removed', of([1, 2, 3]), one('remove', 2), '1 3'],
  ['a learner is added', of([1, 2]), one('add-learner', 3), '1 2, learners 3'],
  ['a learner is promoted', of([1, 2], [3]), one('add-voter', 3), '1 2 3'],
  ['a voter is demoted', of([1, 2, 3]), one('add-learner', 3), '1 2, learners 3'],
  ['a learner is removed', of([1, 2], [3]), one('remove', 3), '1 2'],
  ['a voter is there already', of([1, 2]), one('add-voter', 2), 'it changes nothing'],
  ['a learner is there already', of([1, 2], [3]), one('add-learner', 3), 'it changes nothing'],
  ['a stranger is removed', of([1, 2]), one('remove', 9), 'it changes nothing'],
  ['the only voter is removed', of([1]), one('remove', 1), 'no voter would remain'],
  ['the only voter is demoted', of([1], [2]), one('add-learner', 1), 'no voter would remain'],
  ['two are added', of([1]), several(change('add-voter', 2), change('add-voter', 3)), '1 2 3, outgoing 1'],
  [
    'one replaces another',
    of([1, 2, 3]),
    several(change('add-voter', 4), change('remove', 1)),
    '2 3 4, outgoing 1 2 3',
  ],
  ['all are replaced', of([1]), several(change('add-voter', 2), change('remove', 1)), '2, outgoing 1'],
  ['a voter waits to be learner', of([1, 2, 3]), several(change('add-learner', 3)), '1 2, outgoing 1 2 3, next 3'],
  [
    'a learner replaces a voter',
    of([1, 2], [3]),
    several(change('add-voter', 3), change('add-learner', 2)),
    '1 3, outgoing 1 2, next 2',
  ],
  ['a new learner need not wait', of([1, 2]), several(change('add-learner', 3)), '1 2, outgoing 1 2, learners 3'],
  [
    'several changes cancel out',
    of([1, 2]),
    several(change('add-voter', 3), change('remove', 3)),
    'it changes nothing',
  ],
  ['no change at all', of([1, 2]), several(), 'it changes nothing'],
  ['several remove everyone', of([1, 2]), several(change('remove', 1), change('remove', 2)), 'no voter would remain'],
  ['a joint membership is left', joint([1, 2, 4], [1, 2, 3]), leave, '1 2 4'],
  ['those who waited become learners', joint([1, 2], [1, 2, 3], [5], [3]), leave, '1 2, learners 3 5'],
  ['one at rest is left', of([1, 2]), leave, 'the membership is not joint'],
  ['a joint one is changed', joint([1], [2]), one('add-voter', 3), 'the membership is joint and must be left first'],
  [
    'a joint one is made joint',
    joint([1], [2]),
    several(change('add-voter', 3)),
    'the membership is joint and must be left first',
  ],
]

describe('a change of membership (thesis §4):', () => {
  test.each(rows)('%s', (_, before, asked, after) => {
    const decision = decideChange(before, asked)
    expect(decision.allowed ? membershipText(decision.membership) : decision.reason).toBe(after)
  })

  test('keeps to itself whether the leader is to leave', () => {
    const decision = decideChange(of([1]), {kind: 'joint', changes: [change('add-voter', 2)], autoLeave: true})
    expect(decision).toMatchObject({allowed: true, membership: {autoLeave: true}})
    if (!decision.allowed) throw new Error('it is allowed')
    expect(decideChange(decision.membership, leave)).toMatchObject({allowed: true, membership: {autoLeave: false}})
  })
})

describe('whatever is changed,', () => {
  const action = fc.constantFrom<MemberChange['action']>('add-voter', 'add-learner', 'remove')
  const anyChange = fc.record({action, node: fc.integer({min: 1, max: 6}).map(nodeId)})
  const anyAsked: fc.Arbitrary<MembershipChange> = fc.oneof(
    anyChange.map((asked): MembershipChange => ({kind: 'one', change: asked})),
    fc
      .array(anyChange, {maxLength: 4})
      .map((changes): MembershipChange => ({kind: 'joint', changes, autoLeave: false})),
    fc.constant(leave),
  )

  const supporters = fc.uniqueArray(fc.integer({min: 1, max: 6}).map(nodeId))
  // node 1 stays, so that no change alone would take the last voter
  const changesAtOnce = fc.array(fc.record({action, node: fc.integer({min: 2, max: 6}).map(nodeId)}), {maxLength: 4})
  const changes = fc.array(anyAsked, {maxLength: 8})

  property('nobody is voter and learner, every list is sorted, and a voter is there', [changes], (asked) => {
    for (const membership of memberships(asked)) {
      const {voters, votersOutgoing, learners, learnersNext} = membership
      for (const list of [voters, votersOutgoing, learners, learnersNext]) {
        expect(list).toEqual([...new Set(list)].toSorted((a, b) => a - b))
      }
      expect(voters.length).toBeGreaterThan(0)
      expect(learners.filter((node) => voters.includes(node) || votersOutgoing.includes(node))).toEqual([])
      expect(learnersNext.filter((node) => voters.includes(node))).toEqual([])
      expect(learnersNext.every((node) => votersOutgoing.includes(node))).toBe(true)
      expect(members(membership)).toEqual([...new Set(members(membership))])
    }
  })

  property(
    'whoever wins by one membership, nobody else wins by the next (§4.1, §4.3)',
    [changes, supporters],
    (asked, some) => {
      const all = [...memberships(asked)]
      for (const [at, before] of all.slice(0, -1).entries()) {
        const after = all[at + 1] ?? before
        const wins = (membership: Membership, by: (node: NodeId) => boolean) => voteResult(membership, by) === 'won'
        const isSupporter = (node: NodeId) => some.includes(node)
        expect(wins(before, isSupporter) && wins(after, (node) => !isSupporter(node))).toBe(false)
        expect(wins(after, isSupporter) && wins(before, (node) => !isSupporter(node))).toBe(false)
      }
    },
  )

  property(
    'a joint membership that is left is what one change after the other would have made',
    [changesAtOnce],
    (asked) => {
      const start = of([1, 2, 3], [4])
      const entered = decideChange(start, {kind: 'joint', changes: asked, autoLeave: false})
      if (!entered.allowed) return
      const left = decideChange(entered.membership, leave)
      const apart = asked.reduce((membership, each) => {
        const decision = decideChange(membership, {kind: 'one', change: each})
        return decision.allowed ? decision.membership : membership
      }, start)
      expect(left).toEqual({allowed: true, membership: apart})
    },
  )
})

/** Each that is reached, the first included. */
function* memberships(asked: readonly MembershipChange[]): Generator<Membership> {
  let membership = of([1, 2, 3])
  yield membership
  for (const next of asked) {
    const decision = decideChange(membership, next)
    if (!decision.allowed) continue
    membership = decision.membership
    yield membership
  }
}
