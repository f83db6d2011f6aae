import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseJson, stringifyJson} from '../../src/entity/json.js'

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

  it('writes what it reads, every 64-bit integer included', () => {
    const integer = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
    // a double that is an integer beyond 2^53 has lost its last digits before it came here
    const double = fc
      .double({noNaN: true, noDefaultInfinity: true})
      .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
    fc.assert(
      fc.property(fc.array(fc.oneof(integer, double, fc.string())), (values) => {
        const read = parseJson(stringifyJson(values)) as unknown[]
        const plain = (value: unknown) =>
          typeof value === 'bigint' && value <= 2n ** 53n - 1n && value >= -(2n ** 53n - 1n) ? Number(value) : value
        expect(read.map((value) => (Object.is(value, -0) ? 0 : value))).toEqual(
          values.map(plain).map((value) => (Object.is(value, -0) ? 0 : value)),
        )
      }),
    )
  })
})
