import {setTimeout as delay} from 'node:timers/promises'

/** Waits for a condition, asking again every few milliseconds; throws with `what` when it does not come. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const endsAt = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await delay(5)
  }
}
