/**
 * How a space goes, completely, whoever dies meanwhile.
 *
 * One transaction deletes the space's record and its configuration and leaves a removal in their place: which partitions
 * were on which nodes. From then on the space does not exist. The removal is then worked off: the partitions' keys are
 * deleted, their replicas are deleted on every node that is alive. What is left, because a node is not, stays in the removal;
 * the reconciler of any master goes on with it when the node is back. Only replicas of a removal are ever deleted: that a
 * partition is unknown is no reason to wipe data.
 */
import {type DbId, dbId, type NodeId, type PartitionId, type SpaceId, spaceId} from '../entity/ids.js'
import {isUnderWay} from '../entity/replica-change.js'
import type {Space} from '../entity/space.js'

import {putRecord, type Stored, unchanged} from '../meta/repository.js'
import type {Operation} from '../meta/store.js'
import {amend} from './amend.js'
import type {Background} from './background.js'
import {type Call, type Cluster, liveServer} from './cluster.js'
import {callServer, onEach} from './partition-servers.js'
import type {Claim} from './session.js'

export interface Removal {
  readonly space_id: SpaceId
  readonly db_id: DbId
  readonly name: string
  /** Seconds since the epoch. */
  readonly time_stamp: number
  /** Replicas that may still have data. */
  readonly pending: readonly {readonly partition: PartitionId; readonly nodes: readonly NodeId[]}[]
}

/** Well below etcd's limit of operations in a transaction. */
const partitionsPerTransaction = 50
const deleteTimeoutMs = 10_000
/** For what goes on after its request was answered. */
const undoTimeoutMs = 60_000
const undoAttemptsMax = 5
const undoPauseMs = 500

/** What a creation's claim says: the space that it is about. */
export function claimValue({db_id, id}: Space): string {
  return `${db_id}/${id}`
}

export class SpaceRemoval {
  constructor(
    private readonly cluster: Cluster,
    private readonly background: Background,
  ) {}

  /** Removes the space, on condition that it is as it was read; works off what can be done now. False if it was changed. */
  async remove(stored: Stored<Space>, call: Call, claimKey: string | null = null): Promise<boolean> {
    const {repository, view, clock, log} = this.cluster
    const {keys, store} = repository
    const {id, db_id, name, partitions} = stored.value
    const removal: Removal = {
      space_id: id,
      db_id,
      name,
      time_stamp: Math.floor(clock.wallMs() / 1_000),
      pending: partitions.map(({id: partition, replicas = []}) => {
        const change = view.replicaChanges.get(partition)
        const newcomers = change?.add !== undefined && isUnderWay(change) ? [change.add] : []
        return {partition, nodes: [...new Set([...replicas, ...newcomers])]}
      }),
    }
    const then: Operation[] = [
      {type: 'delete', key: stored.key},
      {type: 'delete', key: keys.spaceConfig(db_id, id)},
      putRecord(keys.removal(id), removal),
    ]
    if (claimKey !== null) then.push({type: 'delete', key: claimKey})
    const {succeeded} = await store.transact({compare: [unchanged(stored)], then}, {signal: call.signal})
    if (!succeeded) return false
    log.info('master.space.removed', {space: name, id, partitions: partitions.length})
    await this.workOff(id, call)
    return true
  }

  /** Does what can be done now of a removal; nothing if there is none. */
  async workOff(id: SpaceId, call: Call): Promise<void> {
    const {repository, log} = this.cluster
    const {keys, store} = repository
    const stored = await repository.record<Removal>(keys.removal(id), {signal: call.signal})
    if (stored === null) return
    const {pending, name} = stored.value
    for (let from = 0; from < pending.length; from += partitionsPerTransaction) {
      const page = pending.slice(from, from + partitionsPerTransaction)
      const gone = page.flatMap(({partition}) => [keys.partition(partition), keys.replicaChange(partition)])
      await store.transact({then: gone.map((key) => ({type: 'delete', key}))}, call)
    }
    const done = await this.#deleteReplicas(stored.value, call)
    const left = await amend(
      store,
      async () => {
        const current = await repository.record<Removal>(keys.removal(id), {signal: call.signal})
        if (current === null) return {transaction: null, result: []}
        const rest = withoutReplicas(current.value.pending, done)
        if (rest.length > 0 && done.size === 0) return {transaction: null, result: rest}
        const then: Operation[] =
          rest.length === 0
            ? [{type: 'delete', key: current.key}]
            : [putRecord(current.key, {...current.value, pending: rest})]
        return {transaction: {compare: [unchanged(current)], then}, result: rest}
      },
      {signal: call.signal},
    )
    if (left.length > 0) log.info('master.space.removal.waits', {space: name, id, replicas: left})
  }

