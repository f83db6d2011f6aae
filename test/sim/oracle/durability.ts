import {type History, sentence} from '../../check/history.js'
import {checkLedger} from '../../check/ledger.js'
import type {Evidence, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'
import {Placements} from './placed.js'

/**
 * P1: what was acknowledged is there in the end, or was replaced by something later. And an error that says `rejected` is held
 * to it: a write that was refused and applied all the same is as bad as one that was acknowledged and lost.
 */
export class DurabilityOracle implements Oracle {
  readonly #placements = new Placements()

  see(seen: Observation): Finding[] {
    this.#placements.see(seen)
    return []
  }

  end({history, finalReads}: Evidence): Finding[] {
    const ledger = finalReads === null ? [] : checkLedger(history, finalReads).violations
    return [
      ...ledger.map(({rule, message}) => finding(rule, message)),
      ...this.#where(history, 'rejected', true, 'a rejected write was applied'),
      ...this.#where(history, 'ok', false, 'an acknowledged write was applied by nobody'),
    ]
  }

  #where(history: History, outcome: 'ok' | 'rejected', isApplied: boolean, rule: string): Finding[] {
    return history
      .filter((write) => write.kind === 'upsert' && write.outcome === outcome)
      .filter((write) => this.#placements.of(write).length > 0 === isApplied)
      .map((write) => finding(rule, sentence(write)))
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P1', rule, detail}
}
