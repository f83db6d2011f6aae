/**
 * What the world tells the judges while it runs. The judges know the cluster by these alone: no oracle looks into a process.
 *
 * - Told in the order in which things happened, each with the virtual moment.
 * - A group is a partition's id, a node its id; `place` is where it runs and stays the same when a wiped server comes back
 *   under a new id. What a dead incarnation would have done is not told.
 * - Told when it happened, not when somebody looked: a leader that led for a millisecond was a leader.
 * - `digest` and `hash` stand for contents: equal contents, equal texts.
 */
import type {NodeId, PartitionId} from '../../src/entity/ids.js'
import type {DocumentKey, History} from '../check/history.js'
import type {FinalRead} from '../check/ledger.js'
import type {FaultKind, PlaceName} from './plan.js'
import type {SearchCall} from './workload.js'

interface InGroup {
  readonly atMs: number
  readonly node: NodeId
  readonly group: PartitionId
}

/** It took office; a deposed leader that does not know it yet still leads its term. */
export interface Led extends InGroup {
  readonly kind: 'led'
  readonly term: number
  /** What it knew to be committed when it took office. */
  readonly commit: number
}

/** What a restart at this moment would find durable: told after each change, and once more when a replica starts. */
export interface HardStateKept extends InGroup {
  readonly kind: 'hard-state'
  readonly term: number
  /** 0 for none. */
  readonly vote: number
  readonly commit: number
}

/** The durable log from `from` on: entries with these terms, and nothing after them. Told after each append, and at a start. */
export interface LogKept extends InGroup {
  readonly kind: 'log'
  readonly from: number
  readonly terms: readonly number[]
}

/** It gave a candidate its vote (a `vote-reply` that grants left the node), pre-votes not counted. */
export interface Voted extends InGroup {
  readonly kind: 'voted'
  readonly term: number
  readonly to: NodeId
}

/** An entry reached the state machine: at most once in an incarnation, in order. */
export interface Applied extends InGroup {
  readonly kind: 'applied'
  readonly index: number
  readonly term: number
  readonly digest: string
  /** What it writes, in order; empty for anything but an upsert or a delete. */
  readonly writes: readonly DocumentWrite[]
}

export interface DocumentWrite {
  readonly key: DocumentKey
  /** The text in the field `value` of the document; null for a delete. */
  readonly value: string | null
}

/** A replica is open with its state as of `index`: after a start, a restore, or a snapshot that was installed. */
export interface Restored extends InGroup {
  readonly kind: 'restored'
  readonly index: number
}

/** A read that must be linearizable asks for leave; told to it with a number of its own. */
export interface ReadBegan extends InGroup {
  readonly kind: 'read-began'
  readonly read: number
}

/** It has leave to read the state, which is at `applied`. */
export interface ReadServed extends InGroup {
  readonly kind: 'read-served'
  readonly read: number
  readonly applied: number
}

/** All that the state machine holds after `index` was applied: documents, docids, space. */
export interface StateHeld extends InGroup {
  readonly kind: 'state'
  readonly index: number
  readonly hash: string
}

/** The members of the group as this node knows them from `index` on. */
export interface MembersKnown extends InGroup {
  readonly kind: 'members'
  readonly index: number
  readonly voters: readonly NodeId[]
  readonly votersOutgoing: readonly NodeId[]
  readonly learners: readonly NodeId[]
}

/** A process came up (`node` is null for a master or router) or went. `failed`: its start did, or it ended by itself. */
export interface ProcessChanged {
  readonly atMs: number
  readonly kind: 'started' | 'crashed' | 'stopped' | 'wiped' | 'failed'
  readonly place: PlaceName
  readonly node: NodeId | null
  readonly detail?: string
}

/** An id was handed to somebody who asked for one. */
export interface IdTaken {
  readonly atMs: number
  readonly kind: 'id'
  readonly sequence: string
  readonly id: number
}

/** A key of the metadata changed. */
export interface MetaChanged {
  readonly atMs: number
  readonly kind: 'meta'
  readonly revision: number
  readonly key: string
  /** Null if it was deleted. */
  readonly value: string | null
}

/** The disk of a server gave out, or has room again. */
export interface DiskRoom {
  readonly atMs: number
  readonly kind: 'disk-room'
  readonly place: PlaceName
  readonly isFull: boolean
}

/** What the server had on its disk is gone or damaged: by a fault, not by its own doing. */
export interface DiskSpoilt {
  readonly atMs: number
  readonly kind: 'spoilt'
  readonly place: PlaceName
}

/** A replica could read none of its own images, and took that of another member. */
export interface ReplicaRescued {
  readonly atMs: number
  readonly kind: 'rescued'
  readonly place: PlaceName
  readonly group: PartitionId
}

/** A fault began or ended. `isVoid`: its target was nobody. */
export interface FaultChanged {
  readonly atMs: number
  readonly kind: 'fault'
  readonly fault: FaultKind
  readonly target: string
  readonly phase: 'began' | 'ended' | 'void'
}

/** A call of a client ended; its place in the history is the recorder's business. */
export interface CallEnded {
  readonly atMs: number
  readonly kind: 'call'
  readonly client: string
  readonly verb: 'upsert' | 'get' | 'delete' | 'search' | 'query' | 'admin'
  readonly outcome: 'ok' | 'rejected' | 'unknown'
  /** Vearch's, 0 for ok. */
  readonly code: number
  /** Of a write or a get. */
  readonly group: PartitionId | null
}

/** A client was served a document that does not follow from its own value, see `document.ts`. */
export interface MisshapenServed {
  readonly atMs: number
  readonly kind: 'misshapen'
  readonly client: string
  readonly key: DocumentKey
  readonly detail: string
}

/** The second act: it begins with a core that can do it, and then each group took a write, and all replicas agree; or not in time. */
export interface LivenessMark {
  readonly atMs: number
  readonly kind: 'liveness'
  readonly mark: 'healed' | 'progress' | 'converged' | 'not up' | 'no write' | 'no agreement'
  readonly group: PartitionId | null
  /** Of what did not come in time: what the omniscient look found. */
  readonly detail?: string
}

export type Observation =
  | Led
  | HardStateKept
  | LogKept
  | Voted
  | Applied
  | Restored
  | ReadBegan
  | ReadServed
  | StateHeld
  | MembersKnown
  | ProcessChanged
  | IdTaken
  | MetaChanged
  | DiskRoom
  | DiskSpoilt
  | ReplicaRescued
  | FaultChanged
  | CallEnded
  | MisshapenServed
  | LivenessMark

/** Of an administrator, about a space by name. */
export interface AdminCall {
  readonly verb: 'create' | 'delete'
  readonly name: string
  readonly outcome: 'ok' | 'rejected' | 'unknown'
}

/** What is known when the run is over and the cluster at rest. */
export interface Evidence {
  readonly history: History
  readonly searches: readonly SearchCall[]
  /** One after the other. */
  readonly admin: readonly AdminCall[]
  /** Of every document in the history; null if the cluster did not come to rest, which is liveness's business. */
  readonly finalReads: readonly FinalRead[] | null
}
