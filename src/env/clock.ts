import {setTimeout as delay} from 'node:timers/promises'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall time, milliseconds since the epoch: for people and for records, never for a safety rule. */
  wallMs(): number
  /** Monotonic milliseconds from an arbitrary origin: for deadlines and durations. */
  nowMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`, unless cancelled. Does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : {signal}),
  after: (ms, callback) => {
    const timeout = setTimeout(callback, ms)
    timeout.unref()
    return {cancel: () => clearTimeout(timeout)}
  },
}
