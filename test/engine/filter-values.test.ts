/** What conditions mean, without an engine: bounds against arithmetic, columns against what they hold. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {columnsOf} from '../../src/engine/columns.js'
import {boundOf, type RangeOperator} from '../../src/engine/filter/bound.js'
import {compileFilter} from '../../src/engine/filter/compile.js'
import {matches} from '../../src/engine/filter/evaluate.js'
import {parseFilter} from '../../src/engine/filter/parse.js'
import type {Condition, FieldValue, Filter} from '../../src/entity/document.js'
import {FieldType} from '../../src/entity/field.js'
import {assert} from '../../src/errors/assert.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {property} from '../harness/property.js'
import {indexed, spaceOf} from './spaces.js'

const operator = fc.constantFrom<RangeOperator>('<', '<=', '>', '>=', '=', '!=')
const int = fc.oneof(fc.integer(), fc.constantFrom(0, 2 ** 31 - 1, -(2 ** 31)))
const long = fc.oneof(fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}), fc.integer().map(BigInt))
const double = fc.double({noNaN: true, noDefaultInfinity: true}).map((value) => value + 0)
const float = fc.float({noNaN: true, noDefaultInfinity: true}).map((value) => value + 0)
const bound = fc.oneof(
  fc.bigInt({min: -(2n ** 65n), max: 2n ** 65n}),
  fc.double(),
  fc.float(),
  int,
  int.map((value) => value + 0.5),
)

/** JavaScript compares bigints and numbers by what they are, without rounding either. */
function holds(value: number | bigint, how: RangeOperator, other: number | bigint): boolean {
  switch (how) {
    case '<':
      return value < other
    case '<=':
      return value <= other
    case '>':
      return value > other
    case '>=':
      return value >= other
    case '=':
      return value >= other && value <= other
    case '!=':
      return value < other || value > other || Number.isNaN(other)
  }
}

function meets(type: FieldType, value: number | bigint, how: RangeOperator, other: number | bigint): boolean {
  const found = boundOf(type, how, other)
  return typeof found === 'boolean' ? found : holds(value, found.operator, found.value)
}

describe('a bound says of every value of its field what the condition says:', () => {
  property('integer', [int, operator, bound], (value, how, other) => {
    expect(meets(FieldType.int, value, how, other)).toBe(holds(value, how, other))
  })
  property('long and date', [long, operator, bound], (value, how, other) => {
    expect(meets(FieldType.long, value, how, other)).toBe(holds(value, how, other))
    expect(meets(FieldType.date, value, how, other)).toBe(holds(value, how, other))
  })
  property('double', [double, operator, bound], (value, how, other) => {
    expect(meets(FieldType.double, value, how, other)).toBe(holds(value, how, Number(other)))
  })
  property('float, which the bound is rounded to', [float, operator, bound], (value, how, other) => {
    expect(meets(FieldType.float, value, how, other)).toBe(holds(value, how, Math.fround(Number(other))))
  })
})

const space = spaceOf([
  indexed('i', 'integer'),
  indexed('l', 'long'),
  indexed('f', 'float'),
  indexed('d', 'double'),
  indexed('s', 'string'),
  indexed('tags', 'string_array'),
])
const {scalarByField} = columnsOf(space)
const text = fc.oneof(fc.string({maxLength: 3}), fc.constantFrom('a', 'b', '', "'", ' AND ', ','))
/** Of more elements than the engine takes at once, too. */
const wanted = fc
  .tuple(fc.array(text, {maxLength: 4}), fc.boolean())
  .map(([some, isLong]) => (isLong ? [...Array.from({length: 33}, (_, at) => `other ${at}`), ...some] : some))
const fields: fc.Arbitrary<Record<string, FieldValue>> = fc.record({
  i: int,
  l: long,
  f: float,
  d: double,
  s: text,
  tags: fc.array(text, {maxLength: 3}),
})
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({field: fc.constant('i'), operator, value: fc.oneof(int, bound)}),
  fc.record({field: fc.constant('l'), operator, value: fc.oneof(long, bound)}),
  fc.record({field: fc.constant('f'), operator, value: fc.oneof(float, bound)}),
  fc.record({field: fc.constant('d'), operator, value: fc.oneof(double, bound)}),
  fc.record({
    field: fc.constantFrom('s', 'tags'),
    operator: fc.constantFrom('IN', 'NOT IN'),
    value: wanted,
  }),
)
const filter: fc.Arbitrary<Filter> = fc.record({
  operator: fc.constantFrom('AND', 'OR'),
  conditions: fc.array(condition, {minLength: 1, maxLength: 4}),
})

