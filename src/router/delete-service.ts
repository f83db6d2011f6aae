/**
 * Delete (data-plane spec §1.8), by ids or by filter. `limit` bounds what a filter deletes in each partition: 50 if the
 * request says nothing.
 *
 * An id is deleted wherever it is: where the rules of the space put it, and where it came through `partitions` or before an
 * expansion. The partitions that normally do not have it are only read, for a delete costs an entry in their logs.
 *
 * Where Vearch is silent (W-8) this is not: if no partition could be asked, the delete fails; if some could not,
 * `failed_partitions` names them beside what was deleted, and says where documents may have been deleted all the same.
 */
import type {Filter} from '../entity/document.js'
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import {CodedError} from '../errors/coded-error.js'
import {decodeStored} from '../rpc/document-codec.js'
import {outcomesOf, type PartialFailure, partialAnswers} from './outcome.js'
import {idsEnd} from './query-service.js'
import {withStatus} from './refusal.js'
import {routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import {checkedAgainst, type SearchRequest} from './search-request.js'
import type {SpaceLookup} from './space-lookup.js'

export interface DeleteReply extends PartialFailure {
  readonly total: number
  readonly document_ids: readonly string[]
}

const idsOnly = {fields: [], vectors: []}

export class DeleteService {
  constructor(private readonly parts: {readonly spaces: SpaceLookup; readonly scatter: Scatter}) {}

  async delete(request: SearchRequest, context: RequestContext): Promise<DeleteReply> {
    const space = await withStatus(500, () => this.parts.spaces.find(request, context))
    const {filter, partitions} = await withStatus(400, () => {
      const {filter} = checkedAgainst(space, request)
      checkTarget(request.documentIds, filter)
      return {filter, partitions: routingOf(space).named(request.partitionNames)}
    })
    return withStatus(422, () =>
      filter === null
        ? this.#byIds(space, partitions, request.documentIds, context)
        : this.#byFilter(space, partitions, filter, request, context),
    )
  }

  async #byIds(
    space: Space,
    partitions: readonly PartitionId[],
    documentIds: readonly string[],
    context: RequestContext,
  ): Promise<DeleteReply> {
    const routing = routingOf(space)
    const wanted = [...new Set(documentIds)]
    const outcomes = await outcomesOf(partitions, async (partition) => {
      const own = wanted.filter((id) => routing.candidatesOf(id).includes(partition))
      const strays = await this.#existing(space, partition, wanted, own, context)
      return this.#deleteIn(space, partition, [...own, ...strays], context)
    })
    const {answers, failure} = partialAnswers(outcomes, 'writes')
    const deleted = new Set(answers.flat())
    const ids = wanted.filter((id) => deleted.has(id))
    return {total: ids.length, document_ids: ids, ...failure}
  }

  /** Of the ids that this partition does not own, those that it has all the same. */
  async #existing(
    space: Space,
    partition: PartitionId,
    wanted: readonly string[],
    own: readonly string[],
    context: RequestContext,
  ): Promise<readonly string[]> {
    const ids = wanted.filter((id) => !own.includes(id))
    if (ids.length === 0) return []
    const ask = (partitionId: PartitionId) => ({partitionId, ids, projection: idsOnly, leader: true})
    const {documents} = await this.parts.scatter.write(space, partition, 'get', ask, context)
    return decodeStored(documents).map(({id}) => id)
  }

  async #deleteIn(
    space: Space,
    partition: PartitionId,
    ids: readonly string[],
    context: RequestContext,
  ): Promise<readonly string[]> {
    if (ids.length === 0) return []
    const ask = (partitionId: PartitionId) => ({partitionId, ids})
    return (await this.parts.scatter.write(space, partition, 'delete', ask, context)).deleted
  }

  async #byFilter(
    space: Space,
    partitions: readonly PartitionId[],
    filter: Filter,
    {page: {limit}}: SearchRequest,
    context: RequestContext,
  ): Promise<DeleteReply> {
    const ask = (partitionId: PartitionId) => ({partitionId, filter, limit})
    const outcomes = await outcomesOf(partitions, (partition) =>
      this.parts.scatter.write(space, partition, 'deleteByFilter', ask, context),
    )
    const {answers, failure} = partialAnswers(outcomes, 'writes')
    const ids = answers.flatMap(({deleted}) => deleted)
    return {total: ids.length, document_ids: ids, ...failure}
  }
}

function checkTarget(ids: readonly string[], filter: Filter | null): void {
  if (ids.length === 0) {
    if (filter === null) throw new CodedError('DELETE_INVALID_PARAMS_SHOULD_HAVE_ONE_OF_DOCUMENT_IDS_OR_FILTER')
    return
  }
  if (filter !== null) throw new CodedError('DELETE_INVALID_PARAMS_BOTH_DOCUMENT_IDS_AND_VECTOR')
  if (ids.length >= idsEnd) throw new CodedError('DELETE_INVALID_PARAMS_LENGTH_OF_DOCUMENT_IDS_BEYOND_500')
}
