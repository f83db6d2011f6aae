/** §7 and what is left after a crash: snapshots and restarts. */
import {describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import type {HardState} from '../../src/raft/entry.js'
import {membershipOf} from '../../src/raft/membership.js'
import {emptyOutline, pushEntry} from '../../src/raft/outline.js'
import {Raft} from '../../src/raft/raft.js'
import {Lone} from './network/lone.js'
import {defaultConfig} from './network/node.js'

const voters = membershipOf([1, 2, 3].map(nodeId))

const snapshots: readonly (readonly [
  string,
  log: number[],
  commit: number,
  index: number,
  term: number,
  answer: string,
  log: string,
])[] = [
  ['is installed over an empty log', [], 0, 5, 2, 'append-accepted t9 to 2 5', '6-5 commit 5'],
  ['is installed over a shorter log', [1, 1], 1, 5, 2, 'append-accepted t9 to 2 5', '6-5 commit 5'],
  ['replaces a log of other entries', [1, 1, 1, 1, 1, 1], 1, 5, 2, 'append-accepted t9 to 2 5', '6-5 commit 5'],
  ['is not needed where the log has it', [1, 1, 2, 2], 1, 3, 2, 'append-accepted t9 to 2 3', '1-4 commit 3'],
  ['is not needed where the log ends with it', [1, 1, 2], 1, 3, 2, 'append-accepted t9 to 2 3', '1-3 commit 3'],
  ['is not newer', [1, 1, 1], 3, 3, 1, 'append-accepted t9 to 2 3', '1-3 commit 3'],
  ['is older', [1, 1, 1], 3, 2, 1, 'append-accepted t9 to 2 3', '1-3 commit 3'],
]

describe('a snapshot (§7)', () => {
  test.each(snapshots)('%s', (_, terms, commit, index, term, answer, after) => {
    const lone = new Lone({terms, term: 9, commit})
    lone.step({type: 'snapshot', term: 9, snapshot: {index, term, membership: voters}})
    expect(lone.answers()).toBe(answer)
    const {outline, commit: now} = lone.raft.state.log
    expect(`${outline.beforeIndex + 1}-${outline.lastIndex} commit ${now}`).toBe(after)
  })

  test('brings its membership', () => {
    const lone = new Lone()
    const membership = membershipOf([2, 3].map(nodeId), [nodeId(1)])
    lone.step({type: 'snapshot', term: 1, snapshot: {index: 5, term: 1, membership}})
    lone.run()
    expect(lone.raft.state.membership).toEqual(membership)
  })

  test('is not vouched for before it is installed: no answer, no commit index on disk, no campaign', () => {
    const lone = new Lone({terms: [1]})
    lone.step({type: 'snapshot', term: 1, snapshot: {index: 5, term: 1, membership: voters}})
    const bundle = lone.node.take()
    expect(bundle).toMatchObject({snapshot: {index: 5}, hardState: null, messages: [], mustSync: true})
    expect(bundle?.messagesAfter).toHaveLength(1)
    lone.raft.campaign()
    expect(lone.raft.state.role).toBe('follower')
    lone.node.persist()
    lone.raft.campaign()
    expect(lone.raft.state.role).toBe('pre-candidate')
    expect(lone.raft.state.log).toMatchObject({applied: 5, restoring: null})
  })

  test('is followed by the log after it, and neither is applied twice', () => {
    const lone = new Lone()
    lone.step({type: 'snapshot', term: 1, snapshot: {index: 5, term: 1, membership: voters}})
    lone.step({
      type: 'append',
      term: 1,
      previousIndex: 5,
      previousTerm: 1,
      entries: [{index: 6, term: 1, kind: 'empty'}],
      commit: 6,
    })
    const first = lone.node.take()
    expect(first).toMatchObject({snapshot: {index: 5}, entries: [{index: 6}], committed: []})
    lone.node.persist()
    expect(lone.node.take()).toMatchObject({hardState: {commit: 6}, committed: [{index: 6}]})
  })
})

type Start = readonly [
  string,
  terms: number[],
  HardState,
  applied: number,
  after: {term: number; vote: number | null; log: object},
]

const starts: readonly Start[] = [
  ['with nothing', [], hard(0, null, 0), 0, {term: 0, vote: null, log: {commit: 0, applied: 0}}],
  ['with its term and vote', [1], hard(4, 2, 0), 0, {term: 4, vote: 2, log: {commit: 0}}],
  ['with its commit index', [1, 1, 1], hard(1, null, 2), 0, {term: 1, vote: null, log: {commit: 2, handed: 0}}],
  [
    'with a state beyond the commit index',
    [1, 1, 1],
    hard(1, null, 1),
    2,
    {term: 1, vote: null, log: {commit: 2, applied: 2}},
  ],
  ['with entries of a term that was torn off', [1, 3], hard(2, 2, 0), 0, {term: 3, vote: null, log: {commit: 0}}],
]

describe('a node starts', () => {
  test.each(starts)('%s', (_, terms, hardState, applied, after) => {
    const outline = emptyOutline()
    for (const [at, term] of terms.entries()) pushEntry(outline, {index: at + 1, term, kind: 'empty'})
    expect(started(outline, hardState, applied).state).toMatchObject({...after, role: 'follower', leader: null})
  })

  const changes: readonly (readonly [string, changesAt: number[], commit: number])[] = [
    ['no change of membership', [], 0],
    ['one change, which need not be committed', [3], 0],
    ['two changes, the first of which must be', [2, 4], 2],
    ['three changes', [1, 3, 4], 3],
  ]
  test.each(changes)('with %s in its log', (_, changesAt, commit) => {
    const outline = emptyOutline()
    for (let index = 1; index <= 4; index += 1) {
      pushEntry(outline, {index, term: 1, kind: changesAt.includes(index) ? 'membership' : 'command'})
    }
    expect(started(outline, hard(1, null, 0), 0).state.log.commit).toBe(commit)
  })

  test('never with a state that its log does not reach, nor one that lost what was committed', () => {
    const outline = emptyOutline(5, 1)
    expect(() => started(outline, hard(1, null, 5), 4)).toThrow('log and state meet')
    expect(() => started(outline, hard(1, null, 5), 6)).toThrow('log and state meet')
    expect(() => started(outline, hard(1, null, 6), 5)).toThrow('what was committed is in the log')
  })
})

describe('acknowledgements come in order:', () => {
  test('a bundle before the one before it is a broken invariant', () => {
    const lone = new Lone().become('leader')
    lone.raft.propose(new Uint8Array(1))
    lone.run()
    lone.raft.propose(new Uint8Array(1))
    const first = lone.raft.ready()
    lone.raft.propose(new Uint8Array(1))
    const second = lone.raft.ready()
    expect(second?.number).toBe((first?.number ?? 0) + 1)
    expect(() => lone.raft.persisted(second?.number ?? 0)).toThrow('in their order')
  })

  test('what was not handed out is not applied', () => {
    expect(() => new Lone().raft.applied(3)).toThrow('handed out')
  })

  test('what was not applied is not compacted', () => {
    expect(() => new Lone({terms: [1, 1]}).raft.compacted(1)).toThrow('only applied entries')
  })
})

function hard(term: number, vote: number | null, commit: number): HardState {
  return {term, vote: vote === null ? null : nodeId(vote), commit}
}

function started(outline: ReturnType<typeof emptyOutline>, hardState: HardState, applied: number): Raft {
  const config = {...defaultConfig, id: nodeId(1), electionJitter: () => 0}
  return Raft.start(
    config,
    {entries: () => null, snapshot: () => null},
    {outline, hardState, applied, membership: voters},
  )
}
