/**
 * A core with a disk and a state machine, all in memory and all copied cheaply: what a crash leaves is `disk` alone.
 *
 * Bundles wait in `writing` until they are persisted one by one, so a test chooses what a crash loses.
 */
import {type NodeId, nodeId} from '../../../src/entity/ids.js'
import type {LogReader, RaftConfig} from '../../../src/raft/config.js'
import {type Entry, type HardState, type SnapshotMeta, withinBytes} from '../../../src/raft/entry.js'
import type {Membership} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import {emptyOutline, pushEntry} from '../../../src/raft/outline.js'
import {Raft} from '../../../src/raft/raft.js'
import type {Ready} from '../../../src/raft/ready.js'

/** A state of the machine: the entries it came from, which is all that the checks need to know of it. */
export interface Checkpoint extends SnapshotMeta {
  readonly history: readonly Applied[]
}

export interface Applied {
  readonly index: number
  readonly term: number
  readonly text: string
}

/** Replaced as a whole, never changed. */
export interface Disk {
  readonly hardState: HardState
  readonly checkpoint: Checkpoint
  readonly beforeIndex: number
  readonly beforeTerm: number
  readonly entries: readonly Entry[]
}

export type Tear = 'all' | 'hard-state-only' | 'entries-only'

export const defaultConfig: Omit<RaftConfig, 'id' | 'electionJitter'> = {
  electionTicks: 10,
  heartbeatTicks: 2,
  heartbeatPhase: 0,
  appendBytesMax: 1024,
  inflightMessagesMax: 4,
  inflightBytesMax: 4096,
  uncommittedBytesMax: 4096,
  applyBytesMax: 1024,
  applyBatchesMax: 2,
  readsMax: 16,
}

export class TestNode {
  raft: Raft
  readonly config: RaftConfig
  disk: Disk
  writing: Ready[] = []
  history: Applied[] = []
  /** Membership from each index on, since the checkpoint. */
  memberships: {index: number; membership: Membership}[] = []
  /** Entries up to here are on disk only. */
  coldThrough = 0
  /** Whether the state machine is told to wait: what is handed out is applied at `applyHeld`. */
  holdsApply = false
  held: Entry[] = []
  hasCheckpoint = true
  checkpointOf: (snapshot: SnapshotMeta) => Checkpoint

  constructor(config: RaftConfig, disk: Disk, checkpointOf: (snapshot: SnapshotMeta) => Checkpoint, raft?: Raft) {
    this.config = config
    this.disk = disk
    this.checkpointOf = checkpointOf
    this.history = [...disk.checkpoint.history]
    this.raft = raft?.fork(config, this.#reader()) ?? this.#start()
  }

  get id(): NodeId {
    return this.config.id
  }

  fork(): TestNode {
    const copy = new TestNode(this.config, this.disk, this.checkpointOf, this.raft)
    copy.writing = [...this.writing]
    copy.history = [...this.history]
    copy.memberships = [...this.memberships]
    copy.coldThrough = this.coldThrough
    copy.holdsApply = this.holdsApply
    copy.held = [...this.held]
    copy.hasCheckpoint = this.hasCheckpoint
    return copy
  }

  /** Takes one bundle; what it holds to write waits, what may go now is returned. */
  take(): Ready | null {
    const bundle = this.raft.ready()
    if (bundle === null) return null
    this.writing.push(bundle)
    for (const message of bundle.messages) this.#mustBeBacked(message)
    this.memberships.push(...bundle.memberships)
    this.held.push(...bundle.committed)
    const last = bundle.committed.at(-1)
    if (last !== undefined && this.termOf(last.index) !== last.term) throw new Error(`${last.index} is not durable`)
    if (!this.holdsApply) this.applyHeld()
    return bundle
  }

  applyHeld(): void {
    for (const entry of this.held) this.history.push(applied(entry))
    const last = this.held.at(-1)?.index
    this.held = []
    if (last !== undefined) this.raft.applied(last)
  }

  /** The oldest bundle becomes durable; what waited for it is returned. */
  persist(): readonly Message[] {
    const bundle = this.writing.shift()
    if (bundle === undefined) return []
    this.#write(bundle, 'all')
    if (bundle.snapshot !== null) {
      this.history = [...this.disk.checkpoint.history]
      this.memberships = []
      this.held = []
    }
    for (const message of bundle.messagesAfter) this.#mustBeBacked(message)
    this.raft.persisted(bundle.number)
    return bundle.messagesAfter
  }

  /** All that is not durable is lost; the oldest bundle may have been torn. */
  crash(tear: Tear | null = null): void {
    const bundle = this.writing[0]
    if (tear !== null && bundle !== undefined) this.#write(bundle, tear)
    this.writing = []
    this.held = []
    this.memberships = []
    this.coldThrough = 0
    this.history = [...this.disk.checkpoint.history]
    this.raft = this.#start()
  }

  /** A checkpoint at what is applied; the log lets go of all up to `index`. */
  compact(index = this.raft.state.log.applied): void {
    const at = this.raft.state.log.applied
    const term = this.termOf(at)
    const membership = this.memberships.findLast((since) => since.index <= at)?.membership
    const checkpoint = {
      index: at,
      term,
      membership: membership ?? this.disk.checkpoint.membership,
      history: [...this.history],
    }
    const beforeTerm = this.termOf(index)
    this.hasCheckpoint = true
    const entries = this.disk.entries.filter((entry) => entry.index > index)
    this.disk = {...this.disk, checkpoint, beforeIndex: index, beforeTerm, entries}
    this.raft.compacted(index)
  }

  termOf(index: number): number {
    if (index === this.disk.beforeIndex) return this.disk.beforeTerm
    return this.disk.entries.find((entry) => entry.index === index)?.term ?? 0
  }

  /** From now on what is durable is not in memory. */
  chill(): void {
    this.coldThrough = this.raft.state.log.durable
  }

  /** Starts again with a log of these terms, none of it known to be committed. */
  rewrite(terms: readonly number[], term = Math.max(...terms), vote?: number): void {
    const entries = terms.map((of, at): Entry => ({index: at + 1, term: of, kind: 'empty'}))
    const hardState = {term, vote: vote === undefined ? null : nodeId(vote), commit: 0}
    this.disk = {...this.disk, hardState, entries}
    this.crash()
  }

  /** Lets go of its log while its checkpoint cannot be sent. */
  forget(): void {
    this.compact()
    this.hasCheckpoint = false
  }

  hold(): void {
    this.holdsApply = true
  }

  load(): void {
    this.coldThrough = 0
    this.raft.entriesLoaded()
  }

  /** A promise that leaves the node is one that its disk will remember. */
  #mustBeBacked(message: Message): void {
    const {hardState, beforeIndex, entries} = this.disk
    const last = beforeIndex + entries.length
    const voted = hardState.term > message.term || (hardState.term === message.term && hardState.vote !== null)
    const isBacked =
      message.type === 'append-accepted'
        ? message.index <= last && (message.index === 0 || hardState.term >= message.term)
        : message.type === 'vote' || (message.type === 'vote-reply' && message.isGranted)
          ? voted
          : true
    if (!isBacked) throw new Error(`node ${this.id} promises what is not durable: ${JSON.stringify(message)}`)
  }

