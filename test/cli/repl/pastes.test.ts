import fc from 'fast-check'
import {expect, test} from 'vitest'
import {inOneLine, pastedLines} from '../../../src/cli/repl/pastes.js'
import {property} from '../../harness/property.js'

test.each<[string, string, string[]]>([
  ['node list\r', 'node list', ['node list']],
  ['node list\r\nids next\r\n', 'node list⏎ids next', ['node list', 'ids next']],
  ['a\n\nb', 'a⏎⏎b', ['a', '', 'b']],
  ['node list |\rcount\rids next', 'node list |⏎count⏎ids next', ['node list |\ncount', 'ids next']],
  ['a "b\nc', 'a "b⏎c', ['a "b\nc\n']],
  ['a\tb\u001B[2Jc', 'a b[2Jc', ['a b[2Jc']],
])('%j', (pasted, line, lines) => {
  expect(inOneLine(pasted)).toBe(line)
  expect(pastedLines(line)).toEqual(lines)
})

const line = fc.string({unit: fc.constantFrom('a', ' ', '|', '"', "'", '数', '='), minLength: 1, maxLength: 8})
const end = fc.constantFrom('\n', '\r', '\r\n')

property(
  'what was pasted is run whole, whatever ends its lines',
  [fc.array(line, {minLength: 1, maxLength: 5}), end],
  (lines, by) => {
    const runs = pastedLines(inOneLine(lines.join(by)))
    expect(runs.join('\n').trimEnd()).toBe(lines.join('\n').trimEnd())
  },
)
