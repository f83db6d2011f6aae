/**
 * A filter as expressions of zvec's filter language.
 *
 * The result is a list of alternatives: a document matches if it meets any of them. There is one, except for an OR over
 * string arrays, where zvec answers wrong (810 of 824 rows) and which is therefore asked in parts. None at all means
 * that nothing can match; an empty expression, that everything does.
 */
import type {Condition, Filter} from '../../entity/document.js'
import {assert} from '../../errors/assert.js'
import {encodeLong, type ScalarColumn} from '../columns.js'
import {quoteText} from '../safe-text.js'
import {boundOf, isTerms} from './bound.js'

export type Expression = string
type Atom = boolean | Expression
type ColumnOf = ReadonlyMap<string, ScalarColumn>

export const everything: readonly Expression[] = ['']

export function compileFilter(filter: Filter | null, columns: ColumnOf): readonly Expression[] {
  if (filter === null) return everything
  const atoms = filter.conditions.map((condition) => ({atom: compileCondition(condition, columns), condition}))
  const texts = atoms.flatMap(({atom}) => (typeof atom === 'string' ? [atom] : []))
  if (filter.operator === 'AND') return atoms.some(({atom}) => atom === false) ? [] : [texts.join(' AND ')]
  if (atoms.some(({atom}) => atom === true)) return everything
  const isArray = ({condition}: {condition: Condition}) => columns.get(condition.field)?.stored === 'STRING_ARRAY'
  if (atoms.some(isArray)) return texts
  return texts.length === 0 ? [] : [texts.join(' OR ')]
}

/** The conjunction of two expressions of which each may be empty. */
export function both(left: Expression, right: Expression): Expression {
  if (left === '' || right === '') return left + right
  return `(${left}) AND (${right})`
}

function compileCondition(condition: Condition, columns: ColumnOf): Atom {
  const column = columns.get(condition.field)
  assert(column !== undefined, `field ${condition.field} is a scalar of the space`)
  if (isTerms(condition)) return compileTerms(column, condition.operator === 'IN', condition.value)
  const bound = boundOf(column.type, condition.operator, condition.value)
  return typeof bound === 'boolean' ? bound : `${column.name} ${bound.operator} ${literal(column, bound.value)}`
}

function compileTerms(column: ScalarColumn, wanted: boolean, values: readonly string[]): Atom {
  if (values.length === 0) return !wanted
  const operator = column.stored === 'STRING_ARRAY' ? 'CONTAIN_ANY' : 'IN'
  return `${column.name} ${wanted ? '' : 'NOT '}${operator} (${values.map(quoteText).join(',')})`
}

function literal(column: ScalarColumn, value: number | bigint): string {
  if (typeof value === 'bigint') return `'${encodeLong(value)}'`
  // An exponent makes it a fraction to zvec's parser, whatever its size: exact, and never out of an integer's range.
  return column.stored === 'INT32' ? String(value) : value.toExponential()
}
