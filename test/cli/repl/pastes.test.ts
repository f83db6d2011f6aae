import {expect, test} from 'vitest'
import {inOneLine, pastedLines} from '../../../src/cli/repl/pastes.js'

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
