/**
 * Vectors from JSON arrays of numbers: the hot loop of upserts, one pass over the elements into float32.
 *
 * A finite sum of squares proves every element finite (float32 squared fits a double), and is what normalisation needs.
 */
import {stringifyJson} from '../entity/json.js'
import {type CodedError, paramError} from '../errors/coded-error.js'

const elementsShownMax = 16

/** Fills `target` with `values` from `from` on, rounded to float32. Returns the sum of squares. Throws PARAM_ERROR. */
export function readVector(values: readonly unknown[], from: number, target: Float32Array): number {
  let squares = 0
  for (let index = 0; index < target.length; index++) {
    const value = values[from + index]
    if (typeof value === 'number') target[index] = value
    else if (typeof value === 'bigint') target[index] = Number(value)
    else throw paramError(`vector embedding can not to float 64 ${stringifyJson(value)}`)
    const rounded = target[index] ?? 0
    squares += rounded * rounded
  }
  if (!Number.isFinite(squares)) throw notFinite(values.slice(from, from + target.length), target)
  return squares
}

/** The vector of a document. Throws PARAM_ERROR. */
export function parseVector(field: string, value: unknown, dimension: number, normalised: boolean): Float32Array {
  const values = requireArray(field, value)
  if (values.length !== dimension) throw wrongLength(field, values, dimension)
  const vector = new Float32Array(dimension)
  const squares = readVector(values, 0, vector)
  if (normalised) normalise(field, vector, squares)
  return vector
}

/** Scales to length 1; a zero vector has no direction. Throws PARAM_ERROR. */
export function normalise(field: string, vector: Float32Array, squares: number): void {
  if (squares === 0) throw paramError(`vector field:[${field}] can not be normalized, it is zero`)
  const scale = 1 / Math.sqrt(squares)
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) * scale
}

function requireArray(field: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  if (value === null || value === undefined) throw paramError(`field name [${field}] type is null`)
  if (typeof value === 'string') throw paramError(`parse param processString err :${field}`)
  if (typeof value === 'boolean') throw paramError(`field:[${field}] value mismatch, type:[VECTOR]`)
  if (typeof value === 'object') {
    throw paramError(`vector field ${field} embedding value should be arrry, but is: ${stringifyJson(value)}`)
  }
  throw paramError(`field[${field}] value mismatch, value:[${value}] type:[VECTOR]`)
}

function wrongLength(field: string, values: readonly unknown[], dimension: number): CodedError {
  const more = values.length > elementsShownMax ? ' …' : ''
  const shown = values.slice(0, elementsShownMax).map(stringifyJson).join(' ')
  return paramError(
    `vector field:[${field}] embedding length has error, dimension in space is:[${dimension}] ` +
      `but input length:[${values.length}] vector embedding value:[${shown}${more}]`,
  )
}

/** JSON has no NaN and no infinity, but 1e39 is one in 32 bits. */
function notFinite(values: readonly unknown[], vector: Float32Array): CodedError {
  const index = vector.findIndex((element) => !Number.isFinite(element))
  return paramError(`vector embedding value index:[${index}], err:[ ${values[index]}] is nan or inf`)
}
