import {describe, expect, it} from 'vitest'
import {dbId, type NodeId, nodeId, partitionId, spaceId} from '../../src/entity/ids.js'
import type {ReplicaChange} from '../../src/entity/replica-change.js'
import type {Holding} from '../../src/master/group-sight.js'
import {type GroupSight, nextStep} from '../../src/master/replica-change-plan.js'
import {decideChange, type Membership, membershipOf} from '../../src/raft/membership.js'

/** A group in few words: who votes, who learns, who leads, who is dead, what the change is. */
interface Scene {
  readonly voters: readonly number[]
  readonly learners?: readonly number[]
  readonly leader?: number | null
  /** Neither alive nor answering. */
  readonly dead?: readonly number[]
  /** Alive as far as the metadata knows, and not answering. */
  readonly silent?: readonly number[]
  readonly none?: readonly number[]
  readonly lost?: readonly number[]
  /** Learners that have nearly everything. */
  readonly caughtUp?: readonly number[]
  readonly isRecorded?: boolean
  readonly joint?: boolean
  readonly change: Partial<ReplicaChange> & {readonly add?: NodeId; readonly remove?: NodeId}
}

const n = nodeId
const ids = (nodes: readonly number[]) => nodes.map(nodeId)
const add = (node: number) => ({add: n(node)})
const remove = (node: number) => ({remove: n(node)})
const move = (from: number, to: number) => ({...remove(from), ...add(to)})

function membershipIn({voters, learners = [], joint = false}: Scene): Membership {
  const membership = membershipOf(ids(voters), ids(learners))
  return joint ? {...membership, votersOutgoing: membership.voters} : membership
}

function sightOf(scene: Scene): GroupSight {
  const {voters, learners = [], leader = voters[0], dead = [], silent = [], none = [], lost = []} = scene
  const members = [...voters, ...learners]
  const nodes = [...new Set([...members, scene.change.add, scene.change.remove])].filter((node) => node !== undefined)
  const holdings = new Map<NodeId, Holding>()
  for (const node of ids(nodes)) {
    if (dead.includes(node) || silent.includes(node)) continue
    holdings.set(node, none.includes(node) || !members.includes(node) ? 'none' : 'sound')
  }
  return {
    leader:
      leader === null || leader === undefined
        ? null
        : {
            node: n(leader),
            term: 3,
            leader: n(leader),
            commit: 100,
            membership: membershipIn(scene),
            members: members
              .filter((node) => node !== leader)
              .map((node) => {
                const isCaughtUp = voters.includes(node) || (scene.caughtUp ?? []).includes(node)
                return {node: n(node), match: isCaughtUp ? 90 + node : 7, isCaughtUp}
              }),
          },
    holdings,
    isAlive: (node) => !dead.includes(node),
    isLost: (node) => lost.includes(node),
    isRecorded: scene.isRecorded ?? true,
  }
}

function changeOf(scene: Scene): ReplicaChange {
  return {
    id: 1,
    partition_id: partitionId(1),
    space_id: spaceId(1),
    db_id: dbId(1),
    reason: 'move_replica',
    state: 'running',
    step: 'begin',
    waits_for: '',
    since: 0,
    began: 0,
    ...scene.change,
  }
}

/** What is done, in words. */
function told(scene: Scene): string {
  const next = nextStep(changeOf(scene), sightOf(scene))
  switch (next.step) {
    case 'wait':
      return `wait at ${next.at} for ${next.for}`
    case 'learn':
      return next.isLearner ? `replica on ${next.node}` : `learner ${next.node}`
    case 'promote':
    case 'remove':
      return `${next.step}: ${next.changes.map(({action, node}) => `${action} ${node}`).join(', ')}`
    case 'transfer':
      return `transfer from ${next.leader} to ${next.to}`
    case 'record':
      return `record ${next.replicas.join(', ')}`
    case 'retire':
      return `retire ${next.node}`
    case 'cancel':
      return `cancel: ${next.why}`
    case 'end':
      return next.state
  }
}

const three = [1, 2, 3]

