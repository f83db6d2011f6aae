import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseJson, stringifyJson} from '../../src/entity/json.js'
import {property} from '../harness/property.js'

describe('JSON with 64-bit integers', () => {
  it.each([
    ['1700000000000000001', 1700000000000000001n],
    ['{"l":-9223372036854775808}', {l: -9223372036854775808n}],
    ['[9007199254740993,1]', [9007199254740993n, 1]],
    ['[ 9007199254740993 ]', [9007199254740993n]],
    ['{"a":9007199254740991}', {a: 9007199254740991}],
    ['0.1234567890123456', 0.1234567890123456],
    ['[0.1234567890123456789,1e22]', [0.12345678901234568, 1e22]],
    ['{"text":"1234567890123456789"}', {text: '1234567890123456789'}],
    ['1234567890123456768.0', Number(1234567890123456768n)],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it.each(['', '{', '{"a":1234567890123456789,}', '[1234567890123456789', 'NaN', '{"a":Infinity}'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
    },
  )

  const integer = fc
    .bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
    .map((value) => (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value))
  // a double that is an integer beyond 2^53 has lost its last digits before it came here
  const double = fc
    .double({noNaN: true, noDefaultInfinity: true})
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
    .map((value) => (value === 0 ? 0 : value))
  const {value} = fc.letrec<{value: unknown}>((tie) => ({
    value: fc.oneof(
      {maxDepth: 3},
      fc.oneof(integer, double, fc.string(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), {maxLength: 4}),
      fc.dictionary(
        fc.oneof(fc.string({maxLength: 5}), fc.constantFrom('__proto__', 'constructor', '9')),
        tie('value'),
        {
          maxKeys: 4,
          noNullPrototype: true,
        },
      ),
    ),
  }))

  property('reads what it writes, every 64-bit integer included', [value], (any) => {
    expect(parseJson(stringifyJson(any))).toEqual(any)
  })
})
