/** What became of a call to each of several partitions. */
import type {PartitionId} from '../entity/ids.js'
import {type CodedError, toCodedError} from '../errors/coded-error.js'

export type Outcome<T> =
  | {readonly partition: PartitionId; readonly answer: T}
  | {readonly partition: PartitionId; readonly error: CodedError}

/** In an answer that some partitions had no part in: an additional key, absent when all of them answered. */
export interface PartialFailure {
  readonly failed_partitions?: readonly {
    readonly partition_id: PartitionId
    readonly code: number
    readonly msg: string
    /** Of a write that may have happened there; absent where it did not. */
    readonly outcome?: 'unknown'
  }[]
}

/** One outcome for each partition, in their order. Never rejects for what a partition did. */
export function outcomesOf<T>(
  partitions: readonly PartitionId[],
  ask: (partition: PartitionId) => Promise<T>,
): Promise<readonly Outcome<T>[]> {
  return Promise.all(
    partitions.map((partition) =>
      ask(partition).then(
        (answer) => ({partition, answer}),
        (thrown: unknown) => ({partition, error: toCodedError(thrown)}),
      ),
    ),
  )
}

/**
 * The answers that there are, and a report of those that are not. Throws an error if there is no answer: the first, but of writes
 * rather one that may have happened.
 */
export function partialAnswers<T>(
  outcomes: readonly Outcome<T>[],
  of: 'reads' | 'writes',
): {
  readonly answers: readonly T[]
  readonly failure: PartialFailure
} {
  const answers = outcomes.flatMap((outcome) => ('answer' in outcome ? [outcome.answer] : []))
  const failed = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []))
  const [first] = failed
  if (first === undefined) return {answers, failure: {}}
  const mayHaveHappened = ({error}: {error: CodedError}) => of === 'writes' && error.outcome === 'unknown'
  if (answers.length === 0) throw (failed.find(mayHaveHappened) ?? first).error
  const reports = failed.map((outcome) => ({
    partition_id: outcome.partition,
    code: outcome.error.code,
    msg: outcome.error.message,
    ...(mayHaveHappened(outcome) ? {outcome: 'unknown' as const} : {}),
  }))
  return {answers, failure: {failed_partitions: reports}}
}
