import {type DocumentKey, type Operation, type Violation, violation} from './history.js'

export interface Sources {
  /** By value: the upsert that wrote it. */
  readonly writers: ReadonlyMap<string, Operation>
  /** Gets whose value no order of the operations can explain. */
  readonly violations: readonly Violation[]
}

/** Where the values came from that were read of one document; all operations must be of that document. */
export function sourcesOf(key: DocumentKey, operations: readonly Operation[]): Sources {
  const writers = new Map<string, Operation>()
  for (const operation of operations) {
    if (operation.kind === 'upsert' && operation.value !== null) writers.set(operation.value, operation)
  }
  const violations = operations.flatMap((read) => {
    if (read.kind !== 'get' || read.value === null) return []
    const writer = writers.get(read.value)
    const rule = whyImpossible(read, writer)
    return rule === null ? [] : [violation('P2', rule, key, writer === undefined ? [read] : [writer, read])]
  })
  return {writers, violations}
}

/** Null if the get may have found what this upsert wrote. */
export function whyImpossible(read: Operation, writer: Operation | undefined): string | null {
  if (writer === undefined) return 'a get found a value that was never written'
  if (writer.outcome === 'rejected') return 'a get found the value of a rejected upsert'
  if (read.returnedAt !== null && read.returnedAt < writer.invokedAt)
    return 'a get found a value before its upsert began'
  return null
}
