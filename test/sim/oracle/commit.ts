import type {NodeId, PartitionId} from '../../../src/entity/ids.js'
import type {Applied, LogKept, MembersKnown, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/** What is durable of a log: entries after `before`, by their terms; those up to it are in the state. */
interface Kept {
  readonly before: number
  readonly terms: number[]
}

/**
 * P1, at the moment when it is decided: what is applied anywhere is on the disks of a majority by then, and no disk gives it up
 * afterwards. A loss shows here long before it takes the right crash to lose anything.
 */
export class CommitOracle implements Oracle {
  readonly #logs = new Map<string, Kept>()
  /** Of each group, the newest. */
  readonly #members = new Map<PartitionId, MembersKnown>()
  /** By group and index: the term of the entry that was applied. */
  readonly #applied = new Map<string, number>()

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'members':
        if (seen.index >= (this.#members.get(seen.group)?.index ?? 0)) this.#members.set(seen.group, seen)
        return []
      case 'log':
        return this.#kept(seen)
      case 'applied':
        return this.#firstApplied(seen)
      case 'wiped':
        for (const key of [...this.#logs.keys()]) if (key.endsWith(` ${seen.node}`)) this.#logs.delete(key)
        return []
      default:
        return []
    }
  }

  #kept({group, node, from, terms}: LogKept): Finding[] {
    const key = `${group} ${node}`
    const known = this.#logs.get(key)
    const last = known === undefined ? 0 : known.before + known.terms.length
    if (known === undefined || from <= known.before || from > last + 1) {
      this.#logs.set(key, {before: from - 1, terms: [...terms]})
      return []
    }
    const cut = known.terms.splice(from - 1 - known.before)
    known.terms.push(...terms)
    const lost = cut.findIndex((term, at) => term !== terms[at] && this.#applied.get(`${group} ${from + at}`) === term)
    if (lost === -1) return []
    return [finding('a disk gives up an entry that was applied', `group ${group}, node ${node}, index ${from + lost}`)]
  }

  #firstApplied({group, index, term, node}: Applied): Finding[] {
    const key = `${group} ${index}`
    const members = this.#members.get(group)
    if (this.#applied.has(key) || members === undefined) return []
    this.#applied.set(key, term)
    const halves = [members.voters, members.votersOutgoing].filter((half) => half.length > 0)
    const has = (voter: NodeId) => this.#has(`${group} ${voter}`, index, term)
    if (halves.every((half) => half.filter(has).length > half.length / 2)) return []
    const disks = halves.flat().map((voter) => `${voter}${has(voter) ? '' : ' lacks it'}`)
    const detail = `group ${group}, index ${index}, term ${term}, first at node ${node}; disks of ${disks.join(', ')}`
    return [finding('an entry was applied that no majority has on disk', detail)]
  }

  #has(key: string, index: number, term: number): boolean {
    const kept = this.#logs.get(key)
    if (kept === undefined) return false
    return index <= kept.before || kept.terms[index - kept.before - 1] === term
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P1', rule, detail}
}
