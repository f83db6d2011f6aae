/**
 * Rows by the names that people give their parts: a column of the view, or a path into the row itself
 * (`value.leader_name`, `replicas[0]`). The same names serve `--columns`, `--sort`, `--filter` and the REPL.
 */
import {nearestName} from '../config/nearest.js'
import {CodedError} from '../errors/coded-error.js'
import {evaluate, isTrue, parseExpression, rootNames} from './expression.js'
import type {Column, View} from './view.js'

export type NamedColumn<Row> = readonly [name: string, column: Column<Row>]

/** Errors: USAGE for what is neither a column nor a field of any row. */
export function columnNamed<Row>(name: string, rows: readonly Row[], {columns}: View<Row>): NamedColumn<Row> {
  const column = ownValue(columns, name.toLowerCase())
  if (column !== undefined) return [name.toLowerCase(), column]
  const path = parseExpression(name)
  const [root] = rootNames(path)
  if (path.type !== 'path' || root === undefined) throw noColumn(name, Object.keys(columns))
  requireNames([root], rows, {columns})
  return [name, {get: (row) => evaluate(path, (field) => ownValue(row, field))}]
}

/** The rows for which `text` is true. Errors: USAGE. */
export function filterRows<Row>(rows: readonly Row[], view: View<Row>, text: string): Row[] {
  const expression = parseExpression(text)
  requireNames(rootNames(expression), rows, view)
  return rows.filter((row) => isTrue(evaluate(expression, (name) => fieldOf(row, name, view))))
}

/** By `NAME` or `NAME:desc`; numbers by size, the rest by their text; rows without a value last. Errors: USAGE. */
export function sortRows<Row>(rows: readonly Row[], view: View<Row>, order: string): Row[] {
  const [name = '', direction = 'asc'] = order.split(':')
  if (direction !== 'asc' && direction !== 'desc') {
    throw new CodedError('USAGE', `--sort ${order} has no direction ${direction}`, {hint: `write ${name}:desc`})
  }
  const [, column] = columnNamed(name, rows, view)
  const sign = direction === 'desc' ? -1 : 1
  const texts = new Intl.Collator('en', {numeric: true})
  return rows
    .map((row) => ({row, by: column.get(row) ?? null}))
    .sort((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null)
      return sign * compare(a.by, b.by, texts)
    })
    .map(({row}) => row)
}

function compare(a: unknown, b: unknown, texts: Intl.Collator): number {
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : Number(a > b)
  return texts.compare(String(a), String(b))
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** The row's own field first: it holds the value as it is, where a column may hold it as it looks. */
function fieldOf<Row>(row: Row, name: string, {columns}: View<Row>): unknown {
  const own = ownValue(row, name)
  return own === undefined ? ownValue(columns, name.toLowerCase())?.get(row) : own
}

function requireNames<Row>(names: Iterable<string>, rows: readonly Row[], {columns}: Pick<View<Row>, 'columns'>): void {
  if (rows.length === 0) return
  for (const name of names) {
    if (Object.hasOwn(columns, name.toLowerCase())) continue
    if (rows.some((row) => ownValue(row, name) !== undefined)) continue
    throw noColumn(name, [...new Set([...Object.keys(columns), ...Object.keys(Object(rows[0]))])])
  }
}

function noColumn(name: string, names: readonly string[]): CodedError {
  const nearest = nearestName(name, names)
  return new CodedError('USAGE', `there is no column ${name}`, {
    hint: nearest === null ? `there are: ${names.join(', ')}` : `did you mean ${nearest}?`,
  })
}

function ownValue<T>(of: Readonly<Record<string, T>>, name: string): T | undefined
function ownValue(of: unknown, name: string): unknown
function ownValue(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined
}