describe('the next step of a change', () => {
  const rows: readonly [string, Scene, string][] = [
    ['nobody leads', {voters: three, leader: null, change: move(3, 4)}, 'wait at begin for the group to have a leader'],
    [
      'a joint membership is in force',
      {voters: three, joint: true, change: move(3, 4)},
      'wait at promote for the joint membership to be left',
    ],
    ['a newcomer is no member', {voters: three, change: move(3, 4)}, 'learner 4'],
    ['a newcomer is dead', {voters: three, dead: [4], change: move(3, 4)}, 'wait at learn for node 4 to be alive'],
    [
      'a learner lags',
      {voters: three, learners: [4], change: move(3, 4)},
      'wait at catch_up for node 4 to have entry 100; it has 7',
    ],
    ['a learner has lost its replica', {voters: three, learners: [4], none: [4], change: move(3, 4)}, 'replica on 4'],
    [
      'a learner has caught up: both at once',
      {voters: three, learners: [4], caughtUp: [4], change: move(3, 4)},
      'promote: add-voter 4, remove 3',
    ],
    [
      'a learner has caught up, and the one that goes is dead',
      {voters: three, learners: [4], caughtUp: [4], dead: [3], change: move(3, 4)},
      'promote: add-voter 4, remove 3',
    ],
    [
      'a learner has caught up, and too many are dead',
      {voters: three, learners: [4], caughtUp: [4], dead: [2, 4], change: move(3, 4)},
      'wait at learn for node 4 to be alive',
    ],
    [
      'a learner has caught up, and too many are silent',
      {voters: three, learners: [4], caughtUp: [4], silent: [2, 4], change: move(3, 4)},
      'wait at promote for a majority of nodes 1, 2, 4 to answer',
    ],
    [
      'the one that goes leads: it hands over to whom has most',
      {voters: three, learners: [4], caughtUp: [4], change: move(1, 4)},
      'transfer from 1 to 3',
    ],
    [
      'the one that goes leads, and who has most is silent',
      {voters: three, learners: [4], caughtUp: [4], silent: [3], change: move(1, 4)},
      'transfer from 1 to 2',
    ],
    [
      'the one that goes leads, and nobody else answers',
      {voters: three, learners: [4], caughtUp: [4], silent: [2, 3], change: move(1, 4)},
      'wait at transfer for another voter than node 1 to answer',
    ],
    [
      'the only replica moves: first there are two',
      {voters: [1], learners: [4], caughtUp: [4], change: move(1, 4)},
      'promote: add-voter 4',
    ],
    ['the only replica moves: then the other leads', {voters: [1, 4], change: move(1, 4)}, 'transfer from 1 to 4'],
    ['the only replica moves: then it goes', {voters: [1, 4], leader: 4, change: move(1, 4)}, 'remove: remove 1'],
    ['one more', {voters: three, learners: [4], caughtUp: [4], change: add(4)}, 'promote: add-voter 4'],
    ['one less', {voters: three, change: remove(3)}, 'remove: remove 3'],
    ['one less, which leads', {voters: three, change: remove(1)}, 'transfer from 1 to 3'],
    ['one less, and it is dead', {voters: three, dead: [3], change: remove(3)}, 'remove: remove 3'],
    [
      'one less, and another is silent',
      {voters: three, silent: [2], change: remove(3)},
      'wait at remove for a majority of nodes 1, 2 to answer',
    ],
    [
      'the group has it, the metadata not yet',
      {voters: [1, 2, 4], isRecorded: false, change: move(3, 4)},
      'record 1, 2, 4',
    ],
    ['what is left is nothing', {voters: [1, 2, 4], change: move(3, 4)}, 'done'],
    ['the one that went is dead', {voters: [1, 2, 4], dead: [3], change: move(3, 4)}, 'done'],
    [
      'the one that went is silent',
      {voters: [1, 2, 4], silent: [3], change: move(3, 4)},
      'wait at retire for node 3 to answer',
    ],
  ]
  it.each(rows)('%s', (_, scene, expected) => {
    expect(told(scene)).toBe(expected)
  })

  it('the one that went still has its replica', () => {
    const scene = {voters: [1, 2, 4], change: move(3, 4)}
    const sight = sightOf(scene)
    for (const holding of ['sound', 'broken'] as const) {
      const holdings = new Map(sight.holdings).set(n(3), holding)
      expect(nextStep(changeOf(scene), {...sight, holdings})).toEqual({step: 'retire', node: 3})
    }
  })
})

