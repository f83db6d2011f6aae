/**
 * Groups of three to five members under random faults and changes of membership: the properties of figure 3 hold after each
 * step, reads are linearizable, and once the faults end the group takes proposals again.
 *
 * A failure names its seed; `SEED=… npx vitest run test/raft/random.test.ts` replays it. RAFT_SEEDS sets how many are tried.
 */
import {expect, test} from 'vitest'
import {testSeed} from '../harness/random.js'
import {RandomRun} from './network/random-run.js'

const seeds = process.env.SEED === undefined ? Number(process.env.RAFT_SEEDS ?? 50) : 1
const stepsPerSeed = 5_000

test('random faults break no promise', () => {
  const first = testSeed()
  const sums: Record<string, number> = {}
  for (let seed = first; seed < first + seeds; seed += 1) {
    const run = new RandomRun(seed)
    try {
      run.misbehave(stepsPerSeed)
      run.recover()
    } catch (thrown) {
      throw new Error(`SEED=${seed} after ${run.steps} steps: ${String(thrown)}`, {cause: thrown})
    }
    for (const [what, count] of Object.entries(run.counts)) sums[what] = (sums[what] ?? 0) + count
  }
  process.stderr.write(`raft random: ${seeds} seeds from ${first}: ${JSON.stringify(sums)}\n`)
  if (seeds < 20) return
  for (const [what, count] of Object.entries(sums)) expect(count, what).toBeGreaterThan(0)
})
