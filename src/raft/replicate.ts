/**
 * How a leader brings the others' logs to equal its own, and when an entry counts as committed (§5.3, §5.4.2).
 *
 * Appends are made when a bundle is taken, not when a proposal comes: what was proposed since the last bundle travels
 * together, and tells the new commit index on the way.
 */
import type {NodeId} from '../entity/ids.js'
import {assert} from '../errors/assert.js'
import {entryBytes} from './entry.js'
import {isFull} from './inflight.js'
import {commitTo, entriesOf} from './log.js'
import type {AppendAccepted, AppendRejected, HeartbeatReply} from './message.js'
import {lastIndexWithin, termAt} from './outline.js'
import {accepted, awaitSnapshot, type Progress, probe, rejected, sent} from './progress.js'
import {quorumIndex} from './quorum.js'
import {type Core, lastIndex, matchOf, send} from './state.js'

export function flushAppends(core: Core): void {
  for (const [node, progress] of core.progress) flushTo(core, node, progress)
}

export function sendHeartbeats(core: Core): void {
  for (const [to, {match}] of core.progress) {
    send(core, {type: 'heartbeat', to, commit: Math.min(match, core.log.commit), round: core.reads.round})
  }
}

export function handleAccepted(core: Core, {from, index}: AppendAccepted): void {
  const progress = core.progress.get(from)
  if (progress === undefined) return
  assert(index <= lastIndex(core), 'a follower accepts what the leader sent')
  progress.isActive = true
  accepted(progress, index, core.log.outline.beforeIndex + 1)
  advanceCommit(core)
}

export function handleRejected(core: Core, {from, index, hintIndex, hintTerm}: AppendRejected): void {
  const progress = core.progress.get(from)
  if (progress === undefined) return
  progress.isActive = true
  rejected(progress, index, lastIndexWithin(core.log.outline, hintIndex, hintTerm))
}

export function handleHeartbeatReply(core: Core, {from, round}: HeartbeatReply): void {
  const progress = core.progress.get(from)
  if (progress === undefined) return
  progress.isActive = true
  progress.isPaused = false
  progress.awaitsEntries = false
  progress.round = Math.max(progress.round, round)
  progress.mustCheck = progress.match < lastIndex(core)
}

/** Only an entry of this term is committed by counting; those before it are by what follows from log matching (figure 8). */
export function advanceCommit(core: Core): void {
  const index = quorumIndex(core.membership, (node) => matchOf(core, node))
  if (index === Number.POSITIVE_INFINITY || termAt(core.log.outline, index) !== core.term) return
  if (!commitTo(core.log, index)) return
  const count = core.uncommitted.findIndex((proposal) => proposal.index > index)
  const committed = core.uncommitted.splice(0, count < 0 ? core.uncommitted.length : count)
  core.uncommittedBytes = committed.reduce((bytes, proposal) => bytes - proposal.bytes, core.uncommittedBytes)
}

function flushTo(core: Core, to: NodeId, progress: Progress): void {
  if (progress.mode === 'snapshot' || progress.awaitsEntries) return
  const {commit} = core.log
  if (progress.mode === 'probe') {
    const isOwed = progress.match < lastIndex(core) || progress.commitTold < commit
    if (isOwed && !progress.isPaused) sendAppend(core, to, progress)
    return
  }
  while (progress.next <= lastIndex(core) && hasRoom(core, progress)) {
    if (!sendAppend(core, to, progress)) return
  }
  if (progress.mustCheck || (progress.commitTold < commit && hasRoom(core, progress))) {
    sendAppend(core, to, progress, {isEmpty: true})
  }
}

function hasRoom({config}: Core, {inflight}: Progress): boolean {
  return !isFull(inflight, config.inflightMessagesMax, config.inflightBytesMax)
}

/** False if nothing more can be sent to this follower for now. */
function sendAppend(core: Core, to: NodeId, progress: Progress, {isEmpty} = {isEmpty: false}): boolean {
  const {log, config, reader} = core
  const previousIndex = progress.next - 1
  const previousTerm = termAt(log.outline, previousIndex)
  if (previousTerm === null) {
    sendSnapshot(core, to, progress)
    return false
  }
  const range = {from: progress.next, to: isEmpty ? progress.next : lastIndex(core) + 1}
  const entries = entriesOf(log, reader, {...range, bytesMax: config.appendBytesMax})
  if (entries === null) {
    progress.awaitsEntries = true
    core.entriesWanted.push({from: range.from, to: Math.min(range.to, log.durable + 1)})
    return false
  }
  send(core, {type: 'append', to, previousIndex, previousTerm, entries, commit: log.commit})
  progress.commitTold = log.commit
  progress.mustCheck = false
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0)
  sent(progress, previousIndex + entries.length, bytes)
  return true
}

/** Not to a follower that has not been heard: it may be gone, and a snapshot is dear. Its heartbeat's reply comes first. */
function sendSnapshot(core: Core, to: NodeId, progress: Progress): void {
  const snapshot = progress.isActive ? core.reader.snapshot() : null
  if (snapshot === null) {
    if (progress.isActive) core.snapshotWanted = true
    if (progress.mode !== 'probe') probe(progress)
    progress.isPaused = true
    return
  }
  assert(snapshot.index >= core.log.outline.beforeIndex, 'a snapshot reaches to where the log begins')
  assert(snapshot.index <= core.log.applied, 'a snapshot holds only what was applied')
  send(core, {type: 'snapshot', to, snapshot})
  awaitSnapshot(progress, snapshot.index)
}
