import type {NodeId} from '../../entity/ids.js'
import type {PartitionRow, PartitionState} from './partition-row.js'

export interface PartitionFilter {
  /** With a replica on this node. */
  readonly nodeId?: NodeId | undefined
  readonly db?: string | undefined
  /** `space`, or `db/space`. */
  readonly space?: string | undefined
  readonly state?: PartitionState | undefined
  /** That the node leads, or only follows. */
  readonly role?: 'leader' | 'follower' | undefined
  readonly unhealthy?: boolean | undefined
}

export function isWanted(
  {db, space, leader, replicas, state}: Pick<PartitionRow, 'db' | 'space' | 'leader' | 'replicas' | 'state'>,
  filter: PartitionFilter,
): boolean {
  const {nodeId, role} = filter
  return (
    (nodeId === undefined || replicas.includes(nodeId)) &&
    (role === undefined || (leader === nodeId) === (role === 'leader')) &&
    (filter.db === undefined || db === filter.db) &&
    (filter.space === undefined || space === filter.space || `${db}/${space}` === filter.space) &&
    (filter.state === undefined || state === filter.state) &&
    (filter.unhealthy !== true || state !== 'ok')
  )
}
