/**
 * How a partition is put together: its state from disk, its member of the raft group around that, its upkeep.
 */
import type {Config} from '../config/config.js'
import type {OpenEngine} from '../engine/engine.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Space} from '../entity/space.js'
import type {Env} from '../env/env.js'
import type {Log} from '../env/log.js'
import {type Membership, membershipOf} from '../raft/membership.js'
import {type AppliedState, RaftReplica} from '../raftstore/group/raft-replica.js'
import type {GroupLog, SharedLog} from '../raftstore/log.js'
import type {RaftHost} from '../raftstore/raft-host.js'
import type {PsCaller} from '../rpc/ps-api.js'
import type {Checkpoints} from './checkpoints.js'
import type {PartitionFiles} from './partition-files.js'
import {PartitionReads} from './partition-reads.js'
import {PartitionSnapshots, type Peers} from './partition-snapshots.js'
import {type CommandResult, type Image, PartitionState} from './partition-state.js'
import {PartitionUpkeep} from './partition-upkeep.js'
import type {Pool} from './pool.js'
import {type ProbeEngine, type Restored, restore} from './restore.js'

/** What every partition of a node shares. */
export interface PartitionHost {
  readonly env: Env
  readonly config: Config
  readonly nodeId: NodeId
  readonly sharedLog: SharedLog
  readonly raft: Pick<RaftHost, 'add' | 'remove' | 'send' | 'electionTicks' | 'heartbeatTicks'>
  readonly peers: Peers
  readonly rpc: PsCaller
  /** Checkpoints that are being sent to other servers. */
  readonly sending: Pool
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
  /** There is a newer state on disk: the partition must be opened anew. */
  superseded(): void
}

export interface OpenPartition {
  readonly state: PartitionState
  readonly reads: PartitionReads
  readonly upkeep: PartitionUpkeep
  readonly replica: RaftReplica<CommandResult>
  readonly snapshots: PartitionSnapshots
}

/** Errors: DATA_CORRUPT, naming all that was tried; PARTITION_RESOURCE_EXHAUSTED. Nothing is left open after an error. */
export async function openPartition(
  parts: OpeningParts,
): Promise<OpenPartition & {readonly source: Restored['source']; readonly restoredIndex: number}> {
  const {id, host, files, checkpoints, log, events, checkpoint, superseded} = parts
  const {env, config, raft, nodeId} = host
  const {engine, image, source} = await restore({...host, files, checkpoints, log, events})
  const state = new PartitionState(engine, image, (space) => files.writeSpace(space), env.clock)
  const snapshots = new PartitionSnapshots({
    disk: env.disk,
    ...host,
    id,
    node: nodeId,
    checkpoints,
    log,
    events,
    checkpoint,
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
    electionTicks: raft.electionTicks,
    heartbeatTicks: raft.heartbeatTicks,
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
  const [newest] = await checkpoints.list()
  if (newest !== undefined) {
    const saved = await checkpoints.image(newest)
    snapshots.noteCheckpoint({index: saved.appliedIndex, ...standing(parts, saved)})
  }
  const upkeep = new PartitionUpkeep({
    state,
    checkpoints,
    standing: (index) => replica.standing(index),
    checkpointed: (index, stood) => snapshots.noteCheckpoint({index, ...stood}),
    release: (index) => release(log, replica, index, config.ps.raft_retain_logs),
    clock: env.clock,
    events,
    intervalMs: config.ps.flush_time_interval * 1_000,
    checkpointedIndex: newest?.appliedIndex ?? 0,
  })
  const reads = new PartitionReads(state, env.clock)
  return {state, reads, upkeep, replica, snapshots, source, restoredIndex: image.appliedIndex}
}

/** The members that a new partition of the space begins with. */
export function firstMembership(id: PartitionId, space: Space, nodeId: NodeId): Membership {
  const listed = space.partitions.find((partition) => partition.id === id)
  return membershipOf(listed?.replicas ?? [nodeId])
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

/** Entries that a member which is a little behind may still need are kept. */
async function release(
  log: GroupLog,
  replica: RaftReplica<CommandResult>,
  index: number,
  retained: number,
): Promise<void> {
  const {voters, learners} = replica.membership
  const isAlone = voters.length === 1 && learners.length === 0
  const upTo = isAlone ? index : Math.min(index, log.lastIndex - retained)
  if (upTo < log.firstIndex) return
  await log.truncatePrefix(upTo)
  replica.compacted(upTo)
}
