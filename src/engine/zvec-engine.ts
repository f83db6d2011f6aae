/**
 * The vector engine of a replica: one zvec directory, opened by one process.
 *
 * Read in this order: `columns.ts` and `safe-text.ts` (how fields lie in it), `zvec-schema.ts` and `index-types/` (its
 * indexes), `filter/` (what a filter means and how zvec is asked), `zvec-reads.ts`, `zvec-search.ts`, then this.
 *
 * - Reads run on zvec's threads, a bounded number at a time (`zvec-threads.ts`); writes, `docids` and `fetch` run here and now.
 * - zvec finds a document by key in 10 µs, but in what was written since it last sealed a segment it scans: up to 0.5 ms
 *   each. So the docids of recent writes are kept in memory, since every batch of upserts asks for them.
 * - `optimize` is the one thing that takes minutes; while it runs, everything but closing, checkpoints and index changes
 *   goes on, and those wait for it.
 */
import {existsSync} from 'node:fs'
import {type ZVecCollection, ZVecCreateAndOpen, ZVecOpen} from '@zvec/zvec'
import type {StoredDocument} from '../entity/document.js'
import {isScalarIndexType} from '../entity/field.js'
import type {Space} from '../entity/space.js'
import {assert} from '../errors/assert.js'
import {CodedError} from '../errors/coded-error.js'
import {type Columns, columnsOf, docidColumn} from './columns.js'
import {copyDirectory, directoryBytes} from './directory-image.js'
import {
  type EngineStatus,
  type FilterQuery,
  type Hit,
  type OpenEngine,
  type Projection,
  type VectorEngine,
  type VectorSearch,
  writeBatchMax,
} from './engine.js'
import {compileFilter} from './filter/compile.js'
import {matches} from './filter/evaluate.js'
import {vectorIndexType} from './index-types/registry.js'
import {indexMetric} from './metric.js'
import {primaryKey} from './primary-key.js'
import {ReadGate} from './read-gate.js'
import {indexedScalars, indexesOf, vectorIndexOf} from './space-indexes.js'
import {WriteWatch} from './write-watch.js'
import {ZvecReads} from './zvec-reads.js'
import {docidOf, projected, RowReader, rowOf} from './zvec-rows.js'
import {scalarIndexParams, zvecSchema} from './zvec-schema.js'
import {type SearchPlan, ZvecSearch} from './zvec-search.js'
import {startZvec} from './zvec-threads.js'

/** Writes whose docids are kept in memory; then the segment is sealed, which takes 4 ms for each 1,000. */
const recentMax = 32_768

export const openZvecEngine: OpenEngine = async (directory, space) => {
  startZvec()
  const columns = columnsOf(space)
  const engine = new ZvecEngine(openCollection(directory, space, columns), space, columns)
  await engine.start()
  return engine
}

function openCollection(directory: string, space: Space, columns: Columns): ZVecCollection {
  if (!existsSync(directory)) return ZVecCreateAndOpen(directory, zvecSchema(space, columns))
  try {
    return ZVecOpen(directory)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new CodedError('DATA_CORRUPT', `${directory} does not open: ${reason}`, {cause: thrown})
  }
}

/** Ends the segment that is being written: an iterator's snapshot does that. */
function seal(collection: ZVecCollection): void {
  collection.iterDocsSync({outputFields: [], includeVector: false}).closeSync()
}

class ZvecEngine implements VectorEngine {
  readonly #gate = new ReadGate()
  readonly #watch = new WriteWatch()
  readonly #reads: ZvecReads
  /** Docids of what was written since the last segment was sealed. */
  readonly #recent = new Map<string, number>()
  readonly #searchPlans: ReadonlyMap<string, SearchPlan>
  #ceiling = 0
  /** As zvec counted last; null when something changed since. */
  #counted: ZVecCollection['stats'] | null = null
  /** No fewer than there are documents: zvec counts too slowly for a search to ask. */
  #documentsAtMost = 0
  #bytesOnDisk = 0
  #measuring: Promise<void> | null = null
  #building: Promise<void> | null = null
  #buildFault: string | null = null
  #closing: Promise<void> | null = null

