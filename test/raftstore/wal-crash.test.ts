/**
 * The write-ahead log loses power at every call that it makes to its disk, before it, after it and in the middle.
 */
import {describe, expect, it} from 'vitest'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import {SeededRandom} from '../harness/random.js'
import {type Fault, SimDisk} from '../harness/sim-disk.js'
import {hastyClock} from './hasty-clock.js'
import {pictureOf} from './log-model.js'
import {WalWorkload} from './wal-workload.js'

const directory = '/data/raft'
const seeds = process.env.SEED === undefined ? [1, 2, 3] : [Number(process.env.SEED)]
const operations = Number(process.env.WAL_SWEEP_OPERATIONS ?? 120)

async function openOn(disk: SimDisk, seed: number): Promise<WriteAheadLog> {
  const salts = new SeededRandom(seed + disk.calls)
  const random = {
    below: () => 0,
    bytes: (count: number) => Buffer.from(Array.from({length: count}, () => salts.below(256))),
  }
  const env = {...systemEnv(silentLog), clock: hastyClock, disk, random}
  const log = new WriteAheadLog(env, {directory, segmentBytes: 4_096})
  await log.start()
  return log
}

/**
 * One life with a fault in it, the restart, and a life after that. Where the fault is an error, the first life goes on
 * after it, or loses power as soon as the callers have been told. Returns what went wrong, or null.
 */
async function livesThrough(seed: number, fault: Fault, goesOn: boolean): Promise<string | null> {
  const random = new SeededRandom(seed)
  const workload = new WalWorkload(random, 3)
  let disk = new SimDisk(new SeededRandom(seed + fault.at), fault)
  let isOver = false
  const firstLife = openOn(disk, seed).then(
    (log) => workload.run(log, operations, () => isOver || (!goesOn && disk.calls >= fault.at)),
    expectInjected,
  )
  await Promise.race([disk.crashed, firstLife])
  isOver = true
  for (let restart = 1; restart <= 2; restart++) {
    const where = `${fault.kind} at call ${fault.at} (${disk.trace[fault.at - 1]}), restart ${restart}`
    disk = disk.afterCrash()
    try {
      const log = await openOn(disk, seed)
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

interface Swept {
  readonly runs: number
  readonly failures: string[]
}

async function sweep(seed: number, kinds: readonly Fault['kind'][], goesOn: boolean): Promise<Swept> {
  const rehearsal = new SimDisk(new SeededRandom(seed))
  await new WalWorkload(new SeededRandom(seed), 3).run(await openOn(rehearsal, seed), operations)
  const failures: string[] = []
  let runs = 0
  for (let at = 1; at <= rehearsal.calls; at++) {
    for (const kind of kinds) {
      runs += 1
      const failure = await livesThrough(seed, {at, kind}, goesOn)
      if (failure !== null) failures.push(`SEED=${seed} ${failure}`)
    }
  }
  return {runs, failures}
}

describe.each(seeds)('the write-ahead log (SEED=%i)', (seed) => {
  it('keeps what it acknowledged, and only what was asked, wherever the power goes', async () => {
    const {runs, failures} = await sweep(seed, ['crash before', 'crash after', 'crash torn'], true)
    expect(failures).toEqual([])
    expect(runs).toBeGreaterThan(300)
  })

  it.each([
    {then: 'goes on', goesOn: true},
    {then: 'loses power', goesOn: false},
  ])(
    'keeps what it acknowledged, and nothing that it refused, where the disk fails or is full and then $then',
    async ({goesOn}) => {
      const {runs, failures} = await sweep(seed, ['EIO', 'ENOSPC'], goesOn)
      expect(failures).toEqual([])
      expect(runs).toBeGreaterThan(200)
    },
  )
})
