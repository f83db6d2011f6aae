/**
 * `npm run mutants [-- --only 'expression' --seeds 200 --seconds 30]`
 *
 * Plays seeds on the code with one planted bug at a time, until a judge objects. A seed that fails on the sound code as well
 * proves nothing and does not count. Prints each bug with what found it and after how many seeds; exit code 1 if one that
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
import {planOf, swarmOf} from '../swarm.js'
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
  /** Seeds that it took; null if it was not found. */
  readonly seeds: number | null
}

const sound = new Fleet()
/** By seed: whether the sound code passes. */
const passes = new Map<number, Promise<boolean>>()
const chosen = planted.filter(({name}) => new RegExp(values.only).test(name))
const elsewhere = chosen.filter(({foundBy}) => foundBy !== undefined)
const queue = chosen.filter(({foundBy}) => foundBy === undefined)
const hunts: Hunt[] = []
const total = queue.length
for (const {name, foundBy} of elsewhere) print(`${name}: not in the simulator's reach, found by ${foundBy}`)
await Promise.all(Array.from({length: Number(values.workers)}, work))
sound.stop()
const counts = hunts.flatMap(({seeds}) => seeds ?? []).sort((a, b) => a - b)
const median = counts[Math.floor((counts.length - 1) / 2)] ?? 0
print(`mutants: ${counts.length} of ${total} found, median ${median} seeds, most ${counts.at(-1) ?? 0}`)
if (process.env.FIGURES !== undefined) reportFigures('mutants', {found: counts.length, planted: total})
process.exitCode = counts.length === total ? 0 : 1

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const copy = join(copies, mutant.name.replace(/\W+/g, '-'))
    await plant(compiled, copy, mutant)
    const fleet = new Fleet(join(copy, 'test', 'sim', 'worker.js'))
    hunts.push({mutant, seeds: await hunt(mutant, fleet)})
    fleet.stop()
    await rm(copy, {recursive: true, force: true})
  }
}

async function hunt({name, promiseBroken}: Mutant, fleet: Fleet): Promise<number | null> {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const verdict = await played(fleet, seed)
    if (!isFailure(verdict)) continue
    passes.set(seed, passes.get(seed) ?? played(sound, seed).then((sane) => !isFailure(sane)))
    if (!(await passes.get(seed))) continue
    print(`${name}: breaks ${promiseBroken}, found after ${seed} seeds: ${reason(verdict)}`)
    return seed
  }
  print(`${name}: breaks ${promiseBroken}, NOT FOUND in ${seedsMax} seeds`)
  return null
}

async function played(fleet: Fleet, seed: number): Promise<Verdict> {
  const swarm = swarmOf(seed, lengthMs)
  return (await fleet.play({swarm, plan: planOf(swarm)})).verdict
}

function reason({findings: [first], error}: Verdict): string {
  return first === undefined ? (error?.split('\n')[0] ?? '') : `${first.promise} ${first.rule}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
