/**
 * `Hands` by the master's API. Vearch has `change_member` and `fail_server`; `move_replica` and `transfer_leader` are ours, and a
 * real Vearch answers that it has no such route.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import type {KeyValue} from '../../meta/store.js'
import type {Hands} from './hands.js'
import type {Step} from './plan.js'
import {decodedText} from './record-text.js'

export interface MasterCaller {
  call(method: 'POST' | 'DELETE', path: string, body: unknown, signal: AbortSignal): Promise<unknown>
}

export interface RecordWriter {
  get(key: string, signal: AbortSignal): Promise<KeyValue | null>
  /** All or nothing, if every key is as it was read. Errors: GUARD_FAILED. */
  apply(
    action: string,
    changes: readonly {key: string; before: KeyValue | null; after: string | null}[],
  ): Promise<unknown>
}

/** Vearch's `method` of a change of members. */
const memberMethods = {add: 0, remove: 1} as const

export class MasterHands implements Hands {
  constructor(
    private readonly master: MasterCaller,
    private readonly writer: RecordWriter,
    private readonly keys: Keys,
    /** For the journal of writes. */
    private readonly action: string,
  ) {}

  async moveReplica(
    {partition, from, to, force = false, bytesPerSecond}: Step & {readonly do: 'moveReplica'},
    signal: AbortSignal,
  ): Promise<void> {
    const rate = bytesPerSecond === undefined ? {} : {bytes_per_second: bytesPerSecond}
    const body = {partition_ids: [partition], from, to, force, ...rate, wait: true}
    await this.master.call('POST', '/partitions/move_replica', body, signal)
  }

  addReplica(
    partition: PartitionId,
    node: NodeId,
    {force}: {readonly force: boolean},
    signal: AbortSignal,
  ): Promise<void> {
    return this.#changeMember(partition, node, {method: memberMethods.add, force}, signal)
  }

  removeReplica(partition: PartitionId, node: NodeId, signal: AbortSignal): Promise<void> {
    return this.#changeMember(partition, node, {method: memberMethods.remove}, signal)
  }

  async transferLeader(partition: PartitionId, to: NodeId, signal: AbortSignal): Promise<void> {
    await this.master.call('POST', '/partitions/transfer_leader', {partition_ids: [partition], node_id: to}, signal)
  }

  async forgetNode(node: NodeId, signal: AbortSignal): Promise<void> {
    try {
      await this.master.call('DELETE', `/schedule/fail_server/${node}`, undefined, signal)
    } catch (thrown) {
      // forgotten already
      if (!(thrown instanceof CodedError) || thrown.errorName !== 'PARTITION_SERVER_NOT_EXIST') throw thrown
    }
  }

  async write(
    {key, before, after}: Step & {readonly do: 'writeRecord'},
    modRevision: number | null,
    signal: AbortSignal,
  ): Promise<void> {
    const kv = await this.writer.get(key, signal)
    const isAsExpected =
      modRevision === null
        ? (kv === null ? null : decodedText(this.keys, kv)) === before
        : (kv?.modRevision ?? 0) === modRevision
    if (!isAsExpected) {
      throw new CodedError('GUARD_FAILED', `${key} is not as the plan found it`, {
        hint: 'make the plan again: the cluster has changed since',
      })
    }
    await this.writer.apply(this.action, [{key, before: kv, after}])
  }

  async #changeMember(
    partition: PartitionId,
    node: NodeId,
    more: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.master.call(
      'POST',
      '/partitions/change_member',
      {partition_ids: [partition], node_id: node, ...more},
      signal,
    )
  }
}
