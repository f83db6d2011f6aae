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

const long = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
const double = fc.double({noNaN: true, noDefaultInfinity: true}).map((value) => (value === 0 ? 0 : value))
const float = fc.float({noNaN: true, noDefaultInfinity: true}).map((value) => (value === 0 ? 0 : value))
/** Any UTF-16, lone surrogates included. */
const text = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))
const order = <T extends number | bigint | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

describe('numbers as sortable text', () => {
  it('come back', () => {
    fc.assert(fc.property(long, (value) => decodeLong(encodeLong(value)) === value))
    fc.assert(fc.property(double, (value) => decodeDouble(encodeDouble(value)) === value))
    fc.assert(fc.property(float, (value) => decodeFloat(encodeFloat(value)) === value))
  })
  it('sort as the numbers do', () => {
    fc.assert(fc.property(long, long, (a, b) => order(encodeLong(a), encodeLong(b)) === order(a, b)))
    fc.assert(fc.property(double, double, (a, b) => order(encodeDouble(a), encodeDouble(b)) === order(a, b)))
    fc.assert(fc.property(float, float, (a, b) => order(encodeFloat(a), encodeFloat(b)) === order(a, b)))
  })
  it('know one zero', () => {
    expect(encodeDouble(-0)).toBe(encodeDouble(0))
    expect(encodeFloat(-0)).toBe(encodeFloat(0))
  })
})

describe('text', () => {
  it('comes back, and two texts never meet', () => {
    fc.assert(fc.property(text, (value) => decodeText(encodeText(value)) === value))
    fc.assert(fc.property(text, text, (a, b) => (encodeText(a) === encodeText(b)) === (a === b)))
  })
  it('holds nothing that ends a literal, and is well-formed', () => {
    fc.assert(
      fc.property(text, (value) => {
        const inner = quoteText(value).slice(1, -1)
        return !/['"\\\p{Cc}]/u.test(inner) && Buffer.from(inner).toString() === inner
      }),
    )
  })
  it.each(['abc', '中文', 'a b', 'é'])('%s is its own encoding', (value) => expect(encodeText(value)).toBe(value))
})

describe('keys', () => {
  it.each(['doc1', '-1', 'a.b_c', 'x'.repeat(64)])('%s is its own', (id) => {
    expect(primaryKey(id)).toBe(id)
    expect(idOfKey(primaryKey(id))).toBe(id)
  })
  it('of any id are short, of characters that zvec takes, and distinct', () => {
    fc.assert(fc.property(text, (id) => /^[\w!@#$%+=.-]{1,64}$/.test(primaryKey(id))))
    fc.assert(fc.property(text, text, (a, b) => (primaryKey(a) === primaryKey(b)) === (a === b)))
  })
})
