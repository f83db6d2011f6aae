/**
 * What a replica needs from a vector engine. One implementation, zvec (`zvec-engine.ts`); a model engine for simulation
 * comes behind the same interface.
 *
 * An engine is derived state: the log and the checkpoints are the truth. It therefore promises no durability of its own
 * beyond `checkpoint`, and it is driven by one replica at a time: writes are called in log order, never concurrently.
 * Reads may run at any time, off the event loop; of a document that is written meanwhile they find one of the versions
 * that it had. Everything given to it has been validated (finite vectors of the right
 * dimension, values of the field's type); it asserts rather than checks.
 */
import type {Filter, StoredDocument} from '../entity/document.js'
import type {IndexSpec} from '../entity/field.js'
import type {Space} from '../entity/space.js'

/** Which parts of a document a read wants; ids and docids always come. */
export interface Projection {
  /** Scalar fields by name, or all of them. */
  readonly fields: readonly string[] | 'all'
  /** Vector fields by name; reading vectors is expensive. */
  readonly vectors: readonly string[]
}

export interface Hit {
  readonly document: StoredDocument
  /** L2: the squared distance, smaller is better. InnerProduct: the dot product, larger is better. */
  readonly score: number
}

export interface VectorSearch {
  readonly field: string
  /** One query each, already normalised where the field asks for it. */
  readonly queries: readonly Float32Array[]
  /** Hits per query, best first. */
  readonly topK: number
  readonly filter: Filter | null
  /** Inclusive bounds on the score. */
  readonly minScore?: number
  readonly maxScore?: number
  /** Scan exactly instead of using the index. */
  readonly exact: boolean
  /** Vearch's query-time parameters (`efSearch`, `nprobe`, …); unknown ones are ignored. */
  readonly params: Readonly<Record<string, unknown>>
  readonly projection: Projection
}

export interface FilterQuery {
  /** Null selects every document. */
  readonly filter: Filter | null
  readonly offset: number
  readonly limit: number
  readonly projection: Projection
}

/** 0 nothing indexed, 1 indexing, 2 indexed: Vearch's `index_status`. */
export type IndexStatus = 0 | 1 | 2

export interface EngineStatus {
  readonly documents: number
  /** Documents that the least advanced vector index covers. */
  readonly indexed: number
  readonly indexStatus: IndexStatus
  /** State by index name, and why where it failed or was substituted (for instance IVFPQ served by IVF). */
  readonly indexes: Readonly<Record<string, {readonly state: 'BUILDING' | 'READY' | 'FAILED'; readonly note?: string}>>
  readonly bytesOnDisk: number
}

export interface VectorEngine {
  /** Inserts, or replaces whole documents. At most `writeBatchMax` at a call. */
  upsert(documents: readonly StoredDocument[]): void
  /** Unknown ids are ignored. Returns how many existed. */
  delete(ids: readonly string[]): number
  /** The docids of those that exist; cheap, for deciding between insert and update. */
  docids(ids: readonly string[]): ReadonlyMap<string, number>
  /** The documents that exist. */
  fetch(ids: readonly string[], projection: Projection): ReadonlyMap<string, StoredDocument>
  /** In docid order. */
  query(query: FilterQuery): Promise<StoredDocument[]>
  /** Hits for each query, best first. */
  search(search: VectorSearch): Promise<(readonly Hit[])[]>
  /** The documents with a docid in [from, to), in docid order, at most `limit`. */
  scan(from: number, to: number, limit: number, projection: Projection): Promise<StoredDocument[]>
  status(): EngineStatus
  /** Indexes the tail that is not indexed yet; resolves when done. Writes and reads go on meanwhile. */
  buildIndex(options?: {readonly rebuild?: boolean}): Promise<void>
  /** Adds or drops scalar indexes; filters on a field work during the change, by scanning. */
  changeIndexes(
    space: Space,
    change: {readonly add: readonly IndexSpec[]; readonly remove: readonly string[]},
  ): Promise<void>
  /**
   * Copies a consistent image into `directory`, which must not exist; durable on return. The caller keeps writes away
   * meanwhile. Waits for a build that is under way: take it before one.
   */
  checkpoint(directory: string): Promise<void>
  /** Ends running reads first. Idempotent. */
  close(): Promise<void>
}

/** Opens the engine in a directory, or creates it there. Throws DATA_CORRUPT if what is there does not open. */
export type OpenEngine = (directory: string, space: Space) => Promise<VectorEngine>

export const writeBatchMax = 100
