import {describe, expect, it} from 'vitest'
import {ownerOf, slotBounds, slotOf, slotsAt} from '../../src/entity/slot.js'

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
})
