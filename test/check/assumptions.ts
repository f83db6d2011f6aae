import {type History, keyText, type Operation, sentence} from './history.js'

/** Throws unless the history is fit to be judged, with what is wrong with it (at most ten findings). */
export function assertAssumptions(history: History): void {
  const broken = brokenAssumptions(history)
  if (broken.length === 0) return
  const shown = broken.slice(0, 10).join('\n  ')
  throw new Error(`this history cannot be judged, ${broken.length} assumptions are broken:\n  ${shown}`)
}

/** What the checkers rely on and this history does not keep: a fault of the rig that recorded it. */
export function brokenAssumptions(history: History): string[] {
  return [...history.flatMap(malformed), ...repeatedValues(history), ...overlaps(history)]
}

function malformed(operation: Operation): string[] {
  const {kind, value, invokedAt, returnedAt, outcome, position} = operation
  const rules: readonly (readonly [boolean, string])[] = [
    [Number.isFinite(invokedAt) && (returnedAt === null || Number.isFinite(returnedAt)), 'a moment is no number'],
    [returnedAt === null || returnedAt >= invokedAt, 'it returned before it began'],
    [returnedAt !== null || outcome === 'unknown', 'it has an outcome but never returned'],
    [kind !== 'upsert' || value !== null, 'an upsert writes no value'],
    [kind !== 'delete' || value === null, 'a delete has a value'],
    [kind !== 'get' || outcome === 'ok' || value === null, 'a get without answer has a value'],
    [position === null || outcome === 'ok', 'it has a position but was not acknowledged'],
    [position === null || (isCount(position.index) && isCount(position.term)), 'its position is no place in a log'],
  ]
  return rules.filter(([kept]) => !kept).map(([, rule]) => `${rule}: ${sentence(operation)}`)
}

/** Terms and indices count from 1. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function repeatedValues(history: History): string[] {
  const seen = new Map<string, Operation>()
  const found: string[] = []
  for (const operation of history) {
    if (operation.kind !== 'upsert' || operation.value === null) continue
    const first = seen.get(operation.value)
    if (first === undefined) seen.set(operation.value, operation)
    else {
      const places = `${keyText(first.key)} and ${keyText(operation.key)}`
      found.push(`two upserts write the same value, to ${places}: ${sentence(operation)}`)
    }
  }
  return found
}

function overlaps(history: History): string[] {
  const last = new Map<string, Operation>()
  const found: string[] = []
  for (const operation of [...history].sort((a, b) => a.invokedAt - b.invokedAt)) {
    const before = last.get(operation.client)
    if (before !== undefined && (before.returnedAt === null || before.returnedAt >= operation.invokedAt)) {
      found.push(`calls of one client overlap: ${sentence(before)}; and ${sentence(operation)}`)
    }
    last.set(operation.client, operation)
  }
  return found
}
