/** §5.2 and §5.4.1, thesis §4.2.3 and §9.6: who votes for whom, and who wins. */
import {describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {decideVote} from '../../src/raft/vote.js'
import {Lone} from './network/lone.js'

type End = readonly [term: number, index: number]

const logs: readonly (readonly [string, voter: End, candidate: End, granted: boolean])[] = [
  ['both logs are empty', [0, 0], [0, 0], true],
  ['the logs are equal', [2, 5], [2, 5], true],
  ['the candidate’s is longer in the same term', [2, 5], [2, 6], true],
  ['the candidate’s is shorter in the same term', [2, 5], [2, 4], false],
  ['the candidate’s last term is later', [2, 5], [3, 5], true],
  ['the candidate’s last term is later and its log shorter', [2, 5], [3, 1], true],
  ['the candidate’s last term is earlier', [2, 5], [1, 5], false],
  ['the candidate’s last term is earlier and its log longer', [2, 5], [1, 9], false],
  ['the candidate has nothing', [2, 5], [0, 0], false],
  ['the voter has nothing', [0, 0], [1, 1], true],
]

describe.each(['vote', 'pre-vote'] as const)('a %s goes to a log that is at least as current (§5.4.1):', (type) => {
  test.each(logs)('%s', (_, [voterTerm, voterIndex], [lastTerm, lastIndex], isGranted) => {
    const voter = {term: 4, vote: null, leader: null, lastTerm: voterTerm, lastIndex: voterIndex}
    expect(decideVote(voter, {type, from: nodeId(2), term: 5, lastTerm, lastIndex}).isGranted).toBe(isGranted)
  })
})

const given: readonly (readonly [
  string,
  {vote: number | null; leader: number | null},
  'vote' | 'pre-vote',
  term: number,
  string,
])[] = [
  ['it is free', {vote: null, leader: null}, 'vote', 4, 'the log is current'],
  ['this candidate has it already', {vote: 2, leader: null}, 'vote', 4, 'the log is current'],
  ['another has it', {vote: 3, leader: null}, 'vote', 4, 'the vote of this term is given'],
  ['there is a leader', {vote: null, leader: 3}, 'vote', 4, 'the vote of this term is given'],
  ['this candidate has it and leads', {vote: 2, leader: 2}, 'vote', 4, 'the log is current'],
  ['the term is over', {vote: null, leader: null}, 'vote', 3, 'the term has passed'],
  ['another has it and the next term is asked about', {vote: 3, leader: 3}, 'pre-vote', 5, 'the log is current'],
  [
    'another has it and this term is asked about',
    {vote: 3, leader: null},
    'pre-vote',
    4,
    'the vote of this term is given',
  ],
  ['it is free and this term is asked about', {vote: null, leader: null}, 'pre-vote', 4, 'the log is current'],
  ['a term that is over is asked about', {vote: null, leader: null}, 'pre-vote', 3, 'the term has passed'],
]

describe('a node votes once in a term (§5.2):', () => {
  test.each(given)('when %s', (_, {vote, leader}, type, term, reason) => {
    const idOf = (node: number | null) => (node === null ? null : nodeId(node))
    const voter = {term: 4, vote: idOf(vote), leader: idOf(leader), lastTerm: 1, lastIndex: 1}
    expect(decideVote(voter, {type, from: nodeId(2), term, lastTerm: 1, lastIndex: 1}).reason).toBe(reason)
  })
})

const won: readonly (readonly [voters: number, grants: number, refusals: number, role: string])[] = [
  [2, 0, 0, 'candidate'],
  [2, 1, 0, 'leader'],
  [2, 0, 1, 'follower'],
  [3, 0, 0, 'candidate'],
  [3, 1, 0, 'leader'],
  [3, 0, 1, 'candidate'],
  [3, 1, 1, 'leader'],
  [3, 0, 2, 'follower'],
  [4, 1, 0, 'candidate'],
  [4, 2, 0, 'leader'],
  [4, 1, 1, 'candidate'],
  [4, 1, 2, 'follower'],
  [5, 1, 0, 'candidate'],
  [5, 2, 0, 'leader'],
  [5, 2, 2, 'leader'],
  [5, 1, 2, 'candidate'],
  [5, 1, 3, 'follower'],
]

describe('a candidate wins with a majority of all voters (§5.2):', () => {
  test.each(won)('of %i, with %i other grants and %i refusals it is %s', (voters, grants, refusals, role) => {
    const lone = new Lone({voters}).become('candidate')
    for (let at = 0; at < grants + refusals; at += 1) {
      lone.step({type: 'vote-reply', from: at + 2, term: 1, isGranted: at < grants})
    }
    expect(lone.raft.state.role).toBe(role)
  })

  test('one of one is leader as soon as its vote is on disk', () => {
    const lone = new Lone({voters: 1})
    lone.raft.campaign()
    lone.node.take()
    expect(lone.raft.state.role).toBe('candidate')
    lone.node.persist()
    expect(lone.raft.state.role).toBe('leader')
  })
})

describe('an answer counts for one campaign only (§5.2):', () => {
  const answers: readonly (readonly [string, Parameters<Lone['step']>[0]])[] = [
    ['a grant of an earlier term', {type: 'vote-reply', term: 4, isGranted: true}],
    ['a second answer from a node that refused', {type: 'vote-reply', from: 3, term: 5, isGranted: true}],
    ['a pre-vote granted', {type: 'pre-vote-reply', term: 5, isGranted: true}],
    ['a pre-vote granted for the next term', {type: 'pre-vote-reply', term: 6, isGranted: true}],
    ['a vote of a node that is no voter', {type: 'vote-reply', from: 9, term: 5, isGranted: true}],
  ]
  test.each(answers)('%s does not', (_, message) => {
    const lone = new Lone({term: 4}).become('candidate')
    lone.step({type: 'vote-reply', from: 3, term: 5, isGranted: false})
    lone.step(message)
    expect(lone.raft.state.role).toBe('candidate')
  })
})

describe('whoever hears a leader refuses unheard (thesis §4.2.3):', () => {
  const cases: readonly (readonly [
    string,
    ticks: number,
    type: 'vote' | 'pre-vote',
    isTransfer: boolean,
    answer: string,
  ])[] = [
    ['a vote just after the leader', 0, 'vote', false, ''],
    ['a pre-vote just after the leader', 0, 'pre-vote', false, ''],
    ['a vote one tick too early', 9, 'vote', false, ''],
    ['a pre-vote one tick too early', 9, 'pre-vote', false, ''],
    ['not a vote after the timeout', 10, 'vote', false, 'vote-reply t9 to 3 granted'],
    ['not a pre-vote after the timeout', 10, 'pre-vote', false, 'pre-vote-reply t9 to 3 granted'],
    ['not a vote that the leader asked for', 0, 'vote', true, 'vote-reply t9 to 3 granted'],
  ]
  test.each(cases)('%s', (_, ticks, type, isTransfer, answer) => {
    const lone = new Lone({terms: [1], config: {electionJitter: () => 5}})
    lone.step({type: 'heartbeat', term: 1, commit: 0, round: 0})
    lone.run()
    for (let tick = 0; tick < ticks; tick += 1) lone.raft.tick()
    lone.step({type, from: 3, term: 9, lastIndex: 9, lastTerm: 9, isTransfer})
    expect(lone.answers()).toBe(answer)
  })
})

describe('time makes a node campaign (§5.2):', () => {
  test.each([
    [0, 9, 'follower'],
    [0, 10, 'pre-candidate'],
    [4, 13, 'follower'],
    [4, 14, 'pre-candidate'],
    [9, 18, 'follower'],
    [9, 19, 'pre-candidate'],
  ])('with %i ticks of jitter, %i ticks without a leader make it %s', (jitter, ticks, role) => {
    const lone = new Lone({config: {electionJitter: () => jitter}})
    for (let tick = 0; tick < ticks; tick += 1) lone.raft.tick()
    expect(lone.raft.state.role).toBe(role)
  })

  const quieting: readonly (readonly [string, Parameters<Lone['step']>[0], string])[] = [
    ['a heartbeat starts it anew', {type: 'heartbeat', term: 1, commit: 0, round: 0}, 'follower'],
    [
      'an append starts it anew',
      {type: 'append', term: 1, previousIndex: 0, previousTerm: 0, entries: [], commit: 0},
      'follower',
    ],
    ['a vote given starts it anew', {type: 'vote', term: 1, lastIndex: 9, lastTerm: 9, isTransfer: false}, 'follower'],
    ['a vote refused does not', {type: 'vote', term: 1, lastIndex: 0, lastTerm: 0, isTransfer: false}, 'pre-candidate'],
    ['a pre-vote does not', {type: 'pre-vote', term: 2, lastIndex: 9, lastTerm: 9, isTransfer: false}, 'pre-candidate'],
  ]
  test.each(quieting)('%s', (_, message, role) => {
    const lone = new Lone({terms: [1]})
    for (let tick = 0; tick < 9; tick += 1) lone.raft.tick()
    lone.step(message)
    lone.raft.tick()
    expect(lone.raft.state.role).toBe(role)
  })
})

describe('another’s leadership ends a campaign (§5.2):', () => {
  test.each(['pre-candidate', 'candidate'] as const)('a %s follows the leader of its term', (role) => {
    const lone = new Lone({terms: [1]}).become(role)
    lone.step({type: 'heartbeat', term: lone.raft.state.term, commit: 0, round: 0})
    expect(lone.raft.state).toMatchObject({role: 'follower', leader: 2})
  })

  test('two leaders in a term are a broken invariant', () => {
    const lone = new Lone({terms: [1]}).become('leader')
    expect(() => lone.step({type: 'heartbeat', term: 2, commit: 0, round: 0})).toThrow('one leader in a term')
  })
})
