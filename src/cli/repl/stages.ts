/**
 * What stands behind a bar. A stage takes a result and gives one, so that stages may follow each other in any order; the last two
 * write it elsewhere instead of to the screen.
 */
import {nearestName} from '../../config/nearest.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {jsonText} from '../json-text.js'
import {say} from '../output.js'
import {resultText} from '../present.js'
import {columnNamed, filterRows, sortRows} from '../row-fields.js'
import type {Result} from '../view.js'
import {pipeToProgram} from './program-pipe.js'
import type {Shown} from './repl-host.js'
import {resultOf} from './rows-view.js'
import type {Variables} from './variables.js'

interface Stage {
  readonly usage: string
  readonly does: string
  run(shown: Shown, text: string, variables: Variables): Shown | Promise<Shown | null>
}

const formats = ['json', 'jsonl', 'yaml', 'csv', 'tsv', 'wide'] as const

export const stages: Readonly<Record<string, Stage>> = {
  where: {
    usage: 'where EXPR',
    does: 'rows for which it is true: state != "ok" && 3 in replicas',
    run: (shown, text) => withRows(shown, filterRows(shown.result.rows, shown.result.view, text)),
  },
  select: {
    usage: 'select A,B',
    does: 'only these columns or fields',
    run: (shown, text) => {
      const {rows, view} = shown.result
      const columns = namesIn(text).map((name) => columnNamed(name, rows, view))
      const pick = (row: unknown) => Object.fromEntries(columns.map(([name, {get}]) => [name, get(row) ?? null]))
      return made(
        shown,
        columns.map(([name]) => name),
        rows.map(pick),
      )
    },
  },
  sort: {
    usage: 'sort COLUMN [desc]',
    does: 'in this order',
    run: (shown, text) =>
      withRows(shown, sortRows(shown.result.rows, shown.result.view, text.trim().replace(/\s+/, ':'))),
  },
  limit: {
    usage: 'limit N',
    does: 'the first of them',
    run: (shown, text) => {
      if (!/^\d+$/.test(text)) throw new CodedError('USAGE', `limit ${text} is no number`)
      return withRows(shown, shown.result.rows.slice(0, Number(text)))
    },
  },
  count: {
    usage: 'count',
    does: 'how many there are',
    run: (shown) => made(shown, ['count'], [{count: shown.result.rows.length}]),
  },
  group: {
    usage: 'group by COLUMN',
    does: 'how many there are of each',
    run: (shown, text) => {
      const {rows, view} = shown.result
      const [name, {get}] = columnNamed(text.replace(/^by\s+/, ''), rows, view)
      const counts = new Map<string, {value: unknown; count: number}>()
      for (const row of rows) {
        const value = get(row) ?? null
        const key = jsonText(value)
        counts.set(key, {value, count: (counts.get(key)?.count ?? 0) + 1})
      }
      return made(
        shown,
        [name, 'count'],
        [...counts.values()].map(({value, count}) => ({[name]: value, count})),
      )
    },
  },
  diff: {
    usage: 'diff $1',
    does: 'what came, went and changed since that result',
    run: (shown, text, variables) => {
      const rows = differences(variables.value(text, shown.options).result, shown.result)
      const {result, options} = made(shown, ['name', 'change', 'before', 'after'], rows)
      return {options, result: {...result, exit: rows.length === 0 ? 'ok' : 'different'}}
    },
  },
  id: {usage: 'id', does: 'their names only', run: (shown) => withFormat(shown, 'name')},
  ...Object.fromEntries(
    formats.map((format): [string, Stage] => [
      format,
      {usage: format, does: `shown as ${format}`, run: (shown) => withFormat(shown, format)},
    ]),
  ),
  '>': {
    usage: '> FILE',
    does: 'into a file that only you can read, in the format of its name: .json .jsonl .yaml .csv .tsv',
    run: async (shown, path) => {
      if (path === '') throw new CodedError('USAGE', '> needs the name of a file')
      const format = formats.find((each) => path.endsWith(`.${each}`)) ?? shown.options.format
      const options = {...shown.options, format, truncate: false, color: 'never'} as const
      await writePrivately(path, await resultText(shown.result, options))
      say(`${shown.result.rows.length} → ${path}`)
      return null
    },
  },
  '!': {
    usage: '!PROGRAM',
    does: 'to a program, as a JSON list: !jq .',
    run: async (shown, command) => {
      await pipeToProgram(command, `${jsonText(shown.result.rows)}\n`)
      return null
    },
  },
}

/** Null where nothing is left to show. Errors: USAGE. */
export async function runStage(text: string, shown: Shown, variables: Variables): Promise<Shown | null> {
  const [, name = '', rest = ''] = /^([!>]|\S+)\s*(.*)$/s.exec(text) ?? []
  const stage = Object.hasOwn(stages, name) ? stages[name] : undefined
  if (stage !== undefined) return stage.run(shown, unquoted(rest), variables)
  const nearest = nearestName(name, Object.keys(stages))
  throw new CodedError('USAGE', `there is no | ${name}`, {
    hint:
      nearest === null
        ? `| ${Object.keys(stages).join(' | ')}; | !${name} is the program`
        : `did you mean | ${nearest}?`,
  })
}

function withRows(shown: Shown, rows: readonly unknown[]): Shown {
  return {...shown, result: {...shown.result, rows}}
}

/** `fields` are those of its rows, of which there may be none. */
function made(shown: Shown, fields: readonly string[], rows: readonly unknown[]): Shown {
  const {source, warnings} = shown.result
  return {...shown, result: resultOf(rows, {source, warnings, fields})}
}

function withFormat(shown: Shown, format: Shown['options']['format']): Shown {
  return {...shown, options: {...shown.options, format}}
}

function differences(before: Result<unknown>, after: Result<unknown>): unknown[] {
  const rowsBefore = new Map(before.rows.map((row) => [before.view.name(row), row]))
  const rowsAfter = new Map(after.rows.map((row) => [after.view.name(row), row]))
  return [...new Set([...rowsBefore.keys(), ...rowsAfter.keys()])].flatMap((name) => {
    const [old, now] = [rowsBefore.get(name), rowsAfter.get(name)]
    if (old === undefined) return [{name, change: 'came', before: null, after: now}]
    if (now === undefined) return [{name, change: 'went', before: old, after: null}]
    const fields = Object.keys({...Object(old), ...Object(now)})
    return fields
      .filter((field) => jsonText(Reflect.get(Object(old), field)) !== jsonText(Reflect.get(Object(now), field)))
      .map((field) => ({
        name,
        change: field,
        before: Reflect.get(Object(old), field),
        after: Reflect.get(Object(now), field),
      }))
  })
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

/** A whole text in quotes is that text: `> "my file"`; within an expression quotes stay. */
function unquoted(text: string): string {
  return /^(?:"[^"\\]*"|'[^'\\]*')$/.test(text) ? text.slice(1, -1) : text.trim()
}
