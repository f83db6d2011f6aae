/**
 * What the judges see of a replica: taken at the seams of the real one, where raft meets its log, its network and its state
 * machine, at the moment when it happens.
 *
 * Installed once in a process, before the first replica is made. A replica that nobody watches is left alone.
 */
import {crc32} from 'node:zlib'
import type {SpaceId} from '../../src/entity/ids.js'
import type {Env} from '../../src/env/env.js'
import {Sequence} from '../../src/meta/sequence.js'
import type {MetaStore} from '../../src/meta/store.js'
import {decodeCommand} from '../../src/ps/command.js'
import {PartitionState} from '../../src/ps/partition-state.js'
import type {Membership} from '../../src/raft/membership.js'
import {RaftReplica, type RaftReplicaParts} from '../../src/raftstore/group/raft-replica.js'
import type {GroupLog, LogEntry} from '../../src/raftstore/log.js'
import {WalGroup} from '../../src/raftstore/wal/wal-group.js'
import {decodeDocuments} from '../../src/rpc/document-codec.js'
import {contentHash} from './engine.js'
import type {DocumentWrite, Observation} from './observation.js'
import type {Process} from './process.js'

export interface Watch {
  readonly process: Process
  nowMs(): number
  tell(observation: Observation): void
  /** How long an apply takes beside its work. */
  slowApplyUs(): number
}

/** By the clock of the environment that a process was given: no two processes share one. */
const watches = new WeakMap<Env['clock'], Watch>()
/** By the metadata client of a process: who takes ids there. */
const watchesByStore = new WeakMap<MetaStore, Watch>()
/** By the log of a group. */
const tapped = new WeakMap<GroupLog, {hardState(): void; entries(from: number): void}>()

export function watchProcess(clock: Env['clock'], store: MetaStore, watch: Watch): void {
  watches.set(clock, watch)
  watchesByStore.set(store, watch)
}

type Parts = RaftReplicaParts<unknown>
/** So far, of all replicas. */
let reads = 0

export function installProbes(): void {
  const {start} = RaftReplica.prototype
  RaftReplica.prototype.start = function (this: RaftReplica<unknown>) {
    const parts = Reflect.get(this, 'parts') as Parts
    const watch = watches.get(parts.env.clock)
    if (watch !== undefined) tap(this, parts, watch)
    return start.call(this)
  }
  const {allocate} = Sequence.prototype
  Sequence.prototype.allocate = async function (this: Sequence, count = 1, options = {}) {
    const first = await allocate.call(this, count, options)
    const watch = watchesByStore.get(this.store)
    const sequence = this.key.slice(this.key.lastIndexOf('/') + 1)
    for (let id = first; id < first + count; id += 1) watch?.tell({atMs: watch.nowMs(), kind: 'id', sequence, id})
    return first
  }
  const {saveHardState} = WalGroup.prototype
  WalGroup.prototype.saveHardState = async function (this: WalGroup, state) {
    await saveHardState.call(this, state)
    tapped.get(this)?.hardState()
  }
  const {append} = WalGroup.prototype
  WalGroup.prototype.append = async function (this: WalGroup, entries) {
    await append.call(this, entries)
    const [first] = entries
    if (first !== undefined) tapped.get(this)?.entries(first.index)
  }
}

function tap(replica: RaftReplica<unknown>, parts: Parts, watch: Watch): void {
  const {node, group, log, machine} = parts
  const at = () => ({atMs: watch.nowMs(), node, group})
  const tell = (observation: Observation) => {
    if (watch.process.isAlive) watch.tell(observation)
  }
  const tellHardState = () => tell({...at(), kind: 'hard-state', ...log.hardState})
  let told: Membership | null = null
  const tellMembers = (index: number, membership: Membership) => {
    if (membership === told) return
    told = membership
    const {voters, votersOutgoing, learners} = membership
    tell({...at(), kind: 'members', index, voters, votersOutgoing, learners})
  }
  const tellState = () => {
    const index = machine.appliedIndex
    if (machine instanceof PartitionState) tell({...at(), kind: 'state', index, hash: stateHash(machine)})
  }
  const tellLog = (from: number) => {
    const terms = Array.from({length: Math.max(0, log.lastIndex - from + 1)}, (_, at) => log.term(from + at) ?? 0)
    tell({...at(), kind: 'log', from, terms})
  }
  // What came later may have cut it off again.
  tapped.set(log, {hardState: tellHardState, entries: (from) => tellLog(Math.min(from, log.lastIndex + 1))})
  tellHardState()
  tellLog(log.firstIndex)
  tell({...at(), kind: 'restored', index: machine.appliedIndex})
  tellMembers(machine.appliedIndex, parts.state.membership)
  tellState()
  let ledTerm = 0
  replica.onLeadership(({term, leader}) => {
    if (leader !== node || term === ledTerm) return
    ledTerm = term
    tell({...at(), kind: 'led', term, commit: replica.status().Commit})
  })
  const {readBarrier} = replica
  replica.readBarrier = async () => {
    const read = ++reads
    tell({...at(), kind: 'read-began', read})
    await readBarrier.call(replica)
    tell({...at(), kind: 'read-served', read, applied: machine.appliedIndex})
  }
  const {send} = parts
  Reflect.set(parts, 'send', (message: Parameters<Parts['send']>[0]) => {
    const isVote = message.type === 'vote-reply' && message.isGranted
    if (isVote) tell({...at(), kind: 'voted', term: message.term, to: message.to})
    send(message)
  })
  const {apply} = machine
  machine.apply = async (entries: readonly LogEntry[]) => {
    const slowUs = watch.slowApplyUs()
    if (slowUs > 0) await new Promise<void>((resolve) => void watch.process.after(slowUs, 'slow', resolve))
    const results = await apply.call(machine, entries)
    for (const {index, term, payload} of entries) {
      const digest = `${payload.length}-${crc32(payload).toString(16)}`
      tell({...at(), kind: 'applied', index, term, digest, writes: writesOf(machine, payload)})
      // What comes after a change of members, in the same batch too, is committed by those whom it leaves.
      tellMembers(index, replica.standing(index).membership)
    }
    tellState()
    return results
  }
}

/** Without the space: a replica that joins later is given it as it is by then. */
function stateHash({engine, nextDocid}: PartitionState): string {
  return `${contentHash(engine)} ${nextDocid}`
}

function writesOf(machine: unknown, payload: Uint8Array): DocumentWrite[] {
  if (!(machine instanceof PartitionState) || payload.length === 0) return []
  const key = (id: string) => ({spaceId: machine.space.id as SpaceId, id})
  const command = decodeCommand(payload)
  if (command.kind === 'delete') return command.ids.map((id) => ({key: key(id), value: null}))
  if (command.kind !== 'upsert') return []
  return decodeDocuments(command.documents).map(({id, fields}) => ({key: key(id), value: String(fields.value ?? '')}))
}
