import {crc32} from 'node:zlib'
import type {Observation} from '../observation.js'
import type {Plan} from '../plan.js'

const deeds = new Set<Observation['kind']>(['led', 'hard-state', 'voted', 'applied', 'restored', 'state', 'members'])

/**
 * P12: no safety rule reads the wall clock. A plan is played once with its jumps of wall clocks and once without: whatever the
 * groups did must be the same, down to the moment, and so is this hash of it.
 */
export class GroupDeeds {
  #hash = 0

  see(seen: Observation): void {
    if (deeds.has(seen.kind)) this.#hash = crc32(JSON.stringify(seen), this.#hash)
  }

  get hash(): string {
    return this.#hash.toString(16)
  }
}

export function withoutWallJumps(plan: Plan): Plan {
  return plan.filter(({kind}) => kind !== 'wall-jump')
}
