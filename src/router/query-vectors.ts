/** The `vectors` of a search: what is looked for, field by field (data-plane spec §4.3, §4.7). */
import {Buffer} from 'node:buffer'
import {FieldType} from '../entity/field.js'
import {isObject} from '../entity/json.js'
import type {Space} from '../entity/space.js'
import {paramError} from '../errors/coded-error.js'
import type {WireSearch} from '../rpc/ps-api.js'
import {isNormalised} from './document-parser.js'
import {normalise, readVector} from './vector-parser.js'

/** One element of `vectors`, as the client sent it. */
export interface VectorQuery {
  readonly field: string
  readonly feature: unknown
  readonly minScore: number | undefined
  readonly maxScore: number | undefined
  readonly symbol: string
  readonly value: number | undefined
  readonly format: string
}

export interface QueryVectors {
  readonly vectors: WireSearch['vectors']
  readonly weights: readonly number[]
  /** How many queries each of the vectors holds. */
  readonly queries: number
}

const formats = ['', 'normalization', 'normal', 'no']
/** One request may hold as many queries; each of them is a search. */
const queriesMax = 10_000

/** Throws PARAM_ERROR. */
export function readQueryVectors(space: Space, vectors: readonly VectorQuery[], ranker: unknown): QueryVectors {
  let queries = 0
  const read = vectors.map((query) => {
    const vector = readVectorQuery(space, query)
    if (queries === 0) queries = vector.count
    if (vector.count !== queries) {
      const {field, values, dimension} = vector
      throw paramError(
        `vector field:[${field}] not same as queryNum, embedding length [${values}], dimension [${dimension}] `,
      )
    }
    return vector.wire
  })
  return {vectors: read, queries, weights: weightsOf(vectors.length, ranker)}
}

function readVectorQuery(space: Space, query: VectorQuery) {
  const {field, format} = query
  const property = Object.hasOwn(space.space_properties, field) ? space.space_properties[field] : undefined
  if (property === undefined) throw paramError(`field:[${field}] not found in space fields`)
  if (property.field_type !== FieldType.vector) throw paramError(`field:[${field}] is not vector type`)
  const dimension = property.dimension ?? 0
  const values = featureOf(query)
  const count = values.length / dimension
  if (count === 0 || !Number.isInteger(count)) {
    throw paramError(
      `vector embedding length [${values.length}] err, dimension is [${dimension}], not equals dimension multiple:[${values.length % dimension}]`,
    )
  }
  if (count > queriesMax) throw paramError(`${count} query vectors in one request, at most ${queriesMax}`)
  if (!formats.includes(format)) throw paramError(`unknow vector process format:[${format}]`)
  const features = readFeatures(field, values, dimension, isNormalised(property.format))
  return {field, count, dimension, values: values.length, wire: {field, features, ...bounds(query)}}
}

function featureOf({feature}: VectorQuery): readonly unknown[] {
  if (feature === undefined) throw paramError('vector embedding is null')
  if (!Array.isArray(feature)) throw paramError('vector embedding should be an array of numbers')
  return feature
}

/** Each query on its own: a batch is never normalised as one long vector. */
function readFeatures(field: string, values: readonly unknown[], dimension: number, normalised: boolean): Uint8Array {
  const floats = new Float32Array(values.length)
  for (let from = 0; from < values.length; from += dimension) {
    const query = floats.subarray(from, from + dimension)
    const squares = readVector(values, from, query)
    if (normalised) normalise(field, query, squares)
  }
  return Buffer.from(floats.buffer)
}

/** `symbol` and `value` are the old way to write a bound, and win over the new one. */
function bounds(query: VectorQuery): {minScore?: number; maxScore?: number} {
  let {minScore, maxScore} = query
  const {value} = query
  const symbol = query.symbol.trim()
  if (value !== undefined) {
    if (symbol === '>' || symbol === '>=') minScore = value
    else if (symbol === '<' || symbol === '<=') maxScore = value
    else throw paramError(`symbol value unknow:[${symbol}]`)
  }
  return {...(minScore === undefined ? {} : {minScore}), ...(maxScore === undefined ? {} : {maxScore})}
}

/** Equal weights unless a WeightedRanker says otherwise; a ranker beside a single vector is not looked at. */
function weightsOf(count: number, ranker: unknown): readonly number[] {
  const equal = Array.from({length: count}, () => 1 / count)
  if (count < 2 || ranker === undefined) return equal
  const {type, params} = isObject(ranker) ? ranker : {}
  if (type !== 'WeightedRanker') {
    throw paramError(`unsupport ranker type: ${String(type ?? '')}, now only support WeightedRanker`)
  }
  if (params === undefined || params === null) return equal
  const weights: readonly unknown[] = Array.isArray(params) ? params : [params]
  if (weights.length !== count)
    throw paramError(`ranker params length ${weights.length} is not equal to ${count} vectors`)
  return weights.map((weight) => {
    if (typeof weight !== 'number' || !Number.isFinite(weight)) throw paramError('ranker params should be numbers')
    return weight
  })
}
