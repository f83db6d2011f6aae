/** What a leader takes and refuses: proposals, changes, transfers, reads (thesis §3.10, §4, §6.2, §6.4). */
import {describe, expect, test} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import type {MembershipChange} from '../../src/raft/membership.js'
import type {Role} from '../../src/raft/state.js'
import {Lone} from './network/lone.js'

const add: MembershipChange = {kind: 'one', change: {action: 'add-voter', node: nodeId(4)}}
const bytes = new Uint8Array(10)

const asked: readonly (readonly [string, (lone: Lone) => {isAccepted: boolean; reason?: string}])[] = [
  ['a proposal', ({raft}) => raft.propose(bytes)],
  ['a change', ({raft}) => raft.proposeMembership(add)],
  ['a transfer', ({raft}) => raft.transferLeadership(nodeId(2))],
  ['a read', ({raft}) => raft.readIndex(1)],
]

const refusals: Readonly<Record<string, readonly [noLeader: string, follower: string]>> = {
  'a proposal': ['there is no leader', 'another node leads'],
  'a change': ['there is no leader', 'another node leads'],
  'a transfer': ['this node does not lead', 'this node does not lead'],
  'a read': ['there is no leader', 'accepted'],
}

const word = (answer: {isAccepted: boolean; reason?: string}) => (answer.isAccepted ? 'accepted' : answer.reason)

describe('without a leader, nothing is accepted:', () => {
  const roles: readonly Role[] = ['follower', 'pre-candidate', 'candidate']
  test.each(roles.flatMap((role) => asked.map(([what, ask]) => [role, what, ask] as const)))(
    'by a %s, %s',
    (role, what, ask) => {
      expect(word(ask(new Lone().become(role)))).toBe(refusals[what]?.[0])
    },
  )
})

describe('a follower refuses, save reads, which it asks the leader for:', () => {
  test.each(asked)('%s', (what, ask) => {
    const lone = new Lone().step({type: 'heartbeat', term: 1, commit: 0, round: 0})
    lone.run()
    expect(word(ask(lone))).toBe(refusals[what]?.[1])
    expect(lone.answers()).toBe(what === 'a read' ? 'read-index t1 to 2' : '')
  })
})

function leading(): Lone {
  const lone = new Lone().become('leader')
  lone.run()
  lone.step({type: 'append-accepted', term: 1, index: 1}).step({type: 'append-accepted', from: 3, term: 1, index: 1})
  lone.run()
  return lone
}

describe('a leader', () => {
  test.each(asked)('accepts %s', (_, ask) => {
    expect(word(ask(leading()))).toBe('accepted')
  })

  const handingOver: readonly (readonly [string, string])[] = [
    ['a proposal', 'leadership is being handed over'],
    ['a change', 'leadership is being handed over'],
    ['a transfer', 'accepted'],
    ['a read', 'accepted'],
  ]
  test.each(handingOver)('while it hands over: %s is %s', (what, answer) => {
    const lone = leading()
    lone.raft.transferLeadership(nodeId(3))
    const ask = asked.find(([name]) => name === what)?.[1]
    expect(word(ask?.(lone) ?? {isAccepted: false})).toBe(answer)
  })

  test.each([
    [1, 0, 'accepted'],
    [2, 0, 'accepted'],
    [3, 0, 'too much is uncommitted'],
    [3, 1, 'accepted'],
    [4, 2, 'accepted'],
  ])('with room for two takes the %i. proposal after %i were committed: %s', (count, committed, answer) => {
    const lone = new Lone({config: {uncommittedBytesMax: 84}}).become('leader')
    lone.run()
    lone.step({type: 'append-accepted', term: 1, index: 1})
    let last = ''
    for (let at = 0; at < count; at += 1) {
      last = word(lone.raft.propose(bytes)) ?? ''
      lone.run()
      if (at < committed) lone.step({type: 'append-accepted', term: 1, index: at + 2})
    }
    expect(last).toBe(answer)
  })

  test.each([
    ['a voter that has everything is told at once', 2, 'timeout-now t1 to 2'],
    ['one that lacks something is not', 3, ''],
    ['a stranger is refused', 9, ''],
  ])('transfer: %s', (_, to, message) => {
    const lone = leading()
    lone.raft.propose(bytes)
    lone.run()
    lone.step({type: 'append-accepted', term: 1, index: 2})
    lone.run()
    lone.raft.transferLeadership(nodeId(to))
    expect(lone.answers()).toBe(message)
  })

  test('tells the voter once it has caught up', () => {
    const lone = leading()
    lone.raft.propose(bytes)
    lone.run()
    lone.raft.transferLeadership(nodeId(3))
    expect(lone.answers()).toBe('')
    lone.step({type: 'append-accepted', from: 3, term: 1, index: 2})
    expect(lone.answers()).toContain('timeout-now t1 to 3')
  })
})

