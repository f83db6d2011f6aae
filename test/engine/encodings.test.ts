import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {idOfKey, primaryKey} from '../../src/engine/primary-key.js'
import {decodeText, encodeText, quoteText} from '../../src/engine/safe-text.js'
import {
  decodeDouble,
  decodeFloat,
  decodeLong,
  encodeDouble,
  encodeFloat,
  encodeLong,
} from '../../src/engine/sortable.js'
import {property} from '../harness/property.js'

const long = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
const double = fc.double({noNaN: true, noDefaultInfinity: true}).map((value) => (value === 0 ? 0 : value))
const float = fc.float({noNaN: true, noDefaultInfinity: true}).map((value) => (value === 0 ? 0 : value))
/** Any UTF-16, lone surrogates included. */
const text = fc.oneof(
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.string({unit: fc.constantFrom('%', '0', '4', 'a', "'")}),
)
const order = <T extends number | bigint | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

describe('numbers as sortable text', () => {
  property('come back: longs', [long], (value) => decodeLong(encodeLong(value)) === value)
  property('come back: doubles', [double], (value) => decodeDouble(encodeDouble(value)) === value)
  property('come back: floats', [float], (value) => decodeFloat(encodeFloat(value)) === value)
  property('sort as longs do', [long, long], (a, b) => order(encodeLong(a), encodeLong(b)) === order(a, b))
  property('sort as doubles do', [double, double], (a, b) => order(encodeDouble(a), encodeDouble(b)) === order(a, b))
  property('sort as floats do', [float, float], (a, b) => order(encodeFloat(a), encodeFloat(b)) === order(a, b))
  it('know one zero', () => {
    expect(encodeDouble(-0)).toBe(encodeDouble(0))
    expect(encodeFloat(-0)).toBe(encodeFloat(0))
  })
})

describe('text', () => {
  property('comes back', [text], (value) => decodeText(encodeText(value)) === value)
  property('holds nothing that ends a literal, and is well-formed', [text], (value) => {
    const inner = quoteText(value).slice(1, -1)
    return !/['"\\\p{Cc}]/u.test(inner) && Buffer.from(inner).toString() === inner
  })
  it.each(['abc', '中文', 'a b', 'é'])('%s is its own encoding', (value) => expect(encodeText(value)).toBe(value))
})

describe('keys', () => {
  it.each(['doc1', '-1', 'a.b_c', 'x'.repeat(64)])('%s is its own', (id) => {
    expect(primaryKey(id)).toBe(id)
    expect(idOfKey(primaryKey(id))).toBe(id)
  })
  property('of any id are short, of characters that zvec takes', [text], (id) =>
    /^[\w!@#$%+=.-]{1,64}$/.test(primaryKey(id)),
  )
  property(
    'of any two ids are distinct, and an id never passes for the key of another',
    [fc.oneof(text, text.map(primaryKey)), text],
    (a, b) =>
      (primaryKey(a) === primaryKey(b)) === (a === b) &&
      (primaryKey(a) !== primaryKey(primaryKey(b)) || a === primaryKey(b)),
  )
})
