/**
 * What contradicts itself before any order is tried, in O(n log n): the upsert of a value and all gets that found it belong
 * together (Gibbons and Korach, Testing Shared Memories, 1997). Nothing else can have happened between them, since the
 * value was written once.
 *
 * So every value has a span. Its holder was surely in effect by the first end among its operations, and still at the last
 * begin. Two spans cannot each have an operation that ended before one of the other began; nor can a delete, or a get that
 * found nothing, fall between. And what is gone must have been deleted after it was surely there.
 *
 * Without deletes these rules are all there is to being linearizable; with them, `order-search` decides the rest. They
 * name two to four operations where the search could only say that nothing fits, and find what it would take ages to prove.
 */
import {type DocumentKey, type Operation, type Violation, violation} from './history.js'

/** Operations that belong together: all of one value, or one delete or get that found nothing. */
interface Span {
  /** The one that ended first, and when; what may not have happened ends never, and proves nothing. */
  readonly first: Operation
  readonly firstEnd: number
  readonly last: Operation
  readonly lastBegin: number
}

/** All operations must be of that document, without gets that no order explains (see `sources`). */
export function spanViolations(key: DocumentKey, operations: readonly Operation[]): Violation[] {
  const certain = operations.filter(({outcome}) => outcome === 'ok')
  const values = valueSpans(operations)
  const gone = certain.filter(({kind, value}) => kind === 'get' && value === null).map(single)
  const deletes = operations.filter(({kind, outcome}) => kind === 'delete' && outcome !== 'rejected').map(single)
  const found = [
    ...interrupted(values, values).map((pair) =>
      report(key, 'two values were each held in the middle of the other', pair),
    ),
    ...interrupted(values, deletes).map((pair) => report(key, 'a delete has no effect', pair)),
    ...interrupted(values, gone).map((pair) => report(key, 'a get found nothing while a value was held', pair)),
    ...undeleted(values, deletes, gone).map((pair) =>
      report(key, 'a get found nothing, though nobody deleted it', pair),
    ),
  ]
  // Two values are each in the middle of the other: found from both sides, said once.
  return [...new Map(found.map((each) => [each.message, each])).values()]
}

function valueSpans(operations: readonly Operation[]): Span[] {
  const spans = new Map<string, Span>()
  for (const operation of operations) {
    if (operation.value === null || operation.outcome === 'rejected') continue
    const span = single(operation)
    const known = spans.get(operation.value)
    spans.set(operation.value, known === undefined ? span : joined(known, span))
  }
  return [...spans.values()]
}

function single(operation: Operation): Span {
  const isCertain = operation.outcome === 'ok' && operation.returnedAt !== null
  const firstEnd = isCertain ? (operation.returnedAt ?? 0) : Number.POSITIVE_INFINITY
  return {first: operation, firstEnd, last: operation, lastBegin: operation.invokedAt}
}

function joined(one: Span, other: Span): Span {
  const earlier = other.firstEnd < one.firstEnd ? other : one
  const later = other.lastBegin > one.lastBegin ? other : one
  return {first: earlier.first, firstEnd: earlier.firstEnd, last: later.last, lastBegin: later.lastBegin}
}

/** Of `others`, those of which some operation came after one of a value and some operation before one of the same value. */
function interrupted(values: readonly Span[], others: readonly Span[]): (readonly [Span, Span])[] {
  const longest = runningMax(
    values.filter(({firstEnd, lastBegin}) => firstEnd < lastBegin),
    ({firstEnd}) => firstEnd,
    ({lastBegin}) => lastBegin,
  )
  return others.flatMap((other) => {
    const [one, two] = longest(other.lastBegin)
    const value = one === other ? two : one
    return value !== undefined && value.lastBegin > other.firstEnd ? [[value, other] as const] : []
  })
}

/** Gets that found nothing although no delete can have come after all that was surely there before they began. */
function undeleted(
  values: readonly Span[],
  deletes: readonly Span[],
  gone: readonly Span[],
): (readonly [Span, Span])[] {
  const latestValue = runningMax(
    values,
    ({firstEnd}) => firstEnd,
    ({lastBegin}) => lastBegin,
  )
  const latestDelete = runningMax(
    deletes,
    ({lastBegin}) => lastBegin,
    ({firstEnd}) => firstEnd,
  )
  return gone.flatMap((get) => {
    const [value] = latestValue(get.lastBegin)
    if (value === undefined) return []
    // A delete that begins in the moment in which the get ends is concurrent with it.
    const [last] = latestDelete(get.firstEnd, 'inclusive')
    return last !== undefined && last.firstEnd >= value.lastBegin ? [] : [[value, get] as const]
  })
}

/** Answers: of the spans whose `order` is less than a moment, the two with the greatest `size`. */
function runningMax(
  spans: readonly Span[],
  order: (span: Span) => number,
  size: (span: Span) => number,
): (moment: number, bound?: 'inclusive') => readonly Span[] {
  const sorted = [...spans].sort((a, b) => order(a) - order(b))
  const best: (readonly Span[])[] = [[]]
  for (const span of sorted) {
    best.push([...(best.at(-1) ?? []), span].sort((a, b) => size(b) - size(a)).slice(0, 2))
  }
  return (moment, bound) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      const span = sorted[middle]
      const isWithin = span !== undefined && (order(span) < moment || (bound === 'inclusive' && order(span) === moment))
      if (isWithin) low = middle + 1
      else high = middle
    }
    return best[low] ?? []
  }
}

function report(key: DocumentKey, rule: string, [value, other]: readonly [Span, Span]): Violation {
  const operations = new Set([value.first, value.last, other.first, other.last])
  return violation(
    'P2',
    rule,
    key,
    [...operations].sort((a, b) => a.invokedAt - b.invokedAt),
  )
}
