/**
 * Vearch gives one and the same error different HTTP statuses in different places (data-plane spec §1.1): the place where
 * an error is met says which.
 */
import {CodedError} from '../errors/coded-error.js'

export class Refusal extends Error {
  override readonly name = 'Refusal'

  constructor(
    readonly status: number,
    readonly error: CodedError,
  ) {
    super(error.message, {cause: error})
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
