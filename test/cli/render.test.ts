import fc from 'fast-check'
import stringWidth from 'string-width'
import {describe, expect, test} from 'vitest'
import {type RenderOptions, render} from '../../src/cli/render.js'
import {filterRows, sortRows} from '../../src/cli/row-fields.js'
import type {View} from '../../src/cli/view.js'
import {property} from '../harness/property.js'

interface Row {
  readonly id: number
  readonly name: string | null
  readonly nodes: readonly number[]
  readonly at?: bigint
}

const view: View<Row> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    name: {get: ({name}) => name, tone: ({name}) => (name === null ? 'bad' : 'good')},
    nodes: {get: ({nodes}) => nodes},
    at: {get: ({at}) => at, wide: true},
  },
}
const rows: readonly Row[] = [
  {id: 1, name: 'a,"b"', nodes: [1, 2], at: 1633653906105116793n},
  {id: 10, name: '数据库', nodes: []},
  {id: 2, name: null, nodes: [3]},
]
const plain: RenderOptions = {format: 'table', columns: null, headers: true, colors: false, width: null}

describe('formats', () => {
  test.each<[string, Partial<RenderOptions>, string]>([
    ['table', {}, 'ID   NAME     NODES\n1    a,"b"    1,2\n10   数据库   –\n2    –        3\n'],
    ['wide', {format: 'wide', columns: ['id', 'at']}, 'ID   AT\n1    1633653906105116793\n10   –\n2    –\n'],
    ['csv', {format: 'csv'}, 'ID,NAME,NODES,AT\n1,"a,""b""","1,2",1633653906105116793\n10,数据库,,\n2,,3,\n'],
    ['tsv', {format: 'tsv', headers: false}, '1\ta,"b"\t1,2\t1633653906105116793\n10\t数据库\t\t\n2\t\t3\t\n'],
    ['name', {format: 'name'}, '1\n10\n2\n'],
    ['no headers', {headers: false, columns: ['ID']}, '1\n10\n2\n'],
    [
      'colours',
      {colors: true, headers: false, columns: ['name']},
      '\u001B[32ma,"b"\u001B[39m\n\u001B[32m数据库\u001B[39m\n\u001B[31m–\u001B[39m\n',
    ],
  ])('%s', async (_, options, expected) => {
    expect(await render(rows, view, {...plain, ...options})).toBe(expected)
  })

  test('jsonl keeps big integers as text', async () => {
    const lines = (await render(rows, view, {...plain, format: 'jsonl'})).trim().split('\n')
    expect(JSON.parse(lines[0] ?? '')).toEqual({id: 1, name: 'a,"b"', nodes: [1, 2], at: '1633653906105116793'})
    expect(lines).toHaveLength(3)
  })

  test('nothing is nothing', async () => {
    expect(await render([], view, {...plain, format: 'name'})).toBe('')
    expect(await render([], view, plain)).toBe('ID   NAME   NODES\n')
  })

  test('a value cannot move the cursor', async () => {
    const text = await render([{id: 1, name: 'x\u001B[2J\ny', nodes: []}], view, {...plain, headers: false})
    expect(text).toBe('1   x\\u001b[2J\\ny   –\n')
  })

  test('nor what some terminals take for the beginning of a command', async () => {
    const some = [{id: 1, name: '\u009b2J', nodes: []}]
    expect(await render(some, view, {...plain, headers: false})).toBe('1   \\u009b2J   –\n')
    expect(await render(some, view, {...plain, format: 'jsonl'})).toBe('{"id":1,"name":"\\u009b2J","nodes":[]}\n')
  })

  test.each<[string, Partial<RenderOptions>]>([
    ['name', {format: 'name'}],
    ['jsonpath', {format: 'jsonpath', path: '[*].name'}],
  ])('a bare %s moves no terminal, and is passed on to others as it is', async (_, format) => {
    const some = [{id: 1, name: 'x\u001B[2J\u009b2J\ny', nodes: []}]
    const named: View<Row> = {...view, name: ({name}) => name ?? ''}
    const shown = await render(some, named, {...plain, ...format, isTerminal: true})
    expect(shown).toBe('x\\u001b[2J\\u009b2J\ny\n')
    expect(await render(some, named, {...plain, ...format})).toBe(`${some[0]?.name}\n`)
  })

  test('a column that is not there gets the nearest', async () => {
    await expect(render(rows, view, {...plain, columns: ['nods']})).rejects.toMatchObject({
      hint: 'did you mean nodes?',
      exitCode: 2,
    })
  })
})

