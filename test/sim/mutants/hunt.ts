/**
 * `npm run mutants [-- --only 'expression' --seeds 200 --seconds 30]`
 *
 * Plays runs on the code with one planted bug at a time, until a judge objects: first the plan on the shelf that aims at it, if
 * there is one, then seeds. A run that fails on the sound code as well proves nothing and does not count. Prints each bug with what found it and after how many runs; exit code 1 if one that
 * the simulator must find is not found.
 */
import {rm} from 'node:fs/promises'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {reportFigures} from '../../harness/figures.js'
import {Fleet} from '../fleet.js'
import {isFailure} from '../report.js'
import type {Verdict} from '../run.js'
import {orderOf, shelf} from '../shelf.js'
import {planOf, swarmOf} from '../swarm.js'
import type {Order} from '../worker.js'
import {plant} from './apply.js'
import type {Mutant} from './mutant.js'
import {planted} from './planted.js'

const {values} = parseArgs({
  options: {
    only: {type: 'string', default: ''},
    seeds: {type: 'string', default: '200'},
    seconds: {type: 'string', default: '30'},
    workers: {type: 'string', default: String(availableParallelism())},
  },
})
const seedsMax = Number(values.seeds)
const lengthMs = Number(values.seconds) * 1_000
const compiled = join(import.meta.dirname, '..', '..', '..')
const copies = join(compiled, 'mutants')

interface Hunt {
  readonly mutant: Mutant
  /** That it took; null if it was not found. */
  readonly runs: number | null
}

interface HuntedRun {
  readonly name: string
  readonly order: Order
}

const shelved = new Map((await shelf(join(compiled, '..', 'test', 'sim', 'plans'))).map((plan) => [plan.name, plan]))
const sound = new Fleet()
/** By name of the run: whether the sound code passes. */
const passes = new Map<string, Promise<boolean>>()
const chosen = planted.filter(({name}) => new RegExp(values.only).test(name))
const elsewhere = chosen.filter(({foundBy}) => foundBy !== undefined)
const queue = chosen.filter(({foundBy}) => foundBy === undefined)
const hunts: Hunt[] = []
const total = queue.length
for (const {name, foundBy} of elsewhere) print(`${name}: not in the simulator's reach, found by ${foundBy}`)
await Promise.all(Array.from({length: Number(values.workers)}, work))
sound.stop()
const counts = hunts.flatMap(({runs}) => runs ?? []).sort((a, b) => a - b)
const median = counts[Math.floor((counts.length - 1) / 2)] ?? 0
print(`mutants: ${counts.length} of ${total} found, median ${median} runs, most ${counts.at(-1) ?? 0}`)
if (process.env.FIGURES !== undefined) reportFigures('mutants', {found: counts.length, planted: total})
process.exitCode = counts.length === total ? 0 : 1

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const copy = join(copies, mutant.name.replace(/\W+/g, '-'))
    await plant(compiled, copy, mutant)
    const fleet = new Fleet(join(copy, 'test', 'sim', 'worker.js'))
    hunts.push({mutant, runs: await hunt(mutant, fleet)})
    fleet.stop()
    await rm(copy, {recursive: true, force: true})
  }
}

async function hunt(mutant: Mutant, fleet: Fleet): Promise<number | null> {
  const {name, promiseBroken} = mutant
  let runs = 0
  for (const {name: run, order} of runsFor(mutant)) {
    runs += 1
    const {verdict} = await fleet.play(order)
    if (!isFailure(verdict)) continue
    passes.set(run, passes.get(run) ?? sound.play(order).then((played) => !isFailure(played.verdict)))
    if (!(await passes.get(run))) continue
    print(`${name}: breaks ${promiseBroken}, found by ${run}, run ${runs}: ${reason(verdict)}`)
    return runs
  }
  print(`${name}: breaks ${promiseBroken}, NOT FOUND in ${runs} runs`)
  return null
}

function* runsFor({name, plan: planName}: Mutant): Generator<HuntedRun> {
  if (planName !== undefined) {
    const aimed = shelved.get(planName)
    if (aimed === undefined) throw new Error(`${name}: there is no ${planName} on the shelf`)
    yield {name: planName, order: orderOf(aimed)}
  }
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const swarm = swarmOf(seed, lengthMs)
    yield {name: `seed ${seed}`, order: {swarm, plan: planOf(swarm)}}
  }
}

function reason({findings: [first], error}: Verdict): string {
  return first === undefined ? (error?.split('\n')[0] ?? '') : `${first.promise} ${first.rule}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
