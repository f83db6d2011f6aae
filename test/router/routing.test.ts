import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Document, FieldValue} from '../../src/entity/document.js'
import {ownerOf, slotBounds, slotOf} from '../../src/entity/slot.js'
import {Routing} from '../../src/router/routing.js'
import {property} from '../harness/property.js'
import {makeSpace, pid} from './spaces.js'

const fields = {t: {type: 'date'}, v: {type: 'vector', dimension: 1}}

function document(id: string, values: Record<string, FieldValue> = {}): Document {
  return {id, fields: values, vectors: {}}
}

function idsByPartition(routing: Routing, documents: readonly Document[], override?: readonly number[]) {
  const groups = routing.group(documents, override === undefined ? [] : routing.checkOverride(override))
  return Object.fromEntries([...groups].map(([id, group]) => [id, group.documents.map((one) => one.id)]))
}

describe('the slot of an id', () => {
  // Data-plane spec §3.1.
  test.each([
    ['', 0],
    ['0', 3530670207],
    ['1', 2484513939],
    ['2', 19522071],
    ['10086', 3669758210],
    ['test_id_001', 4115553210],
    ['test', 3127628307],
    ['-1', 1908024458],
    ['中', 3739180114],
  ])('%s', (id, slot) => expect(slotOf(id)).toBe(slot))
})