describe('a change that is cancelled', () => {
  const cancelling = {state: 'cancelling'} as const
  const auto = {reason: 'auto_recover'} as const
  const rows: readonly [string, Scene, string][] = [
    ['has not begun', {voters: three, change: {...move(3, 4), ...cancelling}}, 'cancelled'],
    ['has a learner', {voters: three, learners: [4], change: {...move(3, 4), ...cancelling}}, 'remove: remove 4'],
    [
      'has a dead learner',
      {voters: three, learners: [4], dead: [4], change: {...move(3, 4), ...cancelling}},
      'remove: remove 4',
    ],
    ['has promoted it: it goes on', {voters: [1, 2, 3, 4], change: {...move(3, 4), ...cancelling}}, 'remove: remove 3'],
    ['has promoted it and is complete', {voters: [1, 2, 4], change: {...move(3, 4), ...cancelling}}, 'done'],
    [
      'was automatic, and the server is back',
      {voters: three, change: {...move(3, 4), ...auto}},
      'cancel: node 3 has come back',
    ],
    [
      'was automatic, and the server is not back',
      {voters: three, dead: [3], change: {...move(3, 4), ...auto}},
      'learner 4',
    ],
    [
      'was automatic, and the newcomer is lost',
      {voters: three, dead: [3, 4], lost: [3, 4], change: {...move(3, 4), ...auto}},
      'cancel: node 4 has failed too',
    ],
    [
      'was automatic, and has promoted the newcomer: it goes on',
      {voters: [1, 2, 3, 4], change: {...move(3, 4), ...auto}},
      'remove: remove 3',
    ],
  ]
  it.each(rows)('%s', (_, scene, expected) => {
    expect(told(scene)).toBe(expected)
  })
})

/**
 * Every change of every small group, with one node dead or none and any leader: it ends, with the members that were asked for,
 * and no step on the way leaves a majority to depend on a node that is dead or on a learner.
 */
it('steps lead to the end, whoever leads and whoever is dead', () => {
  let runs = 0
  for (const size of [1, 2, 3, 4, 5]) {
    const voters = Array.from({length: size}, (_, index) => index + 1)
    const newcomer = size + 1
    const wants: readonly Scene['change'][] = [
      add(newcomer),
      ...voters.flatMap((node) => [remove(node), move(node, newcomer)]),
    ]
    for (const change of wants) {
      for (const leader of voters) {
        for (const dead of [0, ...voters.filter((node) => node !== leader)]) {
          const alive = voters.filter((node) => node !== dead)
          const after = voters.filter((node) => node !== change.remove).concat(change.add ?? [])
          const livingAfter = after.filter((node) => node !== dead)
          if (alive.length * 2 <= size || after.length === 0 || livingAfter.length * 2 <= after.length) continue
          runs++
          expect(walk({voters, leader, dead: dead === 0 ? [] : [dead], change})).toEqual(ids(after))
        }
      }
    }
  }
  expect(runs).toBeGreaterThan(150)
})

/** Takes step after step, as a group would that does what it is told at once. */
function walk(start: Scene): readonly NodeId[] {
  let scene: Scene = {...start, isRecorded: false}
  for (let steps = 0; steps < 20; steps++) {
    const next = nextStep(changeOf(scene), sightOf(scene))
    const membership = membershipIn(scene)
    const apply = (changed: Membership): Scene => ({...scene, voters: changed.voters, learners: changed.learners})
    switch (next.step) {
      case 'learn':
        scene = apply(membershipOf(membership.voters, [...membership.learners, next.node]))
        break
      case 'wait':
        expect(next.at).toBe('catch_up')
        scene = {...scene, caughtUp: scene.learners ?? []}
        break
      case 'promote':
      case 'remove': {
        const [change] = next.changes
        if (change === undefined) throw new Error('a step that changes nothing')
        const asked =
          next.changes.length === 1
            ? ({kind: 'one', change} as const)
            : ({kind: 'joint', changes: next.changes, autoLeave: true} as const)
        const decision = decideChange(membership, asked)
        if (!decision.allowed) throw new Error(decision.reason)
        const {votersOutgoing, ...changed} = decision.membership
        const quorums = [changed.voters, ...(votersOutgoing.length > 0 ? [votersOutgoing] : [])]
        for (const quorum of quorums) {
          const living = quorum.filter((node) => !(scene.dead ?? []).includes(node))
          expect(living.length * 2).toBeGreaterThan(quorum.length)
        }
        expect(changed.voters).toContain(next.leader)
        scene = apply({...changed, votersOutgoing: []})
        break
      }
      case 'transfer':
        scene = {...scene, leader: next.to}
        break
      case 'record':
        scene = {...scene, isRecorded: true}
        break
      case 'end':
        expect(next.state).toBe('done')
        return membership.voters
      default:
        throw new Error(`unexpected ${next.step}`)
    }
  }
  throw new Error('it does not end')
}
