/**
 * The states of a small group, one after the other; see `explorer.test.ts`.
 *
 * Nodes campaign at any time, without pre-votes, which bind nobody: that is more than can happen, and leaves the states to what
 * matters. States are told apart by 53 bits of hash; two that share one cost a state that is not visited.
 */
import {nodeId} from '../../../src/entity/ids.js'
import {membershipOf} from '../../../src/raft/membership.js'
import {isFromLeader, type Message} from '../../../src/raft/message.js'
import {hash53} from './hash.js'
import {blankDisk, defaultConfig, TestNode} from './node.js'
import {checkLogMatching, Witness} from './properties.js'

export interface ExplorerBounds {
  readonly voters: number
  readonly termMax: number
  readonly proposalsMax: number
  readonly crashesMax: number
  /** The network loses the oldest beyond these. */
  readonly messagesMax: number
  /** How often a message may be delivered and stay. */
  readonly repeatsMax: number
  /** Whatever is given to be written is durable at once. */
  readonly isDiskFast?: boolean
  /** Begin with these logs, and the votes that led to them. */
  readonly logs?: readonly {readonly terms: readonly number[]; readonly term: number; readonly vote?: number}[]
  /** Begin with node 1 elected, so that the bound is spent on replication. */
  readonly isLed?: boolean
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  readonly leaders: number
  readonly committed: number
  readonly isExhausted: boolean
}

interface World {
  readonly nodes: readonly TestNode[]
  /** By their text, so that equal ones are one. */
  readonly messages: ReadonlyMap<string, Message>
  readonly witness: Witness
  readonly crashes: number
  readonly repeats: number
  readonly proposals: number
}

/** Breadth-first within a batch. The latest batch comes first, for depth and a small memory; the oldest now and then, for breadth. */
const batchMax = 300
const breadthEvery = 2

export function explore(bounds: ExplorerBounds, statesMax: number): Explored {
  const start = startOf(bounds)
  const seen = new Set([keyOf(start)])
  const batches: World[][] = [[start]]
  const counts = {transitions: 0, leaders: 0, committed: 0}
  for (let turn = 1; batches.length > 0 && seen.size < statesMax; turn += 1) {
    const batch = (turn % breadthEvery === 0 ? batches.shift() : batches.pop()) ?? []
    const next: World[] = []
    for (const world of batch) {
      for (const reached of seen.size < statesMax ? successors(world, bounds) : []) {
        counts.transitions += 1
        const key = keyOf(reached)
        if (seen.has(key)) continue
        seen.add(key)
        const after = {...reached, witness: new Witness(reached.witness)}
        after.witness.check(after.nodes)
        checkLogMatching(after.nodes)
        if (after.nodes.some(({raft}) => raft.state.role === 'leader')) counts.leaders += 1
        if (after.witness.committed.size > 0) counts.committed += 1
        next.push(after)
      }
    }
    for (let at = 0; at < next.length; at += batchMax) batches.push(next.slice(at, at + batchMax))
  }
  return {...counts, states: seen.size, isExhausted: seen.size < statesMax}
}

function startOf(bounds: ExplorerBounds): World {
  const {voters, isLed, logs = []} = bounds
  const ids = Array.from({length: voters}, (_, at) => nodeId(at + 1))
  const nodes = ids.map((id) => {
    const config = {
      ...defaultConfig,
      id,
      electionTicks: 1_000,
      heartbeatTicks: 1,
      appendBytesMax: 1,
      electionJitter: () => 0,
    }
    const noCheckpoints = () => {
      throw new Error('nothing is compacted here')
    }
    return new TestNode(config, blankDisk(membershipOf(ids)), noCheckpoints)
  })
  for (const [at, {terms, term, vote}] of logs.entries()) nodes[at]?.rewrite(terms, term, vote)
  let world: World = {nodes, messages: new Map(), witness: new Witness(), crashes: 0, repeats: 0, proposals: 0}
  if (isLed !== true) return world
  world = onNode(world, bounds, 0, (node) => stand(node, bounds))
  while (world.nodes[0]?.raft.state.role !== 'leader') {
    const [sent] = world.messages
    const at = world.nodes.findIndex(({writing}) => writing.length > 0)
    if (sent !== undefined) world = delivered(world, bounds, sent)
    else world = onNode(world, bounds, at, (node) => node.persist())
  }
  return world
}

