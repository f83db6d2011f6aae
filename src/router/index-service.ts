/** Flush, force merge and rebuild (data-plane spec §1.9): counted by replica or partition, never failing as a whole. */
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {PsRequest} from '../rpc/ps-api.js'
import {requirePartition} from './get-service.js'
import {type Outcome, outcomesOf} from './outcome.js'
import {withStatus} from './refusal.js'
import {routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import type {SpaceLookup, SpaceNames} from './space-lookup.js'

/** Zero counts are left out, as Vearch's encoder does. */
export interface IndexReply {
  readonly _shards: {
    readonly total?: number
    readonly successful?: number
    readonly failed?: number
    readonly msg?: string
  }
}

export interface IndexRequest extends SpaceNames {
  /** 0 for all of them. */
  readonly partitionId: number
  readonly dropBeforeRebuild: boolean
}

export class IndexService {
  constructor(private readonly parts: {readonly spaces: SpaceLookup; readonly scatter: Scatter}) {}

  /** Through the leader of every partition. */
  async flush(request: IndexRequest, context: RequestContext): Promise<IndexReply> {
    const space = await withStatus(500, () => this.parts.spaces.find(request, context))
    const outcomes = await outcomesOf(routingOf(space).all, (partition) =>
      this.parts.scatter.write(space, partition, 'flush', (partitionId) => ({partitionId}), context),
    )
    return counted(outcomes)
  }

  /** On every replica, each of which goes on by itself after it has answered. */
  forceMerge(request: IndexRequest, context: RequestContext): Promise<IndexReply> {
    return this.#everywhere('forceMerge', request, (partitionId) => ({partitionId}), context)
  }

  /** As `forceMerge`. */
  rebuild(request: IndexRequest, context: RequestContext): Promise<IndexReply> {
    const {dropBeforeRebuild} = request
    return this.#everywhere('rebuildIndex', request, (partitionId) => ({partitionId, dropBeforeRebuild}), context)
  }

  async #everywhere<M extends 'forceMerge' | 'rebuildIndex'>(
    method: M,
    request: IndexRequest,
    ask: (partition: PartitionId) => PsRequest<M>,
    context: RequestContext,
  ): Promise<IndexReply> {
    const space = await withStatus(500, () => this.parts.spaces.find(request, context))
    const {partitionId} = request
    const partitions = await withStatus(400, () =>
      partitionId === 0 ? routingOf(space).all : [requirePartition(space, partitionId)],
    )
    const outcomes = await Promise.all(
      partitions.map((partition) => this.parts.scatter.everyReplica(space, partition, method, ask, context)),
    )
    return counted(outcomes.flat())
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
