/**
 * `partitions verify --deep`: document by document, by checksums of ranges of docids that every replica makes for itself.
 *
 * - Equal checksums are equal documents, at whatever applied indexes they were made; different ones count only at one applied index.
 *   Where writes go on a range is asked again, a few times, and is then unsettled.
 * - Ranges are asked one after the other, all replicas at once: no server has more to do than one small range, and nothing is kept
 *   here but what differs. A range that differs is halved until its documents are found.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {Clock} from '../../env/clock.js'
import type {PsRequest, RangeDigest} from '../../rpc/ps-api.js'
import type {NodeAddress, NodeAnswer} from '../session/node-calls.js'

export interface DeepComparison {
  /** Of the replica that holds most. */
  readonly documents: number
  /** Docids whose documents differ, or that not all have; the first few of them. */
  readonly differing: readonly number[]
  /** Ranges that changed faster than they could be compared. */
  readonly unsettled: number
  /** Replicas that stopped answering, and why. */
  readonly silent: readonly {readonly node: NodeId; readonly why: string}[]
}

export interface DeepOptions {
  digest(node: NodeAddress, request: PsRequest<'digestDocuments'>): Promise<NodeAnswer<RangeDigest>>
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal: AbortSignal
}

const rangeDocids = 256
const triesMax = 5
const pauseMs = 200
const differingMax = 10

type Outcome = 'equal' | 'different' | 'unsettled'

export async function compareDocuments(
  partition: PartitionId,
  nodes: readonly NodeAddress[],
  options: DeepOptions,
): Promise<DeepComparison> {
  return new Comparison(partition, nodes, options).run()
}

class Comparison {
  readonly #documents = new Map<NodeId, number>()
  readonly #differing: number[] = []
  readonly #silent: {node: NodeId; why: string}[] = []
  #unsettled = 0
  #end = 1

  constructor(
    private readonly partition: PartitionId,
    private nodes: readonly NodeAddress[],
    private readonly options: DeepOptions,
  ) {}

  async run(): Promise<DeepComparison> {
    for (let from = 0; from < this.#end && this.#canGoOn; from += rangeDocids) {
      const outcome = await this.#compare(from, rangeDocids, (node, {documents}) => {
        this.#documents.set(node, (this.#documents.get(node) ?? 0) + documents)
      })
      if (outcome === 'unsettled') this.#unsettled++
      if (outcome === 'different') await this.#find(from)
    }
    const documents = Math.max(0, ...this.#documents.values())
    return {documents, differing: this.#differing, unsettled: this.#unsettled, silent: this.#silent}
  }

  get #canGoOn(): boolean {
    return this.nodes.length > 1 && this.#differing.length < differingMax
  }

  /** What was seen to differ counts, even if it was written anew before it could be found. */
  async #find(from: number): Promise<void> {
    const before = this.#differing.length
    await this.#narrow(from, rangeDocids)
    if (this.#differing.length === before) this.#differing.push(from)
  }

  async #narrow(from: number, count: number): Promise<void> {
    if (count === 1) return void this.#differing.push(from)
    const half = Math.ceil(count / 2)
    for (const [at, size] of [
      [from, half],
      [from + half, count - half],
    ] as const) {
      if (!this.#canGoOn) return
      const outcome = await this.#compare(at, size, () => {})
      if (outcome === 'unsettled') this.#unsettled++
      if (outcome === 'different') await this.#narrow(at, size)
    }
  }

  /** `onDigest` is told of the last try only. */
  async #compare(from: number, count: number, onDigest: (node: NodeId, digest: RangeDigest) => void): Promise<Outcome> {
    const {clock, signal} = this.options
    for (let tries = 1; ; tries++) {
      const digests = await this.#ask(from, count)
      const outcome = outcomeOf([...digests.values()])
      if (outcome !== 'unsettled' || tries === triesMax) {
        for (const [node, digest] of digests) onDigest(node, digest)
        return outcome
      }
      await clock.sleep(pauseMs, signal)
    }
  }

  async #ask(from: number, count: number): Promise<ReadonlyMap<NodeId, RangeDigest>> {
    const request = {partitionId: this.partition, from, count}
    const answers = await Promise.all(this.nodes.map((node) => this.options.digest(node, request)))
    const digests = new Map<NodeId, RangeDigest>()
    for (const answer of answers) {
      if (answer.answered) digests.set(answer.node, answer.value)
      else this.#silent.push({node: answer.node, why: answer.error.detail || answer.error.message})
    }
    this.nodes = this.nodes.filter(({id}) => digests.has(id))
    this.#end = Math.max(this.#end, ...[...digests.values()].map(({nextDocid}) => nextDocid))
    return digests
  }
}

function outcomeOf(digests: readonly RangeDigest[]): Outcome {
  const [first] = digests
  if (digests.every(({digest}) => digest === first?.digest)) return 'equal'
  const byApplied = new Map<number, string>()
  for (const {applied, digest} of digests) {
    const known = byApplied.get(applied)
    if (known !== undefined && known !== digest) return 'different'
    byApplied.set(applied, digest)
  }
  return 'unsettled'
}
