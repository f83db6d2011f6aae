/** One replica more or one less for every partition of a space. */
import type {Db} from '../entity/db.js'
import type {NodeId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {Space} from '../entity/space.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord, unchanged} from '../meta/repository.js'
import {amend} from './amend.js'
import {type Call, type Cluster, findDb, findSpace} from './cluster.js'
import {type AntiAffinity, labelsOf, placeOne, replicasPerServer} from './placement.js'
import type {ReplicaChanges} from './replica-changes.js'
import type {WantedChange} from './replica-guards.js'

export class ReplicaNumbers {
  constructor(
    private readonly cluster: Cluster,
    private readonly changes: ReplicaChanges,
    private readonly antiAffinity: AntiAffinity,
  ) {}

  /**
   * Resolves when every partition has that many. What an earlier call has left unfinished counts: asked again, it goes on with
   * the partitions that lack it. Errors: those of `ReplicaChanges`; MASTER_PS_NOT_ENOUGH_SELECT; GUARD_FAILED for the last replica.
   */
  async step(dbName: string, spaceName: string, by: 1 | -1, call: Call): Promise<void> {
    const db = await findDb(this.cluster, dbName, call)
    const {value: space} = await findSpace(this.cluster, db, spaceName, call)
    const goal = space.replica_num + by
    if (goal < 1) {
      throw new CodedError('GUARD_FAILED', `space:[${spaceName}] has one replica: delete the space to remove that`)
    }
    const wanted = by === 1 ? this.#additions(space, db.value, goal) : this.#removals(space, goal)
    const begun = await this.changes.begin(wanted, {reason: 'change_replicas', replica_num: goal}, call)
    await this.changes.whenEnded(begun, call)
    await this.#settle(space, goal, call)
  }

  #additions(space: Space, db: Db, goal: number): WantedChange[] {
    const {view} = this.cluster
    const load = replicasPerServer(view)
    return space.partitions
      .filter(({replicas = []}) => replicas.length < goal)
      .map(({id, replicas: holders = []}) => {
        const add = placeOne([...view.servers.values()], load, {
          resourceName: space.resource_name,
          dbServers: db.ps ?? [],
          cordoned: view.cordoned,
          holders,
          labelOf: labelsOf(view, this.antiAffinity),
        })
        if (add === null) {
          const detail = `no server can take one more replica of partition:[${id}], need ${goal} replicas`
          throw new CodedError('MASTER_PS_NOT_ENOUGH_SELECT', detail, {retryable: true, hint: 'Start more servers.'})
        }
        load.set(add, (load.get(add) ?? 0) + 1)
        return {partition: id, add}
      })
  }

  /** One that is not alive, else one that does not lead, from the server that has the most. */
  #removals(space: Space, goal: number): WantedChange[] {
    const {view} = this.cluster
    const load = replicasPerServer(view)
    const rank = ({id}: Partition, node: NodeId) =>
      !view.servers.has(node) ? 0 : view.partitions.get(id)?.leader_name === node ? 2 : 1
    return space.partitions
      .filter(({replicas = []}) => replicas.length > goal)
      .map((partition) => {
        const [remove] = [...(partition.replicas ?? [])].sort(
          (a, b) => rank(partition, a) - rank(partition, b) || (load.get(b) ?? 0) - (load.get(a) ?? 0),
        )
        if (remove === undefined) throw paramError(`partition:[${partition.id}] has no replica`)
        load.set(remove, (load.get(remove) ?? 1) - 1)
        return {partition: partition.id, remove}
      })
  }

  /** The last change to end has set the number, unless there was none to make. */
  async #settle({id, db_id, name}: Space, goal: number, call: Call): Promise<void> {
    const {repository} = this.cluster
    await amend(
      repository.store,
      async () => {
        const stored = await repository.space(db_id, id, call)
        if (stored === null) throw new CodedError('SPACE_NOT_EXIST', `space:[${name}]`)
        if (stored.value.replica_num === goal) return {transaction: null, result: undefined}
        const others = stored.value.partitions.filter(({replicas = []}) => replicas.length !== goal)
        if (others.length > 0) {
          const ids = others.map((partition) => partition.id)
          throw new CodedError('GUARD_FAILED', `partitions [${ids}] do not have ${goal} replicas yet: ask once more`)
        }
        const space: Space = {...stored.value, replica_num: goal, version: stored.value.version + 1}
        return {transaction: {compare: [unchanged(stored)], then: [putRecord(stored.key, space)]}, result: undefined}
      },
      call,
    )
  }
}
