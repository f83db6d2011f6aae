/**
 * P1: what was acknowledged is there in the end, or was replaced by something that may have come later.
 *
 * Judges the last state alone, so it holds for a cluster that was down in between, and costs O(n log n) for any history.
 */
import {assertAssumptions} from './assumptions.js'
import {byKey, type DocumentKey, type History, keyText, type Operation, type Violation, violation} from './history.js'

export interface FinalRead {
  readonly key: DocumentKey
  /** Null if the document is not there. */
  readonly value: string | null
}

export interface Ledger {
  readonly violations: readonly Violation[]
  readonly keys: number
  readonly acknowledged: number
}

/**
 * `finalReads` are what every document holds after all calls of the history have ended and the cluster is at rest. Throws
 * if one is missing of a key in the history, if there are two, or if the history breaks the assumptions.
 */
export function checkLedger(history: History, finalReads: Iterable<FinalRead>): Ledger {
  assertAssumptions(history)
  const keys = byKey(history)
  const violations: Violation[] = []
  const finals = new Set<string>()
  for (const {key, value} of finalReads) {
    const text = keyText(key)
    if (finals.has(text)) throw new Error(`two final reads of ${text}`)
    finals.add(text)
    violations.push(...checkDocument(key, keys.get(text)?.operations ?? [], value))
  }
  const missing = [...keys.keys()].filter((text) => !finals.has(text))
  if (missing.length > 0) throw new Error(`no final read of ${missing.length} keys, such as ${missing[0]}`)
  const acknowledged = history.filter(({kind, outcome}) => kind !== 'get' && outcome === 'ok').length
  return {violations, keys: finals.size, acknowledged}
}

function checkDocument(key: DocumentKey, operations: readonly Operation[], value: string | null): Violation[] {
  const writes = operations.filter(({kind}) => kind !== 'get')
  const latest = latestWrites(writes)
  if (value === null) {
    const deletes = writes.filter(({kind, outcome}) => kind === 'delete' && outcome !== 'rejected')
    const upserts = latestWrites(writes.filter(({kind}) => kind === 'upsert'))
    if (upserts.length === 0 || deletes.some((last) => upserts.every((write) => mayFollow(last, write)))) return []
    return [violation('P1', 'an acknowledged upsert is gone', key, upserts)]
  }
  const writer = writes.find((write) => write.value === value)
  if (writer === undefined) {
    return [violation('P1', `the document holds ${value}, which was never written`, key, [])]
  }
  if (writer.outcome === 'rejected') {
    return [violation('P1', `the document holds ${value}, whose upsert was rejected`, key, [writer])]
  }
  const lost = latest.filter((write) => write !== writer && !mayFollow(writer, write))
  return lost.length === 0
    ? []
    : [violation('P1', `the document holds ${value}, and a later write is lost`, key, [writer, ...lost])]
}

/** Whether `last` may have taken effect after `write`, as far as time and positions tell. */
function mayFollow(last: Operation, write: Operation): boolean {
  if (last.outcome === 'unknown') return true
  const isEarlierInTime = last.returnedAt !== null && last.returnedAt < write.invokedAt
  const isEarlierInLog = last.position !== null && write.position !== null && last.position.index < write.position.index
  return !isEarlierInTime && !isEarlierInLog
}

/** The acknowledged write that began last and the one highest in the log: what follows both follows all. */
function latestWrites(writes: readonly Operation[]): Operation[] {
  const acknowledged = writes.filter(({outcome}) => outcome === 'ok')
  const placed = acknowledged.filter(({position}) => position !== null)
  return [...new Set([...highest(acknowledged, begin), ...highest(placed, logIndex)])]
}

const begin = ({invokedAt}: Operation): number => invokedAt
const logIndex = ({position}: Operation): number => position?.index ?? 0

function highest(operations: readonly Operation[], rank: (operation: Operation) => number): Operation[] {
  const [first, ...others] = operations
  if (first === undefined) return []
  return [others.reduce((best, operation) => (rank(operation) > rank(best) ? operation : best), first)]
}
