import {expect, test} from 'vitest'
import {Deadline} from '../../../src/admin/session/deadline.js'
import type {Clock} from '../../../src/env/clock.js'

/** A clock that stands still until it is moved. */
class StillClock implements Pick<Clock, 'nowMs' | 'after'> {
  #now = 0
  readonly #due = new Set<{readonly atMs: number; readonly callback: () => void}>()

  nowMs = () => this.#now

  after(ms: number, callback: () => void) {
    const entry = {atMs: this.#now + ms, callback}
    this.#due.add(entry)
    return {cancel: () => void this.#due.delete(entry)}
  }

  move(ms: number): void {
    this.#now += ms
    for (const entry of this.#due) {
      if (entry.atMs > this.#now) continue
      this.#due.delete(entry)
      entry.callback()
    }
  }
}

test('names whom it waited for', () => {
  const clock = new StillClock()
  let whom = 'nobody'
  const deadline = new Deadline(clock, 100, () => whom)
  whom = 'etcd'
  clock.move(99)
  expect(deadline.signal.aborted).toBe(false)
  clock.move(1)
  expect(deadline.signal.reason).toMatchObject({
    errorName: 'TIMEOUT',
    outcome: 'unknown',
    detail: 'etcd gave no answer within 100 ms',
  })
})

test('stands still while a person is asked', async () => {
  const clock = new StillClock()
  const deadline = new Deadline(clock, 100, () => 'etcd')
  clock.move(60)
  await deadline.suspendedFor(async () => clock.move(5_000))
  clock.move(39)
  expect(deadline.signal.aborted).toBe(false)
  clock.move(1)
  expect(deadline.signal.aborted).toBe(true)
})

test('ends with its command', () => {
  const clock = new StillClock()
  const deadline = new Deadline(clock, 100, () => 'etcd')
  deadline.cancel()
  clock.move(1_000)
  expect(deadline.signal.aborted).toBe(false)
})
