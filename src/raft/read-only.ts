/**
 * Linearizable reads without a log entry (thesis §6.4): the index of a read is the leader's commit index, once the leader
 * knows (a) that it has committed an entry of its own term, so that no earlier commit is unknown to it, and (b) that after
 * the read came in a quorum still followed it.
 *
 * Reads that come between two bundles share a round: a number that heartbeats carry and their replies return. A quorum's
 * answer to a round answers all rounds before. No clock is asked: there are no lease reads.
 */
import type {ReadIndex, ReadIndexReply} from './message.js'
import {termAt} from './outline.js'
import {quorumIndex} from './quorum.js'
import {type Reader, waitingReads} from './reads.js'
import {sendHeartbeats} from './replicate.js'
import {type Core, send} from './state.js'

export type ReadRefusal = 'there is no leader' | 'too many reads wait'

export type ReadDecision = {readonly isAccepted: true} | {readonly isAccepted: false; readonly reason: ReadRefusal}

export function requestRead(core: Core, context: number): ReadDecision {
  const {leader, config} = core
  if (leader === null) return {isAccepted: false, reason: 'there is no leader'}
  if (core.role !== 'leader') {
    send(core, {type: 'read-index', to: leader, context})
    return {isAccepted: true}
  }
  const isQueued = queue(core, {from: config.id, context})
  return isQueued ? {isAccepted: true} : {isAccepted: false, reason: 'too many reads wait'}
}

/** At the leader. One that finds no room is not answered; who asked asks again. */
export function handleReadIndex(core: Core, {from, context}: ReadIndex): void {
  queue(core, {from, context})
}

export function handleReadIndexReply(core: Core, {context, index}: ReadIndexReply): void {
  core.reads.confirmed.push({context, index})
}

/** Begins a round for the reads that have none. */
export function beginRound(core: Core): void {
  const {reads, log} = core
  if (reads.queued.length === 0 || termAt(log.outline, log.commit) !== core.term) return
  reads.round += 1
  reads.pending.push({round: reads.round, index: log.commit, readers: reads.queued})
  reads.queued = []
  sendHeartbeats(core)
  confirmReads(core)
}

export function confirmReads(core: Core): void {
  const {reads, config, membership, progress} = core
  if (reads.pending.length === 0) return
  const roundOf = (node: number) => (node === config.id ? reads.round : 0)
  const confirmed = quorumIndex(membership, (node) => progress.get(node)?.round ?? roundOf(node))
  while ((reads.pending[0]?.round ?? Number.POSITIVE_INFINITY) <= confirmed) {
    const batch = reads.pending.shift()
    for (const reader of batch?.readers ?? []) answer(core, reader, batch?.index ?? 0)
  }
}

function queue(core: Core, reader: Reader): boolean {
  if (waitingReads(core.reads) >= core.config.readsMax) return false
  core.reads.queued.push(reader)
  return true
}

function answer(core: Core, {from, context}: Reader, index: number): void {
  if (from === core.config.id) core.reads.confirmed.push({context, index})
  else send(core, {type: 'read-index-reply', to: from, context, index})
}
