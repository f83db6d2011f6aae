import fc from 'fast-check'
import {expect, test} from 'vitest'
import {selectPath} from '../../src/cli/json-path.js'
import {anyJson} from '../harness/json-values.js'
import {property} from '../harness/property.js'

const rows = [
  {id: 1, state: 'ok', value: {replicas: [1, 2], name: 'a'}},
  {id: 2, state: 'lost', value: {replicas: [3], name: 'b', 'odd key': true}},
]

test.each<[string, unknown[]]>([
  ['[*].id', [1, 2]],
  ['$[*].id', [1, 2]],
  ['{[*].id}', [1, 2]],
  ['{.[*].id}', [1, 2]],
  ['[0].value.replicas[-1]', [2]],
  ['[-1].id', [2]],
  ['[5].id', []],
  ['[*].value.replicas[*]', [1, 2, 3]],
  ['[?(state != "ok")].id', [2]],
  ["[?(@.state == 'ok')].value.name", ['a']],
  ['[?value.replicas[0] == 3].id', [2]],
  ['..name', ['a', 'b']],
  ["[1].value['odd key']", [true]],
  ['[0].value.*', [[1, 2], 'a']],
  ['[0].constructor', []],
  ['$', [rows]],
])('%s', (path, found) => {
  expect(selectPath(rows, path)).toEqual(found)
})

test.each(['[*', '[*].', 'a b', '[?(state ==)]'])('%s is refused', (path) => {
  expect(() => selectPath(rows, path)).toThrow(expect.objectContaining({errorName: 'USAGE'}))
})

/** Everything within a value, with the path to it. */
function* places(value: unknown, path = '$'): Generator<readonly [path: string, value: unknown]> {
  yield [path, value]
  if (Array.isArray(value)) for (const [at, item] of value.entries()) yield* places(item, `${path}[${at}]`)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) yield* places(field, `${path}["${name}"]`)
  }
}

property('every place in a value has a path that leads there alone', [anyJson], (value) => {
  for (const [path, there] of places(value)) expect(selectPath(value, path)).toEqual([there])
})

property(
  'a name is found at every depth, in order',
  [anyJson, fc.constantFrom('a', 'id', 'constructor')],
  (value, name) => {
    const found = [...places(value)].filter(
      ([, there]) => typeof there === 'object' && there !== null && !Array.isArray(there),
    )
    const own = found.flatMap(([, there]) =>
      Object.hasOwn(Object(there), name) ? [Reflect.get(Object(there), name)] : [],
    )
    expect(selectPath(value, `..${name}`)).toEqual(own)
  },
)