describe('a narrow terminal', () => {
  const wordy = [
    {id: 1, name: 'a name that is longer than a line', nodes: [1, 2]},
    {id: 2, name: '数据库数据库数据库数据库数据库', nodes: []},
  ]

  test('has the widest column give way, and what is cut off marked', async () => {
    const text = await render(wordy, view, {...plain, width: 30})
    expect(text).toBe('ID   NAME                NODES\n1    a name that is l…   1,2\n2    数据库数据库数据…   –\n')
    for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(30)
  })

  test('shows each row as a list where columns do not fit at all', async () => {
    const text = await render(wordy, view, {...plain, format: 'wide', width: 24})
    expect(text).toBe(
      'ID     1\nNAME   a name that is l…\nNODES  1,2\nAT     –\n\nID     2\nNAME   数据库数据库数据…\nNODES  –\nAT     –\n',
    )
  })

  test('costs nothing where all fits', async () => {
    expect(await render(rows, view, {...plain, width: 80})).toBe(await render(rows, view, plain))
  })
})

describe('columns', () => {
  test.each<[string, readonly string[], string]>([
    ['by their names', ['name', 'ID'], 'NAME     ID\n'],
    ['by a path into the row', ['id', 'nodes[0]'], 'ID   NODES[0]\n1    1\n10   –\n2    3\n'],
    ['of lists', ['id', 'nodes.length'], 'ID   NODES.LENGTH\n1    2\n10   0\n2    1\n'],
  ])('%s', async (_, columns, expected) => {
    expect(await render(rows, view, {...plain, columns})).toContain(expected)
  })
})

test.each<[string, number[]]>([
  ['id > 1', [10, 2]],
  ['nodes.length == 0', [10]],
  ['3 in nodes', [2]],
  ['name == null', [2]],
  ['at == 1633653906105116793', [1]],
])('filtered by %s', (filter, ids) => {
  expect(filterRows(rows, view, filter).map(({id}) => id)).toEqual(ids)
})

test('a filter with a name that no row has is refused', () => {
  expect(() => filterRows(rows, view, 'nams == 1')).toThrow(
    expect.objectContaining({errorName: 'USAGE', hint: 'did you mean name?'}),
  )
  expect(filterRows([], view, 'nams == 1')).toEqual([])
})

describe('a large table', () => {
  const word = fc.oneof(fc.string({maxLength: 8}), fc.constantFrom('数据', 'é', '👍', ''))

  const few = fc.array(fc.record({id: fc.nat(), name: word, nodes: fc.array(fc.nat(9), {maxLength: 3})}), {
    minLength: 1,
    maxLength: 20,
  })
  // two hundred rows each time, twenty of them by a slow library
  property(
    'looks like a small one',
    [few],
    async (some) => {
      const many = Array.from({length: 201}, (_, index) => some[index % some.length] ?? rows[0])
      const [small, large] = await Promise.all([render(some, view, plain), render(many as Row[], view, plain)])
      const shown = Math.min(some.length, 201) + 1
      expect(large.split('\n').slice(0, shown)).toEqual(small.split('\n').slice(0, shown))
    },
    {oneIn: 20},
  )

  test('of 20,000 rows has them all', async () => {
    const many = Array.from({length: 20_000}, (_, id) => ({id, name: `space-${id}`, nodes: [id, id + 1]}))
    expect((await render(many, view, plain)).split('\n')).toHaveLength(20_002)
  })
})

