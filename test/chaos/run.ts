/**
 * A run: a cluster under traffic, rounds of faults, and the verdict. Read `schedule` for what goes wrong, `faults` for how it
 * is done, `traffic` for what clients do meanwhile; `cluster` and `machines` are what it is done to.
 *
 * Each round ends when all it broke is whole again: every process is ready, and every partition takes writes within ten
 * elections (P10). The last one is followed by reads of every document that was ever written, from leaders and followers.
 */
import {setTimeout as delay} from 'node:timers/promises'
import type {History} from '../check/history.js'
import {type Plan, planText} from '../sim/plan.js'
import {Prng} from '../sim/prng.js'
import {Arena} from './arena.js'
import {ChaosCluster, type ClusterShape, electionMs} from './cluster.js'
import {execute} from './faults.js'
import type {Machines} from './machines.js'
import {takesWrites} from './probe.js'
import {roundOf} from './schedule.js'
import {createSpace} from './space.js'
import {Traffic} from './traffic.js'
import {judgeEnd, judgeHistory} from './verdict.js'

export interface RunOptions {
  readonly seed: number
  /** No round begins later. */
  readonly minutes: number
  /** Instead of what the seed gives, and once. */
  readonly plan?: Plan
  readonly machines: Machines
  readonly say: (line: string) => void
}

export interface Verdict {
  readonly done: Arena['done']
  readonly history: History
  readonly undecided: number
  /** One text for each broken promise. */
  readonly violations: readonly string[]
  /** Of the rounds, the longest until writes were taken again. */
  readonly slowestRecoveryMs: number
}

export const shape: ClusterShape = {masters: 2, routers: 2, ps: 4}
const progressMs = 10 * electionMs
/** Of processes that ended by themselves, as many are started again. */
const surprisesMax = 3
/** Between two rounds, for a history without faults. */
const restMs = 500

export async function run({seed, minutes, plan, machines, say}: RunOptions): Promise<Verdict> {
  const endsAt = performance.now() + minutes * 60_000
  const violations: string[] = []
  let isStarted = false
  const onSurprise = (place: string, {code, signal}: {code: number | null; signal: string | null}, output: string) => {
    violations.push(`${place} ended by itself, ${signal ?? `exit code ${code}`}: ${output.slice(-2_000)}`)
    if (isStarted && violations.length <= surprisesMax) cluster.revive(place)
  }
  const cluster = await ChaosCluster.lay({machines, shape, onSurprise})
  try {
    await cluster.start()
    isStarted = true
    await createSpace(cluster)
    const random = new Prng(seed)
    const arena = new Arena(cluster)
    const traffic = new Traffic(cluster, random.fork('traffic'))
    traffic.start()
    let rounds = 0
    let slowestRecoveryMs = 0
    do {
      const faults = plan ?? roundOf(random.fork(`round/${rounds}`), shape)
      await execute(faults, arena, (text) => say(`  ${text}`))
      const recovery = await recover(cluster)
      slowestRecoveryMs = Math.max(slowestRecoveryMs, recovery.ms)
      if (recovery.broken !== null) violations.push(`${recovery.broken}, after\n${planText(faults)}`)
      await delay(restMs)
      rounds += 1
      say(`round ${rounds}: ${faults.length} faults, writes again after ${Math.round(recovery.ms)} ms`)
      if (recovery.broken !== null) break
      traffic.era += 1
    } while (plan === undefined && performance.now() < endsAt && violations.length === 0)
    await traffic.stop()
    const history = traffic.history()
    const judged = judgeHistory(history)
    violations.push(...arena.broken, ...traffic.falsehoods, ...judged.violations)
    if (violations.length === 0) violations.push(...(await judgeEnd(traffic, history)))
    return {done: arena.done, history, undecided: judged.undecided, violations, slowestRecoveryMs}
  } finally {
    await cluster.kill()
  }
}

async function recover(cluster: ChaosCluster): Promise<{readonly ms: number; readonly broken: string | null}> {
  const notReady = await cluster.whenReady().then(
    () => null,
    (thrown: Error) => thrown.message,
  )
  const startedAt = performance.now()
  const isWriting = await takesWrites(cluster, progressMs)
  const broken = notReady ?? (isWriting ? null : `P10: no writes within ${progressMs} ms`)
  return {ms: performance.now() - startedAt, broken}
}
