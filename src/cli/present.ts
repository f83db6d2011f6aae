/**
 * A result as it is shown: which of its rows, in what order and format, on stdout; what there is to say about them, on stderr.
 */

import {successEnvelope} from './envelope.js'
import type {OutputFormat} from './global-flags.js'
import {jsonText} from './json-text.js'
import {hasColors, say, terminalWidth, write} from './output.js'
import {type RenderOptions, render} from './render.js'
import {filterRows, sortRows} from './row-fields.js'
import type {Result} from './view.js'
import type {Words} from './words/words.js'

export interface PresentOptions {
  readonly format: OutputFormat
  readonly path: string
  readonly columns: readonly string[] | null
  readonly filter: string | null
  readonly sort: string | null
  readonly limit: number | null
  readonly headers: boolean
  readonly truncate: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly words: Words
}

/** Where nothing is said of it. */
export function plainOptions(words: Words): PresentOptions {
  return {
    format: 'table',
    path: '',
    columns: null,
    filter: null,
    sort: null,
    limit: null,
    headers: true,
    truncate: true,
    color: 'auto',
    words,
  }
}

export async function present<Row>(result: Result<Row>, options: PresentOptions): Promise<void> {
  const {rows, hidden} = chosenRows(result, options)
  await write(await resultText({...result, rows}, options))
  comment(result, {rows: rows.length, hidden}, options)
}

/** All that goes to stdout. */
export async function resultText<Row>(result: Result<Row>, options: PresentOptions): Promise<string> {
  const {format} = options
  const {rows, view} = result
  if (format === 'json') return `${jsonText(successEnvelope(result), 2)}\n`
  if (format === 'yaml') return (await import('./yaml-text.js')).yamlText(successEnvelope(result))
  const isPlain = (format === 'table' || format === 'wide') && options.columns === null
  if (result.text !== undefined && isPlain) return result.text
  return render(rows, view, {...renderOptions(options), format, isTerminal: process.stdout.isTTY === true})
}

/** What `--filter`, `--sort` and `--limit` leave of the rows. */
export function chosenRows<Row>(
  {rows, view}: Result<Row>,
  {filter, sort, limit}: PresentOptions,
): {rows: readonly Row[]; hidden: number} {
  const filtered = filter === null ? rows : filterRows(rows, view, filter)
  const sorted = sort === null ? filtered : sortRows(filtered, view, sort)
  const limited = limit === null ? sorted : sorted.slice(0, limit)
  return {rows: limited, hidden: sorted.length - limited.length}
}

function renderOptions({path, columns, headers, truncate, color}: PresentOptions): Omit<RenderOptions, 'format'> {
  const width = truncate ? terminalWidth() : null
  return {path, columns, headers, colors: hasColors(process.stdout, color), width}
}

function comment<Row>(
  {warnings, source}: Result<Row>,
  {rows, hidden}: {rows: number; hidden: number},
  {format, words}: PresentOptions,
): void {
  if (format === 'json' || format === 'yaml') return
  for (const warning of warnings) say(`${words.warning}: ${warning}`)
  if (format !== 'table' && format !== 'wide') return
  if (rows === 0) say(words.none)
  if (hidden > 0) say(words.moreRows(hidden))
  if (source !== null) say(`${words.source}: ${source}`)
}
