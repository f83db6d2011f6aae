/** Looks kept as what changed between them: each comes back as it was. */
import {describe, expect, test} from 'vitest'
import {Differences, lastMoment, momentsIn, type Parts, type Sample} from '../../../src/meta/offline/samples.js'

const looks: readonly (Parts | null)[] = [
  new Map<string, unknown>([
    ['a', 1],
    ['b', {x: 1}],
  ]),
  new Map<string, unknown>([
    ['a', 1],
    ['b', {x: 2}],
    ['c', null],
  ]),
  null,
  new Map<string, unknown>([['c', null]]),
  new Map<string, unknown>([
    ['b', {x: 2}],
    ['c', 10n ** 17n],
  ]),
]

function sampled(): Sample[] {
  const differences = new Differences()
  return looks.map((look, at) => ({
    at: `2026-08-01T00:00:0${at}Z`,
    revision: look === null ? null : 10 + at,
    ...(look === null ? {put: {}, gone: []} : differences.next(look)),
  }))
}

describe('samples', () => {
  test('hold what is new or other, and what is gone', () => {
    expect(sampled().map(({put, gone}) => [put, gone])).toEqual([
      [{a: 1, b: {x: 1}}, []],
      [{b: {x: 2}, c: null}, []],
      [{}, []],
      [{}, ['a', 'b']],
      [{b: {x: 2}, c: 10n ** 17n}, []],
    ])
  })

  test('give every look back, a failed one as the one before it', () => {
    const seen = Array.from(momentsIn(sampled()), ({parts}) => new Map(parts))
    expect(seen).toEqual([looks[0], looks[1], looks[1], looks[3], looks[4]].map((look) => new Map(look)))
  })

  test.each<[what: string, fits: (sample: Sample) => boolean, revision: number | null]>([
    ['the last', () => true, 14],
    ['of a revision between two', ({revision}) => Number(revision) <= 12, 11],
    ['of the time of a failed one', ({at}) => at <= '2026-08-01T00:00:02Z', 11],
    ['before the first', ({revision}) => Number(revision) <= 9, null],
  ])('name the moment: %s', (_, fits, revision) => {
    const moment = lastMoment(sampled(), fits)
    expect(moment?.revision ?? null).toBe(revision)
    if (revision !== null) expect(new Map(moment?.parts)).toEqual(new Map(looks[revision - 10]))
  })

  test('count the bytes of what there is, not of what there was', () => {
    const differences = new Differences()
    differences.next(new Map([['part', 'x'.repeat(100)]]))
    expect(differences.bytes).toBe(106)
    differences.next(new Map([['part', 1]]))
    expect(differences.bytes).toBe(5)
    differences.next(new Map())
    expect(differences.bytes).toBe(0)
  })
})
