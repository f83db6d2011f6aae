/**
 * What the core must know of every entry in the log, in a few numbers: its term (terms never decrease along a log, so it is a
 * short list of runs) and whether it changes the membership. The entries themselves may be on disk only.
 */
import {assert} from '../errors/assert.js'
import type {Entry} from './entry.js'

export interface Outline {
  /** What the log goes on after: the last entry compacted, or index 0 of term 0. */
  beforeIndex: number
  beforeTerm: number
  /** Ascending in both. */
  readonly runs: TermRun[]
  /** The entries that change the membership, ascending. */
  readonly changes: number[]
  lastIndex: number
}

interface TermRun {
  readonly from: number
  readonly term: number
}

export function emptyOutline(beforeIndex = 0, beforeTerm = 0): Outline {
  return {beforeIndex, beforeTerm, runs: [], changes: [], lastIndex: beforeIndex}
}

export function copyOutline(outline: Outline): Outline {
  return {...outline, runs: [...outline.runs], changes: [...outline.changes]}
}

/** `index` follows the last one. */
export function pushEntry(outline: Outline, {index, term, kind}: Pick<Entry, 'index' | 'term' | 'kind'>): void {
  assert(index === outline.lastIndex + 1, 'entries follow each other')
  const last = lastTermOf(outline)
  assert(term >= last, 'terms never decrease along a log')
  if (term > last || outline.runs.length === 0) outline.runs.push({from: index, term})
  if (kind === 'membership') outline.changes.push(index)
  outline.lastIndex = index
}

/** Null for an index that is compacted, or not written yet. */
export function termAt(outline: Outline, index: number): number | null {
  if (index === outline.beforeIndex) return outline.beforeTerm
  if (index < outline.beforeIndex || index > outline.lastIndex) return null
  const run = outline.runs.findLast(({from}) => from <= index)
  assert(run !== undefined, 'every entry kept belongs to a run')
  return run.term
}

export function lastTermOf({runs, beforeTerm}: Outline): number {
  return runs.at(-1)?.term ?? beforeTerm
}

/** Forgets the entries from `index` on. */
export function cutFrom(outline: Outline, index: number): void {
  if (index > outline.lastIndex) return
  while ((outline.runs.at(-1)?.from ?? 0) >= index) outline.runs.pop()
  while ((outline.changes.at(-1) ?? 0) >= index) outline.changes.pop()
  outline.lastIndex = index - 1
}

/** Forgets the entries up to and including `index`, save the term of that one. */
export function cutThrough(outline: Outline, index: number): void {
  const term = termAt(outline, index)
  assert(term !== null, 'only entries that are there are compacted')
  outline.beforeIndex = index
  outline.beforeTerm = term
  while ((outline.changes[0] ?? Number.POSITIVE_INFINITY) <= index) outline.changes.shift()
  while ((outline.runs[1]?.from ?? Number.POSITIVE_INFINITY) <= index + 1) outline.runs.shift()
  if (index === outline.lastIndex) outline.runs.length = 0
}

/** The last index up to `index` whose term is not above `term`; what is compacted counts as not above. */
export function lastIndexWithin(outline: Outline, index: number, term: number): number {
  let end = Math.min(index, outline.lastIndex)
  for (const run of outline.runs.toReversed()) {
    if (run.from > end) continue
    if (run.term <= term) return end
    end = Math.max(run.from - 1, outline.beforeIndex)
  }
  return end
}
