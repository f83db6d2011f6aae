/** Cores that reach each other through a list of messages, each delivered, repeated or dropped as a test likes. */
import type {NodeId} from '../../../src/entity/ids.js'
import type {RaftConfig} from '../../../src/raft/config.js'
import type {SnapshotMeta} from '../../../src/raft/entry.js'
import type {Membership} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import {blankDisk, type Checkpoint, defaultConfig, TestNode} from './node.js'
import {checkLogMatching, Witness} from './properties.js'

export interface ClusterOptions extends Partial<Omit<RaftConfig, 'id' | 'electionJitter'>> {
  electionJitter?(node: NodeId): number
}

export class Cluster {
  readonly nodes = new Map<NodeId, TestNode>()
  messages: Message[] = []
  /** Links `from>to` that lose everything. */
  readonly cut = new Set<string>()
  readonly #witness = new Witness()
  readonly #options: ClusterOptions

  constructor(options: ClusterOptions = {}) {
    this.#options = options
  }

  add(id: NodeId, membership: Membership): void {
    const {electionJitter, ...bounds} = this.#options
    const config = {...defaultConfig, ...bounds, id, electionJitter: () => electionJitter?.(id) ?? 0}
    this.nodes.set(id, new TestNode(config, blankDisk(membership), (meta) => this.#checkpoint(meta)))
  }

  node(id: NodeId): TestNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }

  get leader(): TestNode | null {
    const leaders = [...this.nodes.values()].filter(({raft}) => raft.state.role === 'leader')
    return leaders.toSorted((a, b) => b.raft.state.term - a.raft.state.term)[0] ?? null
  }

  /** Those on a link that is cut are lost; the sender of a snapshot learns of it. */
  post(messages: readonly Message[]): void {
    for (const message of messages) {
      if (this.cut.has(`${message.from}>${message.to}`) || !this.nodes.has(message.to)) this.drop(message)
      else this.messages.push(message)
    }
  }

  drop(message: Message): void {
    if (message.type === 'snapshot') this.nodes.get(message.from)?.raft.reportSnapshot(message.to, false)
  }

  deliver(message: Message): void {
    this.node(message.to).raft.step(message)
    if (message.type === 'snapshot') this.nodes.get(message.from)?.raft.reportSnapshot(message.to, true)
  }

  check(): void {
    this.#witness.check(this.nodes.values())
    checkLogMatching(this.nodes.values())
  }

  /** The state that a snapshot stands for, wherever one is. */
  #checkpoint({index, term, membership}: SnapshotMeta): Checkpoint {
    const histories = [...this.nodes.values()].flatMap(({history, disk}) => [history, disk.checkpoint.history])
    const history = histories.find((known) => known.length >= index)
    if (history === undefined) throw new Error(`nobody has the state at ${index}`)
    return {index, term, membership, history: history.slice(0, index)}
  }
}