function* successors(world: World, bounds: ExplorerBounds): Generator<World> {
  for (const sent of world.messages) {
    const [, message] = sent
    if (message.term > bounds.termMax) continue
    yield delivered(world, bounds, sent)
    if (world.repeats === bounds.repeatsMax) continue
    yield onNode({...world, repeats: world.repeats + 1}, bounds, message.to - 1, (node) => node.raft.step(message))
  }
  for (const [at, {raft, writing}] of world.nodes.entries()) {
    const {role, term} = raft.state
    if (role !== 'leader' && term < bounds.termMax) yield onNode(world, bounds, at, (node) => stand(node, bounds))
    if (writing.length > 0) yield onNode(world, bounds, at, (node) => node.persist())
    if (role === 'leader' && world.proposals < bounds.proposalsMax) {
      yield onNode({...world, proposals: world.proposals + 1}, bounds, at, (node) =>
        node.raft.propose(new Uint8Array([term])),
      )
    }
    // A heartbeat that is answered makes the leader ask what was lost.
    if (role === 'leader') yield onNode(world, bounds, at, (node) => node.raft.tick())
    if (world.crashes < bounds.crashesMax) {
      const crashed = {...world, crashes: world.crashes + 1}
      yield onNode(crashed, bounds, at, (node) => node.crash())
      if ((writing[0]?.entries.length ?? 0) > 0) {
        yield onNode(crashed, bounds, at, (node) => node.crash('entries-only'))
        yield onNode(crashed, bounds, at, (node) => node.crash('hard-state-only'))
      }
    }
  }
}

function delivered(world: World, bounds: ExplorerBounds, [text, message]: readonly [string, Message]): World {
  return onNode(world, bounds, message.to - 1, (node) => node.raft.step(message), text)
}

/** At the word of whoever it takes for its leader: that voters are loath to leave a leader plays no part in safety. */
function stand({id, raft}: TestNode, {voters}: ExplorerBounds): void {
  const from = raft.state.leader ?? nodeId((id % voters) + 1)
  raft.step({type: 'timeout-now', from, to: id, term: raft.state.term})
}

/** The world after something happened at one node, with all the bundles that follow taken; a message that it used up is gone. */
function onNode(
  world: World,
  bounds: ExplorerBounds,
  at: number,
  happen: (node: TestNode) => unknown,
  usedUp?: string,
): World {
  const nodes = [...world.nodes]
  const node = nodes[at]?.fork()
  if (node === undefined) throw new Error(`there is no node ${at}`)
  nodes[at] = node
  const messages = new Map(world.messages)
  if (usedUp !== undefined) messages.delete(usedUp)
  const post = (sent: readonly Message[]) => {
    for (const message of sent) messages.set(JSON.stringify(message), message)
  }
  const released = happen(node)
  if (Array.isArray(released)) post(released)
  for (let bundle = node.take(); bundle !== null; bundle = node.take()) {
    post(bundle.messages)
    // Bundles that hold nothing are durable with the ones before them.
    while (node.writing[0] !== undefined && (bounds.isDiskFast || isNothing(node.writing[0]))) post(node.persist())
  }
  for (const [text, message] of messages) if (isVoid(message, node)) messages.delete(text)
  for (const text of messages.keys()) {
    if (messages.size <= bounds.messagesMax) break
    messages.delete(text)
  }
  return {...world, nodes, messages}
}

function isNothing({entries, hardState, snapshot}: TestNode['writing'][number]): boolean {
  return entries.length === 0 && hardState === null && snapshot === null
}

/** An answer to a term that its receiver has left for good: it can do nothing any more. */
function isVoid(message: Message, {id, disk}: TestNode): boolean {
  if (message.to !== id || message.term >= disk.hardState.term) return false
  return !isFromLeader(message) && message.type !== 'vote'
}

/** Nodes and messages are shared between worlds, so what is known of them is kept. */
const nodeKeys = new WeakMap<TestNode, number>()
const messageKeys = new WeakMap<Message, number>()

function keyOf({nodes, messages, crashes, repeats, proposals}: World): number {
  let sum = 0
  for (const [text, message] of messages) {
    const key = messageKeys.get(message) ?? hash53(text)
    messageKeys.set(message, key)
    sum = (sum + key) % Number.MAX_SAFE_INTEGER
  }
  const parts = nodes.map((node) => {
    const key = nodeKeys.get(node) ?? hash53(textOf(node))
    nodeKeys.set(node, key)
    return key
  })
  return hash53(`${parts.join()} ${sum} ${crashes} ${repeats} ${proposals}`)
}

function textOf({disk, raft, writing, history}: TestNode): string {
  const {term, vote, role, leader, log, votes, progress} = raft.state
  const flights = writing.map(({hardState, entries, messagesAfter}) => [hardState, entries, messagesAfter])
  const hard = [disk.hardState, disk.entries.map((entry) => entry.term)]
  const terms = [log.outline.runs, log.outline.lastIndex, log.durable, log.given, log.commit, log.handed]
  const others = [...progress].map(([node, {mode, match, next, isPaused, mustCheck, inflight, commitTold}]) => {
    return [node, mode, match, next, isPaused, mustCheck, inflight.appends.length, commitTold]
  })
  const own = [term, vote, role, leader, terms, [...votes].toSorted()]
  return JSON.stringify([own, others, hard, flights, history.length])
}
