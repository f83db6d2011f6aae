import fc from 'fast-check'
import {expect, test} from 'vitest'
import {evaluate, isTrue, parseExpression} from '../../src/cli/expression.js'
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
