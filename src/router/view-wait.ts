import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'

/** What `find` finds in the view, now or after one of its next changes; undefined when `timeoutMs` have passed. */
export function waitForView<T>(
  {view, clock}: {readonly view: LiveView; readonly clock: Clock},
  find: () => T | undefined,
  {timeoutMs, signal}: {readonly timeoutMs: number; readonly signal: AbortSignal},
): Promise<T | undefined> {
  const now = find()
  if (now !== undefined || timeoutMs <= 0) return Promise.resolve(now)
  return new Promise((resolve, reject) => {
    const end = () => {
      timer.cancel()
      unsubscribe()
      signal.removeEventListener('abort', abandon)
    }
    const finish = (found: T | undefined) => {
      end()
      resolve(found)
    }
    const abandon = () => {
      end()
      reject(signal.reason)
    }
    const timer = clock.after(timeoutMs, () => finish(find()))
    const unsubscribe = view.onChange(() => {
      const found = find()
      if (found !== undefined) finish(found)
    })
    if (signal.aborted) abandon()
    else signal.addEventListener('abort', abandon, {once: true})
  })
}
