/**
 * The gate: some tens of seeds on the compiled program, and the rig held to its own promise, that the same seed is the same run.
 */
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from 'vitest'
import {Fleet} from './fleet.js'
import {planOf, swarmOf} from './swarm.js'

const compiled = join(import.meta.dirname, '..', '..', 'dist', 'test', 'sim')
const minutes = 60_000

test('the same seed is the same run, twice in one process and in another', {timeout: 3 * minutes}, async () => {
  const swarm = swarmOf(7, 20_000)
  const order = {swarm, plan: planOf(swarm)}
  const [one, other] = [new Fleet(join(compiled, 'worker.js')), new Fleet(join(compiled, 'worker.js'))]
  const verdicts = [await one.play(order), await one.play(order), await other.play(order)].map(({verdict}) => verdict)
  one.stop()
  other.stop()
  expect(verdicts[0]?.events).toBeGreaterThan(1_000)
  expect(new Set(verdicts.map(({hash}) => hash)).size).toBe(1)
  const next = swarmOf(8, 20_000)
  const fleet = new Fleet(join(compiled, 'worker.js'))
  const different = await fleet.play({swarm: next, plan: planOf(next)})
  fleet.stop()
  expect(different.verdict.hash).not.toBe(verdicts[0]?.hash)
})

test('no seed of the gate breaks a promise', {timeout: 10 * minutes}, async () => {
  const args = [join(compiled, 'main.js'), '--seeds', '1..30', '--seconds', '30']
  const {stdout} = await promisify(execFile)(process.execPath, args).catch((thrown: {stdout: string}) => thrown)
  process.stdout.write(stdout.slice(stdout.lastIndexOf('sim:')))
  expect(stdout).toMatch(/^sim: 30 seeds, .* 0 failures$/m)
})