describe('a read is answered (thesis §6.4)', () => {
  const reads = (lone: Lone) => lone.bundles.flatMap((bundle) => bundle.reads)
  const cases: readonly (readonly [string, (lone: Lone) => void, count: number])[] = [
    ['when a majority answered its round', (lone) => lone.step({type: 'heartbeat-reply', term: 1, round: 1}), 1],
    ['when it answered a later round', (lone) => lone.step({type: 'heartbeat-reply', term: 1, round: 2}), 1],
    ['not when it answered an earlier round', (lone) => lone.step({type: 'heartbeat-reply', term: 1, round: 0}), 0],
    ['not when a stranger did', (lone) => lone.step({type: 'heartbeat-reply', from: 9, term: 1, round: 1}), 0],
    ['not by an accepted append', (lone) => lone.step({type: 'append-accepted', term: 1, index: 1}), 0],
    [
      'not after the leader was deposed',
      (lone) =>
        lone.step({type: 'heartbeat', term: 2, commit: 0, round: 0}).step({type: 'heartbeat-reply', term: 2, round: 1}),
      0,
    ],
  ]
  test.each(cases)('%s', (_, happen, count) => {
    const lone = leading()
    lone.raft.readIndex(7)
    lone.run()
    happen(lone)
    lone.run()
    expect(reads(lone)).toHaveLength(count)
  })

  test('not before an entry of the leader’s term is committed', () => {
    const lone = new Lone({terms: [1, 1], commit: 2}).become('leader')
    lone.raft.readIndex(7)
    lone.run()
    lone.step({type: 'heartbeat-reply', term: 2, round: 0}).step({type: 'heartbeat-reply', term: 2, round: 1})
    lone.run()
    expect(reads(lone)).toEqual([])
    lone.step({type: 'append-accepted', term: 2, index: 3})
    lone.run()
    lone.step({type: 'heartbeat-reply', term: 2, round: 1})
    lone.run()
    expect(reads(lone)).toEqual([{context: 7, index: 3}])
  })
})

describe('a leader that is not heard steps down (thesis §6.2):', () => {
  test.each([
    [3, 0, 'follower'],
    [3, 1, 'leader'],
    [5, 1, 'follower'],
    [5, 2, 'leader'],
    [1, 0, 'leader'],
  ])('of %i, with %i others heard since the last check, it is %s', (voters, heard, role) => {
    const lone = new Lone({voters}).become('leader')
    lone.run()
    const pass = () => {
      for (let tick = 0; tick < 10; tick += 1) lone.raft.tick()
    }
    for (let from = 2; from <= voters; from += 1) lone.step({type: 'heartbeat-reply', from, term: 1, round: 0})
    pass()
    expect(lone.raft.state.role).toBe('leader')
    for (let from = 2; from < 2 + heard; from += 1) lone.step({type: 'heartbeat-reply', from, term: 1, round: 0})
    pass()
    expect(lone.raft.state.role).toBe(role)
  })
})

describe('a leader that took office between two beats of its node', () => {
  test.each([0, 1, 2, 3, 4])(
    '%i ticks after the last one: who answers each beat is active after every tick',
    (phase) => {
      const config = {electionTicks: 10, heartbeatTicks: 5, heartbeatPhase: phase}
      const lone = new Lone({voters: 3, config}).become('leader')
      lone.run()
      for (const from of [2, 3]) lone.step({type: 'append-accepted', from, term: 1, index: 1})
      for (let tick = 0; tick < 60; tick++) {
        lone.raft.tick()
        for (const message of lone.run()) {
          if (message.type !== 'heartbeat') continue
          const {term, to: from, round} = message
          lone.step({type: 'heartbeat-reply', from, term, round})
        }
        expect(lone.raft.state.role).toBe('leader')
        expect(lone.raft.status().members.map(({isActive}) => isActive)).toEqual([true, true])
      }
    },
  )
})
