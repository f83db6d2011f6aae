import {expect, test} from 'vitest'
import {tomlLines} from '../../src/config/toml-lines.js'

test('finds the line of every table and key, whatever stands between them', () => {
  const text = `# [not] = "a table"
title = "x" # title = 2

[ Global ]   # spaces
name = "a # no comment [ps]"
data = [
  "/a", # "]"
  '/b]',
]
note = """
[ps]
rpc_port = 1
"""
raw = '''
it's = [x]
'''
a.b . "c.d" = 1
[[masters]]
name = "m1"
[[masters]]
name = "m2"
[masters.inner]
x = 1
[ps]
rpc_port = 2
inline = {one = 1, two = {three = [1, 2]}}
points = [{x = 1},
  {x = 2}]
`
  const lines = tomlLines(text)
  const at = (path: string) => lines.get(path)
  expect(at('title')).toBe(2)
  expect(at('global')).toBe(4)
  expect(at('global.name')).toBe(5)
  expect(at('global.data')).toBe(6)
  expect(at('global.note')).toBe(10)
  expect(at('global.raw')).toBe(14)
  expect(at('global.a.b.c.d')).toBe(17)
  expect(at('masters[0]')).toBe(18)
  expect(at('masters[1].name')).toBe(21)
  expect(at('masters[1].inner.x')).toBe(23)
  expect(at('ps')).toBe(24)
  expect(at('ps.rpc_port')).toBe(25)
  expect(at('ps.inline.two.three')).toBe(26)
  expect(at('ps.points[1].x')).toBe(28)
})

test('ends on any text', () => {
  for (const text of [
    '[',
    '[[',
    '"',
    "'''",
    'a',
    'a=',
    'a=[',
    'a={',
    '=',
    ']',
    '}',
    '#',
    'a=[1',
    '\\',
    '"\\',
    'a.b.',
    '[a.',
  ]) {
    expect(tomlLines(text)).toBeInstanceOf(Map)
  }
})
