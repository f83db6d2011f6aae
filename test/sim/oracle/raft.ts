import type {NodeId, PartitionId} from '../../../src/entity/ids.js'
import type {HardStateKept, Led, MembersKnown, Observation, Voted} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P8: a term has one leader and a node one vote in it, whatever else happens: what a disk has promised is never taken back,
 * memberships change in steps whose majorities overlap, and a node whose disk is gone never speaks again.
 */
export class RaftOracle implements Oracle {
  readonly #leaders = new Map<string, NodeId>()
  readonly #votes = new Map<string, NodeId>()
  readonly #kept = new Map<string, HardStateKept>()
  /** By group, then by index: of the newest entries, all that are known. */
  readonly #members = new Map<PartitionId, MembersKnown[]>()
  readonly #wiped = new Set<NodeId>()

  see(seen: Observation): Finding[] {
    if (seen.kind === 'wiped' && seen.node !== null) this.#wiped.add(seen.node)
    if (this.#wiped.size > 0 && 'group' in seen && 'node' in seen && this.#wiped.has(seen.node)) {
      return [finding('a wiped node takes part under its old id', `node ${seen.node}: ${JSON.stringify(seen)}`)]
    }
    switch (seen.kind) {
      case 'led':
        return this.#led(seen)
      case 'voted':
        return this.#voted(seen)
      case 'hard-state':
        return this.#hardState(seen)
      case 'members':
        return this.#membersKnown(seen)
      default:
        return []
    }
  }

  #led({group, term, node}: Led): Finding[] {
    const other = this.#leaders.get(`${group} ${term}`)
    this.#leaders.set(`${group} ${term}`, node)
    if (other !== undefined && other !== node)
      return [finding('two leaders in one term', `group ${group}, term ${term}: nodes ${other} and ${node}`)]
    const known = this.#members.get(group) ?? []
    const gave = (voter: NodeId) => voter === node || this.#votes.get(`${group} ${voter} ${term}`) === node
    const isElected = ({voters, votersOutgoing}: MembersKnown) =>
      [voters, votersOutgoing].every((half) => half.length === 0 || half.filter(gave).length > half.length / 2)
    if (known.length === 0 || known.some(isElected)) return []
    return [finding('a leader without a majority of votes', `group ${group}, term ${term}: node ${node}`)]
  }

  #voted({group, term, node, to}: Voted): Finding[] {
    const key = `${group} ${node} ${term}`
    const other = this.#votes.get(key)
    this.#votes.set(key, to)
    if (other === undefined || other === to) return []
    return [finding('two votes in one term', `group ${group}, term ${term}, node ${node}: for ${other} and ${to}`)]
  }

  #hardState(now: HardStateKept): Finding[] {
    const key = `${now.group} ${now.node}`
    const before = this.#kept.get(key)
    this.#kept.set(key, now)
    const gave = this.#votes.get(`${key} ${now.term}`)
    if (gave !== undefined && now.vote !== gave) {
      return [finding('a vote was given that is not on disk', `group ${now.group}: for ${gave}, now ${stateText(now)}`)]
    }
    if (before === undefined) return []
    // A replica that has left its group leaves its vote behind, and nothing else.
    const hasLeft = now.commit === 0 && now.term === before.term && now.vote === before.vote
    const isBehind = now.term < before.term || (now.commit < before.commit && !hasLeft)
    const isRevoked = now.term === before.term && before.vote !== 0 && now.vote !== before.vote
    if (!isBehind && !isRevoked) return []
    return [finding('the disk takes back what it promised', `${stateText(before)}, then ${stateText(now)}`)]
  }

  /** Each pair of neighbours is looked at when the later of them is first seen. */
  #membersKnown(now: MembersKnown): Finding[] {
    // What a newcomer is told when it comes, and no group has agreed on.
    if (now.index === 0 && !now.voters.includes(now.node)) return []
    const known = this.#members.get(now.group) ?? []
    this.#members.set(now.group, known)
    const same = known.find(({index}) => index === now.index)
    if (same !== undefined) {
      return membersText(same) === membersText(now)
        ? []
        : [finding('two memberships at one index', `group ${now.group}: ${membersText(same)}, ${membersText(now)}`)]
    }
    known.push(now)
    known.sort((a, b) => a.index - b.index)
    const place = known.indexOf(now)
    return [known[place - 1], known[place + 1]].flatMap((other) => {
      if (other === undefined || overlap(other, now)) return []
      return [
        finding(
          'memberships without a common majority',
          `group ${now.group}: ${membersText(other)}, ${membersText(now)}`,
        ),
      ]
    })
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P8', rule, detail}
}

function stateText({group, node, term, vote, commit}: HardStateKept): string {
  return `node ${node} of group ${group}: term ${term}, vote ${vote}, commit ${commit}`
}

function membersText({index, voters, votersOutgoing, learners}: MembersKnown): string {
  return `${index}: ${voters} (${votersOutgoing}) [${learners}]`
}

/** Whether any majority of the one meets any of the other: for neighbours, equal or one apart, or a joint one between. */
function overlap(a: MembersKnown, b: MembersKnown): boolean {
  const halves = ({voters, votersOutgoing}: MembersKnown) =>
    votersOutgoing.length === 0 ? [voters] : [voters, votersOutgoing]
  return halves(a).some((one) => halves(b).some((other) => distance(one, other) <= 1))
}

function distance(a: readonly NodeId[], b: readonly NodeId[]): number {
  const lost = a.filter((node) => !b.includes(node)).length
  const gained = b.filter((node) => !a.includes(node)).length
  return lost + gained
}
