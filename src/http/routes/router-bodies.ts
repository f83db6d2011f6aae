/** The bodies of a router's own routes, from JSON to what its services take (data-plane spec §1.5 to §1.9). */
import type {ClientFilter} from '../../engine/filter/parse.js'
import type {IndexRequest} from '../../router/index-service.js'
import type {VectorQuery} from '../../router/query-vectors.js'
import type {SearchRequest} from '../../router/search-request.js'
import type {UpsertRequest} from '../../router/upsert-service.js'
import {JsonReader} from '../json-reader.js'

const limitDefault = 50

export function upsertRequest(body: unknown): UpsertRequest {
  const reader = new JsonReader(body, 'DocumentRequest')
  return {
    ...spaceNames(reader),
    documents: reader.list('documents') ?? [],
    partitions: reader.integers('partitions', 'uint32') ?? [],
  }
}

export function searchRequest(body: unknown): SearchRequest {
  const reader = new JsonReader(body, 'SearchDocumentRequest')
  return {
    ...spaceNames(reader),
    documentIds: reader.texts('document_ids') ?? [],
    partitionId: reader.integer('partition_id', 'uint32'),
    next: reader.boolean('next') ?? false,
    getByHash: reader.boolean('get_by_hash') ?? false,
    filter: filter(reader.any('filters')),
    page: {
      limit: reader.integer('limit', 'int32') || limitDefault,
      offset: Math.max(0, reader.integer('offset', 'int32') ?? 0),
      pageSize: reader.integer('page_size', 'int32') ?? 0,
      pageNum: reader.integer('page_num', 'int32') ?? 0,
    },
    fields: reader.texts('fields') ?? [],
    vectorValue: reader.boolean('vector_value') ?? false,
    vectors: (reader.list('vectors') ?? []).map(vectorQuery),
    indexParams: reader.any('index_params'),
    // 1 is brute force, 2 is "auto", which Vearch's engine takes for the same.
    bruteForce: (reader.integer('is_brute_search', 'int32') ?? 0) !== 0,
    ranker: reader.any('ranker'),
    sort: reader.any('sort'),
    loadBalance: reader.string('load_balance') ?? '',
    partitionNames: reader.texts('partition_names') ?? [],
  }
}

export function indexRequest(body: unknown): IndexRequest {
  const reader = new JsonReader(body, 'IndexRequest')
  return {
    ...spaceNames(reader),
    partitionId: reader.integer('partition_id', 'uint32') ?? 0,
    dropBeforeRebuild: reader.boolean('drop_before_rebuild') ?? false,
  }
}

export function traceRequest(body: unknown): {trace: boolean} {
  return {trace: new JsonReader(body, 'TraceRequest').boolean('trace') ?? false}
}

function spaceNames(reader: JsonReader) {
  return {dbName: reader.string('db_name') ?? '', spaceName: reader.string('space_name') ?? ''}
}

function filter(body: unknown): ClientFilter | undefined {
  if (body === undefined) return undefined
  const reader = new JsonReader(body, 'Filter')
  const conditions = (reader.list('conditions') ?? []).map((item) => {
    const condition = new JsonReader(item, 'Condition')
    return {
      field: condition.string('field') ?? '',
      operator: condition.string('operator') ?? '',
      value: condition.any('value'),
    }
  })
  return {operator: reader.string('operator') ?? '', conditions}
}

function vectorQuery(body: unknown): VectorQuery {
  const reader = new JsonReader(body, 'VectorQuery')
  reader.string('index_type')
  return {
    field: reader.string('field') ?? '',
    feature: reader.any('feature'),
    minScore: reader.number('min_score'),
    maxScore: reader.number('max_score'),
    symbol: reader.string('symbol') ?? '',
    value: reader.number('value'),
    format: reader.string('format') ?? '',
  }
}
