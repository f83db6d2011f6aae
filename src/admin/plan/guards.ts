/**
 * What a plan may not do. Placement rules can be forced one by one; what would lose data or stop writes for good can not.
 */
import type {NodeId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {PartitionSight} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import {type Candidates, labelOf, serverOf} from './candidates.js'
import type {Seats} from './layout.js'

export const forcibleGuards = ['quorum', 'placement', 'anti-affinity'] as const
export type ForcibleGuard = (typeof forcibleGuards)[number]

export interface SeatChange {
  readonly add?: NodeId
  readonly remove?: NodeId
}

export interface GuardContext {
  readonly picture: ClusterPicture
  readonly candidates: Candidates
  readonly force: ReadonlySet<ForcibleGuard>
}

/** Null if the change may be made. */
export function seatFault(
  sight: PartitionSight,
  seats: Seats,
  change: SeatChange,
  context: GuardContext,
): CodedError | null {
  const {picture, force} = context
  const {add, remove} = change
  const of = `partition ${sight.id}`
  const {replicas, leader} = seats
  if (sight.listing === null) return refused(`${of} is in no space`, `vearchctl why partition ${sight.id}`)
  if (add !== undefined && replicas.includes(add))
    return refused(`${of} has a replica on node ${add} already`, 'nothing is to be done')
  if (remove !== undefined && !replicas.includes(remove))
    return refused(`${of} has no replica on node ${remove}`, `vearchctl partitions show ${sight.id}`)
  if (leader === null || !isAlive(picture, leader)) {
    return refused(
      `${of} has no leader, and only a leader can change the members`,
      `vearchctl why partition ${sight.id}`,
    )
  }
  if (add !== undefined && !isAlive(picture, add)) return refused(`node ${add} is not alive`, 'vearchctl node list')
  const after = [...replicas.filter((node) => node !== remove), ...(add === undefined ? [] : [add])]
  if (after.length === 0)
    return refused(
      `${of}: node ${remove} has its last replica`,
      `add another first: vearchctl partitions add-replica ${sight.id}`,
    )
  return (
    quorumFault(of, after, remove, context, force) ??
    (add === undefined ? null : placeFault(sight, after, add, context))
  )
}

function quorumFault(
  of: string,
  after: readonly NodeId[],
  remove: NodeId | undefined,
  {picture}: GuardContext,
  force: ReadonlySet<ForcibleGuard>,
): CodedError | null {
  const live = after.filter((node) => isAlive(picture, node)).length
  if (live === 0) return refused(`${of}: none of nodes ${after.join(', ')} would be alive`, 'start one of them first')
  if (remove === undefined || live * 2 > after.length || force.has('quorum')) return null
  return forcible('quorum', `${of}: of nodes ${after.join(', ')} only ${live} would be alive, which is no majority`)
}

function placeFault(
  sight: PartitionSight,
  after: readonly NodeId[],
  add: NodeId,
  {picture, candidates, force}: GuardContext,
): CodedError | null {
  const of = `partition ${sight.id}`
  if (!candidates.isEligible(sight, add) && !force.has('placement')) {
    return forcible(
      'placement',
      `${of}: node ${add} is not open to its space (resource_name, private, servers of the db, cordon)`,
    )
  }
  const {antiAffinity} = picture.settings
  const labelAt = (node: NodeId) => {
    const server = serverOf(picture, node)
    return server === null ? '' : labelOf(server, antiAffinity)
  }
  const label = labelAt(add)
  const alike = after.find((node) => node !== add && label !== '' && labelAt(node) === label)
  if (alike === undefined || force.has('anti-affinity')) return null
  return forcible('anti-affinity', `${of}: node ${add} shares ${label} with node ${alike}`)
}

function refused(detail: string, hint: string): CodedError {
  return new CodedError('GUARD_FAILED', detail, {hint})
}

function forcible(guard: ForcibleGuard, detail: string): CodedError {
  return new CodedError('GUARD_FAILED', detail, {hint: `if you know better: --force=${guard}`, facts: {guard}})
}
