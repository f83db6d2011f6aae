/** The body that query, search and delete share, and what in it is checked against the space (data-plane spec §1.6). */

import {type ClientFilter, parseFilter} from '../engine/filter/parse.js'
import type {Filter} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import {isObject} from '../entity/json.js'
import type {Space} from '../entity/space.js'
import {paramError} from '../errors/coded-error.js'
import type {WireProjection} from '../rpc/ps-api.js'
import {Body} from './body.js'
import type {PageRequest} from './merge.js'

export interface SearchRequest {
  readonly dbName: string
  readonly spaceName: string
  readonly documentIds: readonly string[]
  readonly partitionId: number | undefined
  readonly next: boolean
  readonly getByHash: boolean
  readonly filter: ClientFilter | undefined
  readonly page: PageRequest
  readonly fields: readonly string[]
  readonly vectorValue: boolean
  readonly vectors: readonly unknown[]
  readonly indexParams: Readonly<Record<string, unknown>>
  readonly bruteForce: boolean
  readonly ranker: unknown
  readonly sort: unknown
  readonly loadBalance: string
  readonly partitionNames: readonly string[]
}

const limitDefault = 50
const owner = 'SearchDocumentRequest'

/** Throws WrongShape. */
export function readSearchRequest(json: unknown): SearchRequest {
  const body = new Body(json, owner)
  return {
    dbName: body.string('db_name'),
    spaceName: body.string('space_name'),
    documentIds: body.strings('document_ids'),
    partitionId: body.uint32('partition_id'),
    next: body.boolean('next'),
    getByHash: body.boolean('get_by_hash'),
    filter: readFilter(body.object('filters', 'Filter')),
    page: {
      limit: body.int32('limit') || limitDefault,
      offset: Math.max(0, body.int32('offset')),
      pageSize: body.int32('page_size'),
      pageNum: body.int32('page_num'),
    },
    fields: body.strings('fields'),
    vectorValue: body.boolean('vector_value'),
    vectors: body.list('vectors'),
    indexParams: readIndexParams(body.any('index_params')),
    // 1 is brute force and 2 is "auto", which Vearch's engine takes for the same.
    bruteForce: body.int32('is_brute_search') !== 0,
    ranker: body.any('ranker'),
    sort: body.any('sort'),
    loadBalance: body.string('load_balance'),
    partitionNames: body.strings('partition_names'),
  }
}

function readFilter(filter: Body | undefined): ClientFilter | undefined {
  if (filter === undefined) return undefined
  const conditions = filter.list('conditions', 'request.Condition').map((json) => {
    const condition = new Body(json, 'Condition')
    return {
      field: condition.string('field'),
      operator: condition.string('operator'),
      value: condition.any('value'),
    }
  })
  return {operator: filter.string('operator'), conditions}
}

function readIndexParams(params: unknown): Readonly<Record<string, unknown>> {
  if (params === undefined) return {}
  if (isObject(params)) return params
  throw paramError(`unmarshal err:[it is not an object] , searchReq.IndexParams:[${JSON.stringify(params)}]`)
}

/** Checks that are the same for the three verbs, in Vearch's order. Throws PARAM_ERROR and the filter's errors. */
export function checkedAgainst(
  space: Space,
  request: SearchRequest,
): {filter: Filter | null; projection: WireProjection} {
  const projection = projectionOf(space, request)
  checkSort(space, request.sort)
  const filter = request.filter === undefined ? null : parseFilter(request.filter, space)
  if (request.page.limit < 0) throw paramError('query limit[topN] is zero')
  return {filter, projection}
}

/** All scalars unless `fields` names some; vectors only if they are named, or if `vector_value` asks for all of them. */
function projectionOf(space: Space, {fields, vectorValue}: SearchRequest): WireProjection {
  const named = fields.filter((field) => field !== '_id')
  for (const field of named) {
    if (!hasField(space, field)) throw paramError(`field [${field}] is not exist in the space`)
  }
  const isVector = (field: string) => space.space_properties[field]?.field_type === FieldType.vector
  if (fields.length > 0) {
    return {fields: named.filter((field) => !isVector(field)), vectors: named.filter(isVector)}
  }
  return {fields: 'all', vectors: vectorValue ? Object.keys(space.space_properties).filter(isVector) : []}
}

const sortKeys = {order: ['asc', 'desc'], mode: ['min', 'max'], missing: ['_last', '_first']}

/** `sort` is checked and has no effect, as in Vearch: results are ordered by score, or by docid. */
function checkSort(space: Space, sort: unknown): void {
  if (sort === undefined) return
  if (!Array.isArray(sort)) throw paramError('invalid sort')
  for (const item of sort) {
    const field = typeof item === 'string' ? item : sortField(item)
    if (field !== '_score' && field !== '_id' && !hasField(space, field)) {
      throw paramError(`sort field [${field}] not space field`)
    }
  }
}

function sortField(item: unknown): string {
  const [entry, ...others] = isObject(item) ? Object.entries(item) : []
  if (entry === undefined || others.length > 0) throw paramError('invalid sort')
  const [field, order] = entry
  const isValid = isObject(order)
    ? Object.entries(sortKeys).every(
        ([key, allowed]) => order[key] === undefined || allowed.includes(String(order[key])),
      )
    : sortKeys.order.includes(String(order))
  if (!isValid) throw paramError('invalid sort')
  return field
}

function hasField(space: Space, field: string): boolean {
  return Object.hasOwn(space.space_properties, field)
}
