/**
 * `npm run sim -- --minutes 10 | --seeds 1..200 [--minutes 10] | --seed 17 | --plan FILE [--seed 17] | --floor`
 *
 * Plays runs on all cores and prints the figures; a failure is printed with the line that plays it again, and makes the exit
 * code 1. The first few are made smaller as well, and kept as files that `--plan` plays. Every twentieth seed is played twice, in
 * two processes, and must do the same twice.
 */
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {availableParallelism, tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {reportFigures} from '../harness/figures.js'
import {Fleet} from './fleet.js'
import {floorSwarm} from './floor.js'
import {type Plan, planFrom} from './plan.js'
import {reduced} from './reduction.js'
import {failureText, figures, isFailure, layerFigures, noTotals} from './report.js'
import type {Verdict} from './run.js'
import {orderOf, shelvedFrom, shelvedText} from './shelf.js'
import {planOf, type Swarm, swarmOf} from './swarm.js'

const twiceEvery = 20

const {values} = parseArgs({
  options: {
    minutes: {type: 'string'},
    seeds: {type: 'string'},
    seed: {type: 'string'},
    plan: {type: 'string'},
    /** The first act's length, in virtual seconds. */
    seconds: {type: 'string', default: '90'},
    workers: {type: 'string', default: String(availableParallelism())},
    floor: {type: 'boolean', default: false},
    /** How many of the failures are made smaller. */
    shrink: {type: 'string', default: '3'},
    /** Prints how often what was logged: what no run reaches, no run tests. */
    marks: {type: 'boolean', default: false},
  },
})

interface Task {
  readonly swarm: Swarm
  readonly plan: Plan
  readonly replay: string
  readonly isTwice: boolean
}

/** Between two looks at how far it is, on stderr. */
const progressMs = 60_000

const kept = join(tmpdir(), 'vearchctl-sim')
let shrinksLeft = Number(values.shrink)

const totals = noTotals()
const marks = new Map<string, number>()
const progress = setInterval(() => process.stderr.write(`${figures(totals)} so far\n`), progressMs)
const fleet = new Fleet()
const tasks = tasksOf()
await Promise.all(Array.from({length: Number(values.workers)}, work))
fleet.stop()
clearInterval(progress)
if (values.marks) for (const [mark, count] of [...marks].sort()) process.stdout.write(`${mark} ${count}\n`)
process.stdout.write(`${figures(totals)}\n`)
if (process.env.FIGURES !== undefined) reportFigures('sim', layerFigures(totals))
process.exitCode = totals.failures === 0 ? 0 : 1

async function work(): Promise<void> {
  for await (const task of tasks) await played(task)
}

async function played(task: Task): Promise<void> {
  const {swarm, plan, replay, isTwice} = task
  try {
    const {verdict, cpuMs} = await fleet.play({swarm, plan})
    totals.seeds += 1
    totals.virtualMs += verdict.virtualMs
    totals.cpuMs += cpuMs
    totals.faults += verdict.faults
    totals.ops += verdict.ops
    for (const [mark, count] of Object.entries(verdict.marks)) marks.set(mark, (marks.get(mark) ?? 0) + count)
    if (isFailure(verdict)) {
      fail(failureText(verdict, plan, replay))
      if (shrinksLeft-- > 0) await keepSmaller(task, verdict)
    }
    if (!isTwice) return
    const again = await fleet.play({swarm, plan})
    if (again.verdict.hash !== verdict.hash)
      fail(`seed ${swarm.seed} is not the same twice: ${verdict.hash}, then ${again.verdict.hash}\nreplay: ${replay}\n`)
  } catch (thrown) {
    fail(`${(thrown as Error).message}\nreplay: ${replay}\n`)
  }
}

async function keepSmaller(task: Task, verdict: Verdict): Promise<void> {
  const {shelved, runs, isCutShort} = await reduced(fleet, task, verdict)
  const path = join(kept, `${shelved.name}.json`)
  const text = shelvedText(shelved)
  await mkdir(kept, {recursive: true})
  await writeFile(path, text)
  const bound = isCutShort ? ', and there they were ended' : ''
  const head = `${task.plan.length} faults of seed ${shelved.seed} made ${shelved.plan.length} by ${runs} runs${bound}:`
  process.stdout.write(`${head}\n${text}replay: npm run sim -- --plan ${path}\n`)
}

function fail(text: string): void {
  totals.failures += 1
  process.stdout.write(text)
}

async function* tasksOf(): AsyncGenerator<Task> {
  if (values.floor) {
    yield {swarm: floorSwarm(lengthMs()), plan: [], replay: 'npm run sim -- --floor', isTwice: false}
    return
  }
  if (values.plan !== undefined) {
    yield await planned(values.plan)
    return
  }
  const [first = 1, last = Number.POSITIVE_INFINITY] = range()
  const endsAtMs = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000
  for (let seed = first; seed <= last && performance.now() < endsAtMs; seed += 1) yield taskOf(seed)
}

/** A file of the shelf, or a bare list of faults for some seed. */
async function planned(path: string): Promise<Task> {
  const text = await readFile(path, 'utf8')
  const replay = `npm run sim -- --plan ${path}`
  if (!text.trimStart().startsWith('[')) return {...orderOf(shelvedFrom(path, text)), replay, isTwice: false}
  const seed = Number(values.seed ?? 1)
  return {
    swarm: swarmOf(seed, lengthMs()),
    plan: planFrom(text),
    replay: `${replay} --seed ${seed}`,
    isTwice: false,
  }
}

function taskOf(seed: number): Task {
  const swarm = swarmOf(seed, lengthMs())
  const seconds = values.seconds === '90' ? '' : ` --seconds ${values.seconds}`
  const replay = `npm run sim -- --seed ${seed}${seconds}`
  return {swarm, plan: planOf(swarm), replay, isTwice: seed % twiceEvery === 0}
}

function range(): readonly number[] {
  if (values.seed !== undefined) return [Number(values.seed), Number(values.seed)]
  if (values.seeds !== undefined) return values.seeds.split('..').map(Number)
  if (values.minutes === undefined) throw new Error('say what to play: --minutes, --seeds A..B, --seed or --plan')
  // Each soak sees other seeds.
  return [Math.floor(Math.random() * 2 ** 31)]
}

function lengthMs(): number {
  return Number(values.seconds) * 1_000
}
