/**
 * Makes what fails smaller, so that what is left is about the failure: delta debugging (Zeller's ddmin) of the faults, then
 * of the time that each lasts, then of the clients' load. Knows nothing of what a failure is: `fails` runs it and says.
 *
 * Every step keeps what failed; the result fails, and taking any single fault away makes it pass, unless the bound on runs
 * was reached first.
 */
import type {Plan} from './plan.js'
import type {WorkloadShape} from './swarm.js'

export interface Failing {
  readonly plan: Plan
  readonly workload: WorkloadShape
  /** Of the first act. */
  readonly lengthMs: number
}

export interface Shrunk extends Failing {
  readonly runs: number
  /** Whether the bound on runs cut the work short. */
  readonly isCutShort: boolean
}

/** A fault is not shortened below this: it would never be noticed. */
const shortestMs = 10

export async function shrink(
  start: Failing,
  fails: (candidate: Failing) => Promise<boolean>,
  {runsMax = 200}: {readonly runsMax?: number} = {},
): Promise<Shrunk> {
  let smallest = start
  let runs = 0
  /** Takes the first candidate that fails as the new smallest. */
  const advance = async (candidates: Iterable<Failing>): Promise<boolean> => {
    for (const candidate of candidates) {
      if (runs === runsMax) return false
      runs += 1
      if (!(await fails(candidate))) continue
      smallest = candidate
      return true
    }
    return false
  }
  const settle = async (propose: (from: Failing) => Iterable<Failing>): Promise<void> => {
    while (runs < runsMax && (await advance(propose(smallest)))) {}
  }

  await settle(withShorterAct)
  for (let chunks = 2; smallest.plan.length > 0 && runs < runsMax; ) {
    const parts = Math.min(chunks, smallest.plan.length)
    if (await advance(withoutChunks(smallest, parts))) chunks = Math.max(2, parts - 1)
    else if (parts === smallest.plan.length) break
    else chunks = parts * 2
  }
  await settle(withShorterFaults)
  await settle(withLighterLoad)
  return {...smallest, runs, isCutShort: runs === runsMax}
}

/** What happened after the failure had no part in it. */
function* withShorterAct({lengthMs, ...failing}: Failing): Generator<Failing> {
  const half = Math.floor(lengthMs / 2)
  if (half < 1_000) return
  yield {...failing, lengthMs: half, plan: failing.plan.filter(({atMs}) => atMs < half)}
}

/** The plan in so many parts, each left out once. */
function* withoutChunks(failing: Failing, parts: number): Generator<Failing> {
  const {plan} = failing
  for (let part = 0; part < parts; part += 1) {
    const [from, to] = [part, part + 1].map((at) => Math.floor((at * plan.length) / parts))
    yield {...failing, plan: [...plan.slice(0, from), ...plan.slice(to)]}
  }
}

function* withShorterFaults(failing: Failing): Generator<Failing> {
  for (const [place, fault] of failing.plan.entries()) {
    if (fault.forMs === null || fault.forMs < shortestMs * 2) continue
    const shorter = {...fault, forMs: Math.floor(fault.forMs / 2)}
    yield {...failing, plan: failing.plan.with(place, shorter)}
  }
}

function* withLighterLoad(failing: Failing): Generator<Failing> {
  const {workload} = failing
  const halved = (['clients', 'opsPerSecond', 'keysPerSpace', 'batchMax'] as const).flatMap((name) => {
    return workload[name] > 1 ? [{...workload, [name]: Math.ceil(workload[name] / 2)}] : []
  })
  const quieter = (['search', 'query', 'delete', 'admin'] as const).flatMap((verb) => {
    return workload.mix[verb] > 0 ? [{...workload, mix: {...workload.mix, [verb]: 0}}] : []
  })
  for (const lighter of [...quieter, ...halved]) yield {...failing, workload: lighter}
}
