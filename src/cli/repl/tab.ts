/**
 * What a press of Tab does to the line: what all candidates share is typed; if they share no more, they are listed, with what is
 * known of each.
 */
import type {LineCompletion} from './complete-line.js'

export type TabAction =
  | {readonly type: 'nothing'}
  /** Takes `erase` characters away and types `insert`. */
  | {readonly type: 'edit'; readonly erase: number; readonly insert: string}
  | {readonly type: 'list'; readonly lines: readonly string[]}

/** Of a list; what is beyond them is counted. */
const linesMax = 40

export function tabAction({candidates, typed}: LineCompletion, width: number): TabAction {
  const [first, ...more] = candidates.map(({value}) => value)
  if (first === undefined) return {type: 'nothing'}
  if (more.length === 0) return edit(typed, `${first}${first.endsWith('/') ? '' : ' '}`)
  const shared = more.reduce(sharedBeginning, first)
  if (shared.length > typed.length && shared.startsWith(typed)) return edit(typed, shared)
  return {type: 'list', lines: listed(candidates, width)}
}

function edit(typed: string, wanted: string): TabAction {
  if (wanted.startsWith(typed)) return {type: 'edit', erase: 0, insert: wanted.slice(typed.length)}
  return {type: 'edit', erase: typed.length, insert: wanted}
}

function sharedBeginning(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}

function listed(candidates: LineCompletion['candidates'], width: number): string[] {
  const shown = candidates.slice(0, linesMax)
  const column = Math.max(...shown.map(({value}) => value.length))
  const lines = shown.map(({value, description}) => `${value.padEnd(column)}  ${description}`.trimEnd().slice(0, width))
  return candidates.length > linesMax ? [...lines, `… ${candidates.length - linesMax}`] : lines
}
