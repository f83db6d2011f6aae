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

/** The answers that there are, and a report of those that are not. Throws the first error if there is no answer. */
export function partialAnswers<T>(outcomes: readonly Outcome<T>[]): {
  readonly answers: readonly T[]
  readonly failure: PartialFailure
} {
  const answers = outcomes.flatMap((outcome) => ('answer' in outcome ? [outcome.answer] : []))
  const failed = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []))
  const [first] = failed
  if (first === undefined) return {answers, failure: {}}
  if (answers.length === 0) throw first.error
  const reports = failed.map(({partition, error}) => ({partition_id: partition, code: error.code, msg: error.message}))
  return {answers, failure: {failed_partitions: reports}}
}
