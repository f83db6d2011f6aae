/**
 * Search (data-plane spec §1.7, §4): every partition gives its best, the best of those are merged by the metric of the
 * field's index.
 *
 * Beyond Vearch's answer: where some partitions failed and others did not, `failed_partitions` names them with code and
 * message (W-21). It is absent when all answered; when all failed, the search fails.
 */

import {metricOf} from '../engine/metric.js'
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import {CodedError} from '../errors/coded-error.js'
import {decodeHits} from '../rpc/document-codec.js'
import type {WireProjection, WireSearch} from '../rpc/ps-api.js'
import {type DocumentJson, DocumentView} from './document-view.js'
import {type HitList, mergeHits, windowOf} from './merge.js'
import {type Outcome, outcomesOf, type PartialFailure, partialAnswers} from './outcome.js'
import {type QueryVectors, readQueryVectors} from './query-vectors.js'
import {withStatus} from './refusal.js'
import {readLoadBalance} from './replica-choice.js'
import {routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import {checkedAgainst, readIndexParams, type SearchRequest} from './search-request.js'
import type {SpaceLookup} from './space-lookup.js'

export interface SearchReply extends PartialFailure {
  /** For each query vector its hits, best first. */
  readonly documents: readonly (readonly DocumentJson[])[]
}

interface Search {
  readonly request: SearchRequest
  readonly space: Space
  readonly partitions: readonly PartitionId[]
  readonly projection: WireProjection
  readonly filter: WireSearch['filter']
  readonly query: QueryVectors
  readonly params: WireSearch['params']
  readonly context: RequestContext
}

export class SearchService {
  constructor(private readonly parts: {readonly spaces: SpaceLookup; readonly scatter: Scatter}) {}

  async search(request: SearchRequest, context: RequestContext): Promise<SearchReply> {
    const space = await withStatus(500, () => this.parts.spaces.find(request, context))
    const checked = await withStatus(400, () => ({
      ...checkedAgainst(space, request),
      query: readQueryVectors(space, request.vectors, request.ranker),
      partitions: routingOf(space).named(request.partitionNames),
      params: readIndexParams(request.indexParams),
    }))
    return withStatus(500, () => {
      if (request.vectors.length === 0) throw new CodedError('SEARCH_INVALID_PARAMS_SHOULD_HAVE_VECTOR_FIELD')
      return this.#run({request, space, context, ...checked})
    })
  }

  async #run(search: Search): Promise<SearchReply> {
    const {request, space, query} = search
    const window = windowOf(request.page)
    if (window.to <= window.from) return {documents: Array.from({length: query.queries}, () => [])}
    const {answers, failure} = partialAnswers(await this.#ask(search, window.to), 'reads')
    const lists: readonly HitList[][] = answers.map(({hits}) => decodeHits(hits))
    const metric = metricOf(space, query.vectors[0]?.field ?? '')
    const view = new DocumentView(space)
    const documents = Array.from({length: query.queries}, (_, index) =>
      mergeHits(
        lists.map((list) => list[index] ?? []),
        metric,
        window.to,
      )
        .slice(window.from)
        .map(({document, score}) => view.render(document, {_score: score})),
    )
    return {documents: selectedNothing(search, lists) ? [] : documents, ...failure}
  }

  #ask(
    {request, space, partitions, projection, filter, query, params, context}: Search,
    topK: number,
  ): Promise<readonly Outcome<{hits: Uint8Array}>[]> {
    const loadBalance = readLoadBalance(request.loadBalance)
    const wire = {
      ...query,
      topK,
      // Skipping before the merge would skip the best of every partition.
      offset: 0,
      filter,
      exact: request.bruteForce,
      params,
      projection,
      leader: loadBalance === 'leader',
    }
    return outcomesOf(partitions, (partition) =>
      this.parts.scatter.read(space, partition, 'search', (partitionId, atLeast) => ({...wire, partitionId, atLeast}), {
        loadBalance,
        context,
      }),
    )
  }
}

/**
 * A filter that selects no document anywhere makes the outer list empty; no hit for another reason makes an empty list for
 * each query (both shapes are relied on). Bounds on the score are such a reason, and the only one beside the filter.
 */
function selectedNothing({filter, query}: Search, lists: readonly (readonly HitList[])[]): boolean {
  const isBounded = query.vectors.some(({minScore, maxScore}) => minScore !== undefined || maxScore !== undefined)
  return filter !== null && !isBounded && lists.every((list) => list.every((hits) => hits.length === 0))
}
