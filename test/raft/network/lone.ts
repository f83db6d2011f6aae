/** One core whose peers are played by the test: any log, any role, and a word for what it answers. */
import {nodeId} from '../../../src/entity/ids.js'
import type {RaftConfig} from '../../../src/raft/config.js'
import {type Membership, membershipOf} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import type {Ready} from '../../../src/raft/ready.js'
import type {Role} from '../../../src/raft/state.js'
import {blankDisk, defaultConfig, TestNode} from './node.js'

export interface LoneOptions {
  /** Of node 1's durable log. */
  readonly terms?: readonly number[]
  /** The last entry's unless given. */
  readonly term?: number
  readonly vote?: number
  readonly voters?: number
  readonly membership?: Membership
  readonly commit?: number
  readonly config?: Partial<RaftConfig>
}

type Fields<M> = M extends Message ? Omit<M, 'to' | 'from' | 'committed'> & {readonly from?: number} : never

export class Lone {
  readonly node: TestNode
  readonly bundles: Ready[] = []

  constructor({terms = [], term, vote, voters = 3, membership, commit = 0, config = {}}: LoneOptions = {}) {
    const ids = Array.from({length: voters}, (_, at) => nodeId(at + 1))
    const all = {...defaultConfig, electionJitter: () => 0, ...config, id: nodeId(1)}
    this.node = new TestNode(all, blankDisk(membership ?? membershipOf(ids)), (meta) => ({...meta, history: []}))
    if (terms.length > 0 || term !== undefined) this.node.rewrite(terms, term ?? Math.max(0, ...terms), vote)
    if (commit === 0) return
    this.node.disk = {...this.node.disk, hardState: {...this.node.disk.hardState, commit}}
    this.node.crash()
    this.run()
  }

  get raft(): TestNode['raft'] {
    return this.node.raft
  }

  /** From node 2 unless said otherwise. */
  step(message: Fields<Message>): this {
    this.raft.step({
      from: nodeId(message.from ?? 2),
      to: nodeId(1),
      committed: {index: 0, term: 0},
      ...message,
    } as Message)
    return this
  }

  /** Takes and persists until nothing is left; all messages that left. */
  run(): readonly Message[] {
    const messages: Message[] = []
    for (let bundle = this.node.take(); bundle !== null; bundle = this.node.take()) {
      this.bundles.push(bundle)
      messages.push(...bundle.messages, ...this.node.persist())
    }
    return messages
  }

  /** As `run`, in short. */
  answers(): string {
    return this.run().map(inShort).join('; ')
  }

  /** Campaigns, and its peers grant what it needs. */
  become(role: Role): this {
    if (role === 'follower') return this
    this.raft.campaign()
    this.run()
    if (role === 'pre-candidate') return this
    this.#grantAll('pre-vote-reply', this.raft.state.term + 1)
    if (role === 'candidate') return this
    this.#grantAll('vote-reply', this.raft.state.term)
    return this
  }

  /** The terms of its log. */
  get terms(): readonly number[] {
    const {outline, durable, unstable} = this.raft.state.log
    const durableTerms = this.node.disk.entries.filter(({index}) => index <= durable).map(({term}) => term)
    return [...durableTerms, ...unstable.map(({term}) => term)].slice(0, outline.lastIndex - outline.beforeIndex)
  }

  #grantAll(type: 'pre-vote-reply' | 'vote-reply', term: number): void {
    const {voters, votersOutgoing} = this.raft.state.membership
    for (const from of new Set([...voters, ...votersOutgoing])) {
      if (from !== 1) this.step({type, from, term, isGranted: true})
    }
    this.run()
  }
}

export function inShort(message: Message): string {
  const head = `${message.type} t${message.term} to ${message.to}`
  switch (message.type) {
    case 'vote-reply':
    case 'pre-vote-reply':
      return `${head} ${message.isGranted ? 'granted' : 'refused'}`
    case 'append':
      return `${head} after ${message.previousTerm}/${message.previousIndex} [${message.entries.map(({term}) => term)}]`
    case 'append-accepted':
      return `${head} ${message.index}`
    case 'append-rejected':
      return `${head} hint ${message.hintTerm}/${message.hintIndex}`
    case 'heartbeat':
      return `${head} commit ${message.commit}`
    case 'snapshot':
      return `${head} ${message.snapshot.term}/${message.snapshot.index}`
    default:
      return head
  }
}