test.each([
  ['id', [1, 2, 10]],
  ['id:desc', [10, 2, 1]],
  ['name', [1, 10, 2]],
  ['at:desc', [1, 10, 2]],
])('sorted by %s', (order, ids) => {
  expect(sortRows(rows, view, order).map(({id}) => id)).toEqual(ids)
})

describe('whatever the rows hold,', () => {
  const value = fc.oneof(
    fc.string({unit: 'grapheme', maxLength: 12}),
    fc.string({unit: 'binary', maxLength: 6}),
    fc.constantFrom('数据库', '"', 'a,b', '\r\n', '\t', '\u001b[2J', '\u009b2J', ''),
  )
  const someRows = fc.array(
    fc.record({id: fc.nat(99), name: fc.option(value), nodes: fc.array(fc.nat(9), {maxLength: 3})}),
    {
      minLength: 1,
      maxLength: 6,
    },
  )

  property('a reader of CSV finds them', [someRows], async (some) => {
    const text = await render(some, view, {...plain, format: 'csv', columns: ['id', 'name', 'nodes'], headers: false})
    const read = text.slice(0, -1).split('\n').map(csvFields)
    expect(read.map(([id, , nodes]) => [id, nodes])).toEqual(some.map(({id, nodes}) => [String(id), nodes.join()]))
    for (const [at, {name}] of some.entries()) {
      if (name !== null && !/\p{Cc}/u.test(name)) expect(read[at]?.[1]).toBe(name)
    }
  })

  property('TSV has as many fields in each line', [someRows], async (some) => {
    const text = await render(some, view, {...plain, format: 'tsv', headers: true})
    expect(
      text
        .slice(0, -1)
        .split('\n')
        .map((line) => line.split('\t').length),
    ).toEqual([4, ...some.map(() => 4)])
  })

  const format = fc.constantFrom('table', 'wide', 'csv', 'tsv', 'jsonl')

  property(
    'nothing of them moves the cursor',
    [someRows, format],
    async (some, any) => {
      const text = await render(some, view, {...plain, format: any as RenderOptions['format']})
      expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u)
      expect(text.split('\n').length).toBeGreaterThan(some.length)
    },
    {oneIn: 5},
  )

  const measured = fc.string({unit: fc.constantFrom('a', 'b', ' ', '数', '据', 'é', '👍', '–'), maxLength: 30})
  const table = fc.array(fc.record({id: fc.nat(9_999), name: measured, nodes: fc.constant([])}), {
    minLength: 1,
    maxLength: 6,
  })

  // a table is made by a slow library
  property(
    'a table is no wider than the terminal, and its columns line up',
    [table, fc.integer({min: 12, max: 50})],
    async (some, width) => {
      const text = await render(some, view, {...plain, width, columns: ['name', 'id']})
      const [head = '', ...body] = text.slice(0, -1).split('\n')
      if (!/^NAME +ID$/.test(head)) return
      for (const [at, line] of body.entries()) {
        expect(stringWidth(line)).toBeLessThanOrEqual(width)
        expect(stringWidth(line.slice(0, -String(some[at]?.id).length))).toBe(head.length - 2)
      }
    },
    {oneIn: 5},
  )

  property('they are sorted by size, in either direction, and those without a value come last', [someRows], (some) => {
    const named = some.map((row, at) => ({...row, id: at, n: row.name === null ? null : row.name.length}))
    const by = (order: string) => sortRows(named, view, `n:${order}`).map(({n}) => n)
    const sizes = named.flatMap(({n}) => n ?? []).toSorted((a, b) => a - b)
    const absent = named.filter(({n}) => n === null).map(() => null)
    fc.pre(sizes.length > 0)
    expect(by('asc')).toEqual([...sizes, ...absent])
    expect(by('desc')).toEqual([...sizes.toReversed(), ...absent])
  })
})

/** RFC 4180, of one line. */
function csvFields(line: string): string[] {
  return [...`${line},`.matchAll(/("(?:[^"]|"")*"|[^",]*),/g)].map(([, field = '']) =>
    field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field,
  )
}
