/** Campaigns, and the answers to them (§5.2, §5.4.1; thesis §9.6 for pre-votes). */
import {commitTo} from './log.js'
import {isVoter, members} from './membership.js'
import type {VoteReply, VoteRequest} from './message.js'
import {lastTermOf, termAt} from './outline.js'
import {voteResult} from './quorum.js'
import {becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate, castVote, isPromotable} from './role.js'
import {type Core, lastIndex, send, sendAfter} from './state.js'
import {decideVote} from './vote.js'

/** Begins a campaign, if this node may. */
export function campaign(core: Core): void {
  if (!mayCampaign(core)) return
  becomePreCandidate(core)
  core.votes.set(core.config.id, true)
  for (const request of requests(core, 'pre-vote', false)) send(core, request)
  countVotes(core)
}

/** The leader asked for it: no pre-vote, and the voters need not wait until they miss the leader (thesis §3.10). */
export function campaignAtOnce(core: Core): void {
  if (mayCampaign(core)) standForElection(core, true)
}

export function handleVoteRequest(core: Core, request: VoteRequest): void {
  const last = {lastIndex: lastIndex(core), lastTerm: lastTermOf(core.log.outline)}
  const {isGranted} = decideVote({term: core.term, vote: core.vote, leader: core.leader, ...last}, request)
  if (request.type === 'pre-vote') {
    const term = isGranted ? request.term : core.term
    send(core, {...voteReply(core, request, isGranted), term})
    return
  }
  if (isGranted) {
    castVote(core, request.from)
    core.electionElapsed = 0
  }
  sendAfter(core, voteReply(core, request, isGranted))
}

/**
 * A refusal tells what is committed. Else a group of two could be stuck: a leader that removed itself is no voter any more, the
 * other still needs its vote to lead, and does not get it with the shorter log.
 */
export function voteReply(core: Core, request: VoteRequest, isGranted: boolean): Omit<VoteReply, 'from' | 'term'> {
  const {outline, commit: index} = core.log
  const type = request.type === 'vote' ? 'vote-reply' : 'pre-vote-reply'
  return {type, to: request.from, isGranted, committed: {index, term: termAt(outline, index) ?? 0}}
}

export function handleVoteReply(core: Core, reply: VoteReply): void {
  learnCommit(core, reply)
  const campaigns = reply.type === 'vote-reply' ? 'candidate' : 'pre-candidate'
  if (core.role !== campaigns) return
  // The grant of another term's pre-vote, from before this node's term changed.
  if (reply.type === 'pre-vote-reply' && reply.isGranted && reply.term !== core.term + 1) return
  if (!core.votes.has(reply.from)) core.votes.set(reply.from, reply.isGranted)
  countVotes(core)
}

/** An entry of the same index and term is the same entry, with the same ones before it (§5.3). */
function learnCommit({log}: Core, {committed: {index, term}}: VoteReply): void {
  if (index > log.commit && termAt(log.outline, index) === term) commitTo(log, index)
}

/** A candidate's vote for itself counts like any other: when it is durable. */
export function countOwnVote(core: Core): void {
  const {term, vote} = core.durableHardState
  if (core.role !== 'candidate' || term !== core.term || vote !== core.config.id) return
  core.votes.set(core.config.id, true)
  countVotes(core)
}

function countVotes(core: Core): void {
  const result = voteResult(core.membership, (node) => core.votes.get(node))
  if (result === 'lost') becomeFollower(core, core.term, null)
  if (result === 'won' && core.role === 'candidate') becomeLeader(core)
  if (result === 'won' && core.role === 'pre-candidate') standForElection(core, false)
}

/**
 * The requests wait for the disk: a candidate that lost its term in a crash would stand for the same term again, and count
 * votes that were given to the longer log it had then.
 */
function standForElection(core: Core, isTransfer: boolean): void {
  becomeCandidate(core)
  for (const request of requests(core, 'vote', isTransfer)) sendAfter(core, request)
}

function requests(core: Core, type: VoteRequest['type'], isTransfer: boolean): Omit<VoteRequest, 'from'>[] {
  const {outline} = core.log
  const term = type === 'vote' ? core.term : core.term + 1
  const others = members(core.membership).filter((node) => node !== core.config.id && isVoter(core.membership, node))
  return others.map((to) => ({
    type,
    to,
    term,
    lastIndex: outline.lastIndex,
    lastTerm: lastTermOf(outline),
    isTransfer,
  }))
}

/**
 * Not while a committed change of membership is not in force here: a quorum of the membership before last need not overlap
 * one of the present (etcd 12359).
 */
function mayCampaign(core: Core): boolean {
  if (core.role === 'leader' || !isPromotable(core)) return false
  const {outline, handed, commit} = core.log
  return !outline.changes.some((index) => index > handed && index <= commit)
}
