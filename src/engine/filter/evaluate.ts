/** The reference meaning of a filter (data-plane spec §4.1): what the engine must answer, said without the engine. */
import type {Condition, Document, FieldValue, Filter} from '../../entity/document.js'
import type {FieldType} from '../../entity/field.js'
import {assert} from '../../errors/assert.js'
import {boundOf, isTerms, type RangeOperator} from './bound.js'

export type FieldTypes = ReadonlyMap<string, {readonly type: FieldType}>

export function matches(filter: Filter, document: Pick<Document, 'fields'>, fields: FieldTypes): boolean {
  const holds = (condition: Condition) => meets(condition, document.fields[condition.field], fields)
  return filter.operator === 'AND' ? filter.conditions.every(holds) : filter.conditions.some(holds)
}

function meets(condition: Condition, value: FieldValue | undefined, fields: FieldTypes): boolean {
  assert(value !== undefined, `a stored document has every field, ${condition.field} too`)
  if (isTerms(condition)) {
    const elements = typeof value === 'object' ? value : [value]
    const wanted = new Set<FieldValue>(condition.value)
    return elements.some((element) => wanted.has(element)) === (condition.operator === 'IN')
  }
  const type = fields.get(condition.field)?.type
  assert(type !== undefined && (typeof value === 'number' || typeof value === 'bigint'), 'a range is over numbers')
  const bound = boundOf(type, condition.operator, condition.value)
  return typeof bound === 'boolean' ? bound : compare(value, bound.operator, bound.value)
}

function compare(value: number | bigint, operator: RangeOperator, bound: number | bigint): boolean {
  switch (operator) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    case '=':
      return value === bound
    case '!=':
      return value !== bound
  }
}
