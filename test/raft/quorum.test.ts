/** Majorities against a naive twin: exhaustively where the sets are small, at random where they are not. */
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type NodeId, nodeId} from '../../src/entity/ids.js'
import {quorumIndex, type VoteResult, voteResult} from '../../src/raft/quorum.js'
import {property} from '../harness/property.js'

const anySet = fc.uniqueArray(fc.integer({min: 1, max: 9}), {maxLength: 7})
const anyVote = fc.option(fc.boolean(), {nil: undefined})
/** By node. */
const tenOf = <T>(each: fc.Arbitrary<T>) => fc.array(each, {minLength: 10, maxLength: 10})

const rows: readonly (readonly [voters: number[], outgoing: number[], acked: Record<number, number>, index: number])[] =
  [
    [[], [], {}, Number.POSITIVE_INFINITY],
    [[1], [], {}, 0],
    [[1], [], {1: 12}, 12],
    [[1, 2], [], {1: 12}, 0],
    [[1, 2], [], {1: 12, 2: 5}, 5],
    [[1, 2, 3], [], {1: 12}, 0],
    [[1, 2, 3], [], {1: 12, 2: 5}, 5],
    [[1, 2, 3], [], {1: 12, 2: 5, 3: 6}, 6],
    [[1, 2, 3], [], {1: 12, 2: 12, 3: 6}, 12],
    [[1, 2, 3, 4], [], {1: 9, 2: 8, 3: 7, 4: 6}, 7],
    [[1, 2, 3, 4, 5], [], {1: 9, 2: 8, 3: 7}, 7],
    [[1, 2, 3], [1], {1: 12, 2: 5, 3: 6}, 6],
    [[1, 2, 3], [4, 5, 6], {1: 9, 2: 9, 3: 9}, 0],
    [[1, 2, 3], [4, 5, 6], {1: 9, 2: 9, 4: 3, 5: 4}, 3],
    [[1, 2, 3], [3, 4], {1: 9, 2: 9, 3: 2, 4: 7}, 2],
    [[1], [2], {1: 4, 2: 6}, 4],
  ]

describe('the index that a quorum has reached', () => {
  test.each(rows)('of %j and %j with %j is %s', (voters, votersOutgoing, acked, index) => {
    expect(quorumIndex(sets(voters, votersOutgoing), (node) => acked[node] ?? 0)).toBe(index)
  })

  test('is the twin’s, for all sets of up to five with up to four in each place', () => {
    for (let size = 1; size <= 5; size += 1) {
      const voters = ids(size)
      for (const acks of products(size, [0, 1, 2, 3])) {
        const ackOf = (node: NodeId) => acks[node - 1] ?? 0
        expect(quorumIndex(sets(voters, []), ackOf)).toBe(naiveIndex([voters], ackOf))
      }
    }
  })

  property('is the twin’s, for any joint sets', [anySet, anySet, tenOf(fc.nat(20))], (voters, outgoing, acks) => {
    const ackOf = (node: NodeId) => acks[node] ?? 0
    expect(quorumIndex(sets(voters, outgoing), ackOf)).toBe(naiveIndex([voters, outgoing], ackOf))
  })
})

const votes: readonly (readonly [voters: number[], outgoing: number[], yes: number[], no: number[], VoteResult])[] = [
  [[], [], [], [], 'won'],
  [[1], [], [], [], 'pending'],
  [[1], [], [1], [], 'won'],
  [[1], [], [], [1], 'lost'],
  [[1, 2], [], [1], [], 'pending'],
  [[1, 2], [], [], [1], 'lost'],
  [[1, 2, 3], [], [1, 2], [], 'won'],
  [[1, 2, 3], [], [1], [2], 'pending'],
  [[1, 2, 3], [], [1], [2, 3], 'lost'],
  [[1, 2, 3], [], [9], [], 'pending'],
  [[1, 2, 3], [3, 4, 5], [1, 2], [], 'pending'],
  [[1, 2, 3], [3, 4, 5], [1, 2, 4, 5], [], 'won'],
  [[1, 2, 3], [3, 4, 5], [2, 3, 4], [], 'won'],
  [[1, 2, 3], [3, 4, 5], [1, 2], [4, 5], 'lost'],
]

