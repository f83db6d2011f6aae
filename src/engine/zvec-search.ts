/**
 * The nearest documents to a vector, best first, ties in docid order.
 *
 * An index may come back with fewer hits than there are: IVF probes some lists and finds none that the filter lets pass,
 * a graph cannot be followed far enough for a large `topK`. A search that comes back short is done again by scanning, so
 * what matches is always found.
 */
import {type ZVecDoc, ZVecIndexType, type ZVecQuery} from '@zvec/zvec'
import type {StoredDocument} from '../entity/document.js'
import type {MetricType} from '../entity/field.js'
import {assert} from '../errors/assert.js'
import type {Columns} from './columns.js'
import type {Hit, VectorSearch} from './engine.js'
import {both, type Expression} from './filter/compile.js'
import {matches} from './filter/evaluate.js'
import type {Effort, Params, Structure} from './index-types/index-type.js'
import {compareScores, scoreOf} from './metric.js'
import {rowsMax, windowExpression, windows, type ZvecReads} from './zvec-reads.js'
import {docidOf, projected, RowReader, vectorOf} from './zvec-rows.js'

/** How a vector field is searched. */
export interface SearchPlan {
  readonly column: string
  readonly metric: MetricType
  readonly structure: Structure
  effort(request: Params): Effort
}

/** With a `topK` beyond this share of all documents, scanning them costs less than following a graph. */
const scanShare = 0.25
/** How much further a search looks when the best hits were out of the bounds on the score. */
const widening = 4

export interface Partition {
  readonly reads: ZvecReads
  readonly columns: Columns
  /** No fewer than there are. */
  readonly documentsAtMost: () => number
  /** Greater than every docid. */
  readonly ceiling: number
}

export class ZvecSearch {
  readonly #reader: RowReader

  constructor(
    private readonly partition: Partition,
    private readonly plan: SearchPlan,
    private readonly search: VectorSearch,
    private readonly alternatives: readonly Expression[],
  ) {
    this.#reader = new RowReader(partition.columns, search.projection)
  }

  async nearest(vector: Float32Array, topK: number): Promise<Hit[]> {
    for (let k = Math.min(topK, this.partition.documentsAtMost()); k > 0; ) {
      const {rows, isAll} = await this.#best(vector, k)
      const within = rows.filter(({score}) => this.#admits(score))
      const last = rows.at(-1)
      // counted again: what was added while the search ran may have pushed others out of the first `k`
      const documentsAtMost = this.partition.documentsAtMost()
      const exhausted = isAll || k >= documentsAtMost || (last !== undefined && this.#isTooBad(last.score))
      if (within.length >= topK || exhausted) return within.slice(0, topK).map((row) => this.#hit(row))
      k = Math.min(k * widening, documentsAtMost)
    }
    return []
  }

  /** What the document is to a search that finds it; null if the filter or the bounds on the score leave it out. */
  hitOf(document: StoredDocument, vector: Float32Array): Hit | null {
    const {field, filter, projection} = this.search
    const own = document.vectors[field]
    assert(own !== undefined, `a stored document has a vector for ${field}`)
    const score = scoreOf(this.plan.metric, vector, own)
    const isFound =
      this.#admits(score) && (filter === null || matches(filter, document, this.partition.columns.scalarByField))
    return isFound ? {document: projected(document, projection), score} : null
  }

  compare(a: Hit, b: Hit): number {
    return compareScores(this.plan.metric, a.score, b.score) || a.document.docid - b.document.docid
  }

  /**
   * The `k` best rows of all alternatives, each once, and whether there are no more: fewer than `k` can also be left of a document
   * that was written meanwhile, of which zvec may find the old row and the new one.
   */
  async #best(vector: Float32Array, k: number): Promise<{readonly rows: readonly ZVecDoc[]; readonly isAll: boolean}> {
    const byId = new Map<string, ZVecDoc>()
    let isAll = true
    for (const filter of this.alternatives) {
      const isWhole = k >= rowsMax
      const rows = isWhole ? await this.#scanWindows(vector, filter) : await this.#one(vector, k, filter)
      isAll &&= isWhole || rows.length < k
      for (const row of rows) byId.set(row.id, row)
    }
    const {metric} = this.plan
    const rows = [...byId.values()]
      .sort((a, b) => compareScores(metric, a.score, b.score) || docidOf(a) - docidOf(b))
      .slice(0, k)
    return {rows, isAll: isAll && byId.size <= k}
  }

  async #one(vector: Float32Array, k: number, filter: Expression): Promise<ZVecDoc[]> {
    const scan = this.search.exact || k > this.partition.documentsAtMost() * scanShare
    const rows = await this.#rows(vector, k, filter, scan)
    return rows.length < k && !scan ? this.#rows(vector, k, filter, true) : rows
  }

  /** Every match, scored here; a page of them at a time, so that other work goes on between. */
  async #scoreMatches(vector: Float32Array, filter: Expression): Promise<ZVecDoc[]> {
    const {reads} = this.partition
    const docids = await reads.matching([filter], 0, Number.MAX_SAFE_INTEGER)
    const rows = await reads.pages(docids, {outputFields: this.#reader.outputFields, includeVector: true})
    return rows.map((row) => ({...row, score: scoreOf(this.plan.metric, vector, vectorOf(row, this.plan.column))}))
  }

  /** Every row that passes the filter: more than zvec returns at once. */
  async #scanWindows(vector: Float32Array, filter: Expression): Promise<ZVecDoc[]> {
    const rows: ZVecDoc[][] = []
    for (const window of windows({from: 0, to: this.partition.ceiling}, rowsMax)) {
      rows.push(await this.#rows(vector, rowsMax, both(filter, windowExpression(window)), true))
    }
    return rows.flat()
  }

  async #rows(vector: Float32Array, topk: number, filter: Expression, scan: boolean): Promise<ZVecDoc[]> {
    const params = queryParams(this.plan.structure, this.plan.effort(this.search.params), topk, scan)
    try {
      return await this.partition.reads.rows({
        fieldName: this.plan.column,
        vector,
        topk,
        outputFields: this.#reader.outputFields,
        includeVector: this.#reader.includeVector,
        ...(params === undefined ? {} : {params}),
        ...(filter.text === '' ? {} : {filter: filter.text}),
      })
    } catch (thrown) {
      if (this.plan.structure.kind !== 'IVF' || !cannotScore(thrown)) throw thrown
      return this.#scoreMatches(vector, filter)
    }
  }

  #hit(row: ZVecDoc): Hit {
    return {document: this.#reader.read(row), score: row.score}
  }

  #admits(score: number): boolean {
    const {minScore = -Infinity, maxScore = Infinity} = this.search
    return score >= minScore && score <= maxScore
  }

  /** Whether this score, and every worse one, is out of bounds. */
  #isTooBad(score: number): boolean {
    const {minScore = -Infinity, maxScore = Infinity} = this.search
    return this.plan.metric === 'L2' ? score > maxScore : score < minScore
  }
}

/** zvec's IVF cannot score a given few rows, which is what zvec asks of it where an index lets few rows pass. */
function cannotScore(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes('Failed to search vector')
}

function queryParams(structure: Structure, effort: Effort, topk: number, isLinear: boolean): ZVecQuery['params'] {
  switch (structure.kind) {
    case 'FLAT':
      return undefined
    case 'HNSW':
      return {indexType: ZVecIndexType.HNSW, isLinear, ef: Math.max(effort.ef ?? 0, topk)}
    case 'IVF':
      return {indexType: ZVecIndexType.IVF, isLinear, nprobe: effort.nprobe ?? 1}
  }
}
