/**
 * What a replica answers from its engine. Sizes that came over the wire are checked here, because an engine asserts what
 * it is given and must not be reached by a client's mistake.
 */
import type {Hit, Projection, VectorEngine} from '../engine/engine.js'
import {compareScores, metricOf} from '../engine/metric.js'
import type {Filter, StoredDocument} from '../entity/document.js'
import {type Clock, nextTurn} from '../env/clock.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import type {ErrorName} from '../errors/codes.js'
import type {RangeDigest, WireSearch} from '../rpc/ps-api.js'
import {DocumentDigest} from './document-digest.js'
import type {PartitionState} from './partition-state.js'

/** An engine fetches on the event loop: 239 µs a document with vectors (engine.md), so a few at a time. */
const fetchChunk = 64
const fetchChunkWithVectors = 8
/** What one search may ask of an engine: hits per query, offset included. */
const hitsMax = 1_000_000
/** What one digest may cover: no entry is applied while it is made. */
const digestDocidsMax = 1_024
const nothing: Projection = {fields: [], vectors: []}

type Searched = WireSearch['vectors'][number]

export class PartitionReads {
  #closed = false

  constructor(
    private readonly state: PartitionState,
    private readonly clock: Pick<Clock, 'soon'>,
  ) {}

  /** Before the engine is closed: a read that is between two calls of it makes no more. */
  close(): void {
    this.#closed = true
  }

  get #engine(): VectorEngine {
    if (this.#closed) throw new CodedError('PARTITION_IS_CLOSED', '', {retryable: true})
    return this.state.engine
  }

