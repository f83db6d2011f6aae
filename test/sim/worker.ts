/** A process that plays the runs its parent asks for, one after the other, and sends back each verdict. */

import type {Plan} from './plan.js'
import {real} from './poison.js'
import {installProbes} from './probe.js'
import {Run, type Verdict} from './run.js'
import type {Swarm} from './swarm.js'

export interface Order {
  readonly swarm: Swarm
  readonly plan: Plan
}

export interface Played {
  readonly verdict: Verdict
  readonly cpuMs: number
}

let current: Run | null = null

async function play({swarm, plan}: Order): Promise<Played> {
  const before = process.cpuUsage()
  current = new Run(swarm, plan, () => new Promise((resolve) => void real.setImmediate(resolve)))
  const verdict = await current.verdict()
  const {user, system} = process.cpuUsage(before)
  return {verdict, cpuMs: (user + system) / 1_000}
}

installProbes()
process.on('unhandledRejection', (reason) => current?.fail(reason))
process.on('uncaughtException', (error) => current?.fail(error))
process.on('message', (order: Order) => void play(order).then((played) => process.send?.(played)))
