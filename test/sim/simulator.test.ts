/**
 * The gate: as many seeds as fit, on the compiled program, and the rig held to its own promise, that the same seed is the same run.
 */
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from 'vitest'
import {Fleet} from './fleet.js'
import {planOf, swarmOf} from './swarm.js'

const compiled = join(import.meta.dirname, '..', '..', 'dist', 'test', 'sim')
const worker = join(compiled, 'worker.js')
const minutes = 60_000

test('the same seed is the same run, twice in one process and in another', {timeout: 3 * minutes}, async () => {
  const orderOf = (seed: number) => {
    const swarm = swarmOf(seed, 20_000)
    return {swarm, plan: planOf(swarm)}
  }
  const [one, other] = [new Fleet(worker), new Fleet(worker)]
  const first = await one.play(orderOf(7))
  const again = await one.play(orderOf(7))
  const elsewhere = await other.play(orderOf(7))
  const different = await other.play(orderOf(8))
  one.stop()
  other.stop()
  expect(first.verdict.events).toBeGreaterThan(1_000)
  expect([again, elsewhere].map(({verdict}) => verdict.hash)).toEqual([first.verdict.hash, first.verdict.hash])
  expect(different.verdict.hash).not.toBe(first.verdict.hash)
})

test('no seed of the gate breaks a promise', {timeout: 15 * minutes}, async () => {
  const args = [join(compiled, 'main.js'), '--seeds', '1..160']
  const {stdout} = await promisify(execFile)(process.execPath, args).catch((thrown: {stdout: string}) => thrown)
  expect(stdout).toMatch(/^sim: .* 0 failures$/m)
})
