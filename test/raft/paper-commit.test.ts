/** §5.4.2 and figure 8: what a leader may take for committed. */
import {describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {membershipOf} from '../../src/raft/membership.js'
import {Lone} from './network/lone.js'

type Row = readonly [string, voters: number, log: readonly number[], accepted: readonly number[], commit: number]

/** The leader of term 9 has `log` and its first entry after it, all durable. */
const counts: readonly Row[] = [
  ['its own entry, alone', 1, [1], [], 2],
  ['its own entry, on one of two', 2, [1], [], 0],
  ['its own entry, on both', 2, [1], [2], 2],
  ['its own entry, on one of three', 3, [1], [], 0],
  ['its own entry, on two of three', 3, [1], [2], 2],
  ['its own entry, on all', 3, [1], [2, 2], 2],
  ['its own entry, on two of four', 4, [1], [2], 0],
  ['its own entry, on three of four', 4, [1], [2, 2], 2],
  ['its own entry, on two of five', 5, [1], [2], 0],
  ['its own entry, on three of five', 5, [1], [2, 2], 2],
  ['an earlier term’s entry, on two of three', 3, [1, 2], [2], 0],
  ['an earlier term’s entry, on all', 3, [1, 2], [2, 2], 0],
  ['an earlier term’s entry, on four of five (figure 8, c)', 5, [1, 2], [2, 2, 2], 0],
  ['an earlier term’s entry, under one of its own (figure 8, e)', 5, [1, 2], [3, 3, 2], 3],
  ['the lower of two answers', 5, [1], [1, 2, 1, 1], 0],
  ['the middle of the answers', 5, [8], [0, 1, 2, 2], 2],
]

describe('counted at a leader:', () => {
  test.each(counts)('%s', (_, voters, log, accepted, commit) => {
    const lone = new Lone({voters, terms: log, term: 8}).become('leader')
    lone.run()
    for (const [at, index] of accepted.entries()) lone.step({type: 'append-accepted', from: at + 2, term: 9, index})
    expect(lone.raft.state.log.commit).toBe(commit)
  })
})

describe('not counted at a leader:', () => {
  const answers: readonly (readonly [string, Parameters<Lone['step']>[0]])[] = [
    ['an answer of an earlier term', {type: 'append-accepted', term: 8, index: 2}],
    ['a learner’s answer', {type: 'append-accepted', from: 4, term: 9, index: 2}],
    ['a stranger’s answer', {type: 'append-accepted', from: 7, term: 9, index: 2}],
    ['a heartbeat’s reply', {type: 'heartbeat-reply', term: 9, round: 0}],
    ['a refusal', {type: 'append-rejected', term: 9, index: 1, hintIndex: 0, hintTerm: 0}],
  ]
  test.each(answers)('%s', (_, message) => {
    const membership = membershipOf([1, 2, 3].map(nodeId), [nodeId(4)])
    const lone = new Lone({membership, terms: [1], term: 8}).become('leader')
    lone.step(message)
    expect(lone.raft.state.log.commit).toBe(0)
  })

  test('its own log, before its disk has it', () => {
    const lone = new Lone().become('leader')
    lone.step({type: 'append-accepted', term: 1, index: 1})
    lone.run()
    lone.raft.propose(new Uint8Array(1))
    lone.node.take()
    lone.step({type: 'append-accepted', term: 1, index: 2})
    expect(lone.raft.state.log.commit).toBe(1)
    lone.node.persist()
    expect(lone.raft.state.log.commit).toBe(2)
  })
})

describe('a heartbeat tells a commit index that the follower can take (figure 2):', () => {
  test.each([
    ['what it is known to have', 2, 'heartbeat t1 to 2 commit 2; heartbeat t1 to 3 commit 0'],
    ['no more than is committed', 3, 'heartbeat t1 to 2 commit 3; heartbeat t1 to 3 commit 0'],
  ])('%s', (_, index, heartbeats) => {
    const lone = new Lone().become('leader')
    lone.raft.propose(new Uint8Array(1))
    lone.raft.propose(new Uint8Array(1))
    lone.run()
    lone.step({type: 'append-accepted', term: 1, index})
    lone.run()
    lone.raft.tick()
    lone.raft.tick()
    expect(lone.answers()).toBe(heartbeats)
  })
})
