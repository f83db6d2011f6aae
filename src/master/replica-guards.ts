/**
 * Which changes of a partition's members are refused before they begin. Pure.
 *
 * What would cost a quorum or the last copy is refused for good; where a replica ought to be is a rule that `force` overrides.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import {isUnderWay, type ReplicaChange} from '../entity/replica-change.js'
import type {Server} from '../entity/server.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {Holding} from './group-sight.js'
import {type Eligibility, eligibleServers} from './placement.js'
import {hasMajority} from './replica-change-plan.js'

export interface WantedChange {
  readonly partition: PartitionId
  readonly add?: NodeId
  readonly remove?: NodeId
  readonly force?: boolean
  /** In which what is added may fetch a checkpoint. */
  readonly bytesPerSecond?: number
}

export interface GuardSight {
  /** Of the leader; null while there is none. */
  readonly voters: readonly NodeId[] | null
  readonly servers: ReadonlyMap<NodeId, Server>
  readonly holdings: ReadonlyMap<NodeId, Holding>
  /** The change that the metadata has of the partition, whatever its state. */
  readonly known: ReplicaChange | null
  /** What the servers of one partition must not share; empty for nothing. */
  readonly labelOf: (node: NodeId) => string
  readonly pool: Eligibility
}

/** Null if the change may begin. */
export function changeFault(wanted: WantedChange, sight: GuardSight): CodedError | null {
  const {partition, add, remove} = wanted
  const {voters, servers, known} = sight
  const of = `partition:[${partition}]`
  if (known !== null && isUnderWay(known)) {
    return guard(
      `${of} is being changed already (${known.reason}, ${known.step}): ` +
        `wait for it, or cancel it with DELETE /schedule/replica_changes/${partition}`,
    )
  }
  if (voters === null) {
    return new CodedError('PARTITION_NO_LEADER', `${of}: its members can only be changed by its leader`, {
      retryable: true,
      hint: 'Start the servers that hold it.',
    })
  }
  if (add !== undefined && voters.includes(add)) return paramError(`${of} is on node:[${add}] already`)
  if (remove !== undefined && !voters.includes(remove)) return paramError(`${of} is not on node:[${remove}]`)
  if (add !== undefined && !servers.has(add)) {
    return new CodedError('PARTITION_SERVER_NOT_EXIST', `node:[${add}] is not alive`)
  }
  const after = [...voters.filter((node) => node !== remove), ...(add === undefined ? [] : [add])]
  if (after.length === 0) return guard(`${of}: node:[${remove}] has its last replica; add another one first`)
  // A newcomer counts for nothing before it has caught up.
  const silent = after.filter((node) => node !== add && sight.holdings.get(node) !== 'sound')
  if (!hasMajority(after, (node) => !silent.includes(node))) {
    const what = `${of}: nodes [${silent}] do not answer, so [${after}] would have no majority`
    return guard(`${what}; start them, or add a replica first`)
  }
  return add === undefined || wanted.force === true ? null : misplaced(add, after, sight, of)
}

function misplaced(add: NodeId, after: readonly NodeId[], sight: GuardSight, of: string): CodedError | null {
  const server = sight.servers.get(add)
  if (server === undefined) return null
  if (eligibleServers([server], sight.pool).length === 0) {
    return guard(`${of}: node:[${add}] is not open to its space (resource_name, private, servers of the db, cordon)`)
  }
  const label = sight.labelOf(add)
  const alike = after.find((node) => node !== add && label !== '' && sight.labelOf(node) === label)
  return alike === undefined ? null : guard(`${of}: node:[${add}] shares ${label} with node:[${alike}]`)
}

function guard(detail: string): CodedError {
  return new CodedError('GUARD_FAILED', detail)
}
