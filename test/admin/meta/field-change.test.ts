/** How values differ, field by field, of any two. */
import {describe, expect, test} from 'vitest'
import {fieldChanges} from '../../../src/admin/meta/field-change.js'
import {stringifyJson} from '../../../src/entity/json.js'
import {anyEdits, anyJson, anyObject, edited} from '../../harness/json-values.js'
import {property} from '../../harness/property.js'

test.each([
  [
    'a field that every object seems to have is new',
    {},
    {constructor: 1},
    [{field: 'constructor', before: null, after: 1}],
  ],
  ['and gone', {toString: {a: 1}}, {}, [{field: 'toString', before: {a: 1}, after: null}]],
])('%s', (_, before, after, changes) => expect(fieldChanges(before, after)).toEqual(changes))

describe('the difference of two values', () => {
  property('is nothing from one to itself, and is turned round with them', [anyJson, anyJson], (a, b) => {
    expect(fieldChanges(a, a)).toEqual([])
    const turned = fieldChanges(b, a).map(({field, before, after}) => ({field, before: after, after: before}))
    const byField = (x: {field: string}, y: {field: string}) => (x.field < y.field ? -1 : Number(x.field > y.field))
    expect(fieldChanges(a, b).toSorted(byField)).toEqual(turned.toSorted(byField))
  })

  property('names the fields that were changed, and no others', [anyObject, anyEdits], (before, edits) => {
    const after = edited(before, edits)
    const changes = fieldChanges(before, after)
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [before, after].map((of) => (Object.hasOwn(of, name) ? of[name] : null))
      if (stringifyJson(was) !== stringifyJson(is)) continue
      expect(changes.filter(({field}) => field === name)).toEqual([])
    }
    for (const {field, before: was, after: is} of changes) {
      expect(stringifyJson(was)).not.toBe(stringifyJson(is))
      expect(edits.some((edit) => field.startsWith(edit.field))).toBe(true)
    }
  })
})
