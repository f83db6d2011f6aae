/**
 * A vector engine that is right by being plain: every answer is found by looking at every document.
 *
 * It keeps its documents in memory and its image in one file, so that checkpoints, copies and reopening are real. Held to
 * zvec by the engine's contract suite; the state machines of partitions are tested on it, and the simulator runs on it.
 */
import {join} from 'node:path'
import {
  type EngineStatus,
  type FilterQuery,
  type Hit,
  type OpenEngine,
  type Projection,
  type VectorEngine,
  type VectorSearch,
  writeBatchMax,
} from '../../src/engine/engine.js'
import {vectorIndexType} from '../../src/engine/index-types/registry.js'
import {compareScores, metricOf} from '../../src/engine/metric.js'
import {indexesOf, type SpaceIndex} from '../../src/engine/space-indexes.js'
import type {Condition, FieldValue, Filter, StoredDocument} from '../../src/entity/document.js'
import {type IndexSpec, isScalarIndexType} from '../../src/entity/field.js'
import type {Space} from '../../src/entity/space.js'
import {type Disk, systemDisk} from '../../src/env/disk.js'
import {assert} from '../../src/errors/assert.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {decodeStored, encodeStored} from '../../src/rpc/document-codec.js'

const imageFile = 'documents.bin'

export class ModelEngine implements VectorEngine {
  /** In docid order, because docids only grow and a replacement keeps its place. */
  readonly #documents = new Map<string, StoredDocument>()
  #indexed = 0
  #isBuilding = false
  #closed = false
  /** Documents that were read with vectors: reading those is what a real engine is slow at. */
  vectorReads = 0
  /** Sizes of the batches written. */
  readonly batches: number[] = []

