/** Starts what goes on for long in a process of its own, and waits until it is under way; that process says so itself. */
import {isObject, parseJson} from '../../entity/json.js'
import {startDetached, tellStarter} from '../../env/detached.js'
import type {Env} from '../../env/env.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {ErrorName} from '../../errors/codes.js'

export interface DetachRequest {
  /** Of the command line that starts it in the foreground. */
  readonly words: readonly string[]
  /** What that would print. */
  readonly output: string | null
  readonly waitMs: number
}

/** Errors: those of the start; NOT_YET when it takes longer, and goes on. */
export async function startInBackground<Ready>(
  {clock}: Pick<Env, 'clock'>,
  {words, output, waitMs}: DetachRequest,
  interrupt: AbortSignal,
): Promise<Ready> {
  const {pid, word, leave} = startDetached(words, output)
  const enough = new AbortController()
  const late = clock.sleep(waitMs, AbortSignal.any([interrupt, enough.signal])).then(() => 'late' as const)
  try {
    const said = await Promise.race([word, late])
    if (said === 'late') {
      throw new CodedError('NOT_YET', `process ${pid} is not ready after ${waitMs} ms, and goes on starting`, {
        outcome: 'unknown',
        hint: output === null ? 'its log says how far it is; wait longer with --wait' : `${output} says how far it is`,
      })
    }
    return readyIn(said, pid, output) as Ready
  } finally {
    enough.abort()
    late.catch(() => {})
    leave()
  }
}

export function tellReady(environment: NodeJS.ProcessEnv, ready: unknown): void {
  tellStarter(environment, JSON.stringify({ready}))
}

export function tellFailure(environment: NodeJS.ProcessEnv, thrown: unknown): void {
  const {errorName, detail, outcome, hint} = toCodedError(thrown)
  tellStarter(environment, JSON.stringify({error: {errorName, detail, outcome, hint}}))
}

function readyIn(said: string | null, pid: number, output: string | null): unknown {
  const word = said === null ? null : parseJson(said)
  if (isObject(word) && isObject(word.ready)) return word.ready
  if (isObject(word) && isObject(word.error)) {
    const {errorName, detail, outcome, hint} = word.error as unknown as CodedError & {errorName: ErrorName}
    throw new CodedError(errorName, detail, {outcome, ...(hint === undefined ? {} : {hint})})
  }
  throw new CodedError('INTERNAL_ERROR', `process ${pid} ended before it was ready`, {
    hint: output === null ? 'start it in the foreground to see why' : `${output} says why`,
  })
}
