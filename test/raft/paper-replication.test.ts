/** §5.3: the follower's side of log matching, and the leader's way back to where the logs agree. */
import {describe, expect, test} from 'vitest'
import type {Entry} from '../../src/raft/entry.js'
import {Lone} from './network/lone.js'

const entriesFrom = (first: number, terms: readonly number[]): Entry[] =>
  terms.map((term, at) => ({index: first + at, term, kind: 'empty'}))

type Row = readonly [
  name: string,
  log: readonly number[],
  previous: readonly [term: number, index: number],
  sent: readonly number[],
  answer: string,
  after: readonly number[],
]

const appends: readonly Row[] = [
  ['the first entry of all', [], [0, 0], [1], 'append-accepted t9 to 2 1', [1]],
  ['an entry that follows', [1, 1], [1, 2], [2], 'append-accepted t9 to 2 3', [1, 1, 2]],
  ['several that follow', [1], [1, 1], [2, 3, 3], 'append-accepted t9 to 2 4', [1, 2, 3, 3]],
  ['nothing, where the logs agree', [1, 1], [1, 2], [], 'append-accepted t9 to 2 2', [1, 1]],
  ['nothing, where they agree earlier', [1, 1, 1], [1, 2], [], 'append-accepted t9 to 2 2', [1, 1, 1]],
  ['what is there already', [1, 1, 2], [1, 1], [1, 2], 'append-accepted t9 to 2 3', [1, 1, 2]],
  ['an old append, when there is more', [1, 1, 2, 2], [1, 1], [1], 'append-accepted t9 to 2 2', [1, 1, 2, 2]],
  ['what is there and more', [1, 1], [0, 0], [1, 1, 3], 'append-accepted t9 to 2 3', [1, 1, 3]],
  ['another entry at the end', [1, 1, 2], [1, 2], [3], 'append-accepted t9 to 2 3', [1, 1, 3]],
  ['another entry in the middle', [1, 1, 2, 2, 2], [1, 1], [3], 'append-accepted t9 to 2 2', [1, 3]],
  ['agreement first, then another', [1, 2, 2, 2], [1, 1], [2, 3], 'append-accepted t9 to 2 3', [1, 2, 3]],
  ['all other entries', [1, 1, 1], [0, 0], [2, 2], 'append-accepted t9 to 2 2', [2, 2]],
  ['an entry after a gap', [1], [1, 3], [1], 'append-rejected t9 to 2 hint 1/1', [1]],
  ['an entry after a gap, in an empty log', [], [2, 5], [2], 'append-rejected t9 to 2 hint 0/0', []],
  ['an entry after one of an earlier term', [1, 2, 2], [3, 3], [3], 'append-rejected t9 to 2 hint 2/3', [1, 2, 2]],
  ['an entry after one of a later term', [1, 1, 5, 5], [4, 4], [4], 'append-rejected t9 to 2 hint 1/2', [1, 1, 5, 5]],
  [
    'figure 7 (a)',
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
    [6, 10],
    [8],
    'append-rejected t9 to 2 hint 6/9',
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
  ],
  ['figure 7 (b)', [1, 1, 1, 4], [6, 10], [8], 'append-rejected t9 to 2 hint 4/4', [1, 1, 1, 4]],
  [
    'figure 7 (c)',
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [6, 10],
    [8],
    'append-accepted t9 to 2 11',
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8],
  ],
  [
    'figure 7 (d)',
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [6, 10],
    [8],
    'append-accepted t9 to 2 11',
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8],
  ],
  ['figure 7 (e)', [1, 1, 1, 4, 4, 4, 4], [6, 10], [8], 'append-rejected t9 to 2 hint 4/7', [1, 1, 1, 4, 4, 4, 4]],
  [
    'figure 7 (f)',
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    [6, 10],
    [8],
    'append-rejected t9 to 2 hint 3/10',
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ],
]

describe('a follower that is sent', () => {
  test.each(appends)('%s', (_, log, [previousTerm, previousIndex], sent, answer, after) => {
    const lone = new Lone({terms: log, term: 9})
    const entries = entriesFrom(previousIndex + 1, sent)
    lone.step({type: 'append', term: 9, previousIndex, previousTerm, entries, commit: 0})
    expect(lone.answers()).toBe(answer)
    expect(lone.terms).toEqual(after)
  })
})

