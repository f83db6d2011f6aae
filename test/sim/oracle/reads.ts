import type {PartitionId} from '../../../src/entity/ids.js'
import type {Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P2, where a read is let through: the state that serves it holds whatever was applied anywhere before the read began. That is
 * more than clients can see, for they do not know of a write before it is acknowledged.
 */
export class ReadsOracle implements Oracle {
  /** By group: the last index that anybody has applied. */
  readonly #applied = new Map<PartitionId, number>()
  /** By read: that index when it began. */
  readonly #floors = new Map<number, number>()

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'applied':
        this.#applied.set(seen.group, Math.max(seen.index, this.#applied.get(seen.group) ?? 0))
        return []
      case 'read-began':
        this.#floors.set(seen.read, this.#applied.get(seen.group) ?? 0)
        return []
      case 'read-served': {
        const floor = this.#floors.get(seen.read) ?? 0
        this.#floors.delete(seen.read)
        if (seen.applied >= floor) return []
        const detail = `node ${seen.node} of group ${seen.group} is at ${seen.applied}, somebody was at ${floor} before`
        return [{promise: 'P2', rule: 'a read is served from a state that lacks what was there before', detail}]
      }
      default:
        return []
    }
  }
}
