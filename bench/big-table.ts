/** A table that is too long for a person to read and is printed all the same. */
import {render} from '../src/cli/render.js'
import type {View} from '../src/cli/view.js'
import {median, type Row} from './table.js'

const rows = 20_000
const runs = 5
const msMax = 1_000

interface Line {
  readonly id: number
  readonly name: string
  readonly nodes: readonly number[]
}

const view: View<Line> = {
  name: ({id}) => String(id),
  columns: {id: {get: ({id}) => id}, name: {get: ({name}) => name}, nodes: {get: ({nodes}) => nodes}},
}

export async function bigTable(): Promise<Row> {
  const lines = Array.from({length: rows}, (_, id): Line => ({id, name: `space-${id}`, nodes: [id, id + 1]}))
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    await render(lines, view, {format: 'table', columns: null, headers: true, colors: false, width: null})
    times.push(performance.now() - startedAt)
  }
  const ms = median(times)
  return {
    what: `a table of ${rows.toLocaleString('en-US')} rows`,
    figure: `${Math.round(ms)} ms`,
    wanted: `at most ${msMax.toLocaleString('en-US')} ms`,
    reached: ms <= msMax,
  }
}
