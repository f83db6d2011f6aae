/**
 * Replicas that their group has let go of while their server could not be told: it was gone or cut off, and the change ended
 * without it. They never hear of it by themselves, for nobody of the group talks to them any more. Here they are set aside once
 * the server is back, as the change would have had it; a server that restarts sees to its own.
 *
 * What servers say of themselves and what the view has only raises the suspicion. The change, then the members are read anew, in
 * this order, and the group is asked: a replica that a later change has made is refused by its server (`retireReplica`).
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import {isUnderWay} from '../entity/replica-change.js'
import {toCodedError} from '../errors/coded-error.js'
import {members} from '../raft/membership.js'
import {type Call, type Cluster, liveServer} from './cluster.js'
import {askGroup} from './group-sight.js'
import {callServer} from './partition-servers.js'

/** Between two looks: strays are rare, and wait. */
const paceMs = 2_000
const retireTimeoutMs = 30_000

interface Suspect {
  readonly partition: PartitionId
  readonly node: NodeId
}

export class StrayReplicas {
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(private readonly cluster: Cluster) {}

  async settle(call: Call): Promise<void> {
    const {clock, log} = this.cluster
    if (clock.nowMs() - this.#lookedAtMs < paceMs) return
    this.#lookedAtMs = clock.nowMs()
    for (const {partition, node} of this.#suspects()) {
      try {
        const directory = await this.#retire({partition, node}, call)
        if (directory !== null) log.info('master.stray.retired', {partition, node, directory})
      } catch (thrown) {
        log.warn('master.stray.kept', {partition, node, error: toCodedError(thrown).message})
      }
    }
  }

  /** A partition whose members have never changed has none. */
  #suspects(): Suspect[] {
    const {view} = this.cluster
    return [...view.servers.values()].flatMap(({name: node, p_ids: held = []}) =>
      held.flatMap((partition) => {
        const change = view.replicaChanges.get(partition)
        if (change === undefined || isUnderWay(change)) return []
        const record = view.spaces.get(change.space_id)?.partitions.find(({id}) => id === partition)
        return record?.replicas === undefined || record.replicas.includes(node) ? [] : {partition, node}
      }),
    )
  }

  /** Where it is now; null if it is none, or has gone. */
  async #retire({partition: partitionId, node}: Suspect, call: Call): Promise<string | null> {
    const {cluster} = this
    const change = (await cluster.repository.replicaChange(partitionId, call))?.value
    if (change === undefined || isUnderWay(change)) return null
    const space = await cluster.repository.space(change.db_id, change.space_id, call)
    const record = space?.value.partitions.find(({id}) => id === partitionId)
    if (record?.replicas === undefined || record.replicas.includes(node)) return null
    const {leader} = await askGroup(cluster, record, [node], call)
    if (leader === null || members(leader.membership).includes(node)) return null
    const reason = `the partition's group is on nodes ${leader.membership.voters.join(', ')} since change ${change.id} (${change.reason})`
    const request = {partitionId, change: change.id, reason}
    const server = liveServer(cluster, node)
    return (await callServer(cluster, server, 'retireReplica', request, call, retireTimeoutMs)).directory
  }
}
