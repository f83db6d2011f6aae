import {keyText} from '../../check/history.js'
import type {Observation} from '../observation.js'
import type {PlaceName} from '../plan.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P9: flipped bits and torn tails are found, never served. All of a document follows from the value in it, so that one which
 * does not fit itself was damaged on its way, or put together from two.
 *
 * A replica whose images are damaged mends itself, so that a server which damages its own would go unnoticed: on a disk that no
 * fault has spoilt none may have to. Failpoints excuse: one that keeps images from being opened looks the same from within.
 */
export class CorruptionOracle implements Oracle {
  readonly #spoilt = new Set<PlaceName>()
  #hasFailpoints = false

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'misshapen':
        return [finding('a damaged document was served', `${keyText(seen.key)} to ${seen.client}: ${seen.detail}`)]
      case 'spoilt':
        this.#spoilt.add(seen.place)
        return []
      case 'fault':
        this.#hasFailpoints ||= seen.fault === 'failpoint'
        return []
      case 'rescued':
        if (this.#hasFailpoints || this.#spoilt.has(seen.place)) return []
        return [finding('a server has damaged its own images', `${seen.place}, group ${seen.group}`)]
      default:
        return []
    }
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P9', rule, detail}
}
