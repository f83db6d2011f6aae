/** What has come together since the last bundle, and what happens when the shell has done its part. */
import {assert} from '../errors/assert.js'
import {countOwnVote} from './election.js'
import type {Entry} from './entry.js'
import {entriesOf, markApplied, markDurable, markInstalled} from './log.js'
import {isVoter, type Membership} from './membership.js'
import {leaveIfDue} from './proposal.js'
import {beginRound, confirmReads} from './read-only.js'
import type {Ready, SoftState} from './ready.js'
import {advanceCommit, flushAppends} from './replicate.js'
import {becomeFollower, syncProgress} from './role.js'
import {type Core, lastIndex} from './state.js'
import {tellIfCaughtUp} from './transfer.js'

const nothing: readonly never[] = []

/** Null when there is nothing to do: asked after every event of every group, so to find that out makes no garbage. */
export function takeBundle(core: Core): Ready | null {
  flush(core)
  const committed = handOut(core)
  const memberships = committed.length === 0 ? nothing : enactAll(core, committed)
  leaveIfDue(core)
  if (committed.length > 0) flush(core)
  if (committed.length === 0 && isAtRest(core)) return null
  const {hardState, snapshot, entries, mustSync} = takeWrites(core)
  const number = core.lastBundle + 1
  core.lastBundle = number
  core.log.flights.push({number, hardState, snapshot, lastIndex: core.log.given})
  const bundle = {
    number,
    hardState,
    snapshot,
    entries,
    mustSync,
    messages: taken(core.messages),
    messagesAfter: taken(core.messagesAfter),
    committed,
    memberships,
    reads: taken(core.reads.confirmed),
    softState: takeSoftState(core),
    entriesWanted: taken(core.entriesWanted),
    snapshotWanted: core.snapshotWanted,
  }
  core.snapshotWanted = false
  return bundle
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
  if (log.restoring !== null || from >= to || log.applying.length >= config.applyBatchesMax) return nothing
  if (core.awaitsCommitted) return nothing
  const entries = entriesOf(log, reader, {from, to, bytesMax: config.applyBytesMax})
  if (entries === null) {
    core.awaitsCommitted = true
    core.entriesWanted.push({from, to})
    return nothing
  }
  log.handed += entries.length
  log.applying.push(log.handed)
  return entries
}

function enactAll(core: Core, committed: readonly Entry[]): Ready['memberships'] {
  const changes = committed.filter((entry) => entry.kind === 'membership')
  for (const {membership} of changes) enact(core, membership)
  return changes.map(({index, membership}) => ({index, membership}))
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

/** Of what a bundle holds beside committed entries. */
function isAtRest(core: Core): boolean {
  const {messages, messagesAfter, reads, entriesWanted, snapshotWanted} = core
  if (messages.length > 0 || messagesAfter.length > 0 || reads.confirmed.length > 0) return false
  if (entriesWanted.length > 0 || snapshotWanted) return false
  return !(hasEntries(core) || hasSnapshot(core) || hasHardState(core) || hasSoftState(core))
}

type Writes = Pick<Ready, 'hardState' | 'entries' | 'snapshot' | 'mustSync'>

function takeWrites(core: Core): Writes {
  const {log, term, vote} = core
  const mustSync = hasEntries(core) || hasSnapshot(core) || isBinding(core)
  const snapshot = hasSnapshot(core) ? (log.restoring?.snapshot ?? null) : null
  if (log.restoring !== null) log.restoring.isGiven = true
  const entries = hasEntries(core) ? log.unstable.slice(log.given - log.durable) : nothing
  log.given = lastIndex(core)
  const hardState = hasHardState(core) ? {term, vote, commit: writtenCommit(core)} : null
  core.givenHardState = hardState ?? core.givenHardState
  return {hardState, entries, snapshot, mustSync}
}

function hasEntries({log}: Core): boolean {
  return log.unstable.length > log.given - log.durable
}

function hasSnapshot({log}: Core): boolean {
  return log.restoring !== null && !log.restoring.isGiven
}

function hasHardState(core: Core): boolean {
  return isBinding(core) || writtenCommit(core) !== core.givenHardState.commit
}

function isBinding({term, vote, givenHardState}: Core): boolean {
  return term !== givenHardState.term || vote !== givenHardState.vote
}

/**
 * The commit index claims only entries that are durable already, and no snapshot before it is installed: after a torn write it
 * would else vouch for the entries that were to be replaced.
 */
function writtenCommit({log, givenHardState}: Core): number {
  return log.restoring === null
    ? Math.max(Math.min(log.commit, log.durable), givenHardState.commit)
    : givenHardState.commit
}

function hasSoftState({role, leader, term, givenSoftState: given}: Core): boolean {
  return role !== given.role || leader !== given.leader || term !== given.term
}

function takeSoftState(core: Core): SoftState | null {
  if (!hasSoftState(core)) return null
  const {role, leader, term} = core
  core.givenSoftState = {role, leader, term}
  return core.givenSoftState
}

function taken<T>(list: T[]): readonly T[] {
  return list.length === 0 ? nothing : list.splice(0)
}
