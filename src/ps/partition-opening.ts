/**
 * How a partition is put together: its state from disk, its member of the raft group around that, its upkeep.
 */
import type {Config} from '../config/config.js'
import type {OpenEngine} from '../engine/engine.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Space} from '../entity/space.js'
import type {Env} from '../env/env.js'
import type {Log} from '../env/log.js'
import type {Pool} from '../env/pool.js'
import {type Membership, membershipOf} from '../raft/membership.js'
import {RaftReplica} from '../raftstore/group/raft-replica.js'
import type {GroupLog, SharedLog} from '../raftstore/log.js'
import type {RaftHost} from '../raftstore/raft-host.js'
import type {AppliedState} from '../raftstore/state-machine.js'
import type {PsCaller} from '../rpc/ps-api.js'
import type {Checkpoints} from './checkpoints.js'
import {releaseIndex} from './log-release.js'
import type {PartitionFiles} from './partition-files.js'
import {PartitionReads} from './partition-reads.js'
import {PartitionSnapshots, type Peers} from './partition-snapshots.js'
import {type CommandResult, type Image, PartitionState, type SavedImage} from './partition-state.js'
import {PartitionUpkeep} from './partition-upkeep.js'
import {WriteRoom} from './resources.js'
import {type ProbeEngine, type Restored, restore} from './restore.js'
import {isDamage} from './sealed-file.js'

/** What every partition of a node shares. */
export interface PartitionHost {
  readonly env: Env
  readonly config: Config
  readonly nodeId: NodeId
  readonly sharedLog: SharedLog
  readonly raft: Pick<RaftHost, 'add' | 'remove' | 'send' | 'pulse'>
  readonly peers: Peers
  readonly rpc: PsCaller
  /** Who belongs to a partition, as the metadata has it; none if it has no such partition. */
  readonly membersOf: (id: PartitionId) => Promise<readonly NodeId[]>
  /** How fast a checkpoint of it may come, in bytes a second, as whoever moves it here has asked; null: as fast as it can. */
  readonly rateOf: (id: PartitionId) => Promise<number | null>
  /** Checkpoints on their way to other servers, or fetched from them: `ps.raft_snap_concurrency`. */
  readonly transfers: Pool
  /** Reads of the log for replicas that are behind: `ps.raft_replica_concurrency`. */
  readonly catchingUp: Pool
  readonly openEngine: OpenEngine
  readonly probeEngine: ProbeEngine
}

export interface OpeningParts {
  readonly id: PartitionId
  readonly host: PartitionHost
  readonly files: PartitionFiles
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly events: Log
  /** Makes a checkpoint now. */
  checkpoint(): Promise<void>
  /** Makes one even if nothing changed since the last. */
  renew(): Promise<void>
  /** There is a newer state on disk: the partition must be opened anew. */
  superseded(): void
}

export interface OpenPartition {
  readonly state: PartitionState
  readonly room: WriteRoom
  readonly reads: PartitionReads
  readonly upkeep: PartitionUpkeep
  readonly replica: RaftReplica<CommandResult>
  readonly snapshots: PartitionSnapshots
}

/** Errors: DATA_CORRUPT, naming all that was tried; PARTITION_RESOURCE_EXHAUSTED. Nothing is left open after an error. */
export async function openPartition(
  parts: OpeningParts,
): Promise<OpenPartition & {readonly source: Restored['source']; readonly restoredIndex: number}> {
  const {id, host, files, checkpoints, log, events, checkpoint, renew, superseded} = parts
  const {env, config, raft, nodeId} = host
  const {engine, image, source} = await restore({...host, files, checkpoints, log, events})
  const room = new WriteRoom({env, directory: files.root, events, held: () => replica.starved()})
  const state = new PartitionState(
    engine,
    image,
    (space) => showSpace(files, space, events),
    env,
    () => room.wait(),
  )
  const snapshots = new PartitionSnapshots({
    ...host,
    id,
    node: nodeId,
    checkpoints,
    log,
    events,
    checkpoint,
    renew,
    superseded,
  })
  const replica = new RaftReplica<CommandResult>({
    env,
    group: id,
    node: nodeId,
    log,
    machine: state,
    state: standing(parts, image),
    snapshots,
    pulse: raft.pulse,
    preferred: firstMembers(id, state.space, nodeId)[0] ?? null,
    catchingUp: host.catchingUp,
    send: (message) => raft.send(id, message),
  })
  raft.add(replica)
  try {
    await replica.start()
  } catch (thrown) {
    raft.remove(id)
    await engine.close()
    throw thrown
  }
  // It may be older than the state, or damaged.
  await showSpace(files, state.space, events)
  const newest = await newestReadable(parts)
  if (newest !== null) snapshots.noteCheckpoint({index: newest.appliedIndex, ...standing(parts, newest)})
  const upkeep = new PartitionUpkeep({
    state,
    checkpoints,
    standing: (index) => replica.standing(index),
    checkpointed: (index, stood) => snapshots.noteCheckpoint({index, ...stood}),
    release: async (checkpointedIndex, isPinning) => {
      const {raft_retain_logs: retained, raft_truncate_count: countMin} = config.ps
      const {firstIndex, lastIndex} = log
      const {isAlone} = replica
      const {isSending} = snapshots
      const figures = {firstIndex, lastIndex, checkpointedIndex, isAlone, isSending, isPinning, retained, countMin}
      const index = releaseIndex(figures)
      if (index === null) return
      await env.failpoints.hit('checkpoint.release.before')
      await log.truncatePrefix(index)
      await env.failpoints.hit('checkpoint.release.after')
      replica.compacted(index)
    },
    clock: env.clock,
    events,
    intervalMs: config.ps.flush_time_interval * 1_000,
    checkpointedIndex: newest?.appliedIndex ?? 0,
  })
  const reads = new PartitionReads(state, env.clock)
  return {state, room, reads, upkeep, replica, snapshots, source, restoredIndex: image.appliedIndex}
}

/** Those that cannot be read are set aside. */
async function newestReadable({checkpoints, events}: OpeningParts): Promise<SavedImage | null> {
  for (const checkpoint of await checkpoints.list()) {
    try {
      return await checkpoints.image(checkpoint)
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown
      events.error('partition.checkpoint.damaged', {checkpoint: checkpoint.appliedIndex, error: String(thrown)})
      await checkpoints.setAside(checkpoint)
    }
  }
  return null
}

/** The file is for people, the state has the space: a full disk costs them the newest, and nobody else anything. */
async function showSpace(files: PartitionFiles, space: Space, events: Log): Promise<void> {
  await files.writeSpace(space).catch((thrown: unknown) => {
    events.warn('partition.space.unsaved', {version: space.version, error: String(thrown)})
  })
}

/** What a new partition of the space begins with. */
export function firstMembership(id: PartitionId, space: Space, nodeId: NodeId): Membership {
  return membershipOf(firstMembers(id, space, nodeId))
}

/** As the placement has them: the preferred leader first. */
function firstMembers(id: PartitionId, space: Space, nodeId: NodeId): readonly NodeId[] {
  return space.partitions.find((partition) => partition.id === id)?.replicas ?? [nodeId]
}

/** Images of earlier versions do not say who the members are: those of the space, from the beginning. */
function standing(
  {id, host, log}: OpeningParts,
  {appliedIndex, space, term, membership}: Image & Partial<AppliedState>,
): AppliedState {
  return {
    term: term ?? log.term(appliedIndex) ?? 0,
    membership: membership ?? firstMembership(id, space, host.nodeId),
  }
}
