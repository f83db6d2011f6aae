/**
 * P2: the calls on one document look as if each took effect at one moment between its begin and its end, on a register
 * that can be deleted. Needs nothing but what the clients saw.
 *
 * Documents are independent, so each is judged alone: first by what contradicts itself (`sources`, `spans`), which is
 * cheap and says why; then by looking for an order. The search may need exponentially many states; what it could not
 * settle within `statesMax` a document is `undecided`, which is no pass.
 */
import {assertAssumptions} from './assumptions.js'
import {byKey, type DocumentKey, type History, type Operation, sentence, type Violation, violation} from './history.js'
import {type Blocked, type SearchResult, searchOrder} from './order-search.js'
import {sourcesOf} from './sources.js'
import {spanViolations} from './spans.js'

export interface Unorderable extends Violation {
  /**
   * An order of everything up to the moment before the document went wrong; empty if the operations named contradict each
   * other by themselves.
   */
  readonly prefix: readonly Operation[]
}

export interface Linearizability {
  readonly verdict: 'linearizable' | 'violation' | 'undecided'
  readonly violations: readonly Unorderable[]
  readonly undecided: readonly DocumentKey[]
  /** Over all documents; without what explaining violations took. */
  readonly states: number
}

const statesMaxDefault = 1_000_000
/** Of the prefix, in the message. */
const prefixShownMax = 6

/** Throws if the history breaks the assumptions. */
export function checkLinearizable(history: History, options: {readonly statesMax?: number} = {}): Linearizability {
  assertAssumptions(history)
  const statesMax = options.statesMax ?? statesMaxDefault
  const violations: Unorderable[] = []
  const undecided: DocumentKey[] = []
  let states = 0
  for (const {key, operations} of byKey(history).values()) {
    const wrong = contradictions(key, operations)
    if (wrong.length > 0) {
      violations.push(...wrong.map((found) => ({...found, prefix: []})))
      continue
    }
    const result = searchOrder(operations, statesMax)
    states += result.states
    if (result.verdict === 'undecided') undecided.push(key)
    if (result.verdict === 'violation') violations.push(explain(key, operations, statesMax))
  }
  const doubt = undecided.length > 0 ? 'undecided' : 'linearizable'
  return {verdict: violations.length > 0 ? 'violation' : doubt, violations, undecided, states}
}

function contradictions(key: DocumentKey, operations: readonly Operation[]): readonly Violation[] {
  const {violations} = sourcesOf(key, operations)
  return violations.length > 0 ? violations : spanViolations(key, operations)
}

/**
 * Finds the first return with which the document went wrong. Every cut of a linearizable history is linearizable, so one
 * can halve one's way there.
 */
function explain(key: DocumentKey, operations: readonly Operation[], statesMax: number): Unorderable {
  const moments = [...new Set(operations.flatMap(returnMoment))].sort((a, b) => a - b)
  const search = (position: number): SearchResult => searchOrder(cut(operations, moments[position]), statesMax)
  let good = -1
  let bad = moments.length - 1
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (search(middle).verdict === 'violation') bad = middle
    else good = middle
  }
  const [before, after] = [search(good), search(bad)]
  if (after.verdict !== 'violation') throw new Error('the violation went away while it was being explained')
  const prefix = before.verdict === 'undecided' ? after.order : before.order
  const culprits = operations.filter((operation) => returnMoment(operation)[0] === moments[bad])
  return unorderable(key, prefix, culprits, after)
}

function unorderable(
  key: DocumentKey,
  prefix: readonly Operation[],
  culprits: readonly Operation[],
  {order, blocked}: {readonly order: readonly Operation[]; readonly blocked: readonly Blocked[]},
): Unorderable {
  const involved = [...new Set([...culprits, ...blocked.map(({operation}) => operation)])]
  const found = violation('P2', 'no order explains the operations', key, involved)
  const message = [
    `${found.promise}: no order explains document ${key.spaceId}/${key.id} once this returned:`,
    ...culprits.map((operation) => `  ${sentence(operation)}`),
    `an order of what returned before, ${prefix.length} operations:`,
    ...shown(prefix),
    `with it, at most ${order.length} can be ordered:`,
    ...shown(order),
    'and then none of these fits:',
    ...blocked.map(({operation, reason}) => `  ${sentence(operation)}: ${reason}`),
  ].join('\n')
  return {...found, message, prefix}
}

function shown(order: readonly Operation[]): string[] {
  const last = order.slice(-prefixShownMax).map((operation) => `  ${sentence(operation)}`)
  return order.length > prefixShownMax ? ['  …', ...last] : last
}

/** The history as it was known at that moment; nothing if there is none. */
function cut(operations: readonly Operation[], moment = Number.NEGATIVE_INFINITY): Operation[] {
  return operations.flatMap((operation): Operation[] => {
    const {kind, invokedAt, returnedAt, outcome} = operation
    if (invokedAt > moment || (outcome !== 'rejected' && kind === 'get' && (returnedAt ?? 0) > moment)) return []
    if (outcome !== 'ok' || (returnedAt ?? 0) <= moment) return [operation]
    return [{...operation, returnedAt: null, outcome: 'unknown', position: null}]
  })
}

function returnMoment({outcome, returnedAt}: Operation): number[] {
  return outcome === 'ok' && returnedAt !== null ? [returnedAt] : []
}
