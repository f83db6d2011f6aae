/** §5.1: terms are a logical clock. */
import {describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {membershipOf} from '../../src/raft/membership.js'
import type {Role} from '../../src/raft/state.js'
import {Lone} from './network/lone.js'

const roles: readonly Role[] = ['follower', 'pre-candidate', 'candidate', 'leader']

type Sent = Parameters<Lone['step']>[0]

const messages = (term: number): readonly (readonly [name: string, message: Sent])[] => [
  ['vote request', {type: 'vote', term, lastIndex: 9, lastTerm: 9, isTransfer: true}],
  ['vote', {type: 'vote-reply', term, isGranted: true}],
  ['refused vote', {type: 'vote-reply', term, isGranted: false}],
  ['refused pre-vote', {type: 'pre-vote-reply', term, isGranted: false}],
  ['append', {type: 'append', term, previousIndex: 0, previousTerm: 0, entries: [], commit: 0}],
  ['accepted append', {type: 'append-accepted', term, index: 0}],
  ['rejected append', {type: 'append-rejected', term, index: 1, hintIndex: 0, hintTerm: 0}],
  ['heartbeat', {type: 'heartbeat', term, commit: 0, round: 0}],
  ['heartbeat reply', {type: 'heartbeat-reply', term, round: 0}],
  ['snapshot', {type: 'snapshot', term, snapshot: {index: 9, term: 3, membership: membershipOf([nodeId(1)])}}],
  ['read', {type: 'read-index', term, context: 1}],
]

const pairs = (term: number) =>
  roles.flatMap((role) => messages(term).map(([name, message]) => [role, name, message] as const))

describe('a message of a later term makes a node that term’s follower (§5.1):', () => {
  test.each(pairs(9))('a %s that gets a %s', (role, _, message) => {
    const lone = new Lone({terms: [1]}).become(role)
    lone.step(message)
    expect(lone.raft.state.term).toBe(9)
    expect(lone.raft.state.role).toBe('follower')
    lone.run()
    expect(lone.node.disk.hardState.term).toBe(9)
  })
})

const unmoved: readonly (readonly [Role, string, Sent])[] = roles.flatMap((role) => [
  [role, 'pre-vote request', {type: 'pre-vote', term: 9, lastIndex: 9, lastTerm: 9, isTransfer: true}] as const,
  [role, 'granted pre-vote', {type: 'pre-vote-reply', term: 9, isGranted: true}] as const,
])

describe('what only asks about a later term does not begin it (thesis §9.6):', () => {
  test.each(unmoved)('a %s that gets a %s', (role, _, message) => {
    const lone = new Lone({terms: [1]}).become(role)
    const {term} = lone.raft.state
    lone.step(message)
    expect(lone.raft.state.term).toBe(term)
    expect(lone.raft.state.role).toBe(role)
  })
})

const answers: Readonly<Record<string, string>> = {
  append: 'append-accepted t9 to 2 0',
  heartbeat: 'append-accepted t9 to 2 0',
  snapshot: 'append-accepted t9 to 2 0',
  'vote request': 'vote-reply t9 to 2 refused',
}

describe('a message of an earlier term changes nothing (§5.1):', () => {
  test.each(pairs(3))('a %s that gets a %s', (role, name, message) => {
    const term = role === 'candidate' || role === 'leader' ? 8 : 9
    const lone = new Lone({terms: [1], term}).become(role)
    lone.run()
    const before = {...lone.raft.state, log: {...lone.raft.state.log}}
    lone.step(message)
    expect(lone.raft.state.term).toBe(9)
    expect(lone.raft.state.role).toBe(role)
    expect(lone.raft.state.vote).toBe(before.vote)
    expect(lone.raft.state.log.outline.lastIndex).toBe(before.log.outline.lastIndex)
    expect(lone.answers()).toBe(answers[name] ?? '')
  })
})
