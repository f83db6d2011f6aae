/** What the screen shows: lines that are never wider or more than it has room for. Pure. */
import type {Health} from '../../admin/health/health.js'
import {type Cell, painted} from '../aligned-text.js'
import {healthTones, shareText} from '../health-view.js'
import {cellText, inert} from '../render.js'
import {fitted, type WidthOf} from '../text-width.js'
import type {Tone, View} from '../view.js'
import {type Order, type TopState, topPanes} from './top-state.js'
import type {TopWords} from './top-words.js'

export interface TopSize {
  readonly rows: number
  readonly columns: number
}

/** What was seen of the cluster, last. */
export interface TopSummary {
  readonly cluster: string
  readonly place: string
  readonly health: Health
  /** The first of what speaks against it. */
  readonly reason: string | null
}

export interface TopScene {
  readonly state: TopState
  /** Null before the first answer. */
  readonly summary: TopSummary | null
  /** Of what is shown. */
  readonly ageSeconds: number
  /** Why the last question had no answer. */
  readonly fault: string | null
  /** All of the pane, in its order. */
  readonly rows: readonly unknown[]
  readonly view: View<unknown>
  readonly size: TopSize
  readonly words: TopWords
  readonly colors: boolean
  readonly widthOf: WidthOf
}

export interface TopLines {
  readonly lines: readonly string[]
  /** How many rows there was room for. */
  readonly page: number
}

type Paint = Tone | 'dim' | 'reverse'
type Span = readonly [text: string, paint?: Paint | null]

const gap = '  '

interface Range {
  readonly first: number
  readonly page: number
}

export function topLines(scene: TopScene): TopLines {
  const {state, summary, size, rows} = scene
  const wanted = summary === null || summary.reason === null ? 3 : 4
  // the names of the columns and one row are there first
  const headCount = Math.max(0, Math.min(wanted, size.rows - 2))
  const page = Math.max(1, size.rows - headCount - 1)
  const range = {first: Math.max(0, Math.min(state.first, rows.length - page)), page}
  const body = state.showsKeys ? keyLines(scene.words) : rowLines(scene, range)
  const all = [...headOf(scene, range).slice(0, headCount), ...body].slice(0, size.rows)
  return {lines: all.map((line) => lineText(line, scene)), page}
}

/** From what is needed most to what gives way on a low screen. */
function headOf(scene: TopScene, range: Range): Span[][] {
  const {summary, words} = scene
  return [
    summary === null ? [[words.asking, 'dim']] : healthLine(summary, scene),
    ageLine(scene),
    paneLine(scene, range),
    ...(summary === null || summary.reason === null ? [] : [reasonLine(summary.health, summary.reason, words)]),
  ]
}

function healthLine({cluster, health}: TopSummary, {words, fault}: TopScene): Span[] {
  const {word, writable, readable, nodes} = health
  const known = Object.values(nodes).reduce((sum, count) => sum + count, 0)
  return [
    [`${cluster} `],
    // what was true once has no colour now
    [word, fault === null ? healthTones[word] : null],
    [`${gap}${words.writable} ${shareText(writable)}${gap}${words.readable} ${shareText(readable)}`],
    [`${gap}${words.servers} ${nodes.up + nodes.leased}/${known}`],
  ]
}

function ageLine({summary, state, ageSeconds, fault, words}: TopScene): Span[] {
  const age: Span[] = summary === null ? [] : [[words.age(ageSeconds), fault === null ? 'dim' : 'bad']]
  const paused: Span[] = state.isPaused ? [[words.paused, 'uncertain']] : []
  const about: Span[] =
    fault !== null ? [[words.notHeard(fault), 'bad']] : summary === null ? [] : [[summary.place, 'dim']]
  return [...paused, ...age, ...about].flatMap((span, at) => (at === 0 ? [span] : [[gap] as const, span]))
}

function paneLine({state, rows, words}: TopScene, {first, page}: Range): Span[] {
  const order = state.orders[state.pane]
  const tabs = topPanes.map((pane): Span => {
    return pane === state.pane ? [`[${words.panes[pane]}]`, 'reverse'] : [` ${words.panes[pane]} `]
  })
  const range = words.rows(Math.min(first + 1, rows.length), Math.min(first + page, rows.length), rows.length)
  return [
    ...tabs,
    [`${gap}${words.keysHint}`, 'dim'],
    [`${gap}${range}`, 'dim'],
    [order === null ? '' : `${gap}${order.column}${arrow(order)}`, 'dim'],
  ]
}

function reasonLine({reasons}: Health, reason: string, words: TopWords): Span[] {
  return [
    [reason, 'uncertain'],
    [reasons.length > 1 ? `${gap}${words.andMore(reasons.length - 1)}` : '', 'dim'],
  ]
}

function keyLines({keys}: TopWords): Span[][] {
  return keys.map(([key, does]) => [[key.padEnd(12)], [does, 'dim']])
}

/** As many columns as fit, with their names above. */
function rowLines({state, rows, view, size, widthOf}: TopScene, {first, page}: Range): Span[][] {
  const order = state.orders[state.pane]
  const shown = rows.slice(first, first + page)
  const columns: {name: string; cells: Cell[]; isNumeric: boolean; width: number}[] = []
  let used = -gap.length
  for (const [title, column] of Object.entries(view.columns)) {
    const values = shown.map((row) => column.get(row))
    const cells = shown.map((row, at): Cell => ({text: cellText(values[at], '–'), tone: column.tone?.(row) ?? null}))
    const name = `${title.toUpperCase()}${order?.column === title ? arrow(order) : ''}`
    const width = Math.max(widthOf(name), ...cells.map(({text}) => widthOf(text)))
    used += gap.length + width
    if (used > size.columns && columns.length > 0) break
    columns.push({name, cells, isNumeric: values.every((value) => value == null || typeof value === 'number'), width})
  }
  const line = (cellOf: (column: (typeof columns)[number]) => Span): Span[] =>
    columns.flatMap((column, at) => {
      const [text, paint = null] = cellOf(column)
      const space = ' '.repeat(Math.max(0, column.width - widthOf(text)))
      const before = `${at === 0 ? '' : gap}${column.isNumeric ? space : ''}`
      return [[before], [text, paint], [column.isNumeric ? '' : space]]
    })
  const names = line(({name}) => [name, 'dim'])
  return [names, ...shown.map((_, at) => line(({cells}) => [cells[at]?.text ?? '', cells[at]?.tone ?? null]))]
}

function arrow({isDescending}: NonNullable<Order>): string {
  return isDescending ? '↓' : '↑'
}

/** What does not fit is cut off. */
function lineText(spans: readonly Span[], {size, colors, widthOf}: TopScene): string {
  let left = size.columns
  let line = ''
  for (const [text, paint = null] of spans) {
    if (left <= 0) break
    const shown = fitted(inert(text), left, widthOf)
    left -= widthOf(shown)
    line += colors ? inPaint(shown, paint) : shown
  }
  return line.trimEnd()
}

function inPaint(text: string, paint: Paint | null): string {
  if (text === '' || paint === null) return text
  if (paint === 'dim') return `\u001B[2m${text}\u001B[22m`
  return paint === 'reverse' ? `\u001B[7m${text}\u001B[27m` : painted(text, paint)
}
