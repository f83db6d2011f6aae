/**
 * How far into each partition's log this router's answers have shown, or acknowledged: with `raft_consistent` no later read
 * shows less, whichever replica answers it.
 *
 * One figure for all clients of the router is more than each of them needs and costs next to nothing: a replica that is behind
 * it asks its leader how far to apply, and answers then.
 */
import type {PartitionId} from '../entity/ids.js'
import type {LiveView} from '../meta/live-view.js'
import type {PsMethod, PsResponse} from '../rpc/ps-api.js'

/** Partitions that are gone are forgotten once there are so many times as many as partitions. */
const goneShareMax = 2

export class Horizon {
  readonly #shown = new Map<PartitionId, number>()

  constructor(private readonly view: Pick<LiveView, 'partitions'>) {}

  of(partition: PartitionId): number {
    return this.#shown.get(partition) ?? 0
  }

  /** Before the answer goes to its client. */
  note(partition: PartitionId, answer: PsResponse<PsMethod>): void {
    if (!('shown' in answer) || answer.shown <= this.of(partition)) return
    this.#shown.set(partition, answer.shown)
    if (this.#shown.size > goneShareMax * this.view.partitions.size) this.#forgetGone()
  }

  #forgetGone(): void {
    for (const partition of this.#shown.keys()) if (!this.view.partitions.has(partition)) this.#shown.delete(partition)
  }
}
