import type {PartitionId} from '../../../src/entity/ids.js'
import type {Evidence, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/** P10: once a quorum core is healed, every group takes writes again in time, and its replicas come to agree. */
export class LivenessOracle implements Oracle {
  #healedAtMs: number | null = null
  #isConverged = false
  readonly #progressed = new Set<PartitionId>()

  see(seen: Observation): Finding[] {
    if (seen.kind !== 'liveness') return []
    switch (seen.mark) {
      case 'healed':
        this.#healedAtMs = seen.atMs
        return []
      case 'progress':
        if (seen.group !== null) this.#progressed.add(seen.group)
        return []
      case 'converged':
        this.#isConverged = true
        return []
      default:
        return [finding(`${seen.mark} in time`, `${this.#since(seen.atMs)}: ${seen.detail}`)]
    }
  }

  end(_evidence: Evidence): Finding[] {
    if (this.#healedAtMs === null || this.#isConverged) return []
    return [
      finding('the core never came to agree', `healed at ${this.#healedAtMs} ms; writes to ${[...this.#progressed]}`),
    ]
  }

  #since(atMs: number): string {
    return this.#healedAtMs === null ? `at ${atMs} ms` : `${atMs - this.#healedAtMs} ms after healing`
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P10', rule, detail}
}
