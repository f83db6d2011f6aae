/** What a follower does with what its leader sends (§5.3, §7). */
import {commitTo, newEntries, replaceSuffix, restoreLog} from './log.js'
import type {Append, Heartbeat, Snapshot} from './message.js'
import {lastIndexWithin, termAt} from './outline.js'
import {type Core, lastIndex, send, sendAfter} from './state.js'

export function handleAppend(core: Core, append: Append): void {
  const {log} = core
  const {previousIndex, previousTerm, entries} = append
  core.commitHeard = Math.max(core.commitHeard, append.commit)
  // What is committed is equal in both logs, and may be compacted here: it cannot be compared, nor need it be.
  if (previousIndex < log.commit) {
    accept(core, append, log.commit)
    return
  }
  if (termAt(log.outline, previousIndex) !== previousTerm) {
    reject(core, append)
    return
  }
  replaceSuffix(log, newEntries(log, entries))
  const last = previousIndex + entries.length
  // What follows in this log was not compared with the leader's.
  commitTo(log, Math.min(append.commit, last))
  accept(core, append, last)
}

export function handleHeartbeat(core: Core, {from, commit, round}: Heartbeat): void {
  commitTo(core.log, commit)
  send(core, {type: 'heartbeat-reply', to: from, round})
}

export function handleSnapshot(core: Core, message: Snapshot): void {
  const {snapshot} = message
  const {log} = core
  if (snapshot.index > log.commit && termAt(log.outline, snapshot.index) === snapshot.term) {
    // The log has all of it, and perhaps more: there is nothing to replace.
    commitTo(log, snapshot.index)
  } else if (snapshot.index > log.commit) {
    restoreLog(log, snapshot)
    core.membership = snapshot.membership
    core.awaitsCommitted = false
  }
  accept(core, message, log.commit)
}

function accept(core: Core, {from}: Append | Snapshot, index: number): void {
  sendAfter(core, {type: 'append-accepted', to: from, index})
}

/**
 * The hint skips a whole term for each round trip: the last entry here whose term is not above the one that the leader has
 * there. Later ones cannot be in the leader's log.
 */
function reject(core: Core, {from, previousIndex, previousTerm}: Append): void {
  const {outline} = core.log
  const hintIndex = lastIndexWithin(outline, Math.min(previousIndex, lastIndex(core)), previousTerm)
  const hintTerm = termAt(outline, hintIndex) ?? 0
  sendAfter(core, {type: 'append-rejected', to: from, index: previousIndex, hintIndex, hintTerm})
}
