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
  const descending = voters.map(acked).sort((a, b) => b - a)
  return descending[majority(voters.length) - 1] ?? Number.POSITIVE_INFINITY
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
