/**
 * How the cluster's processes report to the master.
 *
 * A partition server registers at its start and learns what it holds; a leader registers its partition. What a server is
 * told comes from the spaces, which say who belongs to a partition; what a leader says is who leads it, and the newest
 * term wins, in whatever order the reports arrive.
 */
import {isDeepStrictEqual} from 'node:util'
import type {NodeId, PartitionId} from '../entity/ids.js'
import {parseJson, stringifyJson} from '../entity/json.js'
import type {Partition} from '../entity/partition.js'
import {isUnderWay, type ReplicaChange} from '../entity/replica-change.js'
import type {Registration} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import {refreshIntervalMsDefault} from '../entity/space-request.js'
import type {Clock} from '../env/clock.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord, type Stored, unchanged} from '../meta/repository.js'
import type {Compare} from '../meta/store.js'
import {amend, asRead} from './amend.js'
import type {Call, Cluster} from './cluster.js'

const nanosPerMilli = 1_000_000n

export class RegistrationService {
  constructor(
    private readonly cluster: Cluster,
    private readonly clusterName: string,
  ) {}

  /** Errors: CONFIG_ERROR where the node is of another cluster; NODE_ID_LIVE_ELSEWHERE. */
  async server(clusterName: string, node: NodeId, ip: string, call: Call): Promise<Registration> {
    this.router(clusterName)
    const {repository, log} = this.cluster
    const live = await repository.server(node, call)
    if (live !== null && live.value.ip !== ip) {
      throw new CodedError('NODE_ID_LIVE_ELSEWHERE', `node id[${node}] has register on ip[${live.value.ip}]`)
    }
    const [spaces, changes, configs] = await Promise.all([
      repository.spaces(call),
      repository.replicaChanges(call),
      repository.list<Partial<Space>>(repository.keys.spaceConfigPrefix, call),
    ])
    for (const {key, reason} of spaces.broken) log.error('master.space.broken', {key, reason})
    const configByKey = new Map(configs.items.map(({key, value}) => [key, value]))
    const held = spaces.items
      .map(({value}) => ({space: value, ids: partitionsOn(value, node, comingTo(node, changes.items))}))
      .filter(({ids}) => ids.length > 0)
    log.info('master.server.registered', {node, ip, partitions: held.reduce((sum, {ids}) => sum + ids.length, 0)})
    return {
      ip,
      p_ids: held.flatMap(({ids}) => ids),
      spaces: held.map(({space}) =>
        configured(space, configByKey.get(repository.keys.spaceConfig(space.db_id, space.id))),
      ),
    }
  }

  /** Refuses what belongs to another cluster. */
  router(clusterName: string): void {
    if (clusterName === this.clusterName) return
    throw new CodedError(
      'CONFIG_ERROR',
      `cluster name different, please check: [${clusterName}] is not [${this.clusterName}]`,
    )
  }

  /**
   * An older term than the one known changes nothing, and is no error. Nor does a report of what is known: a record that moved
   * without need would be a plan of an operator's that no longer fits. Throws PARTITION_NOT_EXIST for what no space has.
   */
  async partition(reported: Partition, call: Call): Promise<void> {
    const {repository, clock, log} = this.cluster
    const key = repository.keys.partition(reported.id)
    const written = await amend(
      repository.store,
      async () => {
        const space = await this.#spaceOf(reported, call)
        const stored = await repository.partition(reported.id, call)
        if (!supersedes(reported, stored?.value)) return {transaction: null, result: null}
        const member = space.value.partitions.find(({id}) => id === reported.id)
        const partition: Partition = {
          ...member,
          ...reported,
          replicas: reported.replicas ?? member?.replicas ?? [],
          update_time: laterThan(stored?.value.update_time, clock),
        }
        if (stored !== null && saysTheSame(partition, stored.value)) return {transaction: null, result: null}
        // With the space compared too, a partition cannot come back after its space was removed.
        const compare: Compare[] = [...asRead(key, stored), unchanged(space)]
        return {transaction: {compare, then: [putRecord(key, partition)]}, result: partition}
      },
      call,
    )
    if (written === null) return
    log.info('master.partition.led', {partition: written.id, leader: written.leader_name, term: written.term})
  }

  async #spaceOf(
    {id, db_id, space_id, leader_name: leader, replicas = []}: Partition,
    call: Call,
  ): Promise<Stored<Space>> {
    const space = await this.cluster.repository.space(db_id, space_id, call)
    const member = space?.value.partitions.find((partition) => partition.id === id)
    if (space === null || member === undefined) {
      throw new CodedError('PARTITION_NOT_EXIST', `partition:[${id}] is in no space`)
    }
    // The group itself says who belongs to it; the space is told when a change of its members is complete.
    const members = [...(member.replicas ?? []), ...replicas]
    if (leader !== undefined && leader !== 0 && !members.includes(leader)) {
      throw paramError(`node:[${leader}] is no replica of partition:[${id}]`)
    }
    return space
  }
}

/** An `update_time` that is larger than before, whatever the clocks of the masters say: readers take the larger one. */
export function laterThan(before: bigint | undefined, clock: Pick<Clock, 'wallMs'>): bigint {
  const now = BigInt(clock.wallMs()) * nanosPerMilli
  return now > BigInt(before ?? 0n) ? now : BigInt(before ?? 0n) + 1n
}

/** Whether a report counts: a newer term, or more news from the leader of the same term. */
export function supersedes(reported: Partition, known: Partition | undefined): boolean {
  if (known === undefined || !known.leader_name) return true
  const reportedTerm = reported.term ?? 0
  const knownTerm = known.term ?? 0
  if (reportedTerm !== knownTerm) return reportedTerm > knownTerm
  // Reports of a real Vearch have no term: the later one counts.
  return reportedTerm === 0 || reported.leader_name === known.leader_name
}

/** But for when, and in which order members are named. */
function saysTheSame(one: Partition, other: Partition): boolean {
  const said = ({update_time: _, replicas = [], ...rest}: Partition) =>
    parseJson(stringifyJson({...rest, replicas: [...replicas].sort((a, b) => a - b)}))
  return isDeepStrictEqual(said(one), said(other))
}

/** Partitions that are on their way to the node: their groups may count on it already. */
function comingTo(node: NodeId, changes: readonly Stored<ReplicaChange>[]): ReadonlySet<PartitionId> {
  const coming = changes.filter(({value}) => value.add === node && isUnderWay(value))
  return new Set(coming.map(({value}) => value.partition_id))
}

function partitionsOn({partitions}: Space, node: NodeId, coming: ReadonlySet<PartitionId>): PartitionId[] {
  return partitions.filter(({id, replicas = []}) => replicas.includes(node) || coming.has(id)).map(({id}) => id)
}

/** The engine settings of a space are those of its configuration, which is changed while it runs. */
function configured(space: Space, config: Partial<Space> | undefined): Space {
  return {
    ...space,
    refresh_interval: config?.refresh_interval ?? space.refresh_interval ?? refreshIntervalMsDefault,
    enable_id_cache: config?.enable_id_cache ?? space.enable_id_cache ?? false,
  }
}