  private constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private space: Space,
  ) {}

  static open(directory: string, space: Space): Promise<ModelEngine> {
    return ModelEngine.openOn(systemDisk, directory, space)
  }

  /** As `OpenEngine`, on a disk of the caller's. */
  static async openOn(disk: Disk, ...[directory, space]: Parameters<OpenEngine>): Promise<ModelEngine> {
    const engine = new ModelEngine(disk, directory, space)
    await disk.makeDirectory(directory)
    const image = await disk.readFile(join(directory, imageFile))
    if (image !== null) {
      try {
        for (const document of decodeStored(image)) engine.#documents.set(document.id, document)
      } catch (thrown) {
        throw new CodedError('DATA_CORRUPT', `${directory}: ${(thrown as Error).message}`)
      }
    }
    engine.#indexed = engine.#documents.size
    return engine
  }

  upsert(documents: readonly StoredDocument[]): void {
    this.#assertOpen()
    assert(documents.length <= writeBatchMax, 'a batch is bounded')
    assert(new Set(documents.map(({id}) => id)).size === documents.length, 'one version of each id in a batch')
    this.batches.push(documents.length)
    for (const document of documents) this.#documents.set(document.id, copy(document))
    this.#indexed = Math.min(this.#indexed, this.#documents.size)
  }

  delete(ids: readonly string[]): number {
    this.#assertOpen()
    const count = ids.filter((id) => this.#documents.delete(id)).length
    this.#indexed = Math.min(this.#indexed, this.#documents.size)
    return count
  }

  docids(ids: readonly string[]): ReadonlyMap<string, number> {
    this.#assertOpen()
    return new Map(ids.flatMap((id) => this.#found(id).map(({docid}): [string, number] => [id, docid])))
  }

  fetch(ids: readonly string[], projection: Projection): ReadonlyMap<string, StoredDocument> {
    this.#assertOpen()
    return new Map(ids.flatMap((id) => this.#found(id).map((document) => [id, this.#project(document, projection)])))
  }

  async query({filter, offset, limit, projection}: FilterQuery): Promise<StoredDocument[]> {
    this.#assertOpen()
    const found = this.#ordered().filter((document) => matches(document, filter))
    return found.slice(offset, offset + limit).map((document) => this.#project(document, projection))
  }

  async search(search: VectorSearch): Promise<Hit[][]> {
    this.#assertOpen()
    const {field, filter, topK, projection, minScore = -Infinity, maxScore = Infinity} = search
    const metric = metricOf(this.space, field)
    const candidates = this.#ordered().filter((document) => matches(document, filter))
    return search.queries.map((query) => {
      const hits = candidates
        .map((document) => ({document, score: score(metric, query, document.vectors[field] ?? new Float32Array())}))
        .filter(({score}) => score >= minScore && score <= maxScore)
        .sort((a, b) => compareScores(metric, a.score, b.score))
      return hits.slice(0, topK).map((hit) => ({...hit, document: this.#project(hit.document, projection)}))
    })
  }

  async scan(from: number, to: number, limit: number, projection: Projection): Promise<StoredDocument[]> {
    this.#assertOpen()
    const found = this.#ordered().filter(({docid}) => docid >= from && docid < to)
    return found.slice(0, limit).map((document) => this.#project(document, projection))
  }

  status(): EngineStatus {
    const documents = this.#documents.size
    const isWhole = this.#indexed === documents && documents > 0
    return {
      documents,
      indexed: this.#indexed,
      indexStatus: this.#isBuilding ? 1 : isWhole ? 2 : 0,
      indexes: Object.fromEntries(indexesOf(this.space).map((index) => [index.name, this.#stateOf(index)])),
      bytesOnDisk: documents * 100,
    }
  }

  async buildIndex(): Promise<void> {
    this.#assertOpen()
    this.#isBuilding = true
    await Promise.resolve()
    this.#isBuilding = false
    this.#indexed = this.#documents.size
  }

  async changeIndexes(
    space: Space,
    _change: {readonly add: readonly IndexSpec[]; readonly remove: readonly string[]},
  ): Promise<void> {
    this.#assertOpen()
    this.space = space
  }

  async checkpoint(directory: string): Promise<void> {
    this.#assertOpen()
    if (await this.disk.exists(directory)) throw new CodedError('INTERNAL_ERROR', `${directory} exists`)
    await this.disk.makeDirectory(directory)
    await this.#writeImage(directory)
    await this.disk.syncTree(directory)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writeImage(this.directory)
  }

  async #writeImage(directory: string): Promise<void> {
    const path = join(directory, imageFile)
    await this.disk.remove(path)
    const file = await this.disk.open(path, {create: true})
    await file.write(encodeStored(this.#ordered()), 0)
    await file.close()
  }

  #stateOf({type, fields, params}: SpaceIndex): EngineStatus['indexes'][string] {
    const state = this.#isBuilding ? 'BUILDING' : 'READY'
    if (isScalarIndexType(type)) return {state}
    const {note} = vectorIndexType(type).plan({params, metric: metricOf(this.space, fields[0] ?? '')})
    return note === undefined ? {state} : {state, note}
  }

  #found(id: string): StoredDocument[] {
    const document = this.#documents.get(id)
    return document === undefined ? [] : [document]
  }

  #ordered(): StoredDocument[] {
    return [...this.#documents.values()].sort((a, b) => a.docid - b.docid)
  }

  #project({id, docid, fields, vectors}: StoredDocument, projection: Projection): StoredDocument {
    if (projection.vectors.length > 0) this.vectorReads++
    const wanted = projection.fields === 'all' ? Object.keys(fields) : projection.fields
    return {id, docid, fields: pick(fields, wanted), vectors: pick(vectors, projection.vectors)}
  }

  #assertOpen(): void {
    assert(!this.#closed, 'a closed engine is not used')
  }
}

/** Vectors that come from a log are views of it: a copy of their own keeps a document alive without its batch. */
function copy(document: StoredDocument): StoredDocument {
  const vectors = Object.entries(document.vectors).map(([name, vector]) => [name, vector.slice()])
  return {...document, vectors: Object.fromEntries(vectors)}
}

function pick<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)))
}

function score(metric: 'L2' | 'InnerProduct', a: Float32Array, b: Float32Array): number {
  assert(a.length === b.length, 'vectors of one field have one dimension')
  let sum = 0
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [a[index] ?? 0, b[index] ?? 0]
    sum += metric === 'L2' ? (left - right) ** 2 : left * right
  }
  return sum
}

function matches({fields}: StoredDocument, filter: Filter | null): boolean {
  if (filter === null) return true
  const holds = (condition: Condition) => conditionHolds(fields[condition.field], condition)
  return filter.operator === 'AND' ? filter.conditions.every(holds) : filter.conditions.some(holds)
}

function conditionHolds(value: FieldValue | undefined, condition: Condition): boolean {
  if (condition.operator === 'IN' || condition.operator === 'NOT IN') {
    const values = (Array.isArray(value) ? value : [value]) as readonly string[]
    return values.some((item) => condition.value.includes(item)) === (condition.operator === 'IN')
  }
  const order = compare(value as number | bigint, condition.value as number | bigint)
  switch (condition.operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '=':
      return order === 0
    case '!=':
      return order !== 0
  }
}

/** A bigint and a number compare by value. */
function compare(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}
