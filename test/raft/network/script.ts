/**
 * The commands of scripts. Node ids are numbers; `1,2` names several.
 *
 *   nodes N [key=value…]         a group of N voters; keys are those of the config, and `learners=4,5`
 *   join N                       a node with an empty log that knows no member
 *   jitter N ticks               from now on
 *   tick N [times]               campaign N            propose N text…           change N add-voter:4… [joint|auto] | leave
 *   transfer N to                read N context        unreachable N other       compact N [through index]
 *   take N                       takes bundles: their messages go, their writes wait
 *   persist N [count]            the oldest bundles become durable
 *   deliver N [from=…] [type=…] [count=…]     drop …    keep … (delivers, and keeps for again)      queue
 *   step N from=… type=… key=value…           a message made up
 *   snapshot N from=… [as=…]                  the newest checkpoint of one node, sent by it or as if by another
 *   logs N term… [term= vote=]                restarts with a durable log of these terms, in the last one's or a later term
 *   forget N                                  lets go of its log and has no checkpoint to send
 *   stabilize [N…]               takes, persists and delivers until nothing happens, and says what did
 *   settle                       the same in silence, then one line for each node
 *   isolate N   cut N to         heal                  crash N [torn=entries|hard-state]
 *   chill N     load N           hold N     apply N    status N…     progress N     log N     disk N
 */
import {type NodeId, nodeId} from '../../../src/entity/ids.js'
import type {MemberChange, MembershipChange} from '../../../src/raft/membership.js'
import {membershipOf} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import {Cluster} from './cluster.js'
import {membershipText, type TestNode} from './node.js'
import {bundleLines, entriesText, messageText} from './wording.js'

const turnsMax = 200

export class Script {
  #cluster = new Cluster()
  readonly #jitter = new Map<NodeId, number>()

