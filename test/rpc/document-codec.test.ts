import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {Document, FieldValue, StoredDocument} from '../../src/entity/document.js'
import {
  decodeDocuments,
  decodeHits,
  decodeStored,
  encodeDocuments,
  encodeHits,
  encodeStored,
} from '../../src/rpc/document-codec.js'
import {property} from '../harness/property.js'

const value: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.double(),
  fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}),
  fc.string({unit: 'binary'}),
  fc.array(fc.string({unit: 'grapheme'}), {maxLength: 4}),
)
const name = fc.string({minLength: 1, maxLength: 8}).filter((text) => text !== '__proto__')
const document: fc.Arbitrary<Document> = fc.record({
  id: fc.string({unit: 'grapheme'}),
  fields: fc.dictionary(name, value, {maxKeys: 5, noNullPrototype: true}),
  vectors: fc.dictionary(name, fc.float32Array({maxLength: 9}), {maxKeys: 3, noNullPrototype: true}),
})
const stored: fc.Arbitrary<StoredDocument> = fc
  .tuple(document, fc.maxSafeNat())
  .map(([content, docid]) => ({...content, docid}))
const hits = fc.array(fc.array(fc.record({score: fc.double(), document: stored}), {maxLength: 5}), {maxLength: 4})

describe('the document codec', () => {
  property(
    'gives back every batch of documents, wherever its bytes lie in memory',
    [fc.array(document, {maxLength: 8}), fc.nat(7)],
    (documents, offset) => {
      const bytes = encodeDocuments(documents)
      const moved = new Uint8Array(bytes.length + offset).subarray(offset)
      moved.set(bytes)
      expect(decodeDocuments(moved)).toEqual(documents)
    },
  )

  property('gives back stored documents and hits', [fc.array(stored, {maxLength: 8}), hits], (documents, found) => {
    expect(decodeStored(encodeStored(documents))).toEqual(documents)
    expect(decodeHits(encodeHits(found))).toEqual(found)
  })

  it('always writes the same bytes for the same documents: logs on all replicas hold them', () => {
    const batch: Document[] = [
      {
        id: 'a',
        fields: {i: 1, l: 2n ** 60n, s: 'ä', t: ['x', '']},
        vectors: {v: Float32Array.of(1, -2)},
      },
      {id: 'b', fields: {s: 'only this'}, vectors: {}},
    ]
    expect(Buffer.from(encodeDocuments(batch)).toString('hex')).toBe(
      '0101000002000000020000000000803f000000c0' + // header, floats
        '05000100000069010000006c0100000073010000007401000000' +
        '76' + // names
        '01000000610400' +
        '000000000000000000f03f' +
        '0100010000000000000010' +
        '02000202000000c3a4' +
        '030003020000000100000078' +
        '00000000' +
        '0100040002000000' + // a
        '0100000062010002000209000000' +
        Buffer.from('only this').toString('hex') +
        '0000', // b
    )
  })

  it('views the vectors of an aligned batch in place', () => {
    const bytes = encodeDocuments([{id: 'a', fields: {}, vectors: {v: new Float32Array(128)}}])
    expect(decodeDocuments(bytes)[0]?.vectors.v?.buffer).toBe(bytes.buffer)
  })

  const bytes = encodeStored([{id: 'a', docid: 7, fields: {f: 'text', n: 1}, vectors: {v: Float32Array.of(1, 2)}}])

  it('refuses, with one kind of error, every shortened batch, and what is no such batch', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeStored(bytes.subarray(0, length))).toThrow(/^rpc_param_error:no batch of documents/)
    }
    expect(() => decodeDocuments(bytes)).toThrow('shape 2 where 1 is expected')
    expect(() => decodeDocuments(Uint8Array.from(bytes, (byte, at) => (at === 0 ? 9 : byte)))).toThrow('version 9')
  })

  property(
    'refuses with that error whatever changed batch it cannot read',
    [fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {minLength: 1, maxLength: 3})],
    (changes) => {
      const changed = Uint8Array.from(bytes)
      for (const [at, byte] of changes) changed[at] = byte
      try {
        decodeStored(changed)
      } catch (thrown) {
        expect(String(thrown)).toMatch(/rpc_param_error/)
      }
    },
  )
})
