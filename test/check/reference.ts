/**
 * The definition of linearizable, spelled out and nothing else: some of the unknown writes happened; some permutation of
 * what happened keeps the order of calls that did not overlap, and a register going through it gives the answers that were
 * given. Tries them all, so it is for a handful of operations of one document, and shares no code with the real search.
 */
import type {History, Operation} from './history.js'

export function isLinearizable(history: History): boolean {
  const certain = history.filter(({outcome}) => outcome === 'ok')
  const perhaps = history.filter(({kind, outcome}) => outcome === 'unknown' && kind !== 'get')
  return subsets(perhaps).some((chosen) =>
    permutations([...certain, ...chosen]).some((order) => keepsTime(order) && givesAnswers(order)),
  )
}

/** Whether this order alone shows that the history is linearizable: all that surely happened, in an order that could be. */
export function isWitness(order: readonly Operation[], history: History): boolean {
  const placed = new Set(order)
  const isComplete = history.every((operation) => operation.outcome !== 'ok' || placed.has(operation))
  const isReal = order.every(({outcome}) => outcome !== 'rejected') && placed.size === order.length
  return isComplete && isReal && keepsTime(order) && givesAnswers(order)
}

function keepsTime(order: readonly Operation[]): boolean {
  return order.every((later, place) =>
    order.slice(0, place).every((earlier) => {
      const laterEnd = later.outcome === 'unknown' ? null : later.returnedAt
      return laterEnd === null || laterEnd >= earlier.invokedAt
    }),
  )
}

function givesAnswers(order: readonly Operation[]): boolean {
  let held: string | null = null
  for (const {kind, value} of order) {
    if (kind !== 'get') held = value
    else if (value !== held) return false
  }
  return true
}

function subsets<T>(items: readonly T[]): T[][] {
  const [first, ...rest] = items
  if (first === undefined) return [[]]
  return subsets(rest).flatMap((subset) => [subset, [first, ...subset]])
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, place) =>
    permutations(items.filter((_, other) => other !== place)).map((rest) => [item, ...rest]),
  )
}
