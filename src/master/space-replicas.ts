/** What a change of a partition's members makes of its space. Pure. */
import type {NodeId} from '../entity/ids.js'
import type {ReplicaChange} from '../entity/replica-change.js'
import type {Space} from '../entity/space.js'

/** The space with these members of the partition, and with the number of replicas that all its partitions have come to. */
export function withReplicas(space: Space, change: ReplicaChange, voters: readonly NodeId[]): Space {
  const partitions = space.partitions.map((partition) => {
    if (partition.id !== change.partition_id) return partition
    const {replicas: before = []} = partition
    // Who was there keeps its place: the first is the preferred leader.
    const stay = before.filter((node) => voters.includes(node))
    return {...partition, replicas: [...stay, ...voters.filter((node) => !before.includes(node))]}
  })
  const {replica_num: wanted} = change
  const hasCome = wanted !== undefined && partitions.every(({replicas = []}) => replicas.length === wanted)
  return {...space, partitions, ...(hasCome ? {replica_num: wanted} : {})}
}

/** Whether that changes nothing. */
export function isRecorded(space: Space, change: ReplicaChange, voters: readonly NodeId[]): boolean {
  const after = withReplicas(space, change, voters)
  const replicasOf = ({partitions}: Space) => partitions.map(({replicas = []}) => replicas.join()).join(';')
  return after.replica_num === space.replica_num && replicasOf(after) === replicasOf(space)
}
