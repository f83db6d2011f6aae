import type {Operation} from '../../check/history.js'

/**
 * What a reader may find of a document at some moment between `from` and `to`: every value that some order of the writes
 * leaves there, null for "not there". With one possibility, that is what it must find.
 */
export function visibleBetween(writes: readonly Operation[], from: number, to: number): ReadonlySet<string | null> {
  const landed = writes.filter(({outcome, returnedAt}) => outcome === 'ok' && returnedAt !== null && returnedAt < from)
  const last = lastOf(landed)
  const isReplaced = (write: Operation) => write.outcome === 'ok' && isBefore(write, last)
  const candidates = writes.filter(
    (write) => write.kind !== 'get' && write.outcome !== 'rejected' && write.invokedAt <= to && !isReplaced(write),
  )
  return new Set([...(landed.length === 0 ? [null] : []), ...candidates.map(({value}) => value)])
}

/** Of several writes, the last of each kind, by what orders them. */
interface Last {
  readonly index: number
  readonly invokedAt: number
  /** Of those without a position. */
  readonly unplacedAt: number
}

function lastOf(writes: readonly Operation[]): Last {
  let index = 0
  let invokedAt = Number.NEGATIVE_INFINITY
  let unplacedAt = Number.NEGATIVE_INFINITY
  for (const write of writes) {
    invokedAt = Math.max(invokedAt, write.invokedAt)
    if (write.position === null) unplacedAt = Math.max(unplacedAt, write.invokedAt)
    else index = Math.max(index, write.position.index)
  }
  return {index, invokedAt, unplacedAt}
}

/** Whether one of those is surely after the write: their positions tell if both have one, else the clock does. */
function isBefore({position, returnedAt}: Operation, {index, invokedAt, unplacedAt}: Last): boolean {
  if (position !== null && position.index < index) return true
  return returnedAt !== null && returnedAt < (position === null ? invokedAt : unplacedAt)
}
