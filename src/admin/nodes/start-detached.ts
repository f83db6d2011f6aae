/** Starts roles in a process of their own, and waits until they serve; the process that has them says so itself. */
import {isObject, parseJson} from '../../entity/json.js'
import {startDetached, tellStarter} from '../../env/detached.js'
import type {Env} from '../../env/env.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {ErrorName} from '../../errors/codes.js'
import type {ReadyNode} from './start-node.js'

export interface DetachRequest {
  /** Of the command line that starts them in the foreground. */
  readonly words: readonly string[]
  /** What that would print. */
  readonly output: string | null
  readonly waitMs: number
}

/** Errors: those of the start; NOT_YET when it takes longer, and goes on. */
export async function startInBackground(
  {clock}: Pick<Env, 'clock'>,
  {words, output, waitMs}: DetachRequest,
  interrupt: AbortSignal,
): Promise<ReadyNode> {
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
    return readyIn(said, pid, output)
  } finally {
    enough.abort()
    late.catch(() => {})
    leave()
  }
}

export function tellReady(environment: NodeJS.ProcessEnv, ready: ReadyNode): void {
  tellStarter(environment, JSON.stringify({ready}))
}

export function tellFailure(environment: NodeJS.ProcessEnv, thrown: unknown): void {
  const {errorName, detail, outcome, hint} = toCodedError(thrown)
  tellStarter(environment, JSON.stringify({error: {errorName, detail, outcome, hint}}))
}

function readyIn(said: string | null, pid: number, output: string | null): ReadyNode {
  const word = said === null ? null : parseJson(said)
  if (isObject(word) && isObject(word.ready)) return word.ready as unknown as ReadyNode
  if (isObject(word) && isObject(word.error)) {
    const {errorName, detail, outcome, hint} = word.error as unknown as CodedError & {errorName: ErrorName}
    throw new CodedError(errorName, detail, {outcome, ...(hint === undefined ? {} : {hint})})
  }
  throw new CodedError('INTERNAL_ERROR', `process ${pid} ended before it was ready`, {
    hint: output === null ? 'start it without --detach to see why' : `${output} says why`,
  })
}
