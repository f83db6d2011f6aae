import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type Expression, evaluate, isTrue, parseExpression} from '../../src/cli/expression.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {property} from '../harness/property.js'

const row: Readonly<Record<string, unknown>> = {
  id: 7,
  state: 'ok',
  replicas: [1, 2, 3],
  empty: [],
  leader: null,
  text: '12',
  at: 1633653906105116793n,
  value: {name: 'a.b', 'odd name': [{x: 1}]},
  'max-in-use': 5,
}

const answer = (text: string) => evaluate(parseExpression(text), (name) => row[name])

test.each<[string, boolean]>([
  ['state == "ok"', true],
  ["state = 'ok'", true],
  ['state != "ok"', false],
  ['id >= 7 && id < 8', true],
  ['id > 7 or state == "ok"', true],
  ['not (id == 7)', false],
  ['!leader', true],
  ['leader == null', true],
  ['absent == null', true],
  ['leader < 3', false],
  ['leader != 3', true],
  ['3 in replicas', true],
  ['4 in replicas', false],
  ['id in [6, 7]', true],
  ['replicas contains 2', true],
  ['replicas.length < 3', false],
  ['replicas.length == 3', true],
  ['replicas[-1] == 3', true],
  ['replicas == [1, 2, 3]', true],
  ['empty', false],
  ['state contains "k"', true],
  ['state =~ "^o"', true],
  ['state !~ "^o"', false],
  ['text == 12', true],
  ['text > 9', true],
  ['at == 1633653906105116793', true],
  ['at == 1633653906105116794', false],
  ['at > 5', true],
  ['at > 9007199254740993.0', true],
  [`at < 1${'0'.repeat(400)}`, true],
  ['value.name == "a.b"', true],
  ['value["odd name"][0].x == 1', true],
  ['max-in-use == 5', true],
  ['id == -7', false],
  ['true && !false', true],
  ['state == "o" || id == 7 && replicas[0] == 1', true],
  ['value.constructor == null', true],
  ['state.length == 2', true],
])('%s is %s', (text, expected) => {
  expect(isTrue(answer(text))).toBe(expected)
})

test.each<[string, RegExp]>([
  ['', /expected a value, not the end \(at character 1\)/],
  ['id ==', /expected a value, not the end/],
  ['id == 7 7', /expected an operator, not 7 \(at character 9\)/],
  ['id # 7', /# has no meaning here \(at character 4\)/],
  ['(id', /expected \), not the end/],
  ['id.', /expected a name/],
  ['a[b]', /expected a position/],
  ['"open', /" has no meaning here/],
  ['state =~ "("', /Invalid regular expression/],
  [`${'('.repeat(100)}1${')'.repeat(100)}`, /no more than 64 levels/],
])('%s is refused', (text, reason) => {
  expect(() => answer(text)).toThrow(
    expect.objectContaining({errorName: 'USAGE', detail: expect.stringMatching(reason)}),
  )
})

const piece = fc.oneof(
  fc.constantFrom(...'id state replicas at text "x" && ( ) [ ] . == != < <= =~ in contains ! , $'.split(' '), ' '),
  fc.constantFrom('1', '-1', '0.5', '9007199254740993', '9007199254740993.0', '1e400'),
  fc.string({maxLength: 4}),
)

property('whatever is written is answered or refused', [fc.array(piece, {maxLength: 12})], (pieces) => {
  try {
    answer(pieces.join(' '))
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CodedError)
  }
})

const literal = fc.oneof(
  fc.constantFrom('', 'x', '12', 'a"b', "it's", '\\'),
  fc.integer({min: -20, max: 20}),
  fc.constant(9_007_199_254_740_993n),
  fc.boolean(),
  fc.constant(null),
)
const {expression} = fc.letrec<{expression: Expression; value: Expression}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 4},
    literal.map((value): Expression => ({type: 'literal', value})),
    fc
      .tuple(
        fc.constantFrom(...Object.keys(row), 'absent'),
        fc.array(fc.oneof(fc.constantFrom('name', 'length', 'x'), fc.integer({min: -2, max: 2})), {maxLength: 2}),
      )
      .map(([root, steps]): Expression => ({type: 'path', steps: [root, ...steps]})),
    fc.array(tie('value'), {maxLength: 3}).map((items): Expression => ({type: 'list', items})),
  ),
  expression: fc.oneof(
    {maxDepth: 4},
    tie('value'),
    tie('expression').map((of): Expression => ({type: 'not', of})),
    fc.record({type: fc.constantFrom('and', 'or'), left: tie('expression'), right: tie('expression')}),
    fc.record({
      type: fc.constant('compare'),
      operator: fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'contains'),
      left: tie('expression'),
      right: tie('expression'),
    }),
  ),
}))

/** With brackets around all that could be read in two ways. */
function written(of: Expression): string {
  switch (of.type) {
    case 'literal':
      return typeof of.value === 'string' ? `"${of.value.replace(/["\\]/g, '\\$&')}"` : String(of.value)
    case 'path': {
      const [root, ...steps] = of.steps
      return `${root}${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
    }
    case 'list':
      return `[${of.items.map(written).join(', ')}]`
    case 'not':
      return `!(${written(of.of)})`
    case 'and':
    case 'or':
      return `(${written(of.left)}) ${of.type} (${written(of.right)})`
    case 'compare':
      return `(${written(of.left)}) ${of.operator} (${written(of.right)})`
  }
}

describe('any expression', () => {
  property('is read as it is written', [expression], (of) => {
    expect(parseExpression(written(of))).toEqual(of)
  })

  const truth = (of: Expression) => isTrue(evaluate(of, (name) => row[name]))
  const not = (of: Expression): Expression => ({type: 'not', of})

  property('is not true where its opposite is', [expression, expression], (left, right) => {
    expect(truth(not({type: 'and', left, right}))).toBe(truth({type: 'or', left: not(left), right: not(right)}))
    for (const [how, opposite] of [
      ['==', '!='],
      ['=~', '!~'],
    ] as const) {
      const safe = how === '=~' ? ({type: 'literal', value: 'x'} as const) : right
      expect(truth({type: 'compare', operator: how, left, right: safe})).toBe(
        !truth({type: 'compare', operator: opposite, left, right: safe}),
      )
    }
  })

  const operand = fc.oneof(
    literal.map((value): Expression => ({type: 'literal', value})),
    expression,
  )

  property('compares both ways alike', [operand, operand], (left, right) => {
    const is = (operator: '==' | '<' | '<=' | '>' | '>=' | 'in' | 'contains', a = left, b = right) =>
      truth({type: 'compare', operator, left: a, right: b})
    expect(is('<')).toBe(is('>', right, left))
    expect(is('<=')).toBe(is('>=', right, left))
    expect(is('==')).toBe(is('==', right, left))
    expect(is('in')).toBe(is('contains', right, left))
    // one of the three holds, for what can be compared at all
    if (is('<=') || is('>=')) expect([is('<'), is('=='), is('>')].filter(Boolean)).toHaveLength(1)
  })
})