  /** Undoes a creation, after its request is over if need be; the reconciler goes on where this gives up. */
  undoCreation(claim: Claim): void {
    this.background.run('undo creation', undoTimeoutMs, (call) => this.#undo(claim, call))
  }

  async #undo(claim: Claim, call: Call): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.removeClaimed(claim.key, call)
      } catch (thrown) {
        if (attempt === undoAttemptsMax || call.signal.aborted) throw thrown
        await this.cluster.clock.sleep(undoPauseMs * attempt, call.signal)
      }
    }
  }

  /** Removes the space that a claim is about; none if the claim is gone, for then the space is complete or removed. */
  async removeClaimed(claimKey: string, call: Call): Promise<void> {
    const {repository} = this.cluster
    const kv = await repository.store.get(claimKey, {signal: call.signal})
    if (kv === null) return
    const [db = 0, id = 0] = new TextDecoder().decode(kv.value).split('/').map(Number)
    const space = await repository.space(dbId(db), spaceId(id), {signal: call.signal})
    if (space === null)
      await repository.store.transact({then: [{type: 'delete', key: claimKey}]}, {signal: call.signal})
    else await this.remove(space, call, claimKey)
  }

  /** On every node that is alive; the replicas that are gone now. */
  async #deleteReplicas({pending, name}: Removal, call: Call): Promise<ReadonlySet<string>> {
    const {view, log} = this.cluster
    const reachable = pending.flatMap(({partition, nodes}) =>
      nodes.filter((node) => view.servers.has(node)).map((node) => ({partition, node})),
    )
    const outcomes = await onEach(reachable, ({partition: partitionId, node}) =>
      callServer(this.cluster, liveServer(this.cluster, node), 'deletePartition', {partitionId}, call, deleteTimeoutMs),
    )
    const done = new Set<string>()
    for (const [position, {partition, node}] of reachable.entries()) {
      const outcome = outcomes[position]
      if (outcome?.ok === true) done.add(replicaKey(partition, node))
      else log.warn('master.replica.not-deleted', {space: name, partition, node, error: outcome?.error.message})
    }
    return done
  }

  /** Forgets the replicas of a node that will never come back. */
  async forgetNode(node: NodeId, call: Call): Promise<void> {
    const {repository} = this.cluster
    const {items} = await repository.list<Removal>(repository.keys.removalPrefix, {signal: call.signal})
    for (const {key} of items) {
      await amend(
        repository.store,
        async () => {
          const current = await repository.record<Removal>(key, {signal: call.signal})
          if (current === null) return {transaction: null, result: undefined}
          const pending = current.value.pending.map(({partition, nodes}) => ({
            partition,
            nodes: nodes.filter((other) => other !== node),
          }))
          const then = [putRecord(key, {...current.value, pending})]
          return {transaction: {compare: [unchanged(current)], then}, result: undefined}
        },
        {signal: call.signal},
      )
    }
  }
}

function withoutReplicas(pending: Removal['pending'], done: ReadonlySet<string>): Removal['pending'] {
  return pending
    .map(({partition, nodes}) => ({partition, nodes: nodes.filter((node) => !done.has(replicaKey(partition, node)))}))
    .filter(({nodes}) => nodes.length > 0)
}

function replicaKey(partition: PartitionId, node: NodeId): string {
  return `${partition}@${node}`
}
