import type {NodeId, PartitionId} from '../../../src/entity/ids.js'
import type {Applied, HardStateKept, Led, LogKept, MembersKnown, Observation} from '../observation.js'
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
  /** Of each group, the newest, and those before them. */
  readonly #members = new Map<PartitionId, MembersKnown>()
  readonly #membersBefore = new Map<PartitionId, MembersKnown>()
  /** Of each group, the last who took office. */
  readonly #lastOffices = new Map<PartitionId, Led>()
  /** By group and node: its last time in office; and the term that its disk knows. */
  readonly #offices = new Map<string, Led>()
  readonly #terms = new Map<string, number>()
  /** By group and index: the term of the entry that was applied. */
  readonly #applied = new Map<string, number>()
  /** By group: the last index that a disk says is committed which has nothing of the last office, so that it is not from there. */
  readonly #committed = new Map<PartitionId, number>()
  /** By group: the last index that was applied anywhere. */
  readonly #newest = new Map<PartitionId, number>()

  see(seen: Observation): Finding[] {
    switch (seen.kind) {
      case 'members':
        this.#membersKnown(seen)
        return []
      case 'led':
        this.#offices.set(`${seen.group} ${seen.node}`, seen)
        this.#lastOffices.set(seen.group, seen)
        return this.#complete(seen)
      case 'hard-state':
        this.#terms.set(`${seen.group} ${seen.node}`, seen.term)
        this.#committedBefore(seen)
        return []
      case 'log':
        return this.#kept(seen)
      case 'applied':
        return this.#firstApplied(seen)
      // a disk that is wiped had what it answered for until then, and its node never speaks again
      default:
        return []
    }
  }

  /** Figure 3, leader completeness: on its disk, which its vote for itself has waited for. */
  #complete({group, node, term}: Led): Finding[] {
    const index = this.#newest.get(group) ?? 0
    const applied = this.#applied.get(`${group} ${index}`) ?? 0
    if (index === 0 || this.#has(`${group} ${node}`, index, applied)) return []
    const detail = `group ${group}, term ${term}: node ${node} lacks index ${index} of term ${applied}`
    return [finding('a leader lacks an entry that was applied', detail)]
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
    if (lost === -1 || !this.#counts(group, node)) return []
    return [finding('a disk gives up an entry that was applied', `group ${group}, node ${node}, index ${from + lost}`)]
  }

  /** One that has left its group answers for nothing, and begins anew when it comes back. */
  #counts(group: PartitionId, node: NodeId): boolean {
    const members = this.#members.get(group)
    return members === undefined || [members.voters, members.votersOutgoing].some((half) => half.includes(node))
  }

  #firstApplied(seen: Applied): Finding[] {
    const {group, index, term, node} = seen
    const key = `${group} ${index}`
    const members = this.#members.get(group)
    if (this.#applied.has(key) || members === undefined) return []
    this.#applied.set(key, term)
    this.#newest.set(group, Math.max(index, this.#newest.get(group) ?? 0))
    const detail = `group ${group}, index ${index}, term ${term}, first at node ${node}`
    const whose = this.#membersAt(group, members)
    const has = (voter: NodeId) => this.#has(`${group} ${voter}`, index, term)
    if (!whose.some((some) => isMajority(some, has))) {
      const disks = members.voters.map(
        (voter) => `${voter}${this.#has(`${group} ${voter}`, index, term) ? '' : ' lacks it'}`,
      )
      return [finding('an entry was applied that no majority has on disk', `${detail}; disks of ${disks.join(', ')}`)]
    }
    const office = this.#officeOf(seen)
    if (office === null) return []
    const reaches = (voter: NodeId) => this.#reaches(`${group} ${voter}`, index, office.term)
    if (whose.some((some) => isMajority(some, reaches))) return []
    return [finding('a leader counted an entry of an older term', `${detail}, leader of term ${office.term}`)]
  }

  #membersKnown(seen: MembersKnown): void {
    const known = this.#members.get(seen.group)
    if (known !== undefined && seen.index < known.index) return
    this.#members.set(seen.group, seen)
    if (known !== undefined && seen.index > known.index) this.#membersBefore.set(seen.group, known)
  }

  /**
   * Whose majority counts. A leader that took office before it knew that the last change is committed commits it together with what
   * follows it, by those who were members before: any majority of the one meets any of the other.
   */
  #membersAt(group: PartitionId, members: MembersKnown): readonly MembersKnown[] {
    const before = this.#membersBefore.get(group)
    const office = this.#lastOffices.get(group)
    return before === undefined || office === undefined || office.commit >= members.index
      ? [members]
      : [members, before]
  }

  /** Who had committed it may be slow to apply it, and tell its successor first, with its vote. */
  #committedBefore({group, node, commit}: HardStateKept): void {
    const office = this.#lastOffices.get(group)
    if (office === undefined || this.#logs.get(`${group} ${node}`)?.terms.includes(office.term)) return
    this.#committed.set(group, Math.max(commit, this.#committed.get(group) ?? 0))
  }

  /** In which it was applied, if that was committed in it: what was known before may be of any term (figure 8). */
  #officeOf({group, node, index}: Applied): Led | null {
    const office = this.#offices.get(`${group} ${node}`)
    if (office === undefined || index <= Math.max(office.commit, this.#committed.get(group) ?? 0)) return null
    return (this.#terms.get(`${group} ${node}`) ?? 0) > office.term ? null : office
  }

  /** Whether the log has an entry of the term at the index or after it. */
  #reaches(key: string, index: number, term: number): boolean {
    const kept = this.#logs.get(key)
    if (kept === undefined) return false
    return index <= kept.before || kept.terms.slice(index - kept.before - 1).includes(term)
  }

  #has(key: string, index: number, term: number): boolean {
    const kept = this.#logs.get(key)
    if (kept === undefined) return false
    return index <= kept.before || kept.terms[index - kept.before - 1] === term
  }
}

function isMajority({voters, votersOutgoing}: MembersKnown, has: (voter: NodeId) => boolean): boolean {
  return [voters, votersOutgoing].every((half) => half.length === 0 || half.filter(has).length > half.length / 2)
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P1', rule, detail}
}
