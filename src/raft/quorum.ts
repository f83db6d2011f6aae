/**
 * Majorities, of one set of voters or of two at once (thesis §4.3: joint consensus needs both).
 *
 * A set without voters agrees to everything, so that the outgoing half of a membership at rest decides nothing.
 */
import type {NodeId} from '../entity/ids.js'

export interface Voters {
  readonly voters: readonly NodeId[]
  readonly votersOutgoing: readonly NodeId[]
}

export type VoteResult = 'won' | 'lost' | 'pending'

/** The highest index that a quorum of both halves has reached; infinite where there are no voters at all. */
export function quorumIndex({voters, votersOutgoing}: Voters, acked: (node: NodeId) => number): number {
  return Math.min(majorityIndex(voters, acked), majorityIndex(votersOutgoing, acked))
}

/** Undecided while an answer that is not there yet could still change it. */
export function voteResult({voters, votersOutgoing}: Voters, vote: (node: NodeId) => boolean | undefined): VoteResult {
  const results = [majorityResult(voters, vote), majorityResult(votersOutgoing, vote)]
  if (results.includes('lost')) return 'lost'
  return results.includes('pending') ? 'pending' : 'won'
}

function majorityIndex(voters: readonly NodeId[], acked: (node: NodeId) => number): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  // Asked at every answer of every follower: to compare the few with each other makes no garbage, to sort them does.
  for (const voter of voters) {
    const index = acked(voter)
    if (index > highest && countReached(voters, acked, index) >= majority(voters.length)) highest = index
  }
  return highest
}

function countReached(voters: readonly NodeId[], acked: (node: NodeId) => number, index: number): number {
  let count = 0
  for (const voter of voters) if (acked(voter) >= index) count += 1
  return count
}

function majorityResult(voters: readonly NodeId[], vote: (node: NodeId) => boolean | undefined): VoteResult {
  if (voters.length === 0) return 'won'
  const votes = voters.map(vote)
  const granted = votes.filter((answer) => answer === true).length
  const open = votes.filter((answer) => answer === undefined).length
  if (granted >= majority(voters.length)) return 'won'
  return granted + open >= majority(voters.length) ? 'pending' : 'lost'
}

function majority(size: number): number {
  return Math.floor(size / 2) + 1
}
