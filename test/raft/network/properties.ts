/**
 * The five properties of the paper's figure 3, as checks on what all nodes hold at one moment and on what was seen before.
 *
 * A leader's log only grows: the cores assert it. The other four are claims about several nodes, which no core can see.
 */
import type {NodeId} from '../../../src/entity/ids.js'
import type {Entry} from '../../../src/raft/entry.js'
import type {TestNode} from './node.js'

/** What outlives the moment: who led which term, and what was committed. */
export class Witness {
  readonly leaders: Map<number, NodeId>
  /** The term of each committed entry and its text, by index. */
  readonly committed: Map<number, string>
  /** A term by which it was committed: the lowest of any node that had applied it. */
  readonly #committedBy: Map<number, number>

  constructor(from?: Witness) {
    this.leaders = new Map(from?.leaders)
    this.committed = new Map(from?.committed)
    this.#committedBy = from === undefined ? new Map() : new Map(from.#committedBy)
  }

  check(nodes: Iterable<TestNode>): void {
    for (const node of nodes) {
      this.#electionSafety(node)
      this.#stateMachineSafety(node)
      this.#leaderCompleteness(node)
    }
  }

  #electionSafety({id, raft}: TestNode): void {
    const {role, term} = raft.state
    if (role !== 'leader') return
    const other = this.leaders.get(term)
    if (other !== undefined && other !== id) throw new Error(`election safety: ${other} and ${id} lead term ${term}`)
    this.leaders.set(term, id)
  }

  #stateMachineSafety({id, history, raft}: TestNode): void {
    for (const [at, {index, term, text}] of history.entries()) {
      if (index !== at + 1) throw new Error(`state machine safety: node ${id} applied ${index} after ${at}`)
      const said = `${term} ${text}`
      const known = this.committed.get(index)
      if (known !== undefined && known !== said) {
        throw new Error(`state machine safety: ${id} applied '${said}' at ${index}, another '${known}'`)
      }
      this.committed.set(index, said)
      this.#committedBy.set(index, Math.min(raft.state.term, this.#committedBy.get(index) ?? raft.state.term))
    }
  }

  /** All that was committed in earlier terms is in the log of a leader; when an entry's own term was is another matter. */
  #leaderCompleteness({id, raft}: TestNode): void {
    const {role, term, log} = raft.state
    if (role !== 'leader') return
    for (const [index, said] of this.committed) {
      const by = this.#committedBy.get(index) ?? term
      if (by >= term || index <= log.outline.beforeIndex) continue
      const of = Number.parseInt(said, 10)
      const run = log.outline.runs.findLast(({from}) => from <= index)
      if (index <= log.outline.lastIndex && run?.term === of) continue
      throw new Error(`leader completeness: ${id} leads term ${term} without entry ${index}, committed by term ${by}`)
    }
  }
}

/** If two logs hold an entry with the same index and term, they are equal up to it. */
export function checkLogMatching(nodes: Iterable<TestNode>): void {
  const logs = [...nodes].map((node) => ({id: node.id, entries: logOf(node)}))
  for (const [at, a] of logs.entries()) {
    for (const b of logs.slice(at + 1)) {
      let mustMatch = false
      for (let index = Math.min(lastOf(a.entries), lastOf(b.entries)); index > 0; index -= 1) {
        const [mine, theirs] = [a.entries.get(index), b.entries.get(index)]
        if (mine === undefined || theirs === undefined) break
        mustMatch ||= mine === theirs
        if (mustMatch && mine !== theirs) throw new Error(`log matching: ${a.id} and ${b.id} differ at ${index}`)
      }
    }
  }
}

function lastOf(log: ReadonlyMap<number, string>): number {
  return Math.max(0, ...log.keys())
}

/** As far as it is kept: what is durable and not replaced, then what is not durable yet. */
function logOf({disk, raft}: TestNode): Map<number, string> {
  const {unstable, durable, outline} = raft.state.log
  // While a snapshot is being installed the disk still has the log that it takes the place of.
  const isKept = ({index}: Entry) => index > outline.beforeIndex && index <= durable
  const entries: Entry[] = [...disk.entries.filter(isKept), ...unstable]
  return new Map(entries.map((entry) => [entry.index, `${entry.term} ${entry.kind}`]))
}
