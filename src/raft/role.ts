/** From one role to another (paper, figure 4). */
import type {NodeId} from '../entity/ids.js'
import {assert} from '../errors/assert.js'
import {replaceSuffix} from './log.js'
import {isVoter, members} from './membership.js'
import {newProgress} from './progress.js'
import {newReads} from './reads.js'
import {type Core, lastIndex} from './state.js'

export function becomeFollower(core: Core, term: number, leader: NodeId | null): void {
  reset(core, term)
  core.role = 'follower'
  core.leader = leader
}

/** Neither term nor vote change: a node that cannot win must not disturb those that can (thesis §9.6). */
export function becomePreCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader never campaigns')
  reset(core, core.term)
  core.role = 'pre-candidate'
}

export function becomeCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader never campaigns')
  reset(core, core.term + 1)
  core.role = 'candidate'
  castVote(core, core.config.id)
}

export function becomeLeader(core: Core): void {
  assert(core.role === 'candidate', 'only a candidate becomes leader')
  reset(core, core.term)
  core.role = 'leader'
  core.leader = core.config.id
  // The quorum is checked as a beat goes out: between the check and the answers to it nobody counts as active.
  core.electionElapsed = core.heartbeatElapsed
  syncProgress(core)
  const index = lastIndex(core) + 1
  // What is not committed yet may change the membership; a leader knows that it is not so when its first entry is in force.
  core.changeIndex = index
  replaceSuffix(core.log, [{index, term: core.term, kind: 'empty'}])
}

/** A vote is given once in a term (§5.2); it counts when it is durable. */
export function castVote(core: Core, node: NodeId): void {
  assert(core.vote === null || core.vote === node, 'one vote in a term')
  core.vote = node
}

/** The leader follows the progress of exactly the other members. */
export function syncProgress(core: Core): void {
  const others = members(core.membership).filter((node) => node !== core.config.id)
  core.progress = new Map(others.map((node) => [node, core.progress.get(node) ?? newProgress(lastIndex(core) + 1)]))
}

/** A node that is not a voter, or whose log is being replaced, must not campaign. */
export function isPromotable(core: Core): boolean {
  return isVoter(core.membership, core.config.id) && core.log.restoring === null
}

/** A leader was heard within the shortest election timeout: (pre-)votes are refused unheard (thesis §4.2.3). */
export function hearsLeader({leader, electionElapsed, config}: Core): boolean {
  return leader !== null && electionElapsed < config.electionTicks
}

function reset(core: Core, term: number): void {
  assert(term >= core.term, 'a term never ends twice')
  if (term > core.term) {
    core.term = term
    core.vote = null
  }
  core.leader = null
  core.electionElapsed = 0
  core.electionTimeout = core.config.electionTicks + core.config.electionJitter()
  core.votes = new Map()
  core.progress = new Map()
  core.transfer = null
  core.changeIndex = 0
  core.uncommitted = []
  core.uncommittedBytes = 0
  core.reads = {...newReads(), confirmed: core.reads.confirmed}
}
