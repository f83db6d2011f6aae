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
  /** Calls back once, when `nowMs` has grown by `ms` or more, unless cancelled. Does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
  /** Calls back at the end of this turn of the event loop, when all that arrived in it has been heard. */
  soon(callback: () => void): void
}

/** Resolves at the end of this turn of the event loop: long work lets others run in between. */
export function nextTurn(clock: Pick<Clock, 'soon'>): Promise<void> {
  return new Promise((resolve) => clock.soon(resolve))
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : {signal}),
  after: (ms, callback) => {
    const dueMs = performance.now() + ms
    // The platform counts whole milliseconds and may call up to one too soon: a deadline would fail before its time.
    const onTime = () => {
      const leftMs = dueMs - performance.now()
      if (leftMs > 0) arm(leftMs)
      else callback()
    }
    const arm = (leftMs: number): void => {
      timeout = setTimeout(onTime, Math.ceil(leftMs)).unref()
    }
    let timeout: NodeJS.Timeout
    arm(ms)
    return {cancel: () => clearTimeout(timeout)}
  },
  soon: (callback) => void setImmediate(callback),
}
