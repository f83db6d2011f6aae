/**
 * One run: from a seed to a verdict.
 *
 * The cluster comes up and makes its spaces in peace. First act: clients work, faults come as the plan has them. Second act: all
 * faults end, and what was promised must be there.
 */
import {HistoryRecorder} from '../check/recorder.js'
import {Cluster, clusterName} from './cluster.js'
import {Injector} from './injector.js'
import type {Observation} from './observation.js'
import {Judges} from './oracle/judges.js'
import type {Finding} from './oracle/oracle.js'
import type {Plan} from './plan.js'
import {Prng} from './prng.js'
import type {Swarm} from './swarm.js'
import {Workload} from './workload.js'
import {World} from './world.js'

export interface Outcome {
  readonly seed: number
  readonly hash: string
  readonly virtualMs: number
  readonly events: number
  readonly ops: number
  /** Faults that came about, and those whose target was nobody. */
  readonly faults: number
  readonly voidFaults: number
  readonly findings: readonly Finding[]
  /** What the run failed with that is no finding: a bug that showed itself. */
  readonly crash: string | null
  readonly lines: readonly string[]
}

const bootUs = 120_000_000
const secondActUs = 120_000_000

export async function run(swarm: Swarm, plan: Plan, realTurn: () => Promise<void>): Promise<Outcome> {
  const world = new World(new Prng(swarm.seed).fork('world'), realTurn)
  const judges = new Judges(clusterName)
  const findings: Finding[] = []
  const tell = (observation: Observation) => {
    if (findings.length === 0) findings.push(...judges.see(observation))
    note(world, observation)
  }
  const cluster = new Cluster(world, swarm, tell)
  const injector = new Injector(world, cluster, tell)
  const recorder = new HistoryRecorder(cluster.clientClock)
  const isDone = () => findings.length > 0
  let workload: Workload | null = null
  let crash: string | null = null
  try {
    let isBooted = false
    run_(world, cluster.boot(), () => {
      isBooted = true
    })
    await world.runUntil(bootUs, () => isBooted || isDone())
    if (!isBooted && !isDone()) throw new Error('the cluster did not come up')
    workload = new Workload({
      clock: cluster.clientClock,
      random: world.random.fork('workload'),
      shape: swarm.workload,
      spaces: cluster.workloadSpaces,
      recorder,
      ask: (client) => cluster.ask(client),
      tell,
    })
    let isAtRest = false
    run_(world, workload.run(), () => {
      isAtRest = true
    })
    injector.schedule(plan)
    await world.runUntil(world.nowUs + swarm.lengthMs * 1_000, isDone)
    injector.healAll()
    workload.stop()
    await world.runUntil(world.nowUs + secondActUs, () => isAtRest || isDone())
    const patience = new AbortController()
    let finalReads: Awaited<ReturnType<Workload['finalReads']>> | null = null
    run_(world, workload.finalReads(patience.signal).catch(() => null), (reads) => {
      finalReads = reads
    })
    await world.runUntil(world.nowUs + secondActUs, () => finalReads !== null || isDone())
    patience.abort(new Error('the time is up'))
    if (!isDone()) {
      if (finalReads === null) throw new Error('the cluster does not answer after all faults ended')
      findings.push(...judges.end({history: recorder.history(), searches: workload.searches, admin: [], finalReads}))
    }
  } catch (thrown) {
    crash = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  }
  return {
    seed: swarm.seed,
    hash: world.trace.hash,
    virtualMs: world.nowMs,
    events: world.events,
    ops: workload?.calls ?? 0,
    faults: injector.began,
    voidFaults: injector.voids,
    findings,
    crash,
    lines: world.trace.lines(),
  }
}

/** Whatever it throws is the run's failure. */
function run_<T>(world: World, work: Promise<T>, done: (value: T) => void): void {
  work.then(done, (thrown: unknown) => world.fail(thrown))
}

function note(world: World, seen: Observation): void {
  switch (seen.kind) {
    case 'led':
      return world.trace.log(seen.atMs, `node ${seen.node}`, 'led', {group: seen.group, term: seen.term})
    case 'restored':
      return world.trace.log(seen.atMs, `node ${seen.node}`, 'restored', {group: seen.group, index: seen.index})
    case 'started':
    case 'crashed':
    case 'stopped':
    case 'wiped':
    case 'failed':
      return world.trace.log(seen.atMs, seen.place, seen.kind, seen.detail === undefined ? {} : {detail: seen.detail})
    case 'fault':
      return world.trace.log(seen.atMs, 'fault', seen.phase, {kind: seen.fault, target: seen.target})
    case 'state':
      world.trace.mix(seen.index)
      return
    default:
      return
  }
}