property(
  'what a quorum has reached is not lost by one that gets further, and is kept by whatever quorum votes',
  [anySet, anySet, tenOf(fc.nat(20)), fc.nat(9), tenOf(fc.boolean())],
  (voters, outgoing, acks, ahead, votes) => {
    const both = sets(voters, outgoing)
    fc.pre(voters.length > 0)
    const reached = quorumIndex(both, (node) => acks[node] ?? 0)
    const further = acks.with(ahead, (acks[ahead] ?? 0) + 5)
    expect(quorumIndex(both, (node) => further[node] ?? 0)).toBeGreaterThanOrEqual(reached)
    if (voteResult(both, (node) => votes[node]) !== 'won') return
    const electors = voters.filter((node) => votes[node])
    expect(Math.max(...electors.map((node) => acks[node] ?? 0))).toBeGreaterThanOrEqual(reached)
  },
)

describe('the result of a vote', () => {
  test.each(votes)('of %j and %j with %j for and %j against is %s', (voters, outgoing, yes, no, result) => {
    const voteOf = (node: NodeId) => (yes.includes(node) ? true : no.includes(node) ? false : undefined)
    expect(voteResult(sets(voters, outgoing), voteOf)).toBe(result)
  })

  test('is the twin’s, for all answers of two sets among five', () => {
    for (const [voters, outgoing] of [
      [[1, 2, 3], []],
      [
        [1, 2, 3],
        [3, 4, 5],
      ],
      [[1, 2, 3, 4], [5]],
      [[1, 2, 3, 4, 5], [1]],
    ] as const) {
      for (const answers of products(5, [0, 1, 2])) {
        const voteOf = (node: NodeId) => [undefined, true, false][answers[node - 1] ?? 0]
        expect(voteResult(sets(voters, outgoing), voteOf)).toBe(naiveVote([voters, outgoing], voteOf))
      }
    }
  })

  property('is the twin’s, for any joint sets', [anySet, anySet, tenOf(anyVote)], (voters, outgoing, answers) => {
    const voteOf = (node: NodeId) => answers[node]
    expect(voteResult(sets(voters, outgoing), voteOf)).toBe(naiveVote([voters, outgoing], voteOf))
  })

  property(
    'is not changed by an answer that comes after it',
    [anySet, anySet, tenOf(anyVote), fc.nat(9), fc.boolean()],
    (voters, outgoing, answers, late, answer) => {
      const result = voteResult(sets(voters, outgoing), (node) => answers[node])
      const later = answers.with(late, answers[late] ?? answer)
      if (result !== 'pending') expect(voteResult(sets(voters, outgoing), (node) => later[node])).toBe(result)
    },
  )
})

function sets(voters: readonly number[], outgoing: readonly number[]) {
  return {voters: voters.map(nodeId), votersOutgoing: outgoing.map(nodeId)}
}

function ids(size: number): number[] {
  return Array.from({length: size}, (_, at) => at + 1)
}

function* products(size: number, values: readonly number[]): Generator<number[]> {
  if (size === 0) yield []
  else for (const rest of products(size - 1, values)) for (const value of values) yield [value, ...rest]
}

/** The highest index that more than half of each set has acknowledged, by trying them all. */
function naiveIndex(all: readonly (readonly number[])[], ackOf: (node: NodeId) => number): number {
  if (all.every((set) => set.length === 0)) return Number.POSITIVE_INFINITY
  let best = 0
  for (let index = 1; index <= 30; index += 1) {
    if (all.every((set) => isMajority(set, (node) => ackOf(node) >= index))) best = index
  }
  return best
}

/** Won if more than half of each set granted; lost if that cannot come about any more. */
function naiveVote(all: readonly (readonly number[])[], voteOf: (node: NodeId) => boolean | undefined): VoteResult {
  if (all.every((set) => isMajority(set, (node) => voteOf(node) === true))) return 'won'
  return all.every((set) => isMajority(set, (node) => voteOf(node) !== false)) ? 'pending' : 'lost'
}

function isMajority(set: readonly number[], has: (node: NodeId) => boolean): boolean {
  return set.length === 0 || 2 * set.filter((node) => has(nodeId(node))).length > set.length
}
