import {describe, expect, test} from 'vitest'
import type {Hit} from '../../src/engine/engine.js'
import {compareScores} from '../../src/engine/metric.js'
import {mergeHits, windowOf} from '../../src/router/merge.js'
import {SeededRandom, testSeed} from '../harness/random.js'

const seed = testSeed()

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

  test(`agrees with sorting everything (SEED=${seed})`, () => {
    const random = new SeededRandom(seed)
    for (let round = 0; round < 500; round++) {
      const metric = random.pick(['L2', 'InnerProduct'] as const)
      let next = 0
      const lists = Array.from({length: random.below(9)}, () =>
        Array.from({length: random.below(20)}, () => hit(`id${next++ % 97}`, random.below(8))).sort((a, b) =>
          compareScores(metric, a.score, b.score),
        ),
      )
      const limit = 1 + random.below(60)
      const sorted = lists
        .flat()
        .sort((a, b) => compareScores(metric, a.score, b.score) || (a.document.id < b.document.id ? -1 : 1))
        .slice(0, limit)
      const shown = (hits: readonly Hit[]) => hits.map(({document, score}) => `${document.id}:${score}`)
      expect(shown(mergeHits(lists, metric, limit))).toEqual(shown(sorted))
    }
  })
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
})
