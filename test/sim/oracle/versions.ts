import {type Operation, sentence} from '../../check/history.js'
import {checkVersionOrder} from '../../check/version-order.js'
import type {Evidence, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'
import {Placements} from './placed.js'

/**
 * P5: no document goes back to an older version. A client sends a value once more only after it was told that the first try
 * was rejected, so a value that was applied twice was repeated by the cluster, or was not rejected after all.
 */
export class VersionsOracle implements Oracle {
  readonly #placements = new Placements()

  see(seen: Observation): Finding[] {
    this.#placements.see(seen)
    return []
  }

  end({history}: Evidence): Finding[] {
    const ordered = checkVersionOrder(this.#placements.placed(history)).violations
    return [
      ...ordered.filter(({promise}) => promise === 'P5').map(({rule, message}) => finding(rule, message)),
      ...history.flatMap((write) => this.#appliedTwice(write)),
    ]
  }

  #appliedTwice(write: Operation): Finding[] {
    const entries = this.#placements.of(write)
    if (entries.length < 2) return []
    const places = entries.map(({group, term, index}) => `group ${group} at ${term}.${index}`)
    return [finding('a write was applied twice', [sentence(write), ...places].join('\n'))]
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P5', rule, detail}
}
