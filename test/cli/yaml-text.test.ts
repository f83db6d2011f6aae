import fc from 'fast-check'
import {expect, test} from 'vitest'
import {yamlText} from '../../src/cli/yaml-text.js'
import {stringifyJson} from '../../src/entity/json.js'
import {anyJson} from '../harness/json-values.js'
import {property} from '../harness/property.js'

test.each<[string, unknown, string]>([
  [
    'a row',
    [{id: 1, at: 5n, tags: ['a', 'b'], none: [], sub: {x: null}}],
    '- id: 1\n  at: 5\n  tags:\n    - a\n    - b\n  none: []\n  sub:\n    x: null\n',
  ],
  ['lists of lists', [[1, 2], []], '- - 1\n  - 2\n- []\n'],
  ['nothing', [], '[]\n'],
  [
    'what YAML would take for something else',
    ['yes', 'null', '1', '', ' a', 'a: b', '- x', '#', '{', "it's"],
    '- "yes"\n- "null"\n- "1"\n- ""\n- " a"\n- "a: b"\n- "- x"\n- "#"\n- "{"\n- "it\'s"\n',
  ],
  ['plain words', ['ok', 'not ready', '数据库', '/vearch/id/1'], '- ok\n- not ready\n- 数据库\n- /vearch/id/1\n'],
  ['lines', {text: 'a\nb'}, 'text: "a\\nb"\n'],
  [
    'what controls a terminal, or ends a line for some',
    ['\u009b2J', '\u007f', '\u2028', '\u0085'],
    '- "\\u009b2J"\n- "\\u007f"\n- "\\u2028"\n- "\\u0085"\n',
  ],
  ['odd names', {'a b:': 1}, '"a b:": 1\n'],
])('%s', (_, value, text) => {
  expect(yamlText(value)).toBe(text)
})

property('no two values have one text', [anyJson, anyJson], (a, b) => {
  expect(yamlText(a) === yamlText(b)).toBe(stringifyJson(a) === stringifyJson(b))
})

property('no text of a value ends its line or moves the cursor', [fc.string({unit: 'binary'})], (text) => {
  expect(yamlText({text})).toMatch(/^text: [^\p{Cc}\p{Zl}\p{Zp}]*\n$/u)
})
