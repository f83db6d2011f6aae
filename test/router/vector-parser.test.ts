import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {parseVector} from '../../src/router/vector-parser.js'
import {property} from '../harness/property.js'

const element = fc.oneof(
  fc.float({noNaN: true}),
  fc.double({noNaN: true}),
  fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n}),
)

describe('a vector', () => {
  property(
    'is rounded to 32 bits, or refused where that is infinite',
    [fc.array(element, {minLength: 1, maxLength: 8})],
    (values) => {
      const rounded = values.map((value) => Math.fround(Number(value)))
      if (rounded.every(Number.isFinite)) expect([...parseVector('v', values, values.length, false)]).toEqual(rounded)
      else expect(() => parseVector('v', values, values.length, false)).toThrow(/is nan or inf/)
    },
  )

  const direction = fc.array(fc.float({min: -1000, max: 1000, noNaN: true}), {minLength: 1, maxLength: 8})

  property('that is normalised has length 1 and its direction', [direction], (values) => {
    const lengthOf = (all: Iterable<number>) => Math.hypot(...all)
    fc.pre(lengthOf(values) > 1e-15)
    const vector = [...parseVector('v', values, values.length, true)]
    expect(lengthOf(vector)).toBeCloseTo(1, 5)
    for (const [at, each] of vector.entries()) expect(each).toBeCloseTo((values[at] ?? 0) / lengthOf(values), 5)
  })
})
