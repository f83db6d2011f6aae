/**
 * The log as the core keeps it: the outline of all entries, the entries that are not durable yet, and how far things have come.
 *
 *   compacted ≤ applied ≤ handed ≤ commit        handed ≤ durable ≤ given ≤ last
 *
 * Entries are `given` to be written in one bundle after the other, and `durable` when that bundle is acknowledged. A bundle
 * under way whose entries are replaced meanwhile acknowledges only what is left of them: otherwise the late word of an
 * earlier write would pass for a later one at the same index.
 */
import {assert} from '../errors/assert.js'
import type {LogReader} from './config.js'
import {type Entry, type HardState, type SnapshotMeta, withinBytes} from './entry.js'
import {copyOutline, cutFrom, cutThrough, emptyOutline, type Outline, pushEntry, termAt} from './outline.js'

/** What a bundle that is not acknowledged yet makes durable. */
export interface Flight {
  readonly number: number
  readonly hardState: HardState | null
  readonly snapshot: SnapshotMeta | null
  /** The last entry, lowered when later entries replace it. */
  lastIndex: number
}

export interface Log {
  outline: Outline
  /** The entries after `durable`. */
  readonly unstable: Entry[]
  durable: number
  given: number
  /** Oldest first. */
  readonly flights: Flight[]
  commit: number
  /** Handed out to be applied, and in force where it changes the membership. */
  handed: number
  applied: number
  /** Last indexes of the batches that are being applied. */
  readonly applying: number[]
  /** What the log begins with once it is installed; no entry is applied before that. */
  restoring: {readonly snapshot: SnapshotMeta; isGiven: boolean} | null
}

/**
 * A leader changes the membership only when the change before is in force, so all changes in a log but the last are known
 * to be committed. A node must know it too: else it could campaign under a membership that was replaced twice, whose quorums
 * need not overlap those of the present one.
 */
export function newLog(outline: Outline, applied: number, commit: number): Log {
  const {beforeIndex, lastIndex} = outline
  assert(applied >= beforeIndex && applied <= lastIndex, 'log and state meet')
  assert(commit <= lastIndex, 'what was committed is in the log')
  return {
    outline: copyOutline(outline),
    unstable: [],
    durable: lastIndex,
    given: lastIndex,
    flights: [],
    commit: Math.max(commit, applied, outline.changes.at(-2) ?? 0),
    handed: applied,
    applied,
    applying: [],
    restoring: null,
  }
}

export function copyLog(log: Log): Log {
  return {
    ...log,
    outline: copyOutline(log.outline),
    unstable: [...log.unstable],
    flights: log.flights.map((flight) => ({...flight})),
    applying: [...log.applying],
    restoring: log.restoring === null ? null : {...log.restoring},
  }
}

/** Entries that follow the log, or replace what it holds from the first one's index on. */
export function replaceSuffix(log: Log, entries: readonly Entry[]): void {
  const first = entries[0]?.index
  if (first === undefined) return
  assert(first > log.commit, 'a committed entry is never replaced')
  cutFrom(log.outline, first)
  const kept = log.unstable.findIndex(({index}) => index >= first)
  if (kept >= 0) log.unstable.length = kept
  log.durable = Math.min(log.durable, first - 1)
  log.given = Math.min(log.given, first - 1)
  lowerFlights(log, first - 1)
  for (const entry of entries) {
    pushEntry(log.outline, entry)
    log.unstable.push(entry)
  }
}

/** What is left to append of entries that the leader sent: those from the first one on that is missing or differs (§5.3). */
export function newEntries(log: Log, entries: readonly Entry[]): readonly Entry[] {
  const at = entries.findIndex(({index, term}) => termAt(log.outline, index) !== term)
  return at < 0 ? [] : entries.slice(at)
}

export function commitTo(log: Log, index: number): boolean {
  if (index <= log.commit) return false
  assert(index <= log.outline.lastIndex, 'only entries that are there are committed')
  log.commit = index
  return true
}

export function markDurable(log: Log, index: number): void {
  if (index <= log.durable) return
  const first = log.unstable.findIndex((entry) => entry.index > index)
  log.unstable.splice(0, first < 0 ? log.unstable.length : first)
  log.durable = index
}

/** The state up to `snapshot` comes from elsewhere; nothing of the present log is kept. */
export function restoreLog(log: Log, snapshot: SnapshotMeta): void {
  assert(snapshot.index > log.commit, 'a snapshot never takes the state back')
  log.outline = emptyOutline(snapshot.index, snapshot.term)
  log.unstable.length = 0
  log.durable = snapshot.index
  log.given = snapshot.index
  lowerFlights(log, snapshot.index)
  log.commit = snapshot.index
  log.restoring = {snapshot, isGiven: false}
}

/** The state machine is at the snapshot. */
export function markInstalled(log: Log, snapshot: SnapshotMeta): void {
  // A newer one may have taken its place while it was being installed (etcd 18055).
  if (log.restoring?.snapshot !== snapshot) return
  log.restoring = null
  log.applying.length = 0
  log.handed = snapshot.index
  log.applied = snapshot.index
}

export function markApplied(log: Log, index: number): void {
  assert(index <= log.handed, 'only entries that were handed out are applied')
  log.applied = Math.max(log.applied, index)
  while ((log.applying[0] ?? Number.POSITIVE_INFINITY) <= index) log.applying.shift()
}

export function compactLog(log: Log, index: number): void {
  assert(index <= log.applied, 'only applied entries are compacted')
  if (index > log.outline.beforeIndex) cutThrough(log.outline, index)
}

/** Entries from `from` to below `to`; null if they must be loaded first. */
export function entriesOf(
  log: Log,
  reader: LogReader,
  {from, to, bytesMax}: {from: number; to: number; bytesMax: number},
): readonly Entry[] | null {
  assert(from > log.outline.beforeIndex && to <= log.outline.lastIndex + 1, 'only entries that are there are read')
  if (from >= to) return []
  if (from <= log.durable) return reader.entries(from, Math.min(to, log.durable + 1), bytesMax)
  const unstable = log.unstable.slice(from - log.durable - 1, to - log.durable - 1)
  return withinBytes(unstable, bytesMax)
}

function lowerFlights(log: Log, index: number): void {
  for (const flight of log.flights) flight.lastIndex = Math.min(flight.lastIndex, index)
}
