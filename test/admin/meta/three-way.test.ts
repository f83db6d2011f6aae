import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {hasMarks, mergedText} from '../../../src/admin/meta/three-way.js'
import {parseJson, stringifyJson} from '../../../src/entity/json.js'
import {anyEdits, anyObject, edited} from '../../harness/json-values.js'
import {property} from '../../harness/property.js'

const merged = (base: unknown, mine: unknown, theirs: unknown) =>
  mergedText({base: JSON.stringify(base), mine: JSON.stringify(mine), theirs: JSON.stringify(theirs)})

describe('two changes of one record', () => {
  test.each<[name: string, base: unknown, mine: unknown, theirs: unknown, together: unknown]>([
    ['of different fields are both there', {a: 1, b: 1}, {a: 2, b: 1}, {a: 1, b: 2}, {a: 2, b: 2}],
    ['of the same kind are one', {a: 1}, {a: 2}, {a: 2}, {a: 2}],
    ['within an object are both there', {a: {b: 1, c: 1}}, {a: {b: 2, c: 1}}, {a: {b: 1, c: 2}}, {a: {b: 2, c: 2}}],
    ['of which one removes a field', {a: 1, b: 1}, {a: 1}, {a: 2, b: 1}, {a: 2}],
    ['of which each adds a field', {}, {a: 1}, {b: 1}, {a: 1, b: 1}],
    ['of which one changes a list', {a: [1, 2]}, {a: [1, 3]}, {a: [1, 2]}, {a: [1, 3]}],
  ])('%s', (_, base, mine, theirs, together) => {
    const text = merged(base, mine, theirs)
    expect([JSON.parse(text), hasMarks(text)]).toEqual([together, false])
  })

  test('of one field stand side by side', () => {
    const text = merged({a: 1, n: {l: [1]}}, {a: 1, n: {l: [2]}}, {a: 3, n: {l: []}})
    expect(text).toBe(`{
  "a": 3,
  "n": {
<<<<<<< yours
    "l": [
      2
    ]
=======
    "l": []
>>>>>>> in the store
  }
}
`)
    expect(hasMarks(text)).toBe(true)
  })

  test('of which one removes what the other changes have one side that is empty', () => {
    expect(merged({a: 1, b: 1}, {b: 1}, {a: 2, b: 1})).toContain(
      '<<<<<<< yours\n=======\n  "a": 2,\n>>>>>>> in the store',
    )
    // a name that every object seems to have
    expect(merged({constructor: 1}, {}, {constructor: 2})).toContain(
      '<<<<<<< yours\n=======\n  "constructor": 2\n>>>>>>> in the store',
    )
  })

  test('keep numbers that a double would round', () => {
    const [base, mine, theirs] = ['1', '1633653906105116793', '1'].map((n) => `{"t":${n},"u":${n === '1' ? 1 : 2}}`)
    expect(mergedText({base: base ?? '', mine: mine ?? '', theirs: theirs ?? ''})).toContain('1633653906105116793')
  })

  test('of what is no JSON object stand side by side as they are', () => {
    expect(mergedText({base: '4', mine: '5\n', theirs: '6'})).toBe('<<<<<<< yours\n5\n=======\n6\n>>>>>>> in the store')
  })
})

describe('whatever was changed,', () => {
  const together = (base: unknown, mine: unknown, theirs: unknown) =>
    mergedText({base: stringifyJson(base), mine: stringifyJson(mine), theirs: stringifyJson(theirs)})

  property('one change alone is the result, and so is the same one twice', [anyObject, anyEdits], (base, edits) => {
    const changed = edited(base, edits)
    for (const text of [
      together(base, changed, base),
      together(base, base, changed),
      together(base, changed, changed),
    ]) {
      expect(hasMarks(text)).toBe(false)
      expect(parseJson(text)).toEqual(changed)
    }
  })

  property(
    'changes of different fields are all there, whoever made them',
    [anyObject, anyEdits, anyEdits],
    (base, mine, theirs) => {
      fc.pre(mine.every(({field}) => theirs.every((other) => other.field !== field)))
      const text = together(base, edited(base, mine), edited(base, theirs))
      expect(hasMarks(text)).toBe(false)
      expect(parseJson(text)).toEqual(edited(edited(base, mine), theirs))
    },
  )

  property(
    'a text of two sides is each of them, where that side is chosen everywhere',
    [anyObject, anyEdits, anyEdits],
    (base, mine, theirs) => {
      const text = together(base, edited(base, mine), edited(base, theirs))
      const swapped = together(base, edited(base, theirs), edited(base, mine))
      expect(hasMarks(text)).toBe(hasMarks(swapped))
      expect(parsedSide(text, 'yours')).toEqual(parsedSide(swapped, 'in the store'))
    },
  )
})

/** As somebody leaves it who takes this side of every clash: a comma that is left over goes too. */
function parsedSide(text: string, side: 'yours' | 'in the store'): unknown {
  const chosen = text.replace(
    /^<{7} yours\n([\s\S]*?)^={7}\n([\s\S]*?)^>{7} in the store\n/gm,
    (_, yours: string, stored: string) => (side === 'yours' ? yours : stored),
  )
  return parseJson(chosen.replace(/,(\s*[}\]])/g, '$1'))
}
