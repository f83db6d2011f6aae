import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {contains, prefixRange} from '../../../src/meta/embedded/key-range.js'
import {
  changeKey,
  decodeChange,
  decodeRecord,
  encodeChange,
  encodeRecord,
  type KeyRecord,
} from '../../../src/meta/embedded/record.js'
import {property} from '../../harness/property.js'

const revision = fc.nat(2 ** 31 - 1).map((value) => value * 2 ** 16 + (value % 7))
const bytes = fc.uint8Array({maxLength: 20}).map((each) => Buffer.from(each))
const record = (key: Buffer): fc.Arbitrary<KeyRecord> =>
  fc.record({
    key: fc.constant(key),
    value: bytes,
    createRevision: revision,
    modRevision: revision,
    version: revision,
    lease: fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}),
  })

describe('what is on disk', () => {
  property('is the record that was put there', [bytes.chain(record)], (kept) => {
    expect(decodeRecord(kept.key, encodeRecord(kept))).toEqual(kept)
  })

  const change = bytes.chain((key) =>
    fc.record({revision, key: fc.constant(key), current: fc.option(record(key)), previous: fc.option(record(key))}),
  )

  property('is the change that was made, with what was there before', [change], (made) => {
    expect(decodeChange(made.revision, encodeChange(made))).toEqual(made)
  })

  property(
    'has changes in the order in which they were made',
    [revision, revision, fc.nat(300), fc.nat(300)],
    (a, b, first, second) => {
      const order = Math.sign(changeKey(a, first).compare(changeKey(b, second)))
      expect(order).toBe(Math.sign(a - b) || Math.sign(first - second))
    },
  )
})

describe('a prefix', () => {
  const text = fc.string({unit: fc.constantFrom('a', 'b', '/', '\u007f', 'ÿ', '数', '\u{1f600}'), maxLength: 2})

  property('has just the keys that begin with it', [text, text, fc.boolean()], (prefix, other, isWithin) => {
    const key = isWithin ? prefix + other : other
    fc.pre(key !== '')
    expect(contains(prefixRange(prefix), Buffer.from(key))).toBe(key.startsWith(prefix))
  })
})
