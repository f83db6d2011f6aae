/**
 * Everything that a core knows, as plain data: the other files are functions on it. It can therefore be copied, which is how the
 * explorer in the tests takes both ways at a fork.
 */
import type {NodeId} from '../entity/ids.js'
import {assert} from '../errors/assert.js'
import type {LogReader, RaftConfig} from './config.js'
import type {HardState} from './entry.js'
import {copyLog, type Log, newLog} from './log.js'
import type {Membership} from './membership.js'
import type {Message} from './message.js'
import {lastTermOf, type Outline} from './outline.js'
import {copyProgress, type Progress} from './progress.js'
import {copyReads, newReads, type Reads} from './reads.js'
import type {LogRange, SoftState} from './ready.js'

/** A pre-candidate asks whether it could win before it begins a term (thesis §9.6). */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/** What a node comes back with: its disk's hard state and log, and the state of its machine. */
export interface RaftStart {
  readonly hardState: HardState
  /** Of the whole log on disk; see `emptyOutline` and `pushEntry`. */
  readonly outline: Outline
  /** What the state machine has; not below what the log goes on after. */
  readonly applied: number
  /** In force at `applied`. Without voters for a member that is added to an existing group. */
  readonly membership: Membership
}

export interface Transfer {
  readonly to: NodeId
  ticks: number
  isTold: boolean
}

export interface RaftState {
  term: number
  vote: NodeId | null
  role: Role
  leader: NodeId | null
  membership: Membership
  log: Log
  /** The highest commit index that a leader named, whether or not this log reaches so far. */
  commitHeard: number

  /** Ticks since a leader was heard; of a leader, since it last checked its quorum. */
  electionElapsed: number
  heartbeatElapsed: number
  electionTimeout: number

  /** Answers to this node's own campaign. */
  votes: Map<NodeId, boolean>

  /** Of all other members, while leading. */
  progress: Map<NodeId, Progress>
  transfer: Transfer | null
  /** A change of membership may be in the log up to here; another is refused until this one is in force. */
  changeIndex: number
  /** This leader's proposals that are not committed. */
  uncommitted: {readonly index: number; readonly bytes: number}[]
  uncommittedBytes: number
  reads: Reads

  messages: Message[]
  messagesAfter: Message[]
  entriesWanted: LogRange[]
  snapshotWanted: boolean
  /** Committed entries that are not in memory have been asked for. */
  awaitsCommitted: boolean

  lastBundle: number
  givenHardState: HardState
  durableHardState: HardState
  givenSoftState: SoftState
}

/** A core is its state and its collaborators. */
export interface Core extends RaftState {
  readonly config: RaftConfig
  readonly reader: LogReader
}

export function newCore(config: RaftConfig, reader: LogReader, start: RaftStart): Core {
  assert(config.heartbeatTicks < config.electionTicks, 'followers hear their leader before they miss it')
  const log = newLog(start.outline, start.applied, start.hardState.commit)
  // A torn write may have kept entries of a new term and lost the term beside them; no vote was given in it.
  const isTorn = lastTermOf(start.outline) > start.hardState.term
  const term = isTorn ? lastTermOf(start.outline) : start.hardState.term
  const vote = isTorn ? null : start.hardState.vote
  return {
    config,
    reader,
    term,
    vote,
    role: 'follower',
    leader: null,
    membership: start.membership,
    log,
    commitHeard: 0,
    electionElapsed: 0,
    heartbeatElapsed: config.heartbeatPhase,
    electionTimeout: config.electionTicks + config.electionJitter(),
    votes: new Map(),
    progress: new Map(),
    transfer: null,
    changeIndex: 0,
    uncommitted: [],
    uncommittedBytes: 0,
    reads: newReads(),
    messages: [],
    messagesAfter: [],
    entriesWanted: [],
    snapshotWanted: false,
    awaitsCommitted: false,
    lastBundle: 0,
    givenHardState: start.hardState,
    durableHardState: start.hardState,
    givenSoftState: {role: 'follower', leader: null, term},
  }
}

/** Shares nothing with the original that is ever mutated. */
export function copyCore(core: Core, config: RaftConfig, reader: LogReader): Core {
  return {
    ...core,
    config,
    reader,
    log: copyLog(core.log),
    votes: new Map(core.votes),
    progress: new Map([...core.progress].map(([node, progress]) => [node, copyProgress(progress)])),
    transfer: core.transfer === null ? null : {...core.transfer},
    uncommitted: [...core.uncommitted],
    reads: copyReads(core.reads),
    messages: [...core.messages],
    messagesAfter: [...core.messagesAfter],
    entriesWanted: [...core.entriesWanted],
  }
}

export function lastIndex({log}: Core): number {
  return log.outline.lastIndex
}

/** Durable at a member as far as this leader knows; its own log counts only as far as its own disk has it. */
export function matchOf(core: Core, node: NodeId): number {
  return node === core.config.id ? core.log.durable : (core.progress.get(node)?.match ?? 0)
}

type Unaddressed<M> = M extends Message ? Omit<M, 'from' | 'term'> & {readonly term?: number} : never

/** Goes as soon as the bundle is taken. */
export function send(core: Core, message: Unaddressed<Message>): void {
  core.messages.push(addressed(core, message))
}

/** Goes when all that was given to be written so far is durable. */
export function sendAfter(core: Core, message: Unaddressed<Message>): void {
  core.messagesAfter.push(addressed(core, message))
}

function addressed(core: Core, message: Unaddressed<Message>): Message {
  return {...message, from: core.config.id, term: message.term ?? core.term}
}
