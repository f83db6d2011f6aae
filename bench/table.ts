import Table from 'cli-table3'

/** One line of the report. A `ratio` compares two figures of the same run; `wanted` is what it must reach. */
export interface Row {
  readonly what: string
  readonly figure: string
  readonly wanted?: string
  readonly reached?: boolean
}

export function print(title: string, rows: readonly Row[]): void {
  const table = new Table({head: [title, 'measured', 'wanted', ''], style: {head: [], border: []}})
  for (const {what, figure, wanted = '', reached} of rows) {
    table.push([what, figure, wanted, reached === undefined ? '' : reached ? 'reached' : 'NOT REACHED'])
  }
  process.stdout.write(`${table}\n`)
}

export function atLeast(what: string, ratio: number, wanted: number): Row {
  return {what, figure: ratio.toFixed(2), wanted: `at least ${wanted}`, reached: ratio >= wanted}
}

export function atMost(what: string, milliseconds: number, wantedMs: number): Row {
  return {
    what,
    figure: `${Math.round(milliseconds)} ms`,
    wanted: `under ${wantedMs} ms`,
    reached: milliseconds < wantedMs,
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