  run(line: string): readonly string[] {
    const [name = '', ...words] = line.split(' ')
    const command = this.#commands[name]
    if (command === undefined) throw new Error(`there is no command ${name}`)
    try {
      const output = command(new Words(words))
      this.#cluster.check()
      return output ?? []
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'BrokenInvariant') return [`broken invariant: ${thrown.message}`]
      throw new Error(`${line}: ${String(thrown)}`, {cause: thrown})
    }
  }

  readonly #commands: Readonly<Record<string, (words: Words) => readonly string[] | undefined>> = {
    nodes: (words) => {
      const {learners = [], ...bounds} = words.options((key, value) =>
        key === 'learners' ? nodes(value) : Number(value),
      )
      this.#cluster = new Cluster({...bounds, electionJitter: (node) => this.#jitter.get(node) ?? 0})
      const voters = Array.from({length: words.number(0)}, (_, at) => nodeId(at + 1))
      const all = Array.isArray(learners) ? learners : []
      for (const id of [...voters, ...all]) this.#cluster.add(id, membershipOf(voters, all))
      return undefined
    },
    join: (words) => this.#each(words, (node) => this.#cluster.add(node, membershipOf([]))),
    jitter: (words) => this.#each(words, (node) => this.#jitter.set(node, words.number(1))),
    tick: (words) => {
      for (let times = words.number(1, 1); times > 0; times -= 1) {
        for (const id of words.nodes(0)) this.#node(id).raft.tick()
      }
      return undefined
    },
    campaign: (words) => this.#each(words, (id) => this.#node(id).raft.campaign()),
    propose: (words) => {
      const {raft} = this.#node(words.node(0))
      return words.rest(1).map((text) => proposedText(raft.propose(new TextEncoder().encode(text))))
    },
    change: (words) => [proposedText(this.#node(words.node(0)).raft.proposeMembership(changeOf(words.rest(1))))],
    transfer: (words) => {
      const decision = this.#node(words.node(0)).raft.transferLeadership(words.node(1))
      return [decision.isAccepted ? 'accepted' : `refused: ${decision.reason}`]
    },
    read: (words) => {
      const decision = this.#node(words.node(0)).raft.readIndex(words.number(1))
      return [decision.isAccepted ? 'accepted' : `refused: ${decision.reason}`]
    },
    unreachable: (words) => this.#each(words, (id) => this.#node(id).raft.reportUnreachable(words.node(1))),
    compact: (words) =>
      this.#each(words, (id) => this.#node(id).compact(words.number(1, -1) < 0 ? undefined : words.number(1))),
    take: (words) => words.nodes(0).flatMap((id) => this.#takeAll(this.#node(id))),
    persist: (words) => words.nodes(0).flatMap((id) => this.#persist(this.#node(id), words.number(1, 1))),
    deliver: (words) => this.#deliver(words, (message) => this.#cluster.deliver(message)),
    drop: (words) => this.#deliver(words, (message) => this.#cluster.drop(message)),
    keep: (words) => {
      return this.#deliver(words, (message) => {
        this.#cluster.deliver(message)
        this.#cluster.messages.push(message)
      })
    },
    queue: () => this.#cluster.messages.map(messageText),
    step: (words) => {
      const to = words.node(0)
      const fields = words.options((_, value) => parsed(value))
      this.#node(to).raft.step(messageOf({to, entries: [], committed: {index: 0, term: 0}, ...fields}))
      return undefined
    },
    snapshot: (words) => {
      const {from = '', as = from} = words.options((_, value) => value)
      const {checkpoint} = this.#node(nodeId(Number(from))).disk
      const {index, term, membership} = checkpoint
      const message = {type: 'snapshot', from: Number(as), to: words.node(0), snapshot: {index, term, membership}}
      this.#node(words.node(0)).raft.step(messageOf({...message, term: this.#node(nodeId(Number(as))).raft.state.term}))
      return undefined
    },
    logs: (words) => {
      const {term, vote} = words.options((_, value) => Number(value))
      this.#node(words.node(0)).rewrite(words.rest(1).map(Number), term, vote)
      return undefined
    },
    forget: (words) => this.#each(words, (id) => this.#node(id).forget()),
    stabilize: (words) => this.#stabilize(words.size === 0 ? [...this.#cluster.nodes.keys()] : words.nodes(0)),
    settle: () => {
      this.#stabilize([...this.#cluster.nodes.keys()])
      return [...this.#cluster.nodes.values()].map(statusText)
    },
    isolate: (words) => {
      return this.#each(words, (id) => {
        for (const other of this.#cluster.nodes.keys()) {
          if (other !== id) this.#cluster.cut.add(`${id}>${other}`).add(`${other}>${id}`)
        }
      })
    },
    cut: (words) => this.#each(words, (id) => words.nodes(1).map((to) => this.#cluster.cut.add(`${id}>${to}`))),
    heal: () => {
      this.#cluster.cut.clear()
      return undefined
    },
    crash: (words) => {
      const {torn} = words.options((_, value) => value)
      const tear = torn === 'entries' ? 'entries-only' : torn === 'hard-state' ? 'hard-state-only' : null
      return this.#each(words, (id) => this.#node(id).crash(tear))
    },
    chill: (words) => this.#each(words, (id) => this.#node(id).chill()),
    load: (words) => this.#each(words, (id) => this.#node(id).load()),
    hold: (words) => this.#each(words, (id) => this.#node(id).hold()),
    apply: (words) => this.#each(words, (id) => this.#node(id).applyHeld()),
    status: (words) =>
      (words.size === 0 ? [...this.#cluster.nodes.keys()] : words.nodes(0)).map((id) => statusText(this.#node(id))),
    membership: (words) => words.nodes(0).map((id) => membershipText(this.#node(id).raft.state.membership)),
    progress: (words) => progressLines(this.#node(words.node(0))),
    log: (words) => words.nodes(0).map((id) => logText(this.#node(id))),
    history: (words) =>
      words.nodes(0).map(
        (id) =>
          `${id}: ${this.#node(id)
            .history.map(({text}) => text)
            .join(' ')}`,
      ),
    disk: (words) => {
      return words.nodes(0).map((id) => {
        const {hardState, entries, beforeIndex, checkpoint} = this.#node(id).disk
        const {term, vote, commit} = hardState
        const state = `term ${term} vote ${vote ?? '-'} commit ${commit}`
        return `${id}: ${state}, after ${beforeIndex}: ${entriesText(entries)}, checkpoint ${checkpoint.index}`
      })
    },
  }

  #node(id: NodeId): TestNode {
    return this.#cluster.node(id)
  }

  #each(words: Words, act: (node: NodeId) => unknown): undefined {
    for (const node of words.nodes(0)) act(node)
  }

  #takeAll(node: TestNode): string[] {
    const lines: string[] = []
    for (let bundle = node.take(); bundle !== null; bundle = node.take()) {
      this.#cluster.post(bundle.messages)
      lines.push(...bundleLines(node.id, bundle))
    }
    return lines
  }

  #persist(node: TestNode, count: number): string[] {
    const lines: string[] = []
    for (let left = Math.min(count, node.writing.length); left > 0; left -= 1) {
      const released = node.persist()
      this.#cluster.post(released)
      lines.push(...released.map(messageText))
    }
    return lines
  }

  #deliver(words: Words, act: (message: Message) => void): string[] {
    const to = words.nodes(0)
    const {from, type, count} = words.options((_, value) => value)
    const matches = (message: Message): boolean =>
      to.includes(message.to) &&
      (from === undefined || nodes(from).includes(message.from)) &&
      (type === undefined || message.type === type)
    const chosen = this.#cluster.messages.filter(matches).slice(0, Number(count ?? Number.MAX_SAFE_INTEGER))
    this.#cluster.messages = this.#cluster.messages.filter((message) => !chosen.includes(message))
    for (const message of chosen) act(message)
    return chosen.map(messageText)
  }

  #stabilize(ids: readonly NodeId[]): string[] {
    const lines: string[] = []
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const before = lines.length
      for (const id of ids) {
        lines.push(...this.#takeAll(this.#node(id)))
        const {writing} = this.#node(id)
        if (writing.length > 0) lines.push(...this.#persist(this.#node(id), writing.length))
      }
      const mine = this.#cluster.messages.filter(({to}) => ids.includes(to))
      this.#cluster.messages = this.#cluster.messages.filter(({to}) => !ids.includes(to))
      for (const message of mine) this.#cluster.deliver(message)
      if (mine.length === 0 && lines.length === before && !this.#isBusy(ids)) return lines
    }
    throw new Error('it never comes to rest')
  }

  #isBusy(ids: readonly NodeId[]): boolean {
    return ids.some((id) => this.#node(id).writing.length > 0)
  }
}

/** What follows a command's name. */
class Words {
  readonly #plain: readonly string[]
  readonly #keyed: readonly (readonly [string, string])[]

  constructor(words: readonly string[]) {
    this.#plain = words.filter((word) => !word.includes('='))
    this.#keyed = words.flatMap((word) => {
      const [key, value] = word.split('=')
      return key !== undefined && value !== undefined ? [[key, value] as const] : []
    })
  }

  get size(): number {
    return this.#plain.length
  }

  node(at: number): NodeId {
    return nodeId(this.number(at))
  }

  nodes(at: number): readonly NodeId[] {
    return nodes(this.#plain[at] ?? '')
  }

  number(at: number, otherwise?: number): number {
    const word = this.#plain[at]
    if (word !== undefined) return Number(word)
    if (otherwise === undefined) throw new Error('a number is missing')
    return otherwise
  }

  rest(at: number): readonly string[] {
    return this.#plain.slice(at)
  }

  options<T>(read: (key: string, value: string) => T): Record<string, T> {
    return Object.fromEntries(this.#keyed.map(([key, value]) => [key, read(key, value)]))
  }
}

function nodes(text: string): readonly NodeId[] {
  return text.split(',').map((word) => nodeId(Number(word)))
}

function parsed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return Number.isNaN(Number(text)) ? text : Number(text)
}

function messageOf(fields: Readonly<Record<string, unknown>>): Message {
  return fields as unknown as Message
}

function changeOf(words: readonly string[]): MembershipChange {
  if (words[0] === 'leave') return {kind: 'leave'}
  const changes = words.flatMap((word): MemberChange[] => {
    const [action, node] = word.split(':')
    if (action !== 'add-voter' && action !== 'add-learner' && action !== 'remove') return []
    return [{action, node: nodeId(Number(node))}]
  })
  const isAuto = words.includes('auto')
  if (isAuto || words.includes('joint')) return {kind: 'joint', changes, autoLeave: isAuto}
  const [change] = changes
  if (change === undefined) throw new Error('a change is missing')
  return {kind: 'one', change}
}

function proposedText(
  proposed: ReturnType<TestNode['raft']['propose']> | ReturnType<TestNode['raft']['proposeMembership']>,
): string {
  return proposed.isAccepted ? `accepted at ${proposed.index} in term ${proposed.term}` : `refused: ${proposed.reason}`
}

function statusText({id, raft}: TestNode): string {
  const {role, term, leader, vote, log} = raft.state
  const {outline, commit, applied} = log
  const restoring = log.restoring === null ? '' : ', restoring'
  const written = log.durable < outline.lastIndex ? ` (durable ${log.durable})` : ''
  const range = `log ${outline.beforeIndex + 1}-${outline.lastIndex}${written}`
  return `${id}: ${role}, term ${term}, vote ${vote ?? '-'}, leader ${leader ?? '-'}, ${range}, commit ${commit}, applied ${applied}${restoring}`
}

function progressLines({raft}: TestNode): string[] {
  return raft.status().members.map(({node, mode, match, next, isPaused, isActive, inflightMessages}) => {
    const notes = [
      isPaused ? 'paused' : '',
      isActive ? 'active' : '',
      inflightMessages > 0 ? `inflight ${inflightMessages}` : '',
    ]
    return [`${node}: ${mode}, match ${match}, next ${next}`, ...notes.filter((note) => note !== '')].join(', ')
  })
}

function logText({id, disk, raft}: TestNode): string {
  const {unstable, durable, outline} = raft.state.log
  const entries = [...disk.entries.filter(({index}) => index <= durable), ...unstable]
  return `${id}: after ${outline.beforeIndex}/${outline.beforeTerm}: ${entriesText(entries)}`
}
