/** The crash sweep of the partition server by twenty seeds, with every kind of crash at every call. */
import {expect, it} from 'vitest'
import {Sweep} from '../ps/crash/sweep.js'

const seeds = process.env.SEED === undefined ? Array.from({length: 20}, (_, at) => at + 1) : [Number(process.env.SEED)]

it.each(seeds)('a partition server comes through every fault of seed %i', {timeout: 3_600_000}, async (seed) => {
  const sweep = new Sweep(seed)
  await sweep.everyCall(['crash before', 'crash after', 'crash torn', 'EIO', 'ENOSPC'])
  await sweep.everySite()
  process.stdout.write(`seed ${seed}, ${sweep}\n`)
  expect(sweep.failures).toEqual([])
})