  /**
   * Hits for each query, best first. More than one vector field: each field's best `topK` + `offset`, those found in all
   * of them, by the weighted sum of their scores (data-plane spec §4.7).
   *
   * An IVF index that is not trained yet is no error here, as it is in Vearch (spec §4.5): the engine scans what no index
   * covers, exactly.
   */
  async search(search: WireSearch): Promise<readonly (readonly Hit[])[]> {
    const [first, ...others] = search.vectors
    if (first === undefined) throw paramError('search without a vector')
    if (search.weights.length !== search.vectors.length && others.length > 0) {
      throw paramError(`${search.weights.length} weights for ${search.vectors.length} vectors`)
    }
    inRange('queries', search.queries, 1, hitsMax)
    inRange('limit', search.topK, 1, hitsMax)
    inRange('offset', search.offset, 0, hitsMax - search.topK)
    const lists = await coded('SEARCH_ENGINE_ERR', () =>
      Promise.all([
        this.#searchField(search, first, search.projection),
        ...others.map((vector) => this.#searchField(search, vector, nothing)),
      ]),
    )
    const [hits = []] = others.length === 0 ? lists : [this.#intersect(search, lists)]
    const window = {from: search.offset, to: search.offset + search.topK}
    return hits.map((ofQuery) => ofQuery.slice(window.from, window.to))
  }

  #searchField(search: WireSearch, vector: Searched, projection: Projection): Promise<(readonly Hit[])[]> {
    return this.#engine.search({
      field: vector.field,
      queries: this.#queries(vector, search.queries),
      topK: search.topK + search.offset,
      filter: search.filter,
      ...(vector.minScore === undefined ? {} : {minScore: vector.minScore}),
      ...(vector.maxScore === undefined ? {} : {maxScore: vector.maxScore}),
      exact: search.exact,
      params: search.params,
      projection,
    })
  }

  #queries({field, features}: Searched, count: number): Float32Array[] {
    const dimension = this.state.shape.dimensionOf(field)
    if (dimension === undefined) throw paramError(`field:[${field}] is not vector type`)
    const bytes = dimension * Float32Array.BYTES_PER_ELEMENT
    if (features.length !== count * bytes) {
      throw paramError(
        `vector embedding length [${features.length / 4}] err, dimension is [${dimension}], queries [${count}]`,
      )
    }
    return Array.from({length: count}, (_, index) => {
      // A copy of its own: the wire's bytes need not begin where a float may.
      return new Float32Array(new Uint8Array(features.subarray(index * bytes, (index + 1) * bytes)).buffer)
    })
  }

  #intersect(search: WireSearch, lists: readonly (readonly (readonly Hit[])[])[]): (readonly Hit[])[] {
    const [first = [], ...others] = lists
    const metric = metricOf(this.state.space, search.vectors[0]?.field ?? '')
    return first.map((hits, query) => {
      const scores = others.map((list) => new Map(list[query]?.map(({document, score}) => [document.docid, score])))
      const combined: Hit[] = []
      for (const {document, score} of hits) {
        const all = [score, ...scores.map((byDocid) => byDocid.get(document.docid))]
        const sum = all.reduce<number>((total, part, index) => total + (part ?? NaN) * (search.weights[index] ?? 0), 0)
        if (!all.includes(undefined)) combined.push({document, score: sum})
      }
      return combined.sort((a, b) => compareScores(metric, a.score, b.score))
    })
  }

  query(query: {
    filter: Filter | null
    offset: number
    limit: number
    projection: Projection
  }): Promise<StoredDocument[]> {
    inRange('limit', query.limit, 0, hitsMax)
    inRange('offset', query.offset, 0, Number.MAX_SAFE_INTEGER)
    return coded('QUERY_ENGINE_ERR', () => this.#engine.query(query))
  }

  /** Those that exist, in the order of `ids`. */
  async get(ids: readonly string[], projection: Projection): Promise<StoredDocument[]> {
    const chunk = projection.vectors.length > 0 ? fetchChunkWithVectors : fetchChunk
    const found: StoredDocument[] = []
    for (let from = 0; from < ids.length; from += chunk) {
      if (from > 0) await nextTurn(this.clock)
      const some = ids.slice(from, from + chunk)
      const documents = await coded('QUERY_ENGINE_ERR', async () => this.#engine.fetch(some, projection))
      for (const id of some) {
        const document = documents.get(id)
        if (document !== undefined) found.push(document)
      }
    }
    return found
  }

  /** One for each docid: the document there or, with `next`, the first one after it; null if there is none. */
  async byDocid(docids: readonly number[], next: boolean, projection: Projection): Promise<(StoredDocument | null)[]> {
    const found: (StoredDocument | null)[] = []
    for (const docid of docids) {
      inRange('docid', docid, next ? -1 : 0, Number.MAX_SAFE_INTEGER - 1)
      const [from, to] = next ? [docid + 1, this.state.nextDocid] : [docid, docid + 1]
      const scan = async () => (from < to ? await this.#engine.scan(from, to, 1, projection) : [])
      const [document = null] = await coded('QUERY_ENGINE_ERR', scan)
      found.push(document)
    }
    return found
  }

  /**
   * Of the documents with a docid in [from, from + count), while nothing is applied. Replicas that are equal there answer the same
   * checksum, however far each of them is.
   */
  digest(from: number, count: number): Promise<RangeDigest> {
    inRange('count', count, 1, digestDocidsMax)
    inRange('from', from, 0, Number.MAX_SAFE_INTEGER - count)
    const {state, clock} = this
    if (state.failure !== null) throw new CodedError('PARTITION_IS_INVALID', state.failure.message)
    return state.whilePaused(async ({appliedIndex: applied, nextDocid}) => {
      const projection = {fields: 'all', vectors: state.shape.vectors} as const
      const to = Math.min(from + count, nextDocid)
      const digest = new DocumentDigest()
      for (let at = from; at < to; at += fetchChunkWithVectors) {
        if (at > from) await nextTurn(clock)
        const end = Math.min(at + fetchChunkWithVectors, to)
        digest.add(await coded('QUERY_ENGINE_ERR', () => this.#engine.scan(at, end, end - at, projection)))
      }
      return {applied, nextDocid, documents: digest.documents, digest: digest.hex()}
    })
  }
}

function inRange(name: string, value: number, from: number, to: number): void {
  if (!Number.isSafeInteger(value) || value < from || value > to) throw paramError(`${name} ${value} is out of range`)
}

/** What an engine throws, as an error that a client can read; nothing was written, so it is a rejection. */
async function coded<T>(errorName: ErrorName, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown
    throw new CodedError(errorName, thrown instanceof Error ? thrown.message : String(thrown), {cause: thrown})
  }
}
