/**
 * What could be typed next in the REPL: commands as in a shell, and behind them variables, their fields, stages and columns. Pure.
 */
import {type Candidate, type Completable, completeWords, matching} from '../completion/completer.js'
import {lastPart} from './line.js'
import {isRow, valueText} from './rows-view.js'
import {stages} from './stages.js'
import type {Variables} from './variables.js'

export interface LineCompletion {
  readonly candidates: readonly Candidate[]
  /** The end of the line that a candidate takes the place of. */
  readonly typed: string
}

export function completeLine(line: string, completable: Completable, variables: Variables): LineCompletion {
  const {part, isStage} = lastPart(line)
  const words = part.split(/\s+/)
  const typed = words.pop() ?? ''
  const reference = /\$[\w.[\]]*$/.exec(typed)?.[0]
  if (reference !== undefined) return {candidates: referenceCandidates(reference, variables), typed: reference}
  if (!isStage) {
    const own = words[0] === 'vearchctl' ? words.slice(1) : words
    return {candidates: completeWords(own, typed, completable), typed}
  }
  if (words.length === 0) {
    const all = Object.entries(stages).map(([value, {usage, does}]) => ({value, description: `${usage}: ${does}`}))
    return {candidates: matching(all, typed), typed}
  }
  if (words[0]?.startsWith('>')) return {candidates: [...completable.values('file', typed, [])], typed}
  const isOfColumns = /^(?:where|select|sort|group)$/.test(words[0] ?? '')
  const [column = ''] = /[\w.-]*$/.exec(typed) ?? []
  return {candidates: isOfColumns ? matching(columns(variables), column) : [], typed: column}
}

function referenceCandidates(reference: string, variables: Variables): Candidate[] {
  const [, name, field] = /^\$(\w+)(?:\[\d+\])?\.(\w*)$/.exec(reference) ?? []
  if (name === undefined || field === undefined) {
    const all = variables.names.map((each) => ({value: `$${each}`, description: rowsText(each, variables)}))
    return matching(all, reference)
  }
  if (!variables.names.includes(name)) return []
  const [row] = variables.get(name).result.rows
  const before = reference.slice(0, reference.length - field.length)
  const fields = isRow(row) ? Object.entries(row) : []
  return fields
    .filter(([key]) => key.startsWith(field))
    .map(([key, value]) => ({value: before + key, description: valueText(value)}))
}

function rowsText(name: string, variables: Variables): string {
  const {rows, view} = variables.get(name).result
  return rows.length === 1 ? rows.map((row) => view.name(row)).join() : `${rows.length} rows`
}

/** Of the last result: what the line that is being typed will return is not known yet. */
function columns({last}: Variables): Candidate[] {
  if (last === null) return []
  const {rows, view} = last.result
  const [row] = rows
  const names = new Set([...Object.keys(view.columns), ...(isRow(row) ? Object.keys(row) : [])])
  return [...names].map((value) => ({value, description: ''}))
}