  #start(): Raft {
    const {hardState, checkpoint, beforeIndex, beforeTerm, entries} = this.disk
    const outline = emptyOutline(beforeIndex, beforeTerm)
    for (const entry of entries) pushEntry(outline, entry)
    const {index, membership} = checkpoint
    return Raft.start(this.config, this.#reader(), {hardState, outline, applied: index, membership})
  }

  #reader(): LogReader {
    return {
      entries: (from, to, bytesMax) => {
        if (from <= this.coldThrough) return null
        const first = this.disk.beforeIndex + 1
        const found = this.disk.entries.slice(from - first, to - first)
        if (found[0]?.index !== from) throw new Error(`entry ${from} is not on the disk of node ${this.id}`)
        return withinBytes(found, bytesMax)
      },
      snapshot: () => (this.hasCheckpoint && this.disk.checkpoint.index > 0 ? this.disk.checkpoint : null),
    }
  }

  #write({snapshot, hardState, entries}: Ready, tear: Tear): void {
    if (snapshot !== null && tear === 'all') {
      const checkpoint = this.checkpointOf(snapshot)
      const {index: beforeIndex, term: beforeTerm} = snapshot
      this.disk = {...this.disk, checkpoint, beforeIndex, beforeTerm, entries: []}
    }
    if (hardState !== null && tear !== 'entries-only') this.disk = {...this.disk, hardState}
    const first = entries[0]?.index
    if (first === undefined || tear === 'hard-state-only') return
    // A torn write of entries never reaches beyond a snapshot that was not installed.
    if (snapshot !== null && tear === 'entries-only') return
    const kept = this.disk.entries.filter(({index}) => index < first)
    if (this.disk.beforeIndex + kept.length + 1 !== first) throw new Error(`a hole in the log of node ${this.id}`)
    this.disk = {...this.disk, entries: [...kept, ...entries]}
  }
}

export function blankDisk(membership: Membership): Disk {
  return {
    hardState: {term: 0, vote: null, commit: 0},
    checkpoint: {index: 0, term: 0, membership, history: []},
    beforeIndex: 0,
    beforeTerm: 0,
    entries: [],
  }
}

export function applied(entry: Entry): Applied {
  return {index: entry.index, term: entry.term, text: entryText(entry)}
}

const decoder = new TextDecoder()

export function entryText(entry: Entry): string {
  if (entry.kind === 'empty') return '-'
  if (entry.kind === 'command') return decoder.decode(entry.payload)
  return `(${membershipText(entry.membership)})`
}

export function membershipText({voters, votersOutgoing, learners, learnersNext, autoLeave}: Membership): string {
  const parts = [voters.join(' ')]
  if (votersOutgoing.length > 0) parts.push(`outgoing ${votersOutgoing.join(' ')}`)
  if (learners.length > 0) parts.push(`learners ${learners.join(' ')}`)
  if (learnersNext.length > 0) parts.push(`next ${learnersNext.join(' ')}`)
  if (autoLeave) parts.push('auto')
  return parts.join(', ')
}
