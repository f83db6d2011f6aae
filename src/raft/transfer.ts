/** Leadership handed to a named voter (thesis §3.10): proposals stop, the voter catches up, and is told to campaign at once. */
import type {NodeId} from '../entity/ids.js'
import {isVoter} from './membership.js'
import {type Core, lastIndex, send, type Transfer} from './state.js'

export type TransferRefusal = 'this node does not lead' | 'it leads already' | 'it is not a voter'

export type TransferDecision =
  | {readonly isAccepted: true}
  | {readonly isAccepted: false; readonly reason: TransferRefusal}

/** A transfer to another node takes the place of the one under way. */
export function beginTransfer(core: Core, to: NodeId): TransferDecision {
  if (core.role !== 'leader') return {isAccepted: false, reason: 'this node does not lead'}
  if (to === core.config.id) return {isAccepted: false, reason: 'it leads already'}
  if (!isVoter(core.membership, to)) return {isAccepted: false, reason: 'it is not a voter'}
  if (core.transfer?.to !== to) core.transfer = {to, ticks: 0, isTold: false}
  tellIfCaughtUp(core)
  return {isAccepted: true}
}

export function tellIfCaughtUp(core: Core): void {
  const {transfer} = core
  if (transfer === null || transfer.isTold) return
  if (core.progress.get(transfer.to)?.match !== lastIndex(core)) return
  transfer.isTold = true
  send(core, {type: 'timeout-now', to: transfer.to})
}

/** After an election timeout the voter is taken for gone, and proposals are accepted again. */
export function tickTransfer(core: Core, transfer: Transfer): void {
  transfer.ticks += 1
  if (transfer.ticks >= core.config.electionTicks) core.transfer = null
}
