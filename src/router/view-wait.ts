import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'

/** What `find` finds in the view, or throws, now or after a change; undefined when `timeoutMs` have passed. */
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
    const look = (isLast: boolean) => {
      try {
        const found = find()
        if (found !== undefined || isLast) finish(found)
      } catch (thrown) {
        end()
        reject(thrown)
      }
    }
    const timer = clock.after(timeoutMs, () => look(true))
    const unsubscribe = view.onChange(() => look(false))
    if (signal.aborted) abandon()
    else signal.addEventListener('abort', abandon, {once: true})
  })
}
