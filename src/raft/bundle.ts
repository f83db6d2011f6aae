/** What has come together since the last bundle, and what happens when the shell has done its part. */
import {assert} from '../errors/assert.js'
import {countOwnVote} from './election.js'
import type {Entry, HardState} from './entry.js'
import {entriesOf, markApplied, markDurable, markInstalled} from './log.js'
import {isVoter, type Membership} from './membership.js'
import {leaveIfDue} from './proposal.js'
import {beginRound, confirmReads} from './read-only.js'
import type {Ready, SoftState} from './ready.js'
import {advanceCommit, flushAppends} from './replicate.js'
import {becomeFollower, syncProgress} from './role.js'
import {type Core, lastIndex} from './state.js'
import {tellIfCaughtUp} from './transfer.js'

/** Null when there is nothing to do. */
export function takeBundle(core: Core): Ready | null {
  flush(core)
  const committed = handOut(core)
  const memberships = committed.flatMap((entry) => (entry.kind === 'membership' ? [entry] : []))
  for (const {membership} of memberships) enact(core, membership)
  leaveIfDue(core)
  if (committed.length > 0) flush(core)
  if (committed.length === 0 && isIdle(core)) return null
  const bundle: Omit<Ready, 'number'> = {
    ...takeWrites(core),
    messages: core.messages.splice(0),
    messagesAfter: core.messagesAfter.splice(0),
    committed,
    memberships: memberships.map(({index, membership}) => ({index, membership})),
    reads: core.reads.confirmed.splice(0),
    softState: takeSoftState(core),
    entriesWanted: core.entriesWanted.splice(0),
    snapshotWanted: core.snapshotWanted,
  }
  core.snapshotWanted = false
  return numbered(core, bundle)
}

export function acknowledgeBundle(core: Core, number: number): void {
  const flight = core.log.flights.shift()
  assert(flight?.number === number, 'bundles become durable in their order')
  if (flight.hardState !== null) core.durableHardState = flight.hardState
  if (flight.snapshot !== null) markInstalled(core.log, flight.snapshot)
  markDurable(core.log, flight.lastIndex)
  countOwnVote(core)
  if (core.role === 'leader') advanceCommit(core)
}

export function acknowledgeApplied(core: Core, index: number): void {
  // What was being applied when a snapshot took its place is of no interest any more.
  if (core.log.restoring === null && index > core.log.applied) markApplied(core.log, index)
}

function flush(core: Core): void {
  if (core.role !== 'leader') return
  beginRound(core)
  flushAppends(core)
}

/** Only what is durable here: a state must not be ahead of the log that it will be rebuilt from. */
function handOut(core: Core): readonly Entry[] {
  const {log, config, reader} = core
  const from = log.handed + 1
  const to = Math.min(log.commit, log.durable) + 1
  if (log.restoring !== null || from >= to || log.applying.length >= config.applyBatchesMax) return []
  if (core.awaitsCommitted) return []
  const entries = entriesOf(log, reader, {from, to, bytesMax: config.applyBytesMax})
  if (entries === null) {
    core.awaitsCommitted = true
    core.entriesWanted.push({from, to})
    return []
  }
  log.handed += entries.length
  log.applying.push(log.handed)
  return entries
}

function enact(core: Core, membership: Membership): void {
  core.membership = membership
  if (core.role !== 'leader') return
  // The others have been told that it is committed; one of them will lead (thesis §4.2.2).
  if (!isVoter(membership, core.config.id)) {
    becomeFollower(core, core.term, null)
    return
  }
  syncProgress(core)
  if (core.transfer !== null && !isVoter(membership, core.transfer.to)) core.transfer = null
  tellIfCaughtUp(core)
  // Fewer may be needed now.
  advanceCommit(core)
  confirmReads(core)
}

type Writes = Pick<Ready, 'hardState' | 'entries' | 'snapshot' | 'mustSync'>

function takeWrites(core: Core): Writes {
  const {log, givenHardState} = core
  const snapshot = log.restoring !== null && !log.restoring.isGiven ? log.restoring.snapshot : null
  if (log.restoring !== null) log.restoring.isGiven = true
  const entries = log.unstable.slice(log.given - log.durable)
  log.given = lastIndex(core)
  const next = writtenHardState(core)
  const isBinding = next.term !== givenHardState.term || next.vote !== givenHardState.vote
  const hardState = isBinding || next.commit !== givenHardState.commit ? next : null
  core.givenHardState = next
  return {hardState, entries, snapshot, mustSync: isBinding || entries.length > 0 || snapshot !== null}
}

/**
 * The commit index claims only entries that are durable already, and no snapshot before it is installed: after a torn write it
 * would else vouch for the entries that were to be replaced.
 */
function writtenHardState({term, vote, log, givenHardState}: Core): HardState {
  const commit = log.restoring === null ? Math.min(log.commit, log.durable) : givenHardState.commit
  return {term, vote, commit: Math.max(commit, givenHardState.commit)}
}

function takeSoftState(core: Core): SoftState | null {
  if (softStateIsGiven(core)) return null
  const {role, leader, term} = core
  core.givenSoftState = {role, leader, term}
  return core.givenSoftState
}

function softStateIsGiven({role, leader, term, givenSoftState: given}: Core): boolean {
  return role === given.role && leader === given.leader && term === given.term
}

/** Most bundles are asked for in vain: those cost no more than this. */
function isIdle(core: Core): boolean {
  const {messages, messagesAfter, reads, entriesWanted, snapshotWanted, log, givenHardState} = core
  if (messages.length + messagesAfter.length + reads.confirmed.length + entriesWanted.length > 0) return false
  if (snapshotWanted || log.given < lastIndex(core) || log.restoring?.isGiven === false) return false
  const {term, vote, commit} = writtenHardState(core)
  if (term !== givenHardState.term || vote !== givenHardState.vote || commit !== givenHardState.commit) return false
  return softStateIsGiven(core)
}

function numbered(core: Core, bundle: Omit<Ready, 'number'>): Ready {
  core.lastBundle += 1
  const {hardState, snapshot} = bundle
  core.log.flights.push({number: core.lastBundle, hardState, snapshot, lastIndex: core.log.given})
  return {number: core.lastBundle, ...bundle}
}
