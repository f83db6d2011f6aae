/** What a field holds of a number that a client wrote. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {readDouble, readFloat, readInt, readLong} from '../../src/entity/field-number.js'
import {property} from '../harness/property.js'

const edges = [2n ** 63n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 31n, 2n ** 31n - 1n, -(2n ** 31n) - 1n]
const integer = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({min: -(2n ** 65n), max: 2n ** 65n}),
  fc.integer(),
  fc.maxSafeInteger(),
)
const anything = fc.oneof(integer, fc.double(), fc.float(), fc.string(), fc.boolean(), fc.constant(null))
const readers = {int: readInt, long: readLong, float: readFloat, double: readDouble}

describe.each(Object.entries(readers))('%s', (_, read) => {
  property('reads again as what it has read, or refuses with a reason', [anything], (value) => {
    let first: unknown
    try {
      first = read(value)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RangeError)
      return
    }
    expect(read(first)).toBe(first)
  })
})

describe('an integer', () => {
  property('is taken just where its bits have room for it, and is not changed', [integer], (value) => {
    const fits = (bits: bigint) => BigInt.asIntN(Number(bits), BigInt(value)) === BigInt(value)
    expect(taken(readInt, value)).toEqual(fits(32n) ? [BigInt(value)] : [])
    expect(taken(readLong, value)).toEqual(fits(64n) ? [BigInt(value)] : [])
  })
})

function taken(read: (value: unknown) => number | bigint, value: unknown): bigint[] {
  try {
    return [BigInt(read(value))]
  } catch {
    return []
  }
}
