import {setTimeout as delay} from 'node:timers/promises'

/** What the promise gives, or null if it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const stopping = new AbortController()
  try {
    return await Promise.race([promise, delay(ms, null, {signal: stopping.signal})])
  } finally {
    stopping.abort()
  }
}
