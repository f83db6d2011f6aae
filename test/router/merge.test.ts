import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Hit} from '../../src/engine/engine.js'
import {compareScores} from '../../src/engine/metric.js'
import type {MetricType} from '../../src/entity/field.js'
import {mergeHits, windowOf} from '../../src/router/merge.js'
import {property} from '../harness/property.js'

function hit(id: string, score: number): Hit {
  return {document: {id, docid: 0, fields: {}, vectors: {}}, score}
}

const ids = (hits: readonly Hit[]) => hits.map(({document}) => document.id)

describe('merging', () => {
  test('L2 is best first when smaller is first', () => {
    expect(
      ids(
        mergeHits(
          [
            [hit('a', 1), hit('b', 5)],
            [hit('c', 0), hit('d', 3)],
          ],
          'L2',
          3,
        ),
      ),
    ).toEqual(['c', 'a', 'd'])
  })

  test('InnerProduct when larger is', () => {
    const lists = [
      [hit('b', 5), hit('a', 1)],
      [hit('d', 3), hit('c', -1)],
    ]
    expect(ids(mergeHits(lists, 'InnerProduct', 9))).toEqual(['b', 'd', 'a', 'c'])
  })

  test('equal scores are in the order of ids, whichever list they come from', () => {
    const lists = [[hit('c', 1), hit('a', 1)], [hit('b', 1)], [hit('d', 1), hit('B', 1)]]
    expect(ids(mergeHits(lists, 'L2', 9))).toEqual(['B', 'a', 'b', 'c', 'd'])
    expect(ids(mergeHits([...lists].reverse(), 'L2', 9))).toEqual(['B', 'a', 'b', 'c', 'd'])
  })

  test('nothing and one list', () => {
    expect(mergeHits([], 'L2', 5)).toEqual([])
    expect(mergeHits([[], []], 'L2', 5)).toEqual([])
    expect(ids(mergeHits([[hit('a', 1), hit('b', 2)]], 'L2', 1))).toEqual(['a'])
  })

  const lists = fc.array(fc.array(fc.tuple(fc.nat(40), fc.nat(7)), {maxLength: 20}), {maxLength: 9})

  property(
    'is sorting everything, however many scores are equal',
    [lists, fc.constantFrom<MetricType>('L2', 'InnerProduct'), fc.integer({min: 1, max: 60})],
    (some, metric, limit) => {
      const hits = some.map((list) =>
        list.map(([id, score]) => hit(`id${id}`, score)).sort((a, b) => compareScores(metric, a.score, b.score)),
      )
      const sorted = hits
        .flat()
        .sort((a, b) => compareScores(metric, a.score, b.score) || (a.document.id < b.document.id ? -1 : 1))
      const shown = (all: readonly Hit[]) => all.map(({document, score}) => `${document.id}:${score}`)
      expect(shown(mergeHits(hits, metric, limit))).toEqual(shown(sorted.slice(0, limit)))
    },
  )
})

describe('the window of a result', () => {
  // Data-plane spec §1.6: 100 documents, limit 10, page size 5.
  test.each([
    [
      {pageNum: 1, offset: 0},
      {from: 0, to: 5},
    ],
    [
      {pageNum: 2, offset: 0},
      {from: 5, to: 10},
    ],
    [
      {pageNum: 3, offset: 0},
      {from: 10, to: 10},
    ],
    [
      {pageNum: 2, offset: 15},
      {from: 20, to: 25},
    ],
    [
      {pageNum: 1, offset: 98},
      {from: 98, to: 103},
    ],
    [
      {pageNum: 0, offset: 3},
      {from: 3, to: 13},
    ],
  ])('%j', (page, window) => expect(windowOf({limit: 10, pageSize: 5, ...page})).toEqual(window))

  test.each([
    [
      {limit: 10, offset: 0, pageSize: 0, pageNum: 2},
      {from: 0, to: 10},
    ],
    [
      {limit: 10, offset: 4, pageSize: 20, pageNum: 1},
      {from: 4, to: 14},
    ],
    [
      {limit: 7, offset: 0, pageSize: 5, pageNum: 2},
      {from: 5, to: 7},
    ],
  ])('%j', (page, window) => expect(windowOf(page)).toEqual(window))

  const count = fc.integer({min: 1, max: 40})

  property(
    'of all pages together is what is asked for, each hit once',
    [fc.nat(40), count, count],
    (offset, limit, pageSize) => {
      const pages = Array.from({length: limit + 1}, (_, at) => windowOf({limit, offset, pageSize, pageNum: at + 1}))
      const shown = pages.flatMap(({from, to}) => Array.from({length: to - from}, (_, at) => from + at))
      expect(shown).toEqual(Array.from({length: limit}, (_, at) => offset + at))
      expect(Math.max(...pages.map(({from, to}) => to - from))).toBeLessThanOrEqual(pageSize)
    },
  )
})
