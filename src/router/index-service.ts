/** Flush, force merge and rebuild (data-plane spec §1.9): counted by replica or partition, never failing as a whole. */
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import {Body} from './body.js'
import {requirePartition} from './get-service.js'
import {type Outcome, outcomesOf} from './outcome.js'
import {withStatus} from './refusal.js'
import {routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import type {SpaceLookup} from './space-lookup.js'

/** Zero counts are left out, as Vearch's encoder does. */
export interface IndexReply {
  readonly _shards: {
    readonly total?: number
    readonly successful?: number
    readonly failed?: number
    readonly msg?: string
  }
}

interface IndexRequest {
  readonly space: Space
  readonly partitions: readonly PartitionId[]
  readonly dropBeforeRebuild: boolean
}

export class IndexService {
  constructor(private readonly parts: {readonly spaces: SpaceLookup; readonly scatter: Scatter}) {}

  /** Through the leader of each partition. */
  async flush(json: unknown, context: RequestContext): Promise<IndexReply> {
    const {space} = await this.#read(json, context)
    const outcomes = await outcomesOf(routingOf(space).all, (partition) =>
      this.parts.scatter.write(space, partition, 'flush', (partitionId) => ({partitionId}), context),
    )
    return counted(outcomes)
  }

  /** On every replica, each of which goes on by itself after it has answered. */
  async forceMerge(json: unknown, context: RequestContext): Promise<IndexReply> {
    const {space, partitions} = await this.#read(json, context)
    const outcomes = await Promise.all(
      partitions.map((partition) =>
        this.parts.scatter.everyReplica(space, partition, 'forceMerge', (partitionId) => ({partitionId}), context),
      ),
    )
    return counted(outcomes.flat())
  }

  /** As `forceMerge`. */
  async rebuild(json: unknown, context: RequestContext): Promise<IndexReply> {
    const {space, partitions, dropBeforeRebuild} = await this.#read(json, context)
    const ask = (partitionId: PartitionId) => ({partitionId, dropBeforeRebuild})
    const outcomes = await Promise.all(
      partitions.map((partition) => this.parts.scatter.everyReplica(space, partition, 'rebuildIndex', ask, context)),
    )
    return counted(outcomes.flat())
  }

  async #read(json: unknown, context: RequestContext): Promise<IndexRequest> {
    const body = new Body(json, 'IndexRequest')
    const names = {dbName: body.string('db_name'), spaceName: body.string('space_name')}
    const dropBeforeRebuild = body.boolean('drop_before_rebuild')
    const partitionId = body.uint32('partition_id') ?? 0
    const space = await withStatus(500, () => this.parts.spaces.find(names, context))
    const partitions = await withStatus(400, () =>
      partitionId === 0 ? routingOf(space).all : [requirePartition(space, partitionId)],
    )
    return {space, partitions, dropBeforeRebuild}
  }
}

function counted(outcomes: readonly Outcome<unknown>[]): IndexReply {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error.message] : []))
  const successful = outcomes.length - errors.length
  return {
    _shards: {
      ...(outcomes.length > 0 ? {total: outcomes.length} : {}),
      ...(successful > 0 ? {successful} : {}),
      ...(errors.length > 0 ? {failed: errors.length, msg: [...new Set(errors)].join('; ')} : {}),
    },
  }
}
