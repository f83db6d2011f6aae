/** The limit of a transfer, by a clock that passes only when somebody waits. */
import {afterEach, beforeEach, expect, test} from 'vitest'
import {TokenBucket} from '../../src/ps/token-bucket.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {VirtualClock} from '../harness/virtual-clock.js'

let clock: VirtualClock
const {signal} = new AbortController()
beforeEach(() => {
  clock = new VirtualClock()
})
afterEach(() => clock.stop())

async function taken(bucket: TokenBucket, ...bytes: number[]): Promise<number> {
  const startedAtMs = clock.nowMs()
  for (const each of bytes) await bucket.take(each, signal)
  return clock.nowMs() - startedAtMs
}

test.each([
  [1_000, [1_000], 1_000],
  [1_000, [250, 250, 500], 1_000],
  [1_000, [5_000], 5_000],
  [2_000_000, [1_000_000], 500],
])('at %i bytes a second %j take %i ms', async (rate, bytes, ms) => {
  expect(await taken(new TokenBucket(clock, rate), ...bytes)).toBeCloseTo(ms, 6)
})

test('what a slow disk leaves over is saved up for one second, and not for more', async () => {
  const bucket = new TokenBucket(clock, 1_000)
  await clock.sleep(500)
  expect(await taken(bucket, 400)).toBe(0)
  await clock.sleep(60_000)
  expect(await taken(bucket, 1_000, 1_000)).toBeCloseTo(1_000, 6)
})

test('whoever gives up waits no longer', async () => {
  const leaving = new AbortController()
  const waiting = new TokenBucket(clock, 1).take(1_000_000, leaving.signal)
  leaving.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
})

test('over any stretch of time no more comes than the rate and one second of it', async () => {
  const seed = testSeed()
  const random = new SeededRandom(seed)
  const rate = 1 + random.below(100_000)
  const bucket = new TokenBucket(clock, rate)
  const passed: {readonly atMs: number; readonly bytes: number}[] = []
  for (let n = 0; n < 200; n++) {
    if (random.below(4) === 0) await clock.sleep(random.below(3_000))
    const bytes = 1 + random.below(rate)
    await bucket.take(bytes, signal)
    passed.push({atMs: clock.nowMs(), bytes})
  }
  for (const [from, {atMs}] of passed.entries()) {
    let sum = 0
    for (const {atMs: untilMs, bytes} of passed.slice(from + 1)) {
      sum += bytes
      const most = rate * ((untilMs - atMs) / 1_000 + 1) + 1
      expect(sum, `SEED=${seed}`).toBeLessThanOrEqual(most)
    }
  }
})
