/**
 * A client's filter, checked against the space: data-plane spec §4.1, with its codes and texts.
 *
 * Operators are checked first, then the values of range conditions, then the fields of term conditions, as Vearch does.
 * Its merging of conditions into intervals is not repeated: conditions joined by one operator mean the same.
 */
import type {Condition, Filter} from '../../entity/document.js'
import {FieldType} from '../../entity/field.js'
import {readDate, readDouble, readFloat, readInt, readLong} from '../../entity/field-number.js'
import {fieldTypeNames} from '../../entity/field-rules.js'
import {stringifyJson} from '../../entity/json.js'
import type {Space} from '../../entity/space.js'
import {CodedError, paramError} from '../../errors/coded-error.js'
import {indexedScalars} from '../space-indexes.js'

/** `filters` of a request: an object of the right outer shape, whatever is in it. */
export interface ClientFilter {
  readonly operator: string
  readonly conditions: readonly ClientCondition[]
}

export interface ClientCondition {
  readonly field: string
  readonly operator: string
  readonly value: unknown
}

type Schema = Pick<Space, 'fields' | 'indexes' | 'space_properties'>
type RangeOperator = Extract<Condition, {value: number | bigint}>['operator']
type Range = Omit<ClientCondition, 'operator'> & {readonly operator: RangeOperator}
type Terms = Extract<Condition, {operator: 'IN' | 'NOT IN'}>

const rangeOperators: ReadonlyMap<string, RangeOperator> = new Map([
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
])

/** How a range condition's value is read, and what Vearch calls the type when it cannot be. */
const rangeValues = new Map<FieldType, {readonly label: string; readonly read: (value: unknown) => number | bigint}>([
  [FieldType.int, {label: 'INT', read: readInt}],
  [FieldType.long, {label: 'LONG', read: readLong}],
  [FieldType.float, {label: 'FLOAT', read: readFloat}],
  [FieldType.double, {label: 'FLOAT64', read: readDouble}],
  [FieldType.date, {label: 'date', read: readDate}],
])

/**
 * Null for a filter without conditions. Throws FILTER_OPERATOR_TYPE_ERR, FILTER_CONDITION_OPERATOR_TYPE_ERR or
 * PARAM_ERROR.
 */
export function parseFilter({operator, conditions}: ClientFilter, space: Schema): Filter | null {
  if (operator !== 'AND' && operator !== 'OR') throw new CodedError('FILTER_OPERATOR_TYPE_ERR')
  const checked = conditions.map(checkOperator)
  const indexed = indexedScalars(space)
  const ranges = checked.filter(isRange).map((range) => rangeCondition(range, space, indexed))
  const terms = checked.filter(isTerms).map((term) => termCondition(term, space, indexed))
  return checked.length === 0 ? null : {operator, conditions: [...ranges, ...terms]}
}

function checkOperator({field, operator, value}: ClientCondition): Range | Terms {
  const range = rangeOperators.get(operator)
  if (range !== undefined) return {field, operator: range, value}
  if (operator !== 'IN' && operator !== 'NOT IN') {
    throw new CodedError('FILTER_CONDITION_OPERATOR_TYPE_ERR', `unsupported operator: ${operator}`)
  }
  if (!Array.isArray(value))
    throw paramError(`json: cannot unmarshal ${jsonType(value)} into Go value of type []string`)
  const odd = value.find((item) => typeof item !== 'string')
  if (odd !== undefined) throw paramError(`json: cannot unmarshal ${jsonType(odd)} into Go value of type string`)
  return {field, operator, value}
}

function isRange(condition: Range | Terms): condition is Range {
  return condition.operator !== 'IN' && condition.operator !== 'NOT IN'
}

function isTerms(condition: Range | Terms): condition is Terms {
  return !isRange(condition)
}

function rangeCondition({field, operator, value}: Range, space: Schema, indexed: ReadonlySet<string>): Condition {
  const type = typeOf(field, space, 'parseRange')
  const range = rangeValues.get(type)
  if (range === undefined) throw notSupported('parseRange', field, type, operator)
  if (!indexed.has(field)) throw nested('parseRange', `field:[${field}] not set index`)
  try {
    return {field, operator, value: range.read(value)}
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    throw nested('parseRange', `${range.label} ${stringifyJson(value)} Unmarshal err ${thrown.message}`)
  }
}

function termCondition(condition: Terms, space: Schema, indexed: ReadonlySet<string>): Condition {
  const {field, operator} = condition
  const type = typeOf(field, space, 'parseTerm')
  if (type !== FieldType.string && type !== FieldType.stringArray) {
    throw notSupported('parseTerm', field, type, operator)
  }
  if (!indexed.has(field)) throw nested('parseTerm', `field:[${field}] not set index, please check space`)
  return condition
}

function typeOf(field: string, space: Schema, step: string): FieldType {
  const property = Object.hasOwn(space.space_properties, field) ? space.space_properties[field] : undefined
  if (property === undefined) throw nested(step, `field:[${field}] not found in space fields`)
  return property.field_type
}

function notSupported(step: string, field: string, type: FieldType, operator: string): CodedError {
  return nested(step, `field:[${field}] type is ${fieldTypeNames[type]} and operator ${operator} is not supported now`)
}

/** Vearch wraps the whole message of the inner error. */
function nested(step: string, detail: string): CodedError {
  return paramError(`${step} err ${paramError(detail).message}`)
}

function jsonType(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value
}