const commits: readonly (readonly [
  string,
  log: readonly number[],
  previous: number,
  sent: readonly number[],
  told: number,
  commit: number,
])[] = [
  ['as far as it is told', [1, 1], 2, [1], 2, 2],
  ['all that it was sent', [1, 1], 2, [1], 3, 3],
  ['no more than it was sent', [1, 1], 2, [1], 9, 3],
  ['nothing of what was not compared', [1, 1, 1, 1], 1, [], 4, 1],
  ['what an empty append covers', [1, 1], 2, [], 2, 2],
  ['nothing when nothing is', [1, 1], 2, [1], 0, 0],
]

describe('a follower takes for committed (figure 2)', () => {
  test.each(commits)('%s', (_, log, previousIndex, sent, told, commit) => {
    const lone = new Lone({terms: log})
    const entries = entriesFrom(previousIndex + 1, sent)
    lone.step({type: 'append', term: 1, previousIndex, previousTerm: 1, entries, commit: told})
    expect(lone.raft.state.log.commit).toBe(commit)
    // how far it is behind it knows all the same
    expect(lone.raft.state.commitHeard).toBe(told)
  })

  test('what it had before, though it is told less', () => {
    const lone = new Lone({terms: [1, 1, 1], commit: 3})
    lone.step({type: 'append', term: 1, previousIndex: 3, previousTerm: 1, entries: [], commit: 1})
    lone.step({type: 'heartbeat', term: 1, commit: 2, round: 0})
    expect(lone.raft.state.log.commit).toBe(3)
  })

  test('never another entry than before', () => {
    const lone = new Lone({terms: [1, 1, 1], commit: 2})
    const replace = {type: 'append', term: 9, previousIndex: 0, previousTerm: 0, commit: 0} as const
    lone.step({...replace, entries: entriesFrom(1, [2, 2])})
    // It answers with what is committed, and compares nothing.
    expect(lone.answers()).toBe('append-accepted t9 to 2 2')
    expect(lone.terms).toEqual([1, 1, 1])
  })

  test('nothing that it has not', () => {
    const lone = new Lone({terms: [1]})
    expect(() => lone.step({type: 'heartbeat', term: 1, commit: 2, round: 0})).toThrow('only entries that are there')
  })
})

type Back = readonly [
  string,
  log: readonly number[],
  rejected: number,
  hint: readonly [term: number, index: number],
  next: string,
]

const backUps: readonly Back[] = [
  ['the follower’s log is short', [1, 1, 1, 4, 4], 5, [1, 2], 'after 1/2 [1,4,4,9]'],
  ['the follower’s log is empty', [1, 1, 1], 3, [0, 0], 'after 0/0 [1,1,1,9]'],
  ['the hint’s term is in the leader’s log', [1, 1, 4, 4, 6], 5, [4, 4], 'after 4/4 [6,9]'],
  ['the hint’s term is not in the leader’s log', [1, 1, 1, 4, 4, 6], 6, [3, 5], 'after 1/3 [4,4,6,9]'],
  ['the hint’s term ends earlier in the leader’s log', [1, 1, 1, 4, 4, 6], 6, [1, 5], 'after 1/3 [4,4,6,9]'],
  ['the hint’s term is before all', [4, 4, 4], 3, [2, 3], 'after 0/0 [4,4,4,9]'],
  ['the hint is the place itself', [1, 1, 2], 3, [1, 3], 'after 1/2 [2,9]'],
]

describe('a refused append is followed by one from further back (§5.3):', () => {
  test.each(backUps)('%s', (_, log, index, [hintTerm, hintIndex], next) => {
    const lone = new Lone({terms: log, term: 8}).become('leader')
    lone.step({type: 'append-rejected', term: 9, index, hintIndex, hintTerm})
    expect(lone.answers()).toBe(`append t9 to 2 ${next}`)
  })

  const stale: readonly (readonly [string, index: number])[] = [
    ['of an append before the last', 1],
    ['of one that was never sent', 2],
  ]
  test.each(stale)('but not a refusal %s', (_, index) => {
    const lone = new Lone({terms: [1, 1, 1], term: 8}).become('leader')
    lone.step({type: 'append-rejected', term: 9, index, hintIndex: 0, hintTerm: 0})
    expect(lone.answers()).toBe('')
  })

  test('nor one of what is known to be there', () => {
    const lone = new Lone({terms: [1, 1, 1], term: 8}).become('leader')
    lone.step({type: 'append-accepted', term: 9, index: 4})
    lone.run()
    lone.step({type: 'append-rejected', term: 9, index: 3, hintIndex: 1, hintTerm: 1})
    expect(lone.answers()).toBe('')
  })
})