describe('a column', () => {
  property('gives back what it was given', [fields], (values) => {
    for (const [name, value] of Object.entries(values)) {
      const column = scalarByField.get(name)
      expect(column?.decode(column.encode(value))).toEqual(value)
    }
  })
})

describe('a filter', () => {
  property('as the engine reads it means what it meant', [fields, filter], (values, asked) => {
    const alternatives = compileFilter(asked, scalarByField)
    const row = new Map(
      [...scalarByField.values()].map((column) => [column.name, column.encode(values[column.field] ?? 0)]),
    )
    const isFound = alternatives.some(({text: expression}) => expression === '' || isTrue(expression, row))
    expect(isFound).toBe(matches(asked, {fields: values}, scalarByField))
  })

  property('means the opposite where each condition does and the operator too', [fields, filter], (values, asked) => {
    const opposite = {
      '<': '>=',
      '>=': '<',
      '>': '<=',
      '<=': '>',
      '=': '!=',
      '!=': '=',
      IN: 'NOT IN',
      'NOT IN': 'IN',
    } as const
    fc.pre(asked.conditions.every(({value}) => !Number.isNaN(value)))
    const other: Filter = {
      operator: asked.operator === 'AND' ? 'OR' : 'AND',
      conditions: asked.conditions.map((each) => ({...each, operator: opposite[each.operator]}) as Condition),
    }
    expect(matches(other, {fields: values}, scalarByField)).toBe(!matches(asked, {fields: values}, scalarByField))
  })

  const written = fc.record({
    field: fc.constantFrom('i', 'l', 'f', 'd', 's', 'tags', 'x', 'constructor'),
    operator: fc.constantFrom('<', '<=', '>', '>=', '=', '<>', '!=', 'IN', 'NOT IN', 'LIKE'),
    value: fc.oneof(fc.array(text, {maxLength: 2}), bound, fc.anything({maxDepth: 1})),
  })

  property(
    'of a client can be evaluated, or is refused with a code',
    [fields, fc.array(written, {minLength: 1, maxLength: 3})],
    (values, conditions) => {
      let parsed: Filter | null
      try {
        parsed = parseFilter({operator: 'AND', conditions}, space)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(CodedError)
        return
      }
      expect(parsed?.conditions).toHaveLength(conditions.length)
      if (parsed !== null) expect(typeof matches(parsed, {fields: values}, scalarByField)).toBe('boolean')
    },
  )
})

/** The engine's language, as far as filters use it: `c < 1`, `c IN ('a','b')`, joined by AND, or by OR within brackets. */
function isTrue(expression: string, row: ReadonlyMap<string, unknown>): boolean {
  const quoted: string[] = []
  const bare = expression.replace(/'([^']*)'/g, (_, inner: string) => `'${quoted.push(inner) - 1}'`)
  const literalOf = (literal: string) =>
    literal.startsWith("'") ? quoted[Number(literal.slice(1, -1))] : Number(literal)
  const term = (one: string): boolean => {
    const [, column = '', how = '', rest = ''] =
      /^(\w+) (NOT CONTAIN_ANY|CONTAIN_ANY|NOT IN|IN|[<>=!]+) (.+)$/.exec(one) ?? []
    const value = row.get(column)
    assert(value !== undefined, `${one} is a term`)
    if (!/IN$|ANY$/.test(how)) return holds(value as number, how as RangeOperator, literalOf(rest) as number)
    const wanted = rest.slice(1, -1).split(',').map(literalOf)
    return [value].flat().some((each) => wanted.includes(each as string)) !== how.startsWith('NOT')
  }
  const means = (text: string): boolean => {
    const [alternatives, conditions] = [split(text, ' OR '), split(text, ' AND ')]
    if (alternatives.length > 1) return alternatives.some(means)
    if (conditions.length > 1) return conditions.every(means)
    return text.startsWith('(') ? means(text.slice(1, -1)) : term(text)
  }
  return means(bare)
}

/** Where it stands within no brackets. */
function split(text: string, by: string): string[] {
  const parts: string[] = []
  for (const piece of text.split(by)) {
    const begun = parts.at(-1)
    if (begun !== undefined && begun.split('(').length > begun.split(')').length)
      parts.push(`${parts.pop()}${by}${piece}`)
    else parts.push(piece)
  }
  return parts
}
