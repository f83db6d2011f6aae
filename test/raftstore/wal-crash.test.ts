/**
 * The write-ahead log loses power at every call that it makes to its disk, before it, after it and in the middle.
 */
import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import {SeededRandom} from '../harness/random.js'
import {type Fault, SimDisk} from '../harness/sim-disk.js'
import {pictureOf} from './log-model.js'
import {WalWorkload} from './wal-workload.js'

const directory = '/data/raft'
const seed = Number(process.env.SEED ?? 1)
const operations = Number(process.env.WAL_SWEEP_OPERATIONS ?? 120)

async function openOn(disk: SimDisk): Promise<WriteAheadLog> {
  const salts = new SeededRandom(seed + disk.calls)
  const random = {
    below: () => 0,
    bytes: (count: number) => Buffer.from(Array.from({length: count}, () => salts.below(256))),
  }
  const log = new WriteAheadLog({clock: systemClock, disk, random, log: silentLog}, {directory, segmentBytes: 4_096})
  await log.start()
  return log
}

/**
 * One life with a fault in it, the restart, and a life after that. Where the fault is an error, the first life goes on
 * after it, or loses power as soon as the callers have been told. Returns what went wrong, or null.
 */
async function livesThrough(fault: Fault, goesOn: boolean): Promise<string | null> {
  const random = new SeededRandom(seed)
  const workload = new WalWorkload(random, 3)
  let disk = new SimDisk(new SeededRandom(seed + fault.at), fault)
  const firstLife = openOn(disk).then(
    (log) => workload.run(log, operations, () => !goesOn && disk.calls >= fault.at),
    expectInjected,
  )
  await Promise.race([disk.crashed, firstLife])
  for (let restart = 1; restart <= 2; restart++) {
    const where = `${fault.kind} at call ${fault.at} (${disk.trace[fault.at - 1]}), restart ${restart}`
    disk = disk.afterCrash()
    try {
      const log = await openOn(disk)
      const steps = workload.possible().get(await pictureOf(log))
      if (steps === undefined) return `${where}: the log is none that it may be`
      workload.settle(steps)
      await workload.run(log, 20)
    } catch (thrown) {
      return `${where}: ${String(thrown)}`
    }
  }
  return null
}

/** The fault may hit the start: then there is no first life. */
function expectInjected(thrown: unknown): void {
  expect(String(thrown)).toMatch(/EIO|ENOSPC/)
}

async function sweep(kinds: readonly Fault['kind'][], goesOn: boolean): Promise<{runs: number; failures: string[]}> {
  const rehearsal = new SimDisk(new SeededRandom(seed))
  await new WalWorkload(new SeededRandom(seed), 3).run(await openOn(rehearsal), operations)
  const failures: string[] = []
  let runs = 0
  for (let at = 1; at <= rehearsal.calls; at++) {
    for (const kind of kinds) {
      runs += 1
      const failure = await livesThrough({at, kind}, goesOn)
      if (failure !== null) failures.push(`SEED=${seed} ${failure}`)
    }
  }
  return {runs, failures}
}

describe('the write-ahead log', () => {
  it('keeps what it acknowledged, and only what was asked, wherever the power goes', async () => {
    const {runs, failures} = await sweep(['crash before', 'crash after', 'crash torn'], true)
    expect(failures).toEqual([])
    expect(runs).toBeGreaterThan(300)
  })

  it.each([
    {then: 'goes on', goesOn: true},
    {then: 'loses power', goesOn: false},
  ])(
    'keeps what it acknowledged, and nothing that it refused, where the disk fails or is full and then $then',
    async ({goesOn}) => {
      const {runs, failures} = await sweep(['EIO', 'ENOSPC'], goesOn)
      expect(failures).toEqual([])
      expect(runs).toBeGreaterThan(200)
    },
  )
})
