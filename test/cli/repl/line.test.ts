import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseLine, splitWords} from '../../../src/cli/repl/line.js'
import {property} from '../../harness/property.js'

const command = {type: 'pipeline', name: null, isValue: false, stages: []}

test.each<[string, object]>([
  ['', {type: 'nothing'}],
  ['  # a comment', {type: 'nothing'}],
  ['set -e', {type: 'set', stopsAtErrors: true}],
  ['set +e', {type: 'set', stopsAtErrors: false}],
  ['node list', {...command, source: 'node list'}],
  ['node list | count', {...command, source: 'node list', stages: ['count']}],
  ['$x = node list|count', {...command, name: 'x', source: 'node list', stages: ['count']}],
  ['$x', {...command, source: '$x', isValue: true}],
  ['$x == 3', {...command, source: '$x == 3', isValue: true}],
  [
    '$y = $x | where a == "b | c" || d',
    {...command, name: 'y', source: '$x', isValue: true, stages: ['where a == "b | c" || d']},
  ],
  ['node list | where docs > 3 | > a.csv', {...command, source: 'node list', stages: ['where docs > 3', '> a.csv']}],
  ['node list > a.csv', {...command, source: 'node list', stages: ['> a.csv']}],
  ['node list | > a.csv', {...command, source: 'node list', stages: ['> a.csv']}],
  [
    'for p in $_ : partitions show $p | count',
    {type: 'loop', name: 'p', items: '$_', body: 'partitions show $p | count'},
  ],
  ['for $p in ["a : b"] : echo $p', {type: 'loop', name: 'p', items: '["a : b"]', body: 'echo $p'}],
  ['for a in $x : for b in $y : c', {type: 'loop', name: 'a', items: '$x', body: 'for b in $y : c'}],
  ['node list |', {type: 'incomplete'}],
  ['node list \\', {type: 'incomplete'}],
  ["meta get 'a", {type: 'incomplete'}],
  ['meta get "a\\"', {type: 'incomplete'}],
  ["meta get 'a\\'", {...command, source: "meta get 'a\\'"}],
])('%s', (text, meaning) => expect(parseLine(text)).toEqual(meaning))

test.each([['| count'], ['a | | b'], ['$x ='], ['for p in $_'], ['for p of $_ : a']])('%s is refused', (text) => {
  expect(() => parseLine(text)).toThrow(expect.objectContaining({errorName: 'USAGE'}))
})

describe('words', () => {
  const values: Record<string, string[]> = {$a: ['1', '2'], $one: ['x y'], '$one.id': ['7'], '$a[0]': ['1'], $none: []}
  const words = (text: string) => splitWords(text, (name) => values[name] ?? [`no ${name}`])

  test.each<[string, string[]]>([
    ['', []],
    ['  node   list ', ['node', 'list']],
    [`a'b c'"d e"f\\ g`, ['ab cd ef g']],
    [`'' ""`, ['', '']],
    [`"a\\"b" 'a\\b'`, ['a"b', 'a\\b']],
    ['show $a', ['show', '1', '2']],
    ['show $none', ['show']],
    ['show $a[0] $one.id', ['show', '1', '7']],
    ['show "$one" x-$one', ['show', 'x y', 'x-x y']],
    [`'$a' \\$a $.b $`, ['$a', '$a', '$.b', '$']],
  ])('%s', (text, found) => expect(words(text)).toEqual(found))

  test.each([['x-$a'], ['"$a"'], ['x$none']])('%s cannot be one word', (text) => {
    expect(() => words(text)).toThrow(expect.objectContaining({errorName: 'USAGE'}))
  })
})

describe('any words', () => {
  const word = fc.string({unit: fc.constantFrom('a', ' ', "'", '"', '\\', '$', 'x', '|', '>', '=', '数', '\n', '.')})
  const quoting = fc.constantFrom(
    (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`,
    (text: string) => `"${text.replace(/["\\$]/g, '\\$&')}"`,
    (text: string) =>
      text === '' ? "''" : text.replace(/[^a数]/gu, (each) => (/\s/.test(each) ? `'${each}'` : `\\${each}`)),
  )
  const spelled = fc.array(fc.tuple(word, quoting), {minLength: 1, maxLength: 4})
  const noValue = () => {
    throw new Error('nothing is asked for')
  }

  property('are what they were, however they are quoted', [spelled], (words) => {
    const line = words.map(([text, quoted]) => quoted(text)).join('  ')
    expect(splitWords(line, noValue)).toEqual(words.map(([text]) => text))
  })

  property(
    'that are quoted are in one stage each, and nothing in them is a bar',
    [fc.array(spelled, {minLength: 1, maxLength: 4})],
    (stages) => {
      // a line that goes on is another matter
      const texts = stages.map((words) =>
        ['x', ...words.map(([text, quoted]) => quoted(text.replaceAll('\n', '')))].join(' '),
      )
      const [source, ...rest] = texts
      expect(parseLine(texts.join(' | '))).toEqual({...command, source, stages: rest})
    },
  )
})
