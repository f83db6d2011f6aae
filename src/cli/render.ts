/**
 * Rows to text, in the format asked for. Pure but for the libraries that it loads when they are needed.
 */

import {nearestName} from '../config/nearest.js'
import {CodedError} from '../errors/coded-error.js'
import type {OutputFormat} from './global-flags.js'
import {jsonText} from './json-text.js'
import type {Column, Tone, View} from './view.js'

export interface RenderOptions {
  readonly format: Exclude<OutputFormat, 'json'>
  readonly columns: readonly string[] | null
  readonly headers: boolean
  readonly colors: boolean
}

/** Beyond this cli-table3 takes longer than the command itself: its time grows faster than its rows. */
const tableRowsMax = 200

export async function render<Row>(rows: readonly Row[], view: View<Row>, options: RenderOptions): Promise<string> {
  if (options.format === 'name') return lines(rows.map((row) => view.name(row)))
  if (options.format === 'jsonl') return lines(rows.map((row) => jsonText(row)))
  const columns = chosenColumns(view, options)
  const header = options.headers ? [columns.map(([name]) => name.toUpperCase())] : []
  if (options.format === 'csv') return lines([...header, ...cells(rows, columns, '')].map(csvLine))
  if (options.format === 'tsv') return lines([...header, ...cells(rows, columns, '')].map(tsvLine))
  const body = cells(rows, columns, '–')
  const painted = options.colors ? paint(body, rows, columns) : body
  const head = options.colors ? header.map((names) => names.map((name) => `\u001B[2m${name}\u001B[22m`)) : header
  return rows.length <= tableRowsMax ? smallTable([...head, ...painted]) : largeTable([...head, ...painted])
}

type NamedColumn<Row> = readonly [string, Column<Row>]

function chosenColumns<Row>({columns}: View<Row>, {columns: asked, format}: RenderOptions): NamedColumn<Row>[] {
  if (asked !== null) return asked.map((name) => [name, columnOf(columns, name)])
  return Object.entries(columns).filter(([, {wide}]) => wide !== true || format !== 'table')
}

function columnOf<Row>(columns: Readonly<Record<string, Column<Row>>>, name: string): Column<Row> {
  const column = Object.hasOwn(columns, name.toLowerCase()) ? columns[name.toLowerCase()] : undefined
  if (column !== undefined) return column
  const names = Object.keys(columns)
  const nearest = nearestName(name, names)
  throw new CodedError('USAGE', `there is no column ${name}`, {
    hint: nearest === null ? `there are: ${names.join(', ')}` : `did you mean ${nearest}?`,
  })
}

/** By a column, `NAME` or `NAME:desc`; numbers by size, the rest by their text; rows without a value last. */
export function sortRows<Row>(rows: readonly Row[], {columns}: View<Row>, order: string): Row[] {
  const [name = '', direction = 'asc'] = order.split(':')
  if (direction !== 'asc' && direction !== 'desc') {
    throw new CodedError('USAGE', `--sort ${order} has no direction ${direction}`, {hint: `write ${name}:desc`})
  }
  const column = columnOf(columns, name)
  const sign = direction === 'desc' ? -1 : 1
  return rows
    .map((row) => ({row, by: column.get(row) ?? null}))
    .sort((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null)
      return sign * compare(a.by, b.by)
    })
    .map(({row}) => row)
}

function compare(a: unknown, b: unknown): number {
  if ((typeof a === 'number' || typeof a === 'bigint') && (typeof b === 'number' || typeof b === 'bigint')) {
    return a < b ? -1 : Number(a > b)
  }
  return String(a).localeCompare(String(b), 'en', {numeric: true})
}

function cells<Row>(rows: readonly Row[], columns: readonly NamedColumn<Row>[], nothing: string): string[][] {
  return rows.map((row) => columns.map(([, {get}]) => cell(get(row), nothing)))
}

function cell(value: unknown, nothing: string): string {
  if (value === null || value === undefined || value === '') return nothing
  if (Array.isArray(value)) return value.length === 0 ? nothing : value.map((item) => cell(item, nothing)).join(',')
  const text = typeof value === 'object' ? jsonText(value) : String(value)
  // a value from the cluster must not move the cursor or paint the screen
  return text.replace(/\p{Cc}/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^(?!\\)/, '?'),
  )
}

const escapes: Readonly<Record<Tone, string>> = {good: '32', uncertain: '33', bad: '31'}

function paint<Row>(body: readonly string[][], rows: readonly Row[], columns: readonly NamedColumn<Row>[]): string[][] {
  return body.map((texts, index) =>
    texts.map((text, at) => {
      const row = rows[index]
      const tone = row === undefined ? null : (columns[at]?.[1].tone?.(row) ?? null)
      return tone === null ? text : `\u001B[${escapes[tone]}m${text}\u001B[39m`
    }),
  )
}

function csvLine(texts: readonly string[]): string {
  return texts.map((text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
}

function tsvLine(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll('\t', ' ')).join('\t')
}

const gap = '   '

async function smallTable(content: readonly string[][]): Promise<string> {
  if (content.length === 0) return ''
  const {default: Table} = await import('cli-table3')
  const edges = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
  const rules = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid']
  const chars = Object.fromEntries([...edges, ...rules].map((name) => [name, '']))
  const style = {'padding-left': 0, 'padding-right': 0, head: [], border: []}
  const table = new Table({chars: {...chars, middle: gap}, style})
  table.push(...content.map((texts) => [...texts]))
  return lines(
    table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd()),
  )
}

/** The same picture, in time that grows with the rows. */
async function largeTable(content: readonly string[][]): Promise<string> {
  const {default: stringWidth} = await import('string-width')
  // most cells are plain ASCII, whose width is their length
  const widthOf = (text: string) => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text))
  const widths: number[] = []
  for (const texts of content) {
    texts.forEach((text, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(text))
    })
  }
  const pad = (text: string, at: number) => text + ' '.repeat((widths[at] ?? 0) - widthOf(text))
  return lines(content.map((texts) => texts.map(pad).join(gap).trimEnd()))
}

function lines(all: readonly string[]): string {
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}
