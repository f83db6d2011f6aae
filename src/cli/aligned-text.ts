/**
 * Rows of cells as a person reads them: columns that line up. On a terminal too narrow for them, the widest give way, what
 * is cut off is marked, and where even that does not help, each row is a small list of its own.
 */
import {fitted, textWidths, type WidthOf} from './text-width.js'
import type {Tone} from './view.js'

export interface Cell {
  readonly text: string
  readonly tone: Tone | null
}

export interface AlignedTextOptions {
  readonly headers: boolean
  readonly colors: boolean
  /** Of the terminal; null: as wide as it gets. */
  readonly width: number | null
}

/** Beyond this cli-table3 takes longer than the command itself: its time grows faster than its rows. */
const tableRowsMax = 200
const gap = '   '
/** A long table is padded to this at most: one cell of a hundred thousand characters must not make as long a line of every row. */
const padMax = 240
/** A column is not made narrower than this, nor than its header. */
const columnWidthMin = 8

const escapes: Readonly<Record<Tone, number>> = {good: 32, uncertain: 33, bad: 31}

export async function alignedText(
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  {headers, colors, width}: AlignedTextOptions,
): Promise<string> {
  const widthOf = await textWidths(textsOf(names, rows))
  const natural = columnWidths(headers ? names : names.map(() => ''), rows, widthOf)
  const widths = width === null ? natural : narrowed(natural, names, width)
  if (widths === null) return recordsText(names, rows, width ?? 0, widthOf, colors)
  const paint = (text: string, tone: Tone | null) => (colors ? painted(text, tone) : text)
  const isCut = widths.some((each, at) => each < (natural[at] ?? 0))
  const cut = (text: string, at: number) => (isCut ? fitted(text, widths[at] ?? 0, widthOf) : text)
  const head = headers ? [names.map((name) => ({text: colors ? dim(name) : name, width: widthOf(name)}))] : []
  const body = rows.map((cells) =>
    cells.map(({text, tone}, at) => {
      const shown = cut(text, at)
      return {text: paint(shown, tone), width: widthOf(shown)}
    }),
  )
  const all = [...head, ...body]
  return rows.length <= tableRowsMax
    ? smallTable(all.map((cells) => cells.map(({text}) => text)))
    : largeTable(all, widths)
}

function* textsOf(names: readonly string[], rows: readonly (readonly Cell[])[]): Generator<string> {
  yield* names
  for (const cells of rows) for (const {text} of cells) yield text
}

function columnWidths(names: readonly string[], rows: readonly (readonly Cell[])[], widthOf: WidthOf): number[] {
  const widths = names.map(widthOf)
  for (const cells of rows) {
    cells.forEach(({text}, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(text))
    })
  }
  return widths
}

/** Taken from the widest column until all fit; null if they cannot. */
function narrowed(natural: readonly number[], names: readonly string[], total: number): number[] | null {
  const widths = [...natural]
  const least = natural.map((width, at) => Math.min(width, Math.max(columnWidthMin, names[at]?.length ?? 0)))
  let over = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - total
  for (; over > 0; over--) {
    const slack = widths.map((width, at) => (width > (least[at] ?? 0) ? width : 0))
    const widest = Math.max(...slack)
    if (widest <= 0) return null
    const at = slack.indexOf(widest)
    widths[at] = widest - 1
  }
  return widths
}

export function painted(text: string, tone: Tone | null): string {
  return tone === null ? text : `\u001B[${escapes[tone]}m${text}\u001B[39m`
}

function dim(text: string): string {
  return `\u001B[2m${text}\u001B[22m`
}

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
function largeTable(content: readonly (readonly {text: string; width: number}[])[], widths: readonly number[]): string {
  const pad = ({text, width}: {text: string; width: number}, at: number) =>
    text + ' '.repeat(Math.max(0, Math.min(widths[at] ?? 0, padMax) - width))
  return lines(content.map((cells) => cells.map(pad).join(gap).trimEnd()))
}

/** A list of `NAME  value` for each row, an empty line between two. */
function recordsText(
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number,
  widthOf: WidthOf,
  colors: boolean,
): string {
  const nameWidth = Math.max(0, ...names.map(widthOf))
  const room = Math.max(1, width - nameWidth - 2)
  const record = (cells: readonly Cell[]) =>
    cells.map(({text, tone}, at) => {
      const name = names[at] ?? ''
      const value = fitted(text, room, widthOf)
      const label = `${name}${' '.repeat(nameWidth - widthOf(name))}  `
      return `${colors ? dim(label) : label}${colors ? painted(value, tone) : value}`.trimEnd()
    })
  return lines(rows.flatMap((cells, at) => (at === 0 ? record(cells) : ['', ...record(cells)])))
}

function lines(all: readonly string[]): string {
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}
