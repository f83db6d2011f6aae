import type {Operation} from '../../check/history.js'

/**
 * What a reader may find of a document at some moment between `from` and `to`: every value that some order of the writes
 * leaves there, null for "not there". With one possibility, that is what it must find.
 */
export function visibleBetween(writes: readonly Operation[], from: number, to: number): ReadonlySet<string | null> {
  const landed = writes.filter(({outcome, returnedAt}) => outcome === 'ok' && returnedAt !== null && returnedAt < from)
  const isReplaced = (write: Operation) => landed.some((later) => isSurelyAfter(later, write))
  const candidates = writes.filter(
    (write) => write.kind !== 'get' && write.outcome !== 'rejected' && write.invokedAt <= to && !isReplaced(write),
  )
  return new Set([...(landed.length === 0 ? [null] : []), ...candidates.map(({value}) => value)])
}

/** A write of which nobody knows whether it happened may happen after everything. */
function isSurelyAfter(later: Operation, write: Operation): boolean {
  if (write.outcome !== 'ok' || write === later) return false
  if (write.position !== null && later.position !== null) return write.position.index < later.position.index
  return write.returnedAt !== null && write.returnedAt < later.invokedAt
}