  constructor(
    private readonly collection: ZVecCollection,
    private space: Space,
    private readonly columns: Columns,
  ) {
    this.#reads = new ZvecReads(collection, columns, this.#gate, () => this.#ceiling)
    this.#searchPlans = searchPlans(space, columns)
  }

  async start(): Promise<void> {
    this.#seal()
    this.#matchIndexes(this.space)
    this.#ceiling = await this.#findCeiling()
    await this.#measure()
  }

  upsert(documents: readonly StoredDocument[]): void {
    assert(documents.length <= writeBatchMax, `at most ${writeBatchMax} documents at a call`)
    if (documents.length === 0) return
    if (this.#recent.size + documents.length > recentMax) this.#seal()
    const statuses = this.collection.upsertSync(documents.map((document) => rowOf(document, this.columns)))
    const refused = statuses.find(({ok}) => !ok)
    assert(refused === undefined, `zvec takes what was validated, not: ${refused?.message}`)
    this.#counted = null
    this.#documentsAtMost += documents.length
    this.#watch.upserted(documents)
    for (const {id, docid} of documents) {
      this.#recent.set(id, docid)
      if (docid >= this.#ceiling) this.#ceiling = docid + 1
    }
  }

  delete(ids: readonly string[]): number {
    if (ids.length === 0) return 0
    for (const id of ids) this.#recent.delete(id)
    this.#watch.deleted(ids)
    this.#counted = null
    return this.collection.deleteSync([...new Set(ids)].map(primaryKey)).filter(({ok}) => ok).length
  }

  docids(ids: readonly string[]): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    const {recent, sealed} = this.#byAge(ids)
    for (const [id, docid] of recent) found.set(id, docid)
    const rows = this.#sealedRows(sealed, [docidColumn], false)
    for (const id of sealed) {
      const row = rows[primaryKey(id)]
      if (row !== undefined) found.set(id, docidOf(row))
    }
    return found
  }

  fetch(ids: readonly string[], projection: Projection): ReadonlyMap<string, StoredDocument> {
    const reader = new RowReader(this.columns, projection)
    const rows = Object.values(this.#sealedRows(ids, reader.outputFields, reader.includeVector))
    return new Map(rows.map((row) => reader.read(row)).map((document) => [document.id, document]))
  }

  async query({filter, offset, limit, projection}: FilterQuery): Promise<StoredDocument[]> {
    const {scalarByField} = this.columns
    const alternatives = compileFilter(filter, scalarByField)
    const places = await this.#watch.first(offset + limit, {
      read: async (count) => {
        const docids = await this.#reads.matching(alternatives, 0, count)
        const documents = await this.#reads.byDocid(docids.slice(offset), projection)
        const byDocid = new Map(documents.map((document) => [document.docid, document]))
        return docids.map((docid): Place => ({docid, document: byDocid.get(docid) ?? null}))
      },
      itemOf: (document) => {
        const isFound = filter === null || matches(filter, document, scalarByField)
        return isFound ? {docid: document.docid, document: projected(document, projection)} : null
      },
      isOf: ({docid, document}, written) => written.hasDocid(docid) || (document !== null && written.has(document.id)),
      compare: (a, b) => a.docid - b.docid,
    })
    return this.#documentsAt(places.slice(offset), projection)
  }

