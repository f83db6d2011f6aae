/** Whether a node grants its vote: a total function, so that the rules of §5.2 and §5.4.1 stand in one place. */
import type {NodeId} from '../entity/ids.js'

export interface Voter {
  readonly term: number
  readonly vote: NodeId | null
  readonly leader: NodeId | null
  readonly lastIndex: number
  readonly lastTerm: number
}

export interface Ballot {
  readonly type: 'vote' | 'pre-vote'
  readonly from: NodeId
  readonly term: number
  readonly lastIndex: number
  readonly lastTerm: number
}

export interface VoteDecision {
  readonly isGranted: boolean
  readonly reason: 'the log is current' | 'the log is behind' | 'the vote of this term is given' | 'the term has passed'
}

export function decideVote(voter: Voter, ballot: Ballot): VoteDecision {
  if (ballot.term < voter.term) return {isGranted: false, reason: 'the term has passed'}
  // A pre-vote for a term to come asks what the voter would do then, when it has no vote and no leader yet.
  const isAhead = ballot.type === 'pre-vote' && ballot.term > voter.term
  const isFree = isAhead || voter.vote === ballot.from || (voter.vote === null && voter.leader === null)
  if (!isFree) return {isGranted: false, reason: 'the vote of this term is given'}
  return isCurrent(ballot, voter)
    ? {isGranted: true, reason: 'the log is current'}
    : {isGranted: false, reason: 'the log is behind'}
}

type LogEnd = Pick<Voter, 'lastIndex' | 'lastTerm'>

/** §5.4.1: the later last term wins; in the same term, the longer log. */
function isCurrent(candidate: LogEnd, voter: LogEnd): boolean {
  if (candidate.lastTerm !== voter.lastTerm) return candidate.lastTerm > voter.lastTerm
  return candidate.lastIndex >= voter.lastIndex
}
