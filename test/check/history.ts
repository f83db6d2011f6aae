/**
 * Histories of clients, and the checkers that judge them. A history is what the clients of a run saw: every call on one
 * document, when it began, when and how it ended. The checkers know nothing of servers: simulator and real processes
 * record the same history and are judged alike.
 *
 * Invariants:
 * - `rejected` means "did not happen and never will", `unknown` means "may happen at any moment after the call began, or
 *   never". A checker holds the system to both.
 * - Every upsert writes a value that no other writes. So a value that is read names the write it came from.
 * - Moments only compare. Two calls that touch in the same moment count as concurrent: a checker never accuses on a tie.
 * - A history that breaks what the checkers rely on is a fault of the rig: they throw, they do not judge it.
 * - A verdict is never silent: what a checker could not decide or could not order is counted in its result.
 *
 * Read in this order: this file; `recorder` (how a history comes to be), `history-lines` (how it is kept), `assumptions`
 * (when it is fit to be judged); `sources` (reads that are wrong whatever the order); then the judges, cheapest first:
 * `ledger` (P1, what was acknowledged is there in the end), `version-order` (P5 and most of P2, by the log positions that
 * responses carry, for all keys), `linearizable` (P2, by the clients' view alone) with its `spans` and `order-search`.
 */
import type {SpaceId} from '../../src/entity/ids.js'

export interface DocumentKey {
  readonly spaceId: SpaceId
  readonly id: string
}

/** A place in the log of the key's partition. */
export interface Position {
  readonly term: number
  readonly index: number
}

export type OperationKind = 'upsert' | 'get' | 'delete'
export type Outcome = 'ok' | 'rejected' | 'unknown'

export interface Operation {
  /** One thread of calls, none of which begins before the last has ended. Each document of a batch is a client of its own. */
  readonly client: string
  readonly key: DocumentKey
  readonly kind: OperationKind
  /** Written by an upsert, or found by a get that is ok; null for "not there", for a delete, for a get without answer. */
  readonly value: string | null
  readonly invokedAt: number
  /** When the client knew the outcome; null for an unknown one of which it never heard. */
  readonly returnedAt: number | null
  readonly outcome: Outcome
  /** Of an ok write: its entry in the log. Of an ok get, if known: an applied entry as of which the answer was true. */
  readonly position: Position | null
}

export type History = readonly Operation[]

/** Something that a promise forbids, with the operations that show it. */
export interface Violation {
  /** Of the reliability promises: P1 durability, P2 linearizability, P5 versions never go back. */
  readonly promise: 'P1' | 'P2' | 'P5'
  readonly rule: string
  readonly key: DocumentKey
  readonly operations: readonly Operation[]
  /** For people: the rule, the key and the operations, one a line. */
  readonly message: string
}

/** Whether `first` has surely taken effect before `second` can have. */
export function isBefore(first: Operation, second: Operation): boolean {
  return first.outcome === 'ok' && first.returnedAt !== null && first.returnedAt < second.invokedAt
}

export function keyText({spaceId, id}: DocumentKey): string {
  return `${spaceId}/${id}`
}

/** The operations of each key, in the order given. */
export function byKey(history: History): Map<string, {readonly key: DocumentKey; readonly operations: Operation[]}> {
  const keys = new Map<string, {readonly key: DocumentKey; readonly operations: Operation[]}>()
  for (const operation of history) {
    const text = keyText(operation.key)
    const known = keys.get(text)
    if (known === undefined) keys.set(text, {key: operation.key, operations: [operation]})
    else known.operations.push(operation)
  }
  return keys
}

/** As in `get found v7, client 3, from 120 to 135, at 2.41`. */
export function sentence(operation: Operation): string {
  const {client, invokedAt, returnedAt, outcome, position} = operation
  return [
    `${deed(operation)}${outcome === 'ok' ? '' : ` (${outcome})`}`,
    `client ${client}`,
    returnedAt === null ? `from ${invokedAt}, never returned` : `from ${invokedAt} to ${returnedAt}`,
    ...(position === null ? [] : [`at ${position.term}.${position.index}`]),
  ].join(', ')
}

function deed({kind, value, outcome}: Operation): string {
  if (kind === 'upsert') return `upsert of ${value}`
  if (kind === 'delete') return 'delete'
  if (outcome !== 'ok') return 'get'
  return value === null ? 'get found nothing' : `get found ${value}`
}

export function violation(
  promise: Violation['promise'],
  rule: string,
  key: DocumentKey,
  operations: readonly Operation[],
): Violation {
  const message = [`${promise}: ${rule}, document ${keyText(key)}`, ...operations.map(sentence)].join('\n  ')
  return {promise, rule, key, operations, message}
}
