import {expect, test} from 'vitest'
import {selectPath} from '../../src/cli/json-path.js'

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
