/** A message comes in: first its term is compared (§5.1), then who receives it decides. */
import {assert} from '../errors/assert.js'
import {campaignAtOnce, handleVoteReply, handleVoteRequest, voteReply} from './election.js'
import {handleAppend, handleHeartbeat, handleSnapshot} from './follow.js'
import {isFromLeader, type Message} from './message.js'
import {confirmReads, handleReadIndex, handleReadIndexReply} from './read-only.js'
import {handleAccepted, handleHeartbeatReply, handleRejected} from './replicate.js'
import {becomeFollower, hearsLeader} from './role.js'
import {type Core, send, sendAfter} from './state.js'
import {tellIfCaughtUp} from './transfer.js'

export function stepMessage(core: Core, message: Message): void {
  assert(message.to === core.config.id, 'a message reaches whom it was sent to')
  if (message.term < core.term) {
    answerStale(core, message)
    return
  }
  if (message.term > core.term) {
    if (isBallot(message) && !message.isTransfer && hearsLeader(core)) return
    if (!isHypothetical(message)) becomeFollower(core, message.term, isFromLeader(message) ? message.from : null)
  }
  if (isFromLeader(message)) follow(core, message)
  dispatch(core, message)
}

function dispatch(core: Core, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      handleVoteRequest(core, message)
      break
    case 'vote-reply':
    case 'pre-vote-reply':
      handleVoteReply(core, message)
      break
    case 'append':
      handleAppend(core, message)
      break
    case 'heartbeat':
      handleHeartbeat(core, message)
      break
    case 'snapshot':
      handleSnapshot(core, message)
      break
    case 'timeout-now':
      campaignAtOnce(core)
      break
    case 'read-index-reply':
      handleReadIndexReply(core, message)
      break
    default:
      if (core.role === 'leader') dispatchToLeader(core, message)
  }
}

type ToLeader = Extract<Message, {type: 'append-accepted' | 'append-rejected' | 'heartbeat-reply' | 'read-index'}>

function dispatchToLeader(core: Core, message: ToLeader): void {
  switch (message.type) {
    case 'append-accepted':
      handleAccepted(core, message)
      tellIfCaughtUp(core)
      break
    case 'append-rejected':
      handleRejected(core, message)
      break
    case 'heartbeat-reply':
      handleHeartbeatReply(core, message)
      confirmReads(core)
      break
    case 'read-index':
      handleReadIndex(core, message)
      break
  }
}

function isBallot(message: Message): message is Extract<Message, {isTransfer: boolean}> {
  return message.type === 'vote' || message.type === 'pre-vote'
}

/** A pre-vote and the grant of one name a term that nobody has begun. */
function isHypothetical(message: Message): boolean {
  return message.type === 'pre-vote' || (message.type === 'pre-vote-reply' && message.isGranted)
}

function follow(core: Core, {from}: Message): void {
  // Figure 3, election safety.
  assert(core.role !== 'leader', 'there is one leader in a term')
  if (core.role !== 'follower') becomeFollower(core, core.term, from)
  assert(core.leader === null || core.leader === from, 'there is one leader in a term')
  core.leader = from
  core.electionElapsed = 0
}

/**
 * A leader or candidate of the past learns the term from the answer. A leader must, though nobody asks for votes: a node that came
 * back from a partition with a higher term would else be deaf to it for ever.
 */
function answerStale(core: Core, message: Message): void {
  const {from: to} = message
  if (isFromLeader(message)) sendAfter(core, {type: 'append-accepted', to, index: 0})
  if (message.type === 'vote') sendAfter(core, voteReply(core, message, false))
  if (message.type === 'pre-vote') send(core, voteReply(core, message, false))
}
