import {keyText} from '../../check/history.js'
import type {Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P9: flipped bits and torn tails are found, never served. All of a document follows from the value in it, so that one which
 * does not fit itself was damaged on its way, or put together from two.
 */
export class CorruptionOracle implements Oracle {
  see(seen: Observation): Finding[] {
    if (seen.kind !== 'misshapen') return []
    const {client, key, detail} = seen
    return [{promise: 'P9', rule: 'a damaged document was served', detail: `${keyText(key)} to ${client}: ${detail}`}]
  }
}
