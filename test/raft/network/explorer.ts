/**
 * Breadth-first over the states of a small group; see `explorer.test.ts`.
 *
 * Pre-votes bind nobody, so they are taken as granted whenever a node campaigns: that is more than can happen, and leaves the
 * states to what matters.
 */
import {nodeId} from '../../../src/entity/ids.js'
import {membershipOf} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import {blankDisk, defaultConfig, TestNode} from './node.js'
import {checkLogMatching, Witness} from './properties.js'

export interface ExplorerBounds {
  readonly voters: number
  readonly termMax: number
  readonly proposalsMax: number
  readonly crashesMax: number
  /** States with more messages are not gone on from. */
  readonly messagesMax: number
  /** Begin with node 1 elected, so that the bound is spent on replication. */
  readonly isLed?: boolean
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  readonly leaders: number
  readonly isExhausted: boolean
}

interface World {
  readonly nodes: readonly TestNode[]
  /** By their text, so that equal ones are one. */
  readonly messages: ReadonlyMap<string, Message>
  readonly witness: Witness
  readonly crashes: number
  readonly proposals: number
}

export function explore(bounds: ExplorerBounds, statesMax: number): Explored {
  const start = startOf(bounds)
  const seen = new Set([keyOf(start)])
  let frontier: World[] = [start]
  let transitions = 0
  let leaders = 0
  while (frontier.length > 0 && seen.size < statesMax) {
    const next: World[] = []
    for (const world of frontier) {
      if (seen.size >= statesMax) break
      for (const after of successors(world, bounds)) {
        transitions += 1
        const key = keyOf(after)
        if (seen.has(key)) continue
        seen.add(key)
        after.witness.check(after.nodes)
        checkLogMatching(after.nodes)
        if (after.nodes.some(({raft}) => raft.state.role === 'leader')) leaders += 1
        if (after.messages.size <= bounds.messagesMax) next.push(after)
      }
    }
    frontier = next
  }
  return {states: seen.size, transitions, leaders, isExhausted: frontier.length === 0}
}

function startOf({voters, isLed}: ExplorerBounds): World {
  const ids = Array.from({length: voters}, (_, at) => nodeId(at + 1))
  const nodes = ids.map((id) => {
    const config = {...defaultConfig, id, electionTicks: 1, heartbeatTicks: 1, electionJitter: () => 0}
    const noCheckpoints = () => {
      throw new Error('nothing is compacted here')
    }
    return new TestNode(config, blankDisk(membershipOf(ids)), noCheckpoints)
  })
  let world: World = {nodes, messages: new Map(), witness: new Witness(), crashes: 0, proposals: 0}
  if (isLed !== true) return world
  world = onNode(world, 0, (node) => stand(node, {voters}))
  while (world.nodes[0]?.raft.state.role !== 'leader') {
    const [key, message] = [...world.messages][0] ?? []
    if (key !== undefined && message !== undefined) {
      const messages = new Map(world.messages)
      messages.delete(key)
      world = onNode({...world, messages}, message.to - 1, (node) => node.raft.step(message))
    } else {
      const at = world.nodes.findIndex(({writing}) => writing.length > 0)
      world = onNode(world, at, (node) => node.persist())
    }
  }
  return {...world, messages: new Map()}
}

function* successors(world: World, bounds: ExplorerBounds): Generator<World> {
  for (const message of world.messages.values()) {
    if (message.term <= bounds.termMax) yield onNode(world, message.to - 1, (node) => node.raft.step(message))
  }
  for (const [at, {raft, writing}] of world.nodes.entries()) {
    const {role, term} = raft.state
    if (role !== 'leader' && term < bounds.termMax) yield onNode(world, at, (node) => stand(node, bounds))
    if (writing.length > 0) yield onNode(world, at, (node) => node.persist())
    if (role === 'leader' && world.proposals < bounds.proposalsMax) {
      yield onNode({...world, proposals: world.proposals + 1}, at, (node) => node.raft.propose(new Uint8Array([term])))
    }
    // Answered, it makes a leader ask what was lost.
    if (role === 'leader') yield onNode(world, at, (node) => node.raft.tick())
    if (world.crashes < bounds.crashesMax) {
      const crashed = {...world, crashes: world.crashes + 1}
      yield onNode(crashed, at, (node) => node.crash())
      if ((writing[0]?.entries.length ?? 0) > 0) {
        yield onNode(crashed, at, (node) => node.crash('entries-only'))
        yield onNode(crashed, at, (node) => node.crash('hard-state-only'))
      }
    }
  }
}

function stand({id, raft}: TestNode, {voters}: Pick<ExplorerBounds, 'voters'>): void {
  raft.campaign()
  for (let from = 1; from <= voters; from += 1) {
    const term = raft.state.term + 1
    if (raft.state.role !== 'pre-candidate' || from === id) continue
    raft.step({type: 'pre-vote-reply', from: nodeId(from), to: id, term, isGranted: true})
  }
}

/** The world after something happened at one node, with all the bundles that follow taken. */
function onNode(world: World, at: number, happen: (node: TestNode) => unknown): World {
  const nodes = [...world.nodes]
  const node = nodes[at]?.fork()
  if (node === undefined) throw new Error(`there is no node ${at}`)
  nodes[at] = node
  const messages = new Map(world.messages)
  const post = (sent: readonly Message[]) => {
    for (const message of sent) if (message.type !== 'pre-vote') messages.set(textOf(message), message)
  }
  const released = happen(node)
  if (Array.isArray(released)) post(released)
  for (let bundle = node.take(); bundle !== null; bundle = node.take()) post(bundle.messages)
  // Bundles that hold nothing are durable with the ones before them.
  while (node.writing[0] !== undefined && isNothing(node.writing[0])) post(node.persist())
  return {...world, nodes, messages, witness: new Witness(world.witness)}
}

function isNothing({entries, hardState, snapshot}: TestNode['writing'][number]): boolean {
  return entries.length === 0 && hardState === null && snapshot === null
}

function textOf(message: Message): string {
  return JSON.stringify(message)
}

function keyOf({nodes, messages, crashes, proposals}: World): string {
  const parts = nodes.map(({disk, raft, writing, history}) => {
    const {term, vote, role, leader, log, votes, progress} = raft.state
    const flights = writing.map(({hardState, entries, messagesAfter}) => [hardState, entries, messagesAfter])
    const hard = [disk.hardState, disk.entries.map((entry) => entry.term)]
    const terms = [log.outline.runs, log.outline.lastIndex, log.durable, log.given, log.commit, log.handed]
    const others = [...progress].map(([node, {mode, match, next, isPaused, mustCheck, inflight, commitTold}]) => {
      return [node, mode, match, next, isPaused, mustCheck, inflight.appends.length, commitTold]
    })
    return [
      term,
      vote,
      role,
      leader,
      raft.state.electionElapsed > 0,
      terms,
      [...votes],
      others,
      hard,
      flights,
      history.length,
    ]
  })
  return JSON.stringify([parts, [...messages.keys()].toSorted(), crashes, proposals])
}
