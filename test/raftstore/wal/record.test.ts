/** What a segment gives back of what was written to it, whole, cut off or damaged. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {
  decodeFooter,
  decodeTrailer,
  encodeTrailer,
  type FooterEntry,
  FooterWriter,
} from '../../../src/raftstore/wal/footer.js'
import {encodeBatch, type WalRecord} from '../../../src/raftstore/wal/record.js'
import {isTornTail, scanRecords} from '../../../src/raftstore/wal/scan.js'
import {property} from '../../harness/property.js'

const u32 = fc.nat(2 ** 32 - 1)
const record: fc.Arbitrary<WalRecord> = fc.record({
  kind: fc.constantFrom(1, 2, 3, 4, 5, 6),
  group: u32,
  index: fc.maxSafeNat(),
  term: fc.maxSafeNat(),
  payload: fc.uint8Array({maxLength: 50}),
})
const batches = fc.array(fc.array(record, {minLength: 1, maxLength: 3}), {minLength: 1, maxLength: 4})

function segmentOf(writes: readonly (readonly WalRecord[])[], salt: number): Buffer {
  return Buffer.concat(writes.map((records, at) => encodeBatch(records, at + 1, salt)))
}

function plain(records: readonly WalRecord[]) {
  return records.map(({kind, group, index, term, payload}) => ({kind, group, index, term, payload: [...payload]}))
}

describe('a segment', () => {
  property('has every record of every write, and knows which write was the last', [batches, u32], (writes, salt) => {
    const bytes = segmentOf(writes, salt)
    const scan = scanRecords(bytes, 0, salt)
    expect(plain(scan.records)).toEqual(plain(writes.flat()))
    expect(scan).toMatchObject({end: bytes.length, batch: writes.length, sealed: false})
  })

  property(
    'that ends anywhere has the records before the end, and a torn tail',
    [batches, u32, fc.nat()],
    (writes, salt, cut) => {
      const bytes = segmentOf(writes, salt)
      const left = bytes.subarray(0, cut % bytes.length)
      const scan = scanRecords(left, 0, salt)
      expect(plain(scan.records)).toEqual(plain(writes.flat().slice(0, scan.records.length)))
      expect(isTornTail(left, scan, salt)).toBe(true)
      expect(scan.batch).toBe(
        writes.filter((_, at) => segmentOf(writes.slice(0, at + 1), salt).length <= left.length).length,
      )
    },
  )

  property(
    'with any bit turned gives nothing that was not written',
    [batches, u32, fc.nat(), fc.nat(7)],
    (writes, salt, place, bit) => {
      const bytes = segmentOf(writes, salt)
      const at = place % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      const scan = scanRecords(bytes, 0, salt)
      expect(plain(scan.records)).toEqual(plain(writes.flat().slice(0, scan.records.length)))
      expect(scan.end).toBeLessThanOrEqual(at)
    },
  )

  property(
    'tells damage from a crash by a whole write after it',
    [batches, u32, fc.nat(), fc.nat(7)],
    (writes, salt, place, bit) => {
      const [first = [], ...later] = writes
      const damaged = encodeBatch(first, 1, salt)
      const at = place % damaged.length
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
      const bytes = Buffer.concat([damaged, ...later.map((records, index) => encodeBatch(records, index + 2, salt))])
      expect(isTornTail(bytes, scanRecords(bytes, 0, salt), salt)).toBe(later.length === 0)
    },
  )

  property('takes nothing for its own that another file left', [batches, u32, u32], (writes, salt, other) => {
    fc.pre(salt !== other)
    expect(scanRecords(segmentOf(writes, other), 0, salt).records).toEqual([])
  })
})

const footerEntry: fc.Arbitrary<FooterEntry> = fc.record({
  group: u32,
  offset: u32,
  bytes: u32,
  index: fc.maxSafeNat(),
  term: fc.maxSafeNat(),
})

describe('the footer', () => {
  property(
    'has every entry, however many',
    [fc.array(footerEntry, {maxLength: 200, size: 'max'})],
    (entries) => {
      const writer = new FooterWriter()
      for (const entry of entries) writer.add(entry)
      expect(decodeFooter(writer.record().payload)).toEqual(entries)
    },
    {oneIn: 5},
  )

  property('is found by its trailer, and by none that is damaged', [u32, u32, fc.nat(63)], (offset, salt, bit) => {
    const trailer = encodeTrailer(offset, salt)
    expect(decodeTrailer(trailer, salt)).toBe(offset)
    trailer[bit >> 3] = (trailer[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(decodeTrailer(trailer, salt)).toBeNull()
  })
})
