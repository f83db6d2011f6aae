import {describe, expect, it} from 'vitest'
import {systemClock as clock, type Timer} from '../../src/env/clock.js'

describe('a timer of the system clock', () => {
  it('never calls before its time, whatever fraction of a millisecond that is', async () => {
    const early: number[] = []
    for (let round = 0; round < 100; round++) {
      const ms = 0.3 + (round % 40) / 7
      const dueMs = clock.nowMs() + ms
      let timer: Timer | undefined
      // awaiting a timer of the platform keeps the process alive, which `after` does not
      while (timer === undefined || clock.nowMs() < dueMs + 5) {
        timer ??= clock.after(ms, () => {
          if (clock.nowMs() < dueMs) early.push(dueMs - clock.nowMs())
        })
        await clock.sleep(1)
      }
    }
    expect(early).toEqual([])
  })

  it('does not call once it is cancelled, also when it had been armed again', async () => {
    let called = 0
    const timers = Array.from({length: 100}, (_, index) => clock.after(1 + index / 100, () => called++))
    for (const timer of timers) timer.cancel()
    await clock.sleep(10)
    expect(called).toBe(0)
  })
})
