/**
 * Rows to text, in the format asked for: `row-fields` says what a column's name means, `aligned-text`, `yaml-text` and `json-path`
 * what the text looks like. Pure but for the libraries that it loads when they are needed.
 */

import type {Cell} from './aligned-text.js'
import type {OutputFormat} from './global-flags.js'
import {jsonText} from './json-text.js'
import {columnNamed, type NamedColumn} from './row-fields.js'
import type {View} from './view.js'

export interface RenderOptions {
  readonly format: Exclude<OutputFormat, 'json' | 'yaml'>
  /** Of the format `jsonpath`. */
  readonly path?: string
  readonly columns: readonly string[] | null
  readonly headers: boolean
  readonly colors: boolean
  /** Of the terminal; null: nothing is cut off. */
  readonly width: number | null
  /** It is a person's terminal, which obeys what it is shown. */
  readonly isTerminal?: boolean
}

export async function render<Row>(rows: readonly Row[], view: View<Row>, options: RenderOptions): Promise<string> {
  const shown = options.isTerminal === true ? inertLines : (text: string) => text
  switch (options.format) {
    case 'name':
      return lines(rows.map((row) => shown(view.name(row))))
    case 'jsonl':
      return lines(rows.map((row) => jsonText(row)))
    case 'jsonpath': {
      const {selectPath} = await import('./json-path.js')
      return lines(
        selectPath(rows, options.path ?? '').map((found) => shown(typeof found === 'string' ? found : jsonText(found))),
      )
    }
    case 'csv':
      return delimited(rows, view, options, csvLine)
    case 'tsv':
      return delimited(rows, view, options, tsvLine)
    default: {
      const {alignedText} = await import('./aligned-text.js')
      const columns = chosenColumns(rows, view, options)
      const cells = rows.map((row) =>
        columns.map(([, column]): Cell => {
          return {text: cellText(column.get(row), '–'), tone: column.tone?.(row) ?? null}
        }),
      )
      return alignedText(
        columns.map(([name]) => name.toUpperCase()),
        cells,
        options,
      )
    }
  }
}

function chosenColumns<Row>(rows: readonly Row[], view: View<Row>, options: RenderOptions): NamedColumn<Row>[] {
  const {columns, format} = options
  if (columns !== null) return columns.map((name) => columnNamed(name, rows, view))
  return Object.entries(view.columns).filter(([, {wide}]) => wide !== true || format !== 'table')
}

function delimited<Row>(
  rows: readonly Row[],
  view: View<Row>,
  options: RenderOptions,
  line: (texts: readonly string[]) => string,
): string {
  const columns = chosenColumns(rows, view, options)
  const header = options.headers ? [line(columns.map(([name]) => name.toUpperCase()))] : []
  return lines([...header, ...rows.map((row) => line(columns.map(([, column]) => cellText(column.get(row), ''))))])
}

export function cellText(value: unknown, nothing: string): string {
  if (value === null || value === undefined || value === '') return nothing
  if (Array.isArray(value)) return value.length === 0 ? nothing : value.map((item) => cellText(item, nothing)).join(',')
  return inert(typeof value === 'object' ? jsonText(value) : String(value))
}

/** All but the characters that control a terminal; naming those (`\p{Cc}`) takes the engine longer than a thousand rows. */
const uncontrolled = /[^ -~\u00A0-\uFFFF]/g

/** A value from the cluster must not move the cursor or paint the screen. */
export function inert(text: string): string {
  return text.replace(uncontrolled, (character) => jsonText(character).slice(1, -1))
}

/** What is of several lines keeps them. */
function inertLines(text: string): string {
  return text.split('\n').map(inert).join('\n')
}

function csvLine(texts: readonly string[]): string {
  return texts.map((text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
}

function tsvLine(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll('\t', ' ')).join('\t')
}

function lines(all: readonly string[]): string {
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}
