import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ownerOf, slotBounds, slotOf, slotsAt} from '../../src/entity/slot.js'
import {property} from '../harness/property.js'

describe('slots', () => {
  // values of an independent MurmurHash3 x86_32 with seed 0
  it.each([
    ['', 0],
    ['0', 3_530_670_207],
    ['1', 2_484_513_939],
    ['2', 19_522_071],
    ['10086', 3_669_758_210],
    ['test_id_001', 4_115_553_210],
    ['test', 3_127_628_307],
    ['-1', 1_908_024_458],
    ['中', 3_739_180_114],
  ])('%j has slot %i', (id, slot) => {
    expect(slotOf(id)).toBe(slot)
  })

  it('divides the slots evenly, by integer division', () => {
    expect(slotBounds(1)).toEqual([0])
    expect(slotBounds(2)).toEqual([0, 2_147_483_647])
    expect(slotBounds(3)).toEqual([0, 1_431_655_765, 2_863_311_530])
  })

  it('gives each slot to the last partition that begins at or before it', () => {
    for (const count of [1, 2, 3, 7, 64]) {
      const bounds = slotBounds(count)
      for (const slot of [0, 1, 2_147_483_646, 2_147_483_647, 4_294_967_295, ...bounds, ...bounds.map((b) => b + 1)]) {
        expect(ownerOf(slot, bounds)).toBe(bounds.filter((bound) => bound <= slot).length - 1)
      }
    }
  })

  it('of a partition end before the next one of its range', () => {
    const ranges = ['january', 'february'].flatMap((name) =>
      slotBounds(2).map((partition_slot) => ({name, partition_slot})),
    )
    expect(ranges.map((_, index) => slotsAt(ranges, index))).toEqual([
      [0, 2_147_483_646],
      [2_147_483_647, 4_294_967_295],
      [0, 2_147_483_646],
      [2_147_483_647, 4_294_967_295],
    ])
  })

  property('of any text are those of the algorithm as it is published', [fc.string({unit: 'binary'})], (id) => {
    expect(slotOf(id)).toBe(publishedHash(Buffer.from(id)))
  })

  const count = fc.integer({min: 1, max: 1_024})
  const slot = fc.nat(4_294_967_295)

  property(
    'belong to one partition each, which has all between its bounds',
    [count, slot, fc.nat()],
    (partitions, any, at) => {
      const bounds = slotBounds(partitions)
      for (const each of [any, bounds[at % partitions] ?? 0]) {
        const owner = ownerOf(each, bounds)
        expect((bounds[owner] ?? -1) <= each && each < (bounds[owner + 1] ?? 2 ** 32)).toBe(true)
      }
    },
  )

  property(
    'are as many in each partition, but for the few at the end',
    [count],
    (partitions) => {
      const bounds = [...slotBounds(partitions), 2 ** 32]
      const sizes = bounds.slice(1).map((bound, at) => bound - (bounds[at] ?? 0))
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(partitions)
      expect(new Set(sizes.slice(0, -1)).size).toBeLessThanOrEqual(1)
    },
    {oneIn: 10},
  )
})

/** MurmurHash3 x86_32 step by step, in integers that cannot overflow. */
function publishedHash(bytes: Buffer): number {
  const word = (value: bigint) => BigInt.asUintN(32, value)
  const rotated = (value: bigint, by: bigint) => word((value << by) | (value >> (32n - by)))
  const mixed = (block: bigint) => word(rotated(word(block * 0xcc9e2d51n), 15n) * 0x1b873593n)
  const blockAt = (at: number) =>
    [...bytes.subarray(at, at + 4)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let hash = 0n
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) hash = word(rotated(hash ^ mixed(blockAt(at)), 13n) * 5n + 0xe6546b64n)
  if (whole < bytes.length) hash ^= mixed(blockAt(whole))
  hash ^= BigInt(bytes.length)
  hash = word((hash ^ (hash >> 16n)) * 0x85ebca6bn)
  hash = word((hash ^ (hash >> 13n)) * 0xc2b2ae35n)
  return Number(hash ^ (hash >> 16n))
}
