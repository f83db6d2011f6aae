/**
 * A filter as expressions of zvec's filter language.
 *
 * The result is a list of alternatives: a document matches if it meets any of them. None at all means that nothing can
 * match. An AND is one alternative, an OR one for each of its conditions, because zvec's own OR is wrong where only some
 * of its fields are indexed (350 rows of 393) and over string arrays (810 of 824).
 */
import type {Condition, Filter} from '../../entity/document.js'
import {assert} from '../../errors/assert.js'
import type {ScalarColumn} from '../columns.js'
import {quoteText} from '../safe-text.js'
import {boundOf, isTerms} from './bound.js'

export interface Expression {
  /** Empty where every document matches. */
  readonly text: string
  /**
   * What the text speaks of. A query without a vector must return these columns: otherwise zvec fails ("mismatching
   * schema size") as soon as it answers from the index of one segment and from the rows of another.
   */
  readonly columns: readonly string[]
}

/** zvec refuses longer lists after CONTAIN_ANY. */
const containMax = 32

export const everything: Expression = {text: '', columns: []}

export function compileFilter(
  filter: Filter | null,
  columnOf: ReadonlyMap<string, ScalarColumn>,
): readonly Expression[] {
  if (filter === null) return [everything]
  const compiled = filter.conditions.map((condition) => compileCondition(condition, columnOf))
  const expressions = compiled.filter((one) => typeof one !== 'boolean')
  if (filter.operator === 'OR') return compiled.includes(true) ? [everything] : expressions
  return compiled.includes(false) ? [] : [expressions.reduce(both, everything)]
}

/** What meets both. */
export function both(left: Expression, right: Expression): Expression {
  if (left.text === '') return right
  if (right.text === '') return left
  return {text: `${left.text} AND ${right.text}`, columns: [...new Set([...left.columns, ...right.columns])]}
}

function compileCondition(condition: Condition, columnOf: ReadonlyMap<string, ScalarColumn>): boolean | Expression {
  const column = columnOf.get(condition.field)
  assert(column !== undefined, `field ${condition.field} is a scalar of the space`)
  const text = isTerms(condition)
    ? termsText(column, condition.operator === 'IN', condition.value)
    : boundText(column, boundOf(column.type, condition.operator, condition.value))
  return typeof text === 'boolean' ? text : {text, columns: [column.name]}
}

function boundText({name, stored, encode}: ScalarColumn, bound: ReturnType<typeof boundOf>): boolean | string {
  if (typeof bound === 'boolean') return bound
  return `${name} ${bound.operator} ${stored === 'INT32' ? bound.value : `'${encode(bound.value)}'`}`
}

function termsText({name, stored}: ScalarColumn, wanted: boolean, values: readonly string[]): boolean | string {
  if (values.length === 0) return !wanted
  const isArray = stored === 'STRING_ARRAY'
  const operator = `${name} ${wanted ? '' : 'NOT '}${isArray ? 'CONTAIN_ANY' : 'IN'}`
  const parts = chunks(values, isArray ? containMax : values.length)
  const terms = parts.map((part) => `${operator} (${part.map(quoteText).join(',')})`)
  return terms.length === 1 ? terms.join() : `(${terms.join(wanted ? ' OR ' : ' AND ')})`
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({length: count}, (_, index) => items.slice(index * size, (index + 1) * size))
}
