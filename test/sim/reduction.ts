/**
 * A failure made smaller and put in the shelf's form, so that it can be looked into, and kept. What still fails has to fail in the
 * same way: another failure on the way is not this one. Bounded in runs and in time, for whoever waits for the report.
 */
import type {Fleet} from './fleet.js'
import {isFailure} from './report.js'
import type {Verdict} from './run.js'
import type {Shelved} from './shelf.js'
import {type Failing, shrink} from './shrink.js'
import type {Order} from './worker.js'

const runsMax = 150
const timeMsMax = 120_000

export interface Reduction {
  readonly shelved: Shelved
  readonly runs: number
  /** Whether a bound ended it: it may be made smaller still. */
  readonly isCutShort: boolean
}

export async function reduced(
  fleet: Pick<Fleet, 'play'>,
  {swarm, plan}: Order,
  verdict: Verdict,
  nowMs: () => number = () => performance.now(),
): Promise<Reduction> {
  const why = wayOf(verdict)
  const endsAtMs = nowMs() + timeMsMax
  const orderOf = ({plan, workload, lengthMs}: Failing): Order => ({swarm: {...swarm, workload, lengthMs}, plan})
  const fails = async (candidate: Failing) => {
    if (nowMs() >= endsAtMs) return false
    const {verdict} = await fleet.play(orderOf(candidate))
    return isFailure(verdict) && wayOf(verdict) === why
  }
  const start = {plan, workload: swarm.workload, lengthMs: swarm.lengthMs}
  const {runs, isCutShort, ...smallest} = await shrink(start, fails, {runsMax})
  const shelved = {name: `seed-${swarm.seed}`, why, seed: swarm.seed, ...smallest}
  return {shelved, runs, isCutShort: isCutShort || nowMs() >= endsAtMs}
}

/** What broke, without what differs from run to run. */
function wayOf({findings: [first], error}: Verdict): string {
  if (first !== undefined) return `${first.promise} broken: ${first.rule}`
  return (error?.split('\n')[0] ?? '').replace(/\d+/g, 'N')
}
