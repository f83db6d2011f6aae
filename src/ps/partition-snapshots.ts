/**
 * A partition's state as raft sends it whole: the newest checkpoint, fetched by the member that needs it.
 *
 * A state that has arrived does not take the place of the one that serves while it serves: it becomes the newest checkpoint, the
 * log goes on after it, and the partition is made anew from there.
 */
import {join} from 'node:path'
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Disk} from '../env/disk.js'
import type {Log} from '../env/log.js'
import type {Address} from '../env/net/network.js'
import {CodedError} from '../errors/coded-error.js'
import type {SnapshotMeta} from '../raft/entry.js'
import type {Snapshots} from '../raftstore/group/raft-replica.js'
import type {GroupLog} from '../raftstore/log.js'
import type {PsCaller} from '../rpc/ps-api.js'
import {fetchCheckpoint} from './checkpoint-transfer.js'
import type {Checkpoints} from './checkpoints.js'
import type {Pool} from './pool.js'

export interface Peers {
  rpc(node: NodeId): Address | null
}

export interface PartitionSnapshotsParts {
  readonly id: PartitionId
  readonly node: NodeId
  readonly disk: Disk
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly rpc: PsCaller
  readonly peers: Peers
  /** `ps.raft_snap_concurrency` of all partitions of the node. */
  readonly sending: Pool
  readonly events: Log
  /** Makes a checkpoint now. */
  checkpoint(): Promise<void>
  /** There is a newer state on disk: this partition must be made anew. */
  superseded(): void
}

/** A state of any size must have come in this time, or is begun again where it stopped. */
const transferTimeoutMs = 600_000

export class PartitionSnapshots implements Snapshots {
  readonly #stop = new AbortController()
  #newest: SnapshotMeta | null = null

  constructor(private readonly parts: PartitionSnapshotsParts) {}

  /** A checkpoint is complete: it is the one to send from now on. */
  noteCheckpoint(meta: SnapshotMeta): void {
    this.#newest = meta
  }

  newest(): SnapshotMeta | null {
    return this.#newest !== null && this.#newest.index + 1 >= this.parts.log.firstIndex ? this.#newest : null
  }

  wanted(): void {
    const {events, checkpoint} = this.parts
    checkpoint().catch((thrown: unknown) => events.error('partition.snapshot.failed', {error: String(thrown)}))
  }

  async send(to: NodeId, {index}: SnapshotMeta): Promise<void> {
    const {id, node, checkpoints, rpc, peers, sending, events} = this.parts
    const {signal} = this.#stop
    await sending.run(signal, async () => {
      const [peer, from] = [peers.rpc(to), peers.rpc(node)]
      if (peer === null || from === null) throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${to} is not known`)
      await checkpoints.whileKept(index, async () => {
        events.info('partition.snapshot.sending', {to, index})
        await rpc.call(peer, 'takeCheckpoint', {partitionId: id, index, from}, {timeoutMs: transferTimeoutMs, signal})
        events.info('partition.snapshot.sent', {to, index})
      })
    })
  }

  /** At the member that needs it: resolves when all of it is here. */
  async take(index: number, from: Address, signal: AbortSignal): Promise<void> {
    const {id, rpc, disk} = this.parts
    const either = AbortSignal.any([signal, this.#stop.signal])
    await fetchCheckpoint({disk, rpc, from, partitionId: id, index, signal: either}, this.#incoming(index))
  }

  async install({index, term}: SnapshotMeta): Promise<boolean> {
    const {checkpoints, log, superseded, events} = this.parts
    await checkpoints.adopt(this.#incoming(index), index)
    await log.truncatePrefix(index, term)
    events.info('partition.snapshot.arrived', {index})
    superseded()
    return false
  }

  stop(): void {
    this.#stop.abort(new CodedError('PARTITION_IS_CLOSED', `partition ${this.parts.id}`, {retryable: true}))
  }

  #incoming(index: number): string {
    return join(this.parts.checkpoints.directory, `${index}.incoming`)
  }
}