describe('without a rule', () => {
  const two = new Routing(makeSpace(fields, {partitions: 2}))

  test('the upper half of the slots is the second partition of two', () => {
    const ids = ['0', '1', '10086', '2']
    expect(
      idsByPartition(
        two,
        ids.map((id) => document(id)),
      ),
    ).toEqual({2: ['0', '1', '10086'], 1: ['2']})
    expect(two.candidatesOf('0')).toEqual([2])
    expect(two.candidatesOf('2')).toEqual([1])
  })

  test('one partition has everything', () => {
    const one = new Routing(makeSpace(fields))
    expect(['0', '2', 'x'].map((id) => one.candidatesOf(id))).toEqual([[1], [1], [1]])
  })

  test.each([2, 3, 7, 64])('an id belongs to the last of %i partitions that does not begin after its slot', (count) => {
    const routing = new Routing(makeSpace(fields, {partitions: count}))
    const bounds = slotBounds(count)
    for (let index = 0; index < 500; index++) {
      const slot = slotOf(`id${index}`)
      const [owner = 0] = routing.candidatesOf(`id${index}`)
      expect(owner).toBe(ownerOf(slot, bounds) + 1)
      expect(bounds[owner - 1]).toBeLessThanOrEqual(slot)
      expect(bounds[owner] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(slot)
    }
  })

  test('order and positions of a batch are kept within each partition', () => {
    const groups = two.group(['2', '0', '2', '1'].map((id) => document(id)))
    expect(groups.get(pid(1))?.positions).toEqual([0, 2])
    expect(groups.get(pid(2))?.positions).toEqual([1, 3])
  })

  test('partitions of the request take the place of slots', () => {
    const four = new Routing(makeSpace(fields, {partitions: 4}))
    // murmur3('0') and murmur3('10086') modulo 2.
    expect(idsByPartition(four, [document('0'), document('10086')], [4, 1])).toEqual({1: ['0'], 4: ['10086']})
    expect(() => four.checkOverride([1, 5])).toThrow('param_error:partition id 5 not belong to space[ts_space]')
  })

  test('partition names mean nothing', () => {
    expect(two.named([])).toEqual([1, 2])
    expect(() => two.named(['p1'])).toThrow('param_error:space partition rule is nil')
  })
})

describe('with a range rule', () => {
  const rule = {
    type: 'RANGE',
    field: 't',
    ranges: [
      {name: 'march', value: '2024-04-01'},
      {name: 'april', value: '2024-05-01'},
    ],
  }
  const routing = new Routing(makeSpace(fields, {partitions: 2, rule}))
  const on = (iso: string) => ({t: BigInt(Date.parse(iso)) * 1_000_000n})

  // Partitions 1 and 2 are march, 3 and 4 april; the slots of '2' and '1' are odd, those of '10086' even.
  test.each([
    ['2024-03-31T23:59:59.999Z', '10086', 1],
    ['2024-03-31T23:59:59.999Z', '1', 2],
    ['1970-01-01', '2', 2],
    ['2024-04-01', '10086', 3],
    ['2024-04-30T23:59:59Z', '1', 4],
  ])('a document of %s with id %s goes to partition %i', (date, id, partition) => {
    expect(idsByPartition(routing, [document(id, on(date))])).toEqual({[partition]: [id]})
  })

  test('the bound is exclusive, and nothing is beyond the last', () => {
    expect(() => routing.group([document('1', on('2024-05-01'))])).toThrow(
      `param_error:can't set partition for field value 1714521600000000000, space ranges [march:2024-04-01 april:2024-05-01]`,
    )
  })

  test('a document needs the field, whatever the partitions of the request', () => {
    expect(() => routing.group([document('1')])).toThrow('param_error:document must have partition rule field')
    expect(() => routing.group([document('1')], routing.checkOverride([1]))).toThrow('partition rule field')
  })

  test('one fault refuses the batch', () => {
    expect(() => routing.group([document('1', on('2024-04-01')), document('2', on('2025-01-01'))])).toThrow()
  })

  test('an id alone may be in each range', () => {
    expect(routing.candidatesOf('10086')).toEqual([1, 3])
    expect(routing.candidatesOf('1')).toEqual([2, 4])
  })

  test('ranges are chosen by name', () => {
    expect(routing.named(['april'])).toEqual([3, 4])
    expect(routing.named(['april', 'march'])).toEqual([1, 2, 3, 4])
    expect(() => routing.named(['may'])).toThrow('param_error:partition name [may] not in space partition rule')
  })
})

describe('any batch', () => {
  const ids = fc.array(fc.string({maxLength: 6}), {maxLength: 20})
  const dates = fc.array(fc.integer({min: 0, max: 50}), {minLength: 20, maxLength: 20})
  const bounds = fc
    .uniqueArray(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 5})
    .map((all) => all.toSorted((a, b) => a - b))
  const partitions = fc.integer({min: 1, max: 7})

  /** Every document in one group, in the order of the batch; `owner` is where it belongs. */
  function expectGrouped(
    routing: Routing,
    batch: readonly Document[],
    isOwner: (id: number, document: Document) => boolean,
  ) {
    const groups = [...routing.group(batch)]
    expect(groups.flatMap(([, {positions}]) => positions).toSorted((a, b) => a - b)).toEqual([...batch.keys()])
    for (const [id, {documents, positions}] of groups) {
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(documents).toEqual(positions.map((at) => batch[at]))
      for (const each of documents) {
        expect(routing.candidatesOf(each.id)).toContain(id)
        expect(isOwner(id, each)).toBe(true)
      }
    }
  }

  property('goes to the partitions that own its slots', [ids, partitions], (all, count) => {
    const routing = new Routing(makeSpace(fields, {partitions: count}))
    expectGrouped(
      routing,
      all.map((id) => document(id)),
      (id, each) => id === ownerOf(slotOf(each.id), slotBounds(count)) + 1,
    )
  })

  property(
    'goes to the ranges of its dates, or is refused whole',
    [ids, dates, bounds, partitions],
    (all, seconds, upper, count) => {
      const ranges = upper.map((bound) => ({name: `before ${bound}`, value: String(bound)}))
      const space = makeSpace(fields, {partitions: count, rule: {type: 'RANGE', field: 't', ranges}})
      const routing = new Routing(space)
      const batch = all.map((id, at) => document(id, {t: BigInt(seconds[at] ?? 0) * 1_000_000_000n}))
      const dateOf = ({fields: {t}}: Document) => Number(BigInt(t as bigint) / 1_000_000_000n)
      if (batch.some((each) => dateOf(each) >= (upper.at(-1) ?? 0))) {
        expect(() => routing.group(batch)).toThrow(expect.objectContaining({errorName: 'PARAM_ERROR'}))
        return
      }
      expectGrouped(routing, batch, (id, each) => {
        const name = space.partitions.find((partition) => partition.id === id)?.name
        return name === `before ${upper.find((bound) => dateOf(each) < bound)}`
      })
    },
  )
})
