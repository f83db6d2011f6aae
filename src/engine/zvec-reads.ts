/**
 * Reads by filter and by docid, and the walk over docids that keeps them bounded.
 *
 * zvec returns matches in the order in which it stores them, at most `rowsMax` of them. Where order or completeness
 * matters, a read therefore goes by windows of docids, none wider than that: each is complete, and they follow each other
 * in docid order.
 */
import type {ZVecCollection, ZVecDoc, ZVecQuery} from '@zvec/zvec'
import type {StoredDocument} from '../entity/document.js'
import {type Columns, docidColumn, longIdColumn, noText} from './columns.js'
import type {Projection} from './engine.js'
import {both, type Expression} from './filter/compile.js'
import type {ReadGate} from './read-gate.js'
import {docidOf, RowReader} from './zvec-rows.js'
import {readTurns} from './zvec-threads.js'

/** zvec refuses to return more. */
export const rowsMax = 100_000
/** Docids of a page that are asked for at once. */
const pageMax = 1_000
/** A first window narrower than this costs as much. */
const windowMin = 512
/** With fewer matches, one query finds all; with more, windows find the first ones sooner. */
const fewMatches = 2_048

/** What zvec returns of a row. */
export type RowColumns = Required<Pick<ZVecQuery, 'outputFields' | 'includeVector'>>

export interface DocidWindow {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/**
 * Where a filter matches nearly all of one segment, zvec leaves its index there and looks at the rows; if it uses the index
 * in another segment, it may fail to join the two. A condition on a column that never has an index makes it look at the
 * rows everywhere; this one always holds. (A query without a vector is spared that: see `Expression.columns`.)
 */
const onRows = `${longIdColumn} != '${noText}'`

function isMixedPlan(thrown: unknown): boolean {
  return thrown instanceof Error && /mismatching schema size|must be identically typed/.test(thrown.message)
}

/** An index build replaced a segment under the read: seen once in 170,000 reads, 16 of them at a time. */
function isOvertaken(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes('fetch table failed')
}

export class ZvecReads {
  constructor(
    private readonly collection: ZVecCollection,
    private readonly columns: Columns,
    private readonly gate: ReadGate,
    /** Greater than every docid. */
    private readonly ceiling: () => number,
  ) {}

  rows(query: ZVecQuery): Promise<ZVecDoc[]> {
    return this.gate.run(() => readTurns.run(() => this.#query(query)))
  }

  async #query(query: ZVecQuery): Promise<ZVecDoc[]> {
    try {
      return await this.collection.query(query)
    } catch (thrown) {
      if (isOvertaken(thrown)) return this.collection.query(query)
      if (!query.filter || !isMixedPlan(thrown)) throw thrown
      return this.collection.query({...query, filter: `${query.filter} AND ${onRows}`})
    }
  }

  /** The docids of matches number `offset` to `offset + limit`, in docid order. */
  async matching(alternatives: readonly Expression[], offset: number, limit: number): Promise<number[]> {
    if (alternatives.length === 0 || limit <= 0) return []
    const end = Math.min(offset + limit, this.ceiling())
    if (end <= offset) return []
    const firstWidth = Math.min(Math.max(end, windowMin), rowsMax)
    const found: number[] = []
    for (const window of windows({from: 0, to: this.ceiling()}, firstWidth)) {
      // The first window was not enough, so matches are rare: if they are few, one query finds them wherever they are.
      const all = window.from === firstWidth ? await this.#ifFew(alternatives) : null
      if (all !== null) return all.slice(offset, end)
      found.push(...(await this.#within(alternatives, window)))
      if (found.length >= end) break
    }
    return found.slice(offset, end)
  }

  /** Those that still exist, in docid order: `docids` are in order. */
  async byDocid(docids: readonly number[], projection: Projection): Promise<StoredDocument[]> {
    const reader = new RowReader(this.columns, projection)
    return inDocidOrder(await this.pages(docids, reader), reader)
  }

  /** The rows of these docids, in no order. */
  async pages(docids: readonly number[], columns: RowColumns): Promise<ZVecDoc[]> {
    const rows: ZVecDoc[] = []
    for (let at = 0; at < docids.length; at += pageMax) {
      rows.push(...(await this.rows(pageQuery(docids.slice(at, at + pageMax), columns))))
    }
    return rows
  }

  /** The documents with a docid in the range, in docid order, at most `limit`. */
  async range(range: DocidWindow, limit: number, projection: Projection): Promise<StoredDocument[]> {
    if (limit <= 0) return []
    const reader = new RowReader(this.columns, projection)
    const documents: StoredDocument[] = []
    const bounded = {from: Math.max(0, range.from), to: Math.min(range.to, this.ceiling())}
    for (const window of windows(bounded, limit)) {
      const {outputFields, includeVector} = reader
      const rows = await this.rows({
        filter: windowExpression(window).text,
        topk: width(window),
        outputFields,
        includeVector,
      })
      documents.push(...inDocidOrder(rows, reader))
      if (documents.length >= limit) break
    }
    return documents.slice(0, limit)
  }

  /** All matching docids in order, or null if there are more than a few. */
  async #ifFew(alternatives: readonly Expression[]): Promise<number[] | null> {
    const found = new Set<number>()
    for (const expression of alternatives) {
      const docids = await this.#docids(expression, fewMatches)
      if (docids.length === fewMatches) return null
      for (const docid of docids) found.add(docid)
    }
    return sorted(found)
  }

  async #within(alternatives: readonly Expression[], window: DocidWindow): Promise<number[]> {
    const found = new Set<number>()
    for (const alternative of alternatives) {
      const docids = await this.#docids(both(alternative, windowExpression(window)), width(window))
      for (const docid of docids) found.add(docid)
    }
    return sorted(found)
  }

  async #docids({text, columns}: Expression, topk: number): Promise<number[]> {
    const rows = await this.rows({filter: text, topk, outputFields: [...new Set([docidColumn, ...columns])]})
    return rows.map(docidOf)
  }
}

function pageQuery(docids: readonly number[], {outputFields, includeVector}: RowColumns): ZVecQuery {
  return {filter: `${docidColumn} IN (${docids.join(',')})`, topk: docids.length, outputFields, includeVector}
}

export function windowExpression({from, to}: DocidWindow): Expression {
  return {text: `${docidColumn} >= ${from} AND ${docidColumn} < ${to}`, columns: [docidColumn]}
}

/** Windows that cover the range in order, each twice as wide as the one before, as far as zvec can answer. */
export function* windows(range: DocidWindow, first: number): Generator<DocidWindow> {
  let next = Math.min(Math.max(first, 1), rowsMax)
  for (let from = range.from; from < range.to; ) {
    const to = Math.min(from + next, range.to)
    yield {from, to}
    from = to
    next = Math.min(next * 2, rowsMax)
  }
}

function width({from, to}: DocidWindow): number {
  return to - from
}

function inDocidOrder(rows: readonly ZVecDoc[], reader: RowReader): StoredDocument[] {
  return rows.map((row) => reader.read(row)).sort((a, b) => a.docid - b.docid)
}

function sorted(docids: ReadonlySet<number>): number[] {
  return [...docids].sort((a, b) => a - b)
}
