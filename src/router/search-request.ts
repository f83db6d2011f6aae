/** What query, search and delete have in common: one body, checked against the space (data-plane spec §1.6). */

import {type ClientFilter, parseFilter} from '../engine/filter/parse.js'
import type {Filter} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import {isObject} from '../entity/json.js'
import type {Space} from '../entity/space.js'
import {paramError} from '../errors/coded-error.js'
import type {WireProjection} from '../rpc/ps-api.js'
import type {PageRequest} from './merge.js'
import type {VectorQuery} from './query-vectors.js'
import type {SpaceNames} from './space-lookup.js'

/** As the client sent it, with defaults for what is absent; values of no fixed type are not looked at yet. */
export interface SearchRequest extends SpaceNames {
  readonly documentIds: readonly string[]
  readonly partitionId: number | undefined
  readonly next: boolean
  readonly getByHash: boolean
  readonly filter: ClientFilter | undefined
  readonly page: PageRequest
  readonly fields: readonly string[]
  readonly vectorValue: boolean
  readonly vectors: readonly VectorQuery[]
  readonly indexParams: unknown
  readonly bruteForce: boolean
  readonly ranker: unknown
  readonly sort: unknown
  readonly loadBalance: string
  readonly partitionNames: readonly string[]
}

/** Checks that are the same for the three verbs, in Vearch's order. Throws PARAM_ERROR and the filter's errors. */
export function checkedAgainst(
  space: Space,
  request: SearchRequest,
): {filter: Filter | null; projection: WireProjection} {
  const projection = projectionOf(space, request)
  checkSort(space, request.sort)
  const filter = request.filter === undefined ? null : parseFilter(request.filter, space)
  if (request.page.limit <= 0) throw paramError('query limit[topN] is zero')
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

/** Throws PARAM_ERROR. */
export function readIndexParams(params: unknown): Readonly<Record<string, unknown>> {
  if (params === undefined) return {}
  if (isObject(params)) return params
  throw paramError(`unmarshal err:[it is not an object] , searchReq.IndexParams:[${JSON.stringify(params)}]`)
}
