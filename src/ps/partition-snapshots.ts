/**
 * A partition's state as raft sends it whole: the newest checkpoint, fetched by the member that needs it.
 *
 * A state that has arrived does not take the place of the one that serves while it serves: it becomes the newest checkpoint, the
 * log goes on after it, and the partition is made anew from there.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Env} from '../env/env.js'
import type {Log} from '../env/log.js'
import type {Address} from '../env/net/network.js'
import type {Pool} from '../env/pool.js'
import {CodedError} from '../errors/coded-error.js'
import type {SnapshotMeta} from '../raft/entry.js'
import type {GroupLog} from '../raftstore/log.js'
import type {Snapshots} from '../raftstore/snapshots.js'
import type {PsCaller} from '../rpc/ps-api.js'
import {fetchIntact} from './checkpoint-transfer.js'
import type {Checkpoint, Checkpoints} from './checkpoints.js'
import {TokenBucket} from './token-bucket.js'

export interface Peers {
  rpc(node: NodeId): Address | null
}

export interface PartitionSnapshotsParts {
  readonly id: PartitionId
  readonly node: NodeId
  readonly env: Pick<Env, 'disk' | 'failpoints' | 'clock'>
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly rpc: PsCaller
  readonly peers: Peers
  /** `ps.raft_snap_concurrency` of all partitions of the node. */
  readonly transfers: Pool
  /** Bytes a second in which its checkpoint may come; null: as fast as it can. */
  readonly rateOf: (id: PartitionId) => Promise<number | null>
  readonly events: Log
  /** Makes a checkpoint now. */
  checkpoint(): Promise<void>
  /** Makes one now, even if nothing changed since the last. */
  renew(): Promise<void>
  /** There is a newer state on disk: this partition must be made anew. */
  superseded(): void
}

/** A state of any size must have come in this time, or is begun again where it stopped. */
const transferTimeoutMs = 600_000

export class PartitionSnapshots implements Snapshots {
  readonly #stop = new AbortController()
  #newest: SnapshotMeta | null = null
  #sendingCount = 0

  constructor(private readonly parts: PartitionSnapshotsParts) {}

  /** A checkpoint is complete: it is the one to send from now on. */
  noteCheckpoint(meta: SnapshotMeta): void {
    this.#newest = meta
  }

  newest(): SnapshotMeta | null {
    return this.#newest !== null && this.#newest.index + 1 >= this.parts.log.firstIndex ? this.#newest : null
  }

  /** Another member is on its way to a state of this one. */
  get isSending(): boolean {
    return this.#sendingCount > 0
  }

  wanted(): void {
    const {events, checkpoint} = this.parts
    checkpoint().catch((thrown: unknown) => events.error('partition.snapshot.failed', {error: String(thrown)}))
  }

  async send(to: NodeId, {index}: SnapshotMeta): Promise<void> {
    const {id, node, env, checkpoints, rpc, peers, transfers, events} = this.parts
    const {signal} = this.#stop
    const transfer = async () => {
      const [peer, from] = [peers.rpc(to), peers.rpc(node)]
      if (peer === null || from === null) throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${to} is not known`)
      events.info('partition.snapshot.sending', {to, index})
      await env.failpoints.hit('snapshot.send.before')
      await rpc.call(peer, 'takeCheckpoint', {partitionId: id, index, from}, {timeoutMs: transferTimeoutMs, signal})
      events.info('partition.snapshot.sent', {to, index})
    }
    this.#sendingCount++
    try {
      await transfers.run(() => checkpoints.whileKept(index, transfer), signal)
    } finally {
      this.#sendingCount--
    }
  }

  /** At the member that needs it: resolves when all of it is here. */
  async take(index: number, from: Address, signal: AbortSignal): Promise<void> {
    const {id, rpc, env, checkpoints, rateOf, events} = this.parts
    const either = AbortSignal.any([signal, this.#stop.signal])
    const bytesPerSecond = await rateOf(id)
    const rate = bytesPerSecond === null ? null : new TokenBucket(env.clock, bytesPerSecond)
    const startedAtMs = env.clock.nowMs()
    const files = await fetchIntact({env, rpc, from, partitionId: id, index, rate, signal: either}, checkpoints)
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const ms = Math.round(env.clock.nowMs() - startedAtMs)
    events.info('partition.snapshot.fetched', {index, bytes, ms, bytesPerSecond})
  }

  /** For a member that has no state of its own any more and comes to fetch one. Errors: PARTITION_IS_INVALID. */
  async offer(atLeast: number): Promise<Pick<SnapshotMeta, 'index' | 'term'>> {
    const {id, renew} = this.parts
    const found = () => {
      const newest = this.newest()
      return newest !== null && newest.index >= atLeast ? newest : null
    }
    if (found() === null) await renew()
    const newest = found()
    if (newest !== null) return {index: newest.index, term: newest.term}
    throw new CodedError('PARTITION_IS_INVALID', `partition ${id} has no state of entry ${atLeast} yet`, {
      retryable: true,
    })
  }

  /** A checkpoint that is not what was written to it is sent to nobody: another is made. */
  async damaged(checkpoint: Checkpoint, error: CodedError): Promise<void> {
    const {checkpoints, events, renew} = this.parts
    const {appliedIndex} = checkpoint
    events.error('partition.checkpoint.damaged', {checkpoint: appliedIndex, error: error.message})
    if (this.#newest?.index === appliedIndex) this.#newest = null
    await checkpoints.setAside(checkpoint)
    renew().catch((thrown: unknown) => events.error('partition.snapshot.failed', {error: String(thrown)}))
  }

  async install({index, term}: SnapshotMeta): Promise<boolean> {
    const {env, checkpoints, log, superseded, events} = this.parts
    await checkpoints.adopt(index)
    await log.truncatePrefix(index, term)
    await env.failpoints.hit('snapshot.install.after')
    events.info('partition.snapshot.arrived', {index})
    superseded()
    return false
  }

  stop(): void {
    this.#stop.abort(new CodedError('PARTITION_IS_CLOSED', `partition ${this.parts.id}`, {retryable: true}))
  }
}
