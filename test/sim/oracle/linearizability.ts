import {checkLinearizable} from '../../check/linearizable.js'
import {checkVersionOrder} from '../../check/version-order.js'
import type {Evidence, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'
import {Placements} from './placed.js'

/** For each document; what takes more is not decided, and found by the version order or not at all. */
const statesMax = 20_000

/** P2: reads and writes of one document through its leader look as if they happened one after the other. */
export class LinearizabilityOracle implements Oracle {
  readonly #placements = new Placements()

  see(seen: Observation): Finding[] {
    this.#placements.see(seen)
    return []
  }

  end({history}: Evidence): Finding[] {
    const ordered = checkVersionOrder(this.#placements.placed(history)).violations
    const found = ordered.filter(({promise}) => promise === 'P2')
    const judged = found.length > 0 ? found : checkLinearizable(history, {statesMax}).violations
    return judged.map(({rule, message}) => ({promise: 'P2', rule, detail: message}))
  }
}
