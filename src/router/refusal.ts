/**
 * Vearch gives one and the same error different HTTP statuses in different places (data-plane spec §1.1): the place where
 * an error is met says which.
 */
import {CodedError} from '../errors/coded-error.js'

export class Refusal extends Error {
  override readonly name = 'Refusal'

  /** `text` replaces the error's message where Vearch sends its bare words. */
  constructor(
    readonly status: number,
    readonly error: CodedError,
    text = error.message,
  ) {
    super(text, {cause: error})
  }
}

/** Runs a step whose coded errors have this status. What has one already keeps it. */
export async function withStatus<T>(status: number, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (thrown) {
    if (thrown instanceof CodedError) throw new Refusal(status, thrown)
    throw thrown
  }
}

/** Status 500, code 1, and nothing but the words. */
export function overLimit(words: string): Refusal {
  return new Refusal(500, new CodedError('INTERNAL_ERROR', words, {retryable: true}), words)
}
