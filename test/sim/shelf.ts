/** The shelf: plans that once failed, and those that replay what failed elsewhere. They outlive changes that make a bare seed useless. */
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {isObject} from '../../src/entity/json.js'
import {type Plan, planFrom, planText} from './plan.js'
import {swarmOf, type WorkloadShape} from './swarm.js'
import type {Order} from './worker.js'

export interface Shelved {
  readonly name: string
  /** What went wrong, where. */
  readonly why: string
  /** Of the cluster and the clients. */
  readonly seed: number
  readonly lengthMs: number
  readonly plan: Plan
  /** Where a lighter load than the seed's will do. */
  readonly workload?: WorkloadShape
}

/** What is played. */
export function orderOf({seed, lengthMs, plan, workload}: Shelved): Order {
  const swarm = swarmOf(seed, lengthMs)
  return {swarm: workload === undefined ? swarm : {...swarm, workload}, plan}
}

/** As a file of the shelf. */
export function shelvedText({why, seed, lengthMs, plan, workload}: Shelved): string {
  const head = {why, seed, seconds: lengthMs / 1_000, ...(workload === undefined ? {} : {workload})}
  const lines = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
  return `{\n${lines.join('')}  "plan": ${planText(plan).trimEnd().replaceAll('\n', '\n  ')}\n}\n`
}

/** In the order of their names. Throws on a file that is none. */
export async function shelf(directory: string): Promise<readonly Shelved[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort()
  return Promise.all(names.map(async (name) => shelvedFrom(name, await readFile(join(directory, name), 'utf8'))))
}

export function shelvedFrom(name: string, text: string): Shelved {
  const read: unknown = JSON.parse(text)
  const {why, seed, seconds, plan, workload} = isObject(read) ? read : {}
  if (typeof why !== 'string' || typeof seed !== 'number' || typeof seconds !== 'number') {
    throw new Error(`${name} does not say why, or which seed and how many seconds`)
  }
  return {
    name,
    why,
    seed,
    lengthMs: seconds * 1_000,
    plan: planFrom(JSON.stringify(plan)),
    ...(workload === undefined ? {} : {workload: workload as WorkloadShape}),
  }
}
