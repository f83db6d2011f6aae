/**
 * Query (data-plane spec §1.6): by ids (`get-service.ts`) or by filter.
 *
 * A filter query is complete or it fails: one partition that does not answer fails the whole. Documents come partition by
 * partition, in docid order within each, so that pages of an unchanged space are stable.
 */
import type {Filter} from '../entity/document.js'
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import {CodedError} from '../errors/coded-error.js'
import {decodeStored} from '../rpc/document-codec.js'
import type {WireProjection} from '../rpc/ps-api.js'
import {DocumentView} from './document-view.js'
import {type GetService, type QueryReply, requirePartition} from './get-service.js'
import {windowOf} from './merge.js'
import {outcomesOf} from './outcome.js'
import {withStatus} from './refusal.js'
import {readLoadBalance} from './replica-choice.js'
import {routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import {checkedAgainst, type SearchRequest} from './search-request.js'
import type {SpaceLookup} from './space-lookup.js'

/** That many ids or more are refused. */
export const idsEnd = 500

interface Query {
  readonly request: SearchRequest
  readonly space: Space
  readonly filter: Filter | null
  readonly projection: WireProjection
  readonly context: RequestContext
}

export class QueryService {
  constructor(
    private readonly parts: {readonly spaces: SpaceLookup; readonly scatter: Scatter; readonly gets: GetService},
  ) {}

  async query(request: SearchRequest, context: RequestContext): Promise<QueryReply> {
    const space = await withStatus(500, () => this.parts.spaces.find(request, context))
    const {filter, projection} = await withStatus(400, () => checkedAgainst(space, request))
    const partitions = await withStatus(400, () => routingOf(space).named(request.partitionNames))
    const query = {request, space, filter, projection, context}
    if (request.documentIds.length > 0) return this.#byIds(query)
    return withStatus(400, () => {
      if (filter === null) throw new CodedError('QUERY_INVALID_PARAMS_SHOULD_HAVE_ONE_OF_DOCUMENT_IDS_OR_FILTER')
      const asked = request.partitionId === undefined ? partitions : [requirePartition(space, request.partitionId)]
      return withStatus(422, () => this.#byFilter(query, asked))
    })
  }

  async #byIds({request, space, filter, projection, context}: Query): Promise<QueryReply> {
    const ids = request.documentIds
    await withStatus(400, () => {
      if (filter !== null) throw new CodedError('QUERY_INVALID_PARAMS_BOTH_DOCUMENT_IDS_AND_FILTER')
    })
    await withStatus(422, () => {
      if (ids.length >= idsEnd) throw new CodedError('QUERY_INVALID_PARAMS_LENGTH_OF_DOCUMENT_IDS_BEYOND_500')
    })
    const {gets} = this.parts
    const get = {space, ids, projection, loadBalance: readLoadBalance(request.loadBalance), context}
    const {partitionId} = request
    if (partitionId !== undefined) {
      const partition = await withStatus(400, () => requirePartition(space, partitionId))
      return withStatus(500, () => gets.getByDocid(get, partition, request.next))
    }
    return request.getByHash ? withStatus(500, () => gets.getByHash(get)) : withStatus(422, () => gets.get(get))
  }

  async #byFilter(
    {request, space, filter, projection, context}: Query,
    partitions: readonly PartitionId[],
  ): Promise<QueryReply> {
    const window = windowOf(request.page)
    if (window.to <= window.from) return {total: 0, documents: []}
    const loadBalance = readLoadBalance(request.loadBalance)
    // One partition skips by itself; of several, nobody knows which of them has the documents to skip.
    const skipped = partitions.length === 1 ? window.from : 0
    const outcomes = await outcomesOf(partitions, (partition) =>
      this.parts.scatter.read(
        space,
        partition,
        'query',
        (partitionId, atLeast) => ({
          partitionId,
          filter,
          offset: skipped,
          limit: window.to - skipped,
          projection,
          leader: loadBalance === 'leader',
          atLeast,
        }),
        {loadBalance, context},
      ),
    )
    const view = new DocumentView(space)
    const found = outcomes.flatMap((outcome) => {
      if ('error' in outcome) throw outcome.error
      return decodeStored(outcome.answer.documents)
    })
    const documents = found.slice(window.from - skipped, window.to - skipped).map((document) => view.render(document))
    return {total: documents.length, documents}
  }
}
