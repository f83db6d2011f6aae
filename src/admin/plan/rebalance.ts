/**
 * Evens out the load of the servers of each pool: the fullest gives to the emptiest that may take it, one move after the other,
 * while that makes it better. The score is how far the fullest is above the average: 0 is even, 0.5 is half as much again.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {paramError} from '../../errors/coded-error.js'
import {bytesOf, docsOf, type PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, spaceName} from '../picture/picture.js'
import type {Plan} from './plan.js'
import {type DraftOptions, PlanDraft} from './plan-draft.js'

export const rebalanceMeasures = ['count', 'docs', 'bytes', 'leaders'] as const
export type RebalanceMeasure = (typeof rebalanceMeasures)[number]

export interface RebalanceOptions extends Pick<DraftOptions, 'force'> {
  readonly by: RebalanceMeasure
  /** `db/space`; all if absent. */
  readonly space?: string
  /** A score that is good enough. */
  readonly threshold?: number
  readonly maxMoves?: number
}

export interface Rebalance {
  readonly plan: Plan
  readonly pools: readonly PoolBalance[]
}

export interface PoolBalance {
  readonly pool: string
  readonly before: number
  readonly after: number
  readonly loads: readonly {readonly node: NodeId; readonly before: number; readonly after: number}[]
}

const thresholdDefault = 0.1
const maxMovesDefault = 20
/** Beyond this a plan is a night's work, and its figures are old before it ends. */
const maxMovesMax = 1_000

export function planRebalance(picture: ClusterPicture, options: RebalanceOptions): Rebalance {
  const {by, space, threshold = thresholdDefault, maxMoves = maxMovesDefault, force = []} = options
  if (!(maxMoves > 0 && maxMoves <= maxMovesMax)) throw paramError(`at most ${maxMovesMax} moves make a plan`)
  const draft = new PlanDraft(picture, {action: `partitions rebalance --by ${by}`, force})
  const pools: PoolBalance[] = []
  let left = maxMoves
  for (const [pool, nodes] of poolsOf(picture)) {
    const balance = new Balance(draft, nodes, by, space ?? null)
    const [before, loads] = [balance.score, balance.loads()]
    while (left > 0 && balance.score > threshold && balance.improve()) left--
    const after = balance.loads()
    const compared = nodes.map((node) => ({node, before: loads.get(node) ?? 0, after: after.get(node) ?? 0}))
    pools.push({pool, before, after: balance.score, loads: compared})
  }
  return {plan: draft.build(), pools}
}

function poolsOf({metadata}: ClusterPicture): ReadonlyMap<string, readonly NodeId[]> {
  const pools = new Map<string, NodeId[]>()
  for (const [node, {value}] of metadata.servers) {
    if (!value.private) pools.set(value.resource_name, [...(pools.get(value.resource_name) ?? []), node])
  }
  return pools
}

class Balance {
  readonly #load = new Map<NodeId, number>()
  readonly #held = new Map<NodeId, Map<PartitionId, number>>()

  constructor(
    private readonly draft: PlanDraft,
    nodes: readonly NodeId[],
    private readonly by: RebalanceMeasure,
    private readonly space: string | null,
  ) {
    for (const node of nodes) {
      this.#load.set(node, 0)
      this.#held.set(node, new Map())
    }
    for (const sight of draft.picture.partitions.values()) {
      const seats = draft.layout.of(sight.id)
      if (sight.listing === null || seats === undefined) continue
      const weight = weightOf(sight, by)
      const holders = by === 'leaders' ? (seats.leader === null ? [] : [seats.leader]) : seats.replicas
      for (const node of holders) this.#give(node, sight, weight)
    }
  }

  /** A partition of another space weighs as much and stays. */
  #give(node: NodeId, sight: PartitionSight, weight: number): void {
    if (!this.#load.has(node)) return
    this.#load.set(node, (this.#load.get(node) ?? 0) + weight)
    const isWanted =
      this.space === null ||
      (sight.listing !== null && spaceName(this.draft.picture, sight.listing.space.value) === this.space)
    if (isWanted) this.#held.get(node)?.set(sight.id, weight)
  }

  get score(): number {
    const loads = [...this.#load.values()]
    const average = loads.reduce((sum, load) => sum + load, 0) / loads.length
    return average > 0 ? Math.max(...loads) / average - 1 : 0
  }

  loads(): ReadonlyMap<NodeId, number> {
    return new Map(this.#load)
  }

  /** One move from the fullest, if there is one after which both are fuller than neither was before. */
  improve(): boolean {
    const [most] = [...this.#load].sort(([a, left], [b, right]) => right - left || a - b)
    if (most === undefined) return false
    const [from, load] = most
    // the heaviest first, for it makes the fewest moves
    const heaviest = [...(this.#held.get(from) ?? [])].sort(([a, left], [b, right]) => right - left || a - b)
    for (const [partition, weight] of heaviest) {
      const to = this.#targetOf(partition, from, load - weight)
      if (to === null || weight === 0 || !this.#move(partition, from, to)) continue
      this.#load.set(from, load - weight)
      this.#load.set(to, (this.#load.get(to) ?? 0) + weight)
      this.#held.get(from)?.delete(partition)
      this.#held.get(to)?.set(partition, weight)
      return true
    }
    return false
  }

  /** The emptiest that may take it and has less than the giver would keep. */
  #targetOf(partition: PartitionId, from: NodeId, kept: number): NodeId | null {
    const {sight, seats} = this.draft.sight(partition)
    const takers =
      this.by === 'leaders'
        ? seats.replicas.filter((node) => node !== from)
        : this.draft.candidates.forReplica(sight, from)
    const [best] = takers
      .flatMap((node) => {
        const load = this.#load.get(node)
        return load === undefined || load >= kept || seats.replicas.includes(node) !== (this.by === 'leaders')
          ? []
          : [{node, load}]
      })
      .sort((a, b) => a.load - b.load || a.node - b.node)
    return best?.node ?? null
  }

  #move(partition: PartitionId, from: NodeId, to: NodeId): boolean {
    let isPlanned = false
    this.draft.attempt(partition, () => {
      if (this.by === 'leaders') this.draft.transfer(partition, to)
      else this.draft.move(partition, from, to)
      isPlanned = true
    })
    return isPlanned
  }
}

function weightOf(sight: PartitionSight, by: RebalanceMeasure): number {
  if (by === 'docs') return docsOf(sight) ?? 0
  return by === 'bytes' ? (bytesOf(sight) ?? 0) : 1
}
