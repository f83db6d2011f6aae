/**
 * A range condition brought to what its field's type can hold, so that the engine compares like with like: an integer
 * field knows no fractions and no values beyond its range, a float field no more digits than 32 bits have.
 *
 * `true` and `false` are conditions that every document meets, or none.
 */
import type {Condition} from '../../entity/document.js'
import {FieldType} from '../../entity/field.js'

export type TermCondition = Extract<Condition, {operator: 'IN' | 'NOT IN'}>
export type RangeOperator = Exclude<Condition, TermCondition>['operator']
export type Bound = boolean | {readonly operator: RangeOperator; readonly value: number | bigint}

export function isTerms(condition: Condition): condition is TermCondition {
  return typeof condition.value === 'object'
}

const ranges: ReadonlyMap<FieldType, {readonly min: bigint; readonly max: bigint}> = new Map([
  [FieldType.int, {min: -(2n ** 31n), max: 2n ** 31n - 1n}],
  [FieldType.long, {min: -(2n ** 63n), max: 2n ** 63n - 1n}],
  [FieldType.date, {min: -(2n ** 63n), max: 2n ** 63n - 1n}],
])

export function boundOf(type: FieldType, operator: RangeOperator, value: number | bigint): Bound {
  const range = ranges.get(type)
  if (range === undefined)
    return floating(operator, type === FieldType.float ? Math.fround(Number(value)) : Number(value))
  if (typeof value === 'number' && !Number.isInteger(value)) return fractional(type, operator, value)
  const whole = BigInt(value)
  if (whole > range.max) return beyond(operator, '<')
  if (whole < range.min) return beyond(operator, '>')
  return {operator, value: type === FieldType.int ? Number(whole) : whole}
}

/** Every value of the field is on the `side` of a bound that is out of the field's range. */
function beyond(operator: RangeOperator, side: '<' | '>'): boolean {
  return operator === '!=' || operator.startsWith(side)
}

function fractional(type: FieldType, operator: RangeOperator, value: number): Bound {
  if (operator === '=' || operator === '!=' || Number.isNaN(value)) return operator === '!='
  if (!Number.isFinite(value)) return beyond(operator, value > 0 ? '<' : '>')
  return operator.startsWith('<') ? boundOf(type, '<=', Math.floor(value)) : boundOf(type, '>=', Math.ceil(value))
}

function floating(operator: RangeOperator, value: number): Bound {
  if (Number.isNaN(value)) return operator === '!='
  if (!Number.isFinite(value)) return beyond(operator, value > 0 ? '<' : '>')
  return {operator, value: value === 0 ? 0 : value}
}
