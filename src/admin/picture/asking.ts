/** Questions to many at once: a bounded number under way, each with a time of its own, none able to hold up another. */
import type {Clock} from '../../env/clock.js'
import {CodedError} from '../../errors/coded-error.js'
import {type Answer, failed, told} from './answer.js'
import type {Source} from './source.js'

export type AskClock = Pick<Clock, 'after'>

export interface AskOptions {
  readonly signal: AbortSignal
  readonly nodeTimeoutMs: number
}

const atOnceMax = 64

/** What was told, or why nothing was; only an interrupt is thrown. */
export async function answer<T>(
  source: Source,
  ask: (signal: AbortSignal) => Promise<T>,
  {clock}: {readonly clock: AskClock},
  options: AskOptions,
): Promise<Answer<T>> {
  try {
    return told(await within(ask, {clock}, options), source)
  } catch (thrown) {
    options.signal.throwIfAborted()
    return failed(thrown, source)
  }
}

/** The answer, or TIMEOUT when the time is up, whatever the one that was asked does with its signal. */
export async function within<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  {clock}: {readonly clock: AskClock},
  {signal, nodeTimeoutMs}: AskOptions,
): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const late = new AbortController()
    const timer = clock.after(nodeTimeoutMs, () => {
      reject(new CodedError('TIMEOUT', `no answer within ${nodeTimeoutMs} ms`, {outcome: 'unknown'}))
      late.abort()
    })
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, {once: true})
    ask(AbortSignal.any([signal, late.signal]))
      .then(resolve, reject)
      .finally(() => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
      })
  })
}

/** In the order of the items. */
export async function each<Item, T>(
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(items.length)
  const waiting = items.entries()
  const next = async () => {
    for (const [at, item] of waiting) results[at] = await work(item, at)
  }
  await Promise.all(Array.from({length: Math.min(atOnceMax, items.length)}, next))
  return results
}
