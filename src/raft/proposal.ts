/** What enters the log at the leader, and what is refused there. */
import {type CommandEntry, type Entry, entryBytes} from './entry.js'
import {replaceSuffix} from './log.js'
import {type ChangeRefusal, decideChange, isJoint, type MembershipChange} from './membership.js'
import {type Core, lastIndex} from './state.js'

type LeaderRefusal = 'there is no leader' | 'another node leads' | 'leadership is being handed over'

export type ProposalRefusal = LeaderRefusal | 'too much is uncommitted'

export type ChangeProposalRefusal = LeaderRefusal | ChangeRefusal | 'another change is not in force yet'

/** Accepted is not committed: the entry at `index` is this proposal only if it has this `term` when it is handed out. */
export type Proposed<Refusal> =
  | {readonly isAccepted: true; readonly index: number; readonly term: number}
  | {readonly isAccepted: false; readonly reason: Refusal}

export function proposeCommand(core: Core, payload: Uint8Array): Proposed<ProposalRefusal> {
  const refusal = leaderRefusal(core)
  if (refusal !== null) return {isAccepted: false, reason: refusal}
  const index = lastIndex(core) + 1
  const entry: CommandEntry = {index, term: core.term, kind: 'command', payload}
  const isFull = core.uncommittedBytes + entryBytes(entry) > core.config.uncommittedBytesMax
  if (isFull && core.uncommitted.length > 0) return {isAccepted: false, reason: 'too much is uncommitted'}
  return appendOwn(core, entry)
}

export function proposeChange(core: Core, change: MembershipChange): Proposed<ChangeProposalRefusal> {
  const refusal = leaderRefusal(core)
  if (refusal !== null) return {isAccepted: false, reason: refusal}
  if (core.log.handed < core.changeIndex) return {isAccepted: false, reason: 'another change is not in force yet'}
  const decision = decideChange(core.membership, change)
  if (!decision.allowed) return {isAccepted: false, reason: decision.reason}
  const index = lastIndex(core) + 1
  core.changeIndex = index
  return appendOwn(core, {index, term: core.term, kind: 'membership', membership: decision.membership})
}

/** Whichever leader finds the joint membership in force leaves it, if that was asked for (thesis §4.3). */
export function leaveIfDue(core: Core): void {
  const {role, membership, log, changeIndex} = core
  if (role !== 'leader' || !isJoint(membership) || !membership.autoLeave || log.handed < changeIndex) return
  // Leadership may be under way to another, which will do it then.
  proposeChange(core, {kind: 'leave'})
}

function leaderRefusal({role, leader, transfer}: Core): LeaderRefusal | null {
  if (role !== 'leader') return leader === null ? 'there is no leader' : 'another node leads'
  return transfer === null ? null : 'leadership is being handed over'
}

function appendOwn(core: Core, entry: Entry): Proposed<never> {
  const bytes = entryBytes(entry)
  replaceSuffix(core.log, [entry])
  core.uncommitted.push({index: entry.index, bytes})
  core.uncommittedBytes += bytes
  return {isAccepted: true, index: entry.index, term: entry.term}
}
