/** The outline of a log against the log itself. */
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Entry} from '../../src/raft/entry.js'
import {
  cutFrom,
  cutThrough,
  emptyOutline,
  lastIndexWithin,
  lastTermOf,
  pushEntry,
  termAt,
} from '../../src/raft/outline.js'
import {property} from '../harness/property.js'

function outlineOf(terms: readonly number[], before: readonly [index: number, term: number] = [0, 0]) {
  const outline = emptyOutline(...before)
  for (const [at, term] of terms.entries()) pushEntry(outline, {index: before[0] + at + 1, term, kind: 'empty'})
  return outline
}

const within: readonly (readonly [terms: number[], index: number, term: number, found: number])[] = [
  [[], 5, 3, 0],
  [[1, 1, 1], 3, 1, 3],
  [[1, 1, 1], 9, 1, 3],
  [[1, 1, 1], 2, 1, 2],
  [[2, 2, 2], 3, 1, 0],
  [[1, 2, 4, 4], 4, 3, 2],
  [[1, 2, 4, 4], 4, 4, 4],
  [[1, 2, 4, 4], 3, 9, 3],
  [[1, 1, 4, 4, 6], 5, 5, 4],
  [[1, 1, 4, 4, 6], 5, 2, 2],
  [[1, 1, 4, 4, 6], 2, 4, 2],
  [[3], 0, 5, 0],
]

describe('the last index within a term', () => {
  test.each(within)('of %j up to %i and term %i is %i', (terms, index, term, found) => {
    expect(lastIndexWithin(outlineOf(terms), index, term)).toBe(found)
  })

  test('stops where the log was compacted', () => {
    expect(lastIndexWithin(outlineOf([5, 5], [10, 4]), 12, 3)).toBe(10)
  })
})

const terms: readonly (readonly [index: number, term: number | null])[] = [
  [9, null],
  [10, 4],
  [11, 4],
  [12, 5],
  [13, 5],
  [14, null],
]

describe('of a log compacted up to 10, with terms 4, 5 and 5,', () => {
  test.each(terms)('the term at %i is %s', (index, term) => {
    expect(termAt(outlineOf([4, 5, 5], [10, 4]), index)).toBe(term)
  })
})

const logTerms = fc.array(fc.nat(2), {maxLength: 20}).map((steps) => {
  let term = 1
  return steps.map((step) => (term += step))
})

property(
  'the last index within a term is the one that is found by looking at all',
  [logTerms, fc.nat(25), fc.nat(40), fc.nat(20)],
  (terms, index, term, compacted) => {
    const before = Math.min(compacted, terms.length)
    fc.pre(index >= before)
    const outline = outlineOf(terms)
    cutThrough(outline, before)
    const found = terms.findLastIndex((own, at) => at >= before && at < index && own <= term)
    expect(lastIndexWithin(outline, index, term)).toBe(found < 0 ? before : found + 1)
  },
)

test('an outline refuses a gap and a term that goes back', () => {
  expect(() => pushEntry(outlineOf([1]), {index: 3, term: 1, kind: 'empty'})).toThrow('follow each other')
  expect(() => pushEntry(outlineOf([2]), {index: 2, term: 1, kind: 'empty'})).toThrow('never decrease')
})

type Step = {readonly push: number; readonly isChange: boolean} | {readonly cut: number} | {readonly compact: number}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {weight: 5, arbitrary: fc.record({push: fc.nat(2), isChange: fc.boolean()})},
  {weight: 1, arbitrary: fc.record({cut: fc.nat(5)})},
  {weight: 1, arbitrary: fc.record({compact: fc.nat(3)})},
)

property(
  'an outline knows what the log knows, whatever is done to it',
  [fc.array(anyStep, {maxLength: 40})],
  (steps) => {
    const outline = emptyOutline()
    let log: Pick<Entry, 'index' | 'term' | 'kind'>[] = []
    let before = {index: 0, term: 0}
    for (const step of steps) {
      const last = log.at(-1) ?? before
      if ('push' in step) {
        const kind = step.isChange ? 'membership' : 'command'
        const entry = {index: last.index + 1, term: Math.max(1, last.term + step.push), kind} as const
        pushEntry(outline, entry)
        log.push(entry)
      } else if ('cut' in step) {
        const from = Math.max(before.index + 1, last.index - step.cut)
        cutFrom(outline, from)
        log = log.filter(({index}) => index < from)
      } else {
        const through = Math.min(last.index, before.index + step.compact)
        cutThrough(outline, through)
        before = log.find(({index}) => index === through) ?? before
        log = log.filter(({index}) => index > through)
      }
      const end = log.at(-1) ?? before
      expect(outline.lastIndex).toBe(end.index)
      expect(lastTermOf(outline)).toBe(end.term)
      expect(outline.changes).toEqual(log.filter(({kind}) => kind === 'membership').map(({index}) => index))
      for (const {index, term} of [before, ...log]) expect(termAt(outline, index)).toBe(term)
    }
  },
)
