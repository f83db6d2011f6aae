/**
 * What each layer of the proof reached, beside what it is meant to reach: one line a layer, printed when the tests end.
 *
 * A test, or a program that a test runs, reports what it counted, to the file that FIGURES names; where there is none, the
 * line is printed at once. Reports of several tests to one layer add up. A goal that is not reached is named in
 * the line; it fails nothing, because a shorter run proves less and is no worse for saying so.
 */
import {appendFileSync} from 'node:fs'
import {goals, type Layer, layers} from './goals.js'

/** A part of a whole, shown in per cent. */
export interface Share {
  readonly part: number
  readonly of: number
}

export type Figures = Readonly<Record<string, number | Share>>

interface Report {
  readonly layer: Layer
  readonly figures: Figures
}

export function reportFigures(layer: Layer, figures: Figures): void {
  if (process.env.FIGURES === undefined) process.stdout.write(`${figuresLine(layer, figures)}\n`)
  else appendFileSync(process.env.FIGURES, reportLine(layer, figures))
}

/** As it stands in the file. */
export function reportLine(layer: Layer, figures: Figures): string {
  return `${JSON.stringify({layer, figures} satisfies Report)}\n`
}

/** One line for each layer that reported, in the order of the layers; `text` is what the reports left in the file. */
export function summary(text: string): string[] {
  const reports = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report)
  return layers.flatMap((layer) => {
    const own = reports.filter((report) => report.layer === layer)
    return own.length === 0 ? [] : [figuresLine(layer, own.map(({figures}) => figures).reduce(added))]
  })
}

export function figuresLine(layer: Layer, figures: Figures): string {
  const named = Object.entries(figures)
  const shown = named.map(([name, figure]) => `${text(figure)} ${name}`).join(', ')
  const missed = Object.entries(goals[layer]).flatMap(([name, goal]) => {
    const figure = figures[name] ?? 0
    return value(figure) < value(goal) ? [`${name} ${text(figure)} of ${text(goal)}`] : []
  })
  return `${layer}: ${shown}${missed.length === 0 ? '' : ` (not reached: ${missed.join(', ')})`}`
}

function added(some: Figures, others: Figures): Figures {
  const sums = new Map(Object.entries(some))
  for (const [name, figure] of Object.entries(others)) sums.set(name, sum(sums.get(name) ?? 0, figure))
  return Object.fromEntries(sums)
}

function sum(a: number | Share, b: number | Share): number | Share {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  const [first, second] = [shareOf(a), shareOf(b)]
  return {part: first.part + second.part, of: first.of + second.of}
}

function shareOf(figure: number | Share): Share {
  return typeof figure === 'number' ? {part: 0, of: 0} : figure
}

function value(figure: number | Share): number {
  if (typeof figure === 'number') return figure
  return figure.of === 0 ? 0 : figure.part / figure.of
}

function text(figure: number | Share): string {
  if (typeof figure === 'number') return figure.toLocaleString('en-US', {maximumFractionDigits: 1})
  // never 100 % of what is not all
  return `${(Math.floor(value(figure) * 1_000) / 10).toLocaleString('en-US')} %`
}