  /** A place may come without its document: it was before the window of the query when that was read, or it is gone. */
  async #documentsAt(places: readonly Place[], projection: Projection): Promise<StoredDocument[]> {
    const unread = places.flatMap(({docid, document}) => (document === null ? [docid] : []))
    const late = await this.#reads.byDocid(unread, projection)
    return [...places.flatMap(({document}) => document ?? []), ...late].sort((a, b) => a.docid - b.docid)
  }

  async search(search: VectorSearch): Promise<(readonly Hit[])[]> {
    const plan = this.#searchPlans.get(search.field)
    assert(plan !== undefined, `${search.field} is a vector field`)
    const alternatives = compileFilter(search.filter, this.columns.scalarByField)
    const partition = {
      reads: this.#reads,
      columns: this.columns,
      documentsAtMost: () => this.#documentsAtMost,
      ceiling: this.#ceiling,
    }
    const prepared = new ZvecSearch(partition, plan, search, alternatives)
    const nearest = (vector: Float32Array) =>
      this.#watch.first<Hit>(search.topK, {
        read: (count) => prepared.nearest(vector, count),
        itemOf: (document) => prepared.hitOf(document, vector),
        isOf: ({document}, written) => written.has(document.id),
        compare: (a, b) => prepared.compare(a, b),
      })
    return Promise.all(search.queries.map(nearest))
  }

  async scan(from: number, to: number, limit: number, projection: Projection): Promise<StoredDocument[]> {
    const documents = await this.#watch.first(limit, {
      read: (count) => this.#reads.range({from, to}, count, projection),
      itemOf: (document) => (document.docid >= from && document.docid < to ? projected(document, projection) : null),
      isOf: ({id}, written) => written.has(id),
      compare: (a, b) => a.docid - b.docid,
    })
    return [...documents]
  }

  status(): EngineStatus {
    const {docCount: documents, indexCompleteness} = this.#count()
    this.#measuring ??= this.#measure()
    const shares = this.columns.vectors.map(({name, field}) =>
      this.#searchPlans.get(field)?.structure.kind === 'FLAT' ? 1 : (indexCompleteness[name] ?? 0),
    )
    const indexed = Math.round(documents * Math.min(1, ...shares))
    const building = this.#building !== null
    return {
      documents,
      indexed,
      indexStatus: building ? 1 : indexed > 0 ? 2 : 0,
      indexes: this.#indexStates(building),
      bytesOnDisk: this.#bytesOnDisk,
    }
  }

  /** zvec walks over its rows for this, on the caller's thread: 23 µs for each 1,000 documents. */
  #count(): ZVecCollection['stats'] {
    if (this.#counted === null || this.#building !== null) {
      this.#counted = this.collection.stats
      this.#documentsAtMost = this.#counted.docCount
    }
    return this.#counted
  }

  /** zvec decides by itself what to build anew, and does so when much was deleted; `rebuild` asks for nothing else. */
  async buildIndex(): Promise<void> {
    while (this.#building !== null) await this.#building
    this.#building = this.#optimize().finally(() => {
      this.#building = null
      this.#counted = null
    })
    await this.#building
    await this.#measure()
    if (this.#buildFault !== null) throw new CodedError('INTERNAL_ERROR', `index build: ${this.#buildFault}`)
  }

  /** The space says it all: the same change twice, or one that a crash cut short, is made good. */
  async changeIndexes(space: Space): Promise<void> {
    while (this.#building !== null) await this.#building
    this.space = space
    this.#matchIndexes(space)
  }

  async checkpoint(directory: string): Promise<void> {
    while (this.#building !== null) await this.#building
    // a copy of the segment that is being written holds wrong vectors for what was written during an index build
    this.#seal()
    await copyDirectory(this.collection.path, directory)
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      while (this.#building !== null) await this.#building
      await Promise.all([this.#gate.close(), this.#measuring])
      this.collection.closeSync()
    })()
    return this.#closing
  }

  /** What is in memory is the newest; what is not there is in a sealed segment or nowhere. */
  #byAge(ids: readonly string[]): {recent: Map<string, number>; sealed: string[]} {
    const recent = new Map<string, number>()
    const sealed: string[] = []
    for (const id of ids) {
      const docid = this.#recent.get(id)
      if (docid === undefined) sealed.push(id)
      else recent.set(id, docid)
    }
    return {recent, sealed}
  }

  #sealedRows(ids: readonly string[], outputFields: string[], includeVector: boolean) {
    if (ids.length === 0) return {}
    return this.collection.fetchSync({ids: ids.map(primaryKey), outputFields, includeVector})
  }

  async #optimize(): Promise<void> {
    try {
      this.#split()
      await this.collection.optimize()
      this.#buildFault = null
    } catch (thrown) {
      this.#buildFault = (thrown as Error).message
    }
  }

  /**
   * Makes two segments or more out of what is to be indexed, by writing one document again between two seals.
   *
   * zvec 0.7.0 pairs vectors with the wrong documents when it indexes a single segment out of which documents were deleted
   * or updated: of 250 documents, one update and `optimize` left 245 with a neighbour's vector. With two segments, 150
   * random histories of writes, deletes, builds and reopenings all stayed right. A row that is no document would do as
   * well, but a vector foreign to the data becomes a hub of the graph: recall fell from 0.998 to 0.22.
   */
  #split(): void {
    this.#recent.clear()
    const reader = new RowReader(this.columns, {fields: 'all', vectors: [...this.columns.vectorByField.keys()]})
    const {outputFields, includeVector} = reader
    // seals as well; a query here could wait for one that runs, and with it the whole process
    const rows = this.collection.iterDocsSync({outputFields, includeVector})
    const {value: row} = rows.next()
    rows.closeSync()
    if (row === undefined) return
    const document = reader.read(row)
    this.collection.upsertSync([rowOf(document, this.columns)])
    this.#watch.upserted([document])
    seal(this.collection)
  }

  /** A build seals by itself, and zvec refuses an iterator while one runs. */
  #seal(): void {
    if (this.#building !== null) return
    seal(this.collection)
    this.#recent.clear()
  }

  /** Makes the scalar indexes what the space says, in either direction: nothing to do where they already are. */
  #matchIndexes(space: Space): void {
    const wanted = indexedScalars(space)
    const present = new Set(this.collection.schema.fields().flatMap(({name, indexParams}) => (indexParams ? name : [])))
    for (const {name: fieldName, field} of this.columns.scalars) {
      if (wanted.has(field) && !present.has(fieldName)) {
        this.collection.createIndexSync({fieldName, indexParams: scalarIndexParams})
      }
      if (!wanted.has(field) && present.has(fieldName)) this.collection.dropIndexSync(fieldName)
    }
  }

  async #findCeiling(): Promise<number> {
    const existsFrom = async (docid: number) => {
      const filter = `${docidColumn} >= ${docid}`
      return (await this.#reads.rows({filter, topk: 1, outputFields: [docidColumn]})).length > 0
    }
    let ceiling = this.#count().docCount
    while (await existsFrom(ceiling)) ceiling = Math.max(1, ceiling * 2)
    return ceiling
  }

  async #measure(): Promise<void> {
    this.#bytesOnDisk = await directoryBytes(this.collection.path)
    this.#measuring = null
  }

  #indexStates(building: boolean): EngineStatus['indexes'] {
    const states = indexesOf(this.space).map(({name, type, fields, params}) => {
      if (isScalarIndexType(type)) return [name, {state: 'READY'}] as const
      const {note} = vectorIndexType(type).plan({
        params,
        metric: indexMetric(vectorIndexOf(this.space, fields[0] ?? '')),
      })
      const why = this.#buildFault ?? note
      const state = building ? 'BUILDING' : this.#buildFault === null ? 'READY' : 'FAILED'
      return [name, {state, ...(why === undefined ? {} : {note: why})}] as const
    })
    return Object.fromEntries(states)
  }
}

/** Of a match of a query, in docid order. */
interface Place {
  readonly docid: number
  readonly document: StoredDocument | null
}

function searchPlans(space: Space, columns: Columns): ReadonlyMap<string, SearchPlan> {
  return new Map(
    columns.vectors.map(({name, field}) => {
      const index = vectorIndexOf(space, field)
      const type = vectorIndexType(index.type)
      const metric = indexMetric(index)
      const {structure} = type.plan({params: index.params, metric})
      return [field, {column: name, metric, structure, effort: (request) => type.effort(request, index.params)}]
    }),
  )
}
