/** What time does; between two ticks none passes. */
import {campaign} from './election.js'
import {voteResult} from './quorum.js'
import {sendHeartbeats} from './replicate.js'
import {becomeFollower} from './role.js'
import type {Core} from './state.js'
import {tickTransfer} from './transfer.js'

export function passTick(core: Core): void {
  core.electionElapsed += 1
  core.heartbeatElapsed = (core.heartbeatElapsed + 1) % core.config.heartbeatTicks
  if (core.role === 'leader') tickLeader(core)
  else if (core.electionElapsed >= core.electionTimeout) campaign(core)
}

function tickLeader(core: Core): void {
  const {config, transfer} = core
  if (transfer !== null) tickTransfer(core, transfer)
  if (core.electionElapsed >= config.electionTicks) {
    core.electionElapsed = 0
    checkQuorum(core)
  }
  if (core.role === 'leader' && core.heartbeatElapsed === 0) sendHeartbeats(core)
}

/** A leader that hears no quorum steps down: its clients go elsewhere, and it stops holding the others back (thesis §6.2). */
function checkQuorum(core: Core): void {
  const isActive = (node: number) => node === core.config.id
  const result = voteResult(core.membership, (node) => core.progress.get(node)?.isActive ?? isActive(node))
  if (result !== 'won') becomeFollower(core, core.term, null)
  for (const progress of core.progress.values()) progress.isActive = false
}
