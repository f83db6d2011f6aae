/** Who has a replica of what and who leads, as it is and as the steps of a plan would make it. */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {intendedReplicas, leaderOf} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {Step} from './plan.js'

export interface Seats {
  readonly replicas: readonly NodeId[]
  readonly leader: NodeId | null
}

export class Layout {
  readonly #changed = new Map<PartitionId, Seats>()

  constructor(private readonly picture: ClusterPicture) {}

  /** Raft's own word where its leader was heard. Undefined: no source names the partition. */
  of(id: PartitionId): Seats | undefined {
    const changed = this.#changed.get(id)
    if (changed !== undefined) return changed
    const sight = this.picture.partitions.get(id)
    if (sight === undefined) return undefined
    const members = sight.raft?.members ?? []
    return {replicas: members.length > 0 ? members : intendedReplicas(sight), leader: leaderOf(sight)}
  }

  /** Partitions that the steps touched. */
  get changed(): ReadonlyMap<PartitionId, Seats> {
    return this.#changed
  }

  apply(step: Step): void {
    if (!('partition' in step)) return
    const seats = this.of(step.partition)
    if (seats !== undefined) this.#changed.set(step.partition, seatsAfter(seats, step))
  }
}

function seatsAfter({replicas, leader}: Seats, step: Step): Seats {
  switch (step.do) {
    case 'moveReplica':
      return handedOver({replicas: replicas.map((node) => (node === step.from ? step.to : node)), leader}, step.from)
    case 'addReplica':
      return {replicas: replicas.includes(step.node) ? replicas : [...replicas, step.node], leader}
    case 'removeReplica':
      return handedOver({replicas: replicas.filter((node) => node !== step.node), leader}, step.node)
    case 'transferLeader':
      return {replicas, leader: step.to}
    default:
      return {replicas, leader}
  }
}

/** A leader that goes has handed over before. */
function handedOver({replicas, leader}: Seats, gone: NodeId): Seats {
  return {replicas, leader: leader === gone ? (replicas[0] ?? null) : leader}
}
