/** One seed's group, its faults and its clients; see `random.test.ts`. */
import {type NodeId, nodeId} from '../../../src/entity/ids.js'
import {type MemberChange, members, membershipOf} from '../../../src/raft/membership.js'
import {SeededRandom} from '../../harness/random.js'
import {Cluster} from './cluster.js'
import type {Tear, TestNode} from './node.js'

const messagesMax = 150
const nodesMax = 6

type Action = readonly [weight: number, act: (node: TestNode) => unknown]

export class RandomRun {
  steps = 0
  readonly counts = {
    elections: 0,
    committed: 0,
    reads: 0,
    changes: 0,
    crashes: 0,
    snapshots: 0,
    transfers: 0,
    partitions: 0,
    loads: 0,
  }
  readonly #random: SeededRandom
  readonly #cluster: Cluster
  /** How many in a thousand messages are lost; some runs are calm. */
  readonly #loss: number
  /** The highest commit index of any node when a read began. */
  readonly #readFloors = new Map<number, number>()
  readonly #actions: readonly Action[]
  #context = 0
  #terms = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#loss = this.#random.pick([0, 20, 100, 250])
    this.#actions = this.#weighed(this.#random.pick([0, 1, 3, 10]))
    const electionTicks = this.#random.pick([6, 20])
    this.#cluster = new Cluster({
      // A long one leaves a deposed leader in the belief that it leads.
      electionTicks,
      heartbeatTicks: 1,
      appendBytesMax: this.#random.pick([60, 200, 2000]),
      inflightMessagesMax: this.#random.pick([1, 3, 16]),
      uncommittedBytesMax: 600,
      applyBatchesMax: this.#random.pick([1, 2]),
      applyBytesMax: this.#random.pick([80, 1000]),
      electionJitter: () => this.#random.below(electionTicks),
    })
    const voters = Array.from({length: 3 + this.#random.below(3)}, (_, at) => nodeId(at + 1))
    for (const id of voters) this.#cluster.add(id, membershipOf(voters))
  }

  misbehave(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.steps += 1
      this.#act(this.#random.pick([...this.#cluster.nodes.values()]))
      this.#cluster.check()
      this.#countElections()
    }
  }

  /** All links work and nothing crashes: a proposal is committed within a few election timeouts. */
  recover(): void {
    this.#cluster.cut.clear()
    for (let round = 0; round < 600; round += 1) {
      for (const node of this.#cluster.nodes.values()) {
        node.raft.tick()
        this.#work(node)
        node.load()
      }
      for (let turn = 0; turn < 4; turn += 1) {
        for (const message of this.#cluster.messages.splice(0)) this.#cluster.deliver(message)
        for (const node of this.#cluster.nodes.values()) this.#work(node)
      }
      this.#cluster.check()
      const {leader} = this.#cluster
      if (leader !== null && round % 20 === 10) leader.raft.propose(new TextEncoder().encode(`recovered ${round}`))
      if (leader?.history.some(({text}) => text.startsWith('recovered')) && this.#isLevel(leader)) return
    }
    throw new Error('the group did not recover')
  }

  #isLevel(leader: TestNode): boolean {
    return members(leader.raft.state.membership).every((id) => {
      return this.#cluster.nodes.get(id)?.history.length === leader.history.length
    })
  }

  #act(node: TestNode): void {
    let dice = this.#random.below(this.#actions.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of this.#actions) {
      dice -= weight
      if (dice >= 0) continue
      act(node)
      return
    }
  }

  #weighed(trouble: number): readonly Action[] {
    return [
      [3500, (node) => node.raft.tick()],
      [8000, () => this.#times(3, () => this.#deliver())],
      [3000, (node) => this.#take(node)],
      [3000, (node) => this.#times(4, () => this.#cluster.post(node.persist()))],
      [1500, (node) => this.#propose(node)],
      [800, (node) => this.#read(node)],
      [300, (node) => this.#compact(node)],
      [200, () => this.#change()],
      [100, () => this.#transfer(this.#cluster.node(this.#anyNode()))],
      [40 * trouble, (node) => this.#usurp(node)],
      [300, (node) => node.load()],
      [40 + 4 * trouble, () => this.#cluster.cut.clear()],
      [20 * trouble, (node) => this.#crash(node)],
      [10 * trouble, (node) => this.#partition(node)],
      [15 * trouble, () => this.#depose()],
      [20 * trouble, (node) => this.#chill(node)],
      [20 * trouble, (node) => node.raft.reportUnreachable(this.#anyNode())],
      [20 * trouble, (node) => this.#applyLater(node)],
    ]
  }

  #times(max: number, act: () => void): void {
    for (let left = 1 + this.#random.below(max); left > 0; left -= 1) act()
  }

  #deliver(): void {
    const {messages} = this.#cluster
    if (messages.length === 0) return
    while (messages.length > messagesMax) this.#lose(0)
    const at = this.#random.below(this.#random.pick([1, messages.length]))
    if (this.#random.below(1000) < this.#loss) {
      this.#lose(at)
      return
    }
    const [message] = this.#random.below(20) === 0 ? messages.slice(at, at + 1) : messages.splice(at, 1)
    if (message !== undefined) this.#cluster.deliver(message)
  }

  #lose(at: number): void {
    for (const message of this.#cluster.messages.splice(at, 1)) this.#cluster.drop(message)
  }

  #take(node: TestNode): void {
    const before = node.raft.state.log.commit
    const bundle = node.take()
    if (bundle === null) return
    this.counts.committed += bundle.committed.length
    if (bundle.snapshot !== null) this.counts.snapshots += 1
    if (bundle.memberships.length > 0) this.counts.changes += 1
    for (const {context, index} of bundle.reads) {
      const floor = this.#readFloors.get(context) ?? 0
      if (index < floor)
        throw new Error(`read ${context} was given ${index}, but ${floor} was committed before it began`)
      this.counts.reads += 1
    }
    if (node.raft.state.log.commit < before) throw new Error('a commit index regressed')
    this.#cluster.post(bundle.messages)
  }

  #work(node: TestNode): void {
    node.holdsApply = false
    node.applyHeld()
    for (let more = true; more; ) {
      const before = node.writing.length
      this.#take(node)
      more = node.writing.length > before
      while (node.writing.length > 0) this.#cluster.post(node.persist())
    }
  }

  #propose(node: TestNode): void {
    const payload = new TextEncoder().encode(`${node.id}.${this.steps}`)
    const target = this.#random.below(3) > 0 ? (this.#cluster.leader ?? node) : node
    target.raft.propose(payload)
  }

  #read(node: TestNode): void {
    this.#context += 1
    const commits = [...this.#cluster.nodes.values()].map(({raft}) => raft.state.log.commit)
    this.#readFloors.set(this.#context, Math.max(...commits))
    // A leader that was deposed and does not know it is the one to be wary of.
    const leading = [...this.#cluster.nodes.values()].filter(({raft}) => raft.state.role === 'leader')
    const reader = leading.length > 0 && this.#random.below(2) === 0 ? this.#random.pick(leading) : node
    reader.raft.readIndex(this.#context)
  }

  #compact(node: TestNode): void {
    const {applied, outline} = node.raft.state.log
    if (node.raft.state.log.restoring !== null || node.held.length > 0 || applied <= outline.beforeIndex) return
    node.compact(applied - this.#random.below(Math.min(4, applied - outline.beforeIndex)))
  }

  #crash(node: TestNode): void {
    this.counts.crashes += 1
    node.crash(this.#random.pick<Tear | null>([null, 'all', 'hard-state-only', 'entries-only']))
  }

  /** Cuts links of one node, one way or both. */
  #partition(node: TestNode): void {
    this.counts.partitions += 1
    for (const id of this.#cluster.nodes.keys()) {
      if (this.#random.below(4) > 0) this.#cluster.cut.add(`${node.id}>${id}`)
      if (this.#random.below(4) > 0) this.#cluster.cut.add(`${id}>${node.id}`)
    }
  }

  /** Cuts the leader off, so that it does not know, and has another campaign; there may be a new leader at once. */
  #depose(): void {
    const {leader} = this.#cluster
    if (leader === null) return
    for (const id of this.#cluster.nodes.keys()) this.#cluster.cut.add(`${leader.id}>${id}`).add(`${id}>${leader.id}`)
    const others = [...this.#cluster.nodes.values()].filter((node) => node !== leader)
    this.#usurp(this.#random.pick(others))
    const turns = this.#random.below(12)
    // As a rule they are done with it before the old leader's time is over.
    for (let turn = 0; turn < turns; turn += 1) {
      for (const message of this.#cluster.messages.splice(0)) {
        if (message.to === leader.id) this.#cluster.drop(message)
        else this.#cluster.deliver(message)
      }
      for (const node of others) this.#work(node)
    }
  }

  #change(): void {
    const {leader} = this.#cluster
    if (leader === null) return
    const one = this.#anyChange()
    const leaves = leader.raft.proposeMembership({kind: 'leave'})
    if (leaves.isAccepted) return
    if (this.#random.below(2) === 0) {
      leader.raft.proposeMembership({kind: 'one', change: one})
    } else {
      const changes = [one, this.#anyChange()]
      leader.raft.proposeMembership({kind: 'joint', changes, autoLeave: this.#random.below(2) === 0})
    }
  }

  #anyChange(): MemberChange {
    const node = nodeId(1 + this.#random.below(nodesMax))
    if (!this.#cluster.nodes.has(node)) this.#cluster.add(node, membershipOf([]))
    return {action: this.#random.pick(['add-voter', 'add-voter', 'add-learner', 'remove']), node}
  }

  #transfer(node: TestNode): void {
    if (this.#cluster.leader?.raft.transferLeadership(node.id).isAccepted) this.counts.transfers += 1
  }

  /** It campaigns as if its leader had told it to, however well it is led. */
  #usurp({id, raft}: TestNode): void {
    const {role, leader, term} = raft.state
    if (role !== 'leader' && leader !== null) raft.step({type: 'timeout-now', from: leader, to: id, term})
  }

  #chill(node: TestNode): void {
    node.chill()
    this.counts.loads += 1
  }

  #applyLater(node: TestNode): void {
    node.holdsApply = !node.holdsApply
    node.applyHeld()
  }

  #anyNode(): NodeId {
    return this.#random.pick([...this.#cluster.nodes.keys()])
  }

  #countElections(): void {
    const term = this.#cluster.leader?.raft.state.term ?? 0
    if (term > this.#terms) this.counts.elections += 1
    this.#terms = Math.max(term, this.#terms)
  }
}
