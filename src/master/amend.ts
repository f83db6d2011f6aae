/** Read, decide, write on condition that nothing changed meanwhile: the only way in which the master changes a record. */
import {CodedError} from '../errors/coded-error.js'
import {type Stored, unchanged} from '../meta/repository.js'
import type {CallOptions, MetaStore, Transaction} from '../meta/store.js'

/** Losing this often means that something else is wrong. */
const attemptsMax = 64

/** A write that is conditional on what was read, and what it results in. */
export interface Amendment<T> {
  /** Null when there is nothing to change. */
  readonly transaction: Transaction | null
  readonly result: T
}

/**
 * Decides and writes, again from the start whenever another writer was faster; errors of `decide` are the caller's.
 * Errors: those of the store; META_REFUSED when it lost every time (rejected).
 */
export async function amend<T>(
  store: MetaStore,
  decide: () => Promise<Amendment<T>>,
  options: CallOptions = {},
): Promise<T> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    options.signal?.throwIfAborted()
    const {transaction, result} = await decide()
    if (transaction === null || (await store.transact(transaction, options)).succeeded) return result
  }
  throw new CodedError('META_REFUSED', `lost to other writers ${attemptsMax} times`, {retryable: true})
}

/** The compares of a write to a record that was read, or found absent. */
export function asRead<T>(key: string, stored: Stored<T> | null): NonNullable<Transaction['compare']> {
  return stored === null ? [{key, target: 'version', equals: 0}] : [unchanged(stored)]
}
