import type {Applied, Observation, Restored, StateHeld} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P3: whatever one replica applied at an index, every other applies there, for ever and over any number of restarts; and what
 * they hold after it is the same.
 */
export class ReplicaStateOracle implements Oracle {
  readonly #entries = new Map<string, Applied>()
  readonly #states = new Map<string, StateHeld>()
  /** By group and node: the index of its state. */
  readonly #reached = new Map<string, number>()

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'restored':
        return this.#restored(seen)
      case 'applied':
        return [...this.#inOrder(seen), ...this.#sameEntry(seen)]
      case 'state':
        return this.#sameState(seen)
      default:
        return []
    }
  }

  #restored({group, node, index}: Restored): Finding[] {
    this.#reached.set(`${group} ${node}`, index)
    return []
  }

  #inOrder({group, node, index}: Applied): Finding[] {
    const key = `${group} ${node}`
    const reached = this.#reached.get(key)
    this.#reached.set(key, index)
    if (reached === undefined || index === reached + 1) return []
    return [
      finding('entries are applied in order, each once', `node ${node} of group ${group}: ${index} after ${reached}`),
    ]
  }

  #sameEntry(seen: Applied): Finding[] {
    const key = `${seen.group} ${seen.index}`
    const first = this.#entries.get(key)
    if (first === undefined) this.#entries.set(key, seen)
    if (first === undefined || (first.term === seen.term && first.digest === seen.digest)) return []
    return [finding('two entries were applied at one index', `${appliedText(first)}\n${appliedText(seen)}`)]
  }

  #sameState(seen: StateHeld): Finding[] {
    const key = `${seen.group} ${seen.index}`
    const first = this.#states.get(key)
    if (first === undefined) this.#states.set(key, seen)
    if (first === undefined || first.hash === seen.hash) return []
    const who = [first, seen].map(({node, atMs, hash}) => `node ${node} at ${atMs} ms: ${hash}`)
    return [finding('two states at one index', `group ${seen.group}, index ${seen.index}\n${who.join('\n')}`)]
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P3', rule, detail}
}

function appliedText({group, node, index, term, digest, writes}: Applied): string {
  const values = writes.map(({key, value}) => `${key.id}=${value}`).join(' ')
  return `node ${node} of group ${group}, index ${index}: term ${term}, ${digest} ${values}`
}
