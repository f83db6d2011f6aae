import {expect, test} from 'vitest'
import type {Fault, FaultKind} from './plan.js'
import {type Failing, shrink} from './shrink.js'
import {planOf, swarmOf} from './swarm.js'

const {workload} = swarmOf(1)
const crash = (atMs: number, forMs = 1_000): Fault => ({atMs, kind: 'crash', target: 'ps/1', args: {}, forMs})
const pause = (atMs: number, forMs = 1_000): Fault => ({...crash(atMs, forMs), kind: 'pause'})
const many = Array.from({length: 40}, (_, at) => (at % 7 === 3 ? pause(at * 100) : crash(at * 100)))
const moments = ({plan}: Failing) => plan.map(({kind, atMs}) => `${kind} ${atMs}`)
const count = ({plan}: Failing, wanted: FaultKind) => plan.filter(({kind}) => kind === wanted).length

test.each([
  {name: 'one fault', fails: (of: Failing) => moments(of).includes('crash 3700'), left: ['crash']},
  {
    name: 'two that are far apart',
    fails: (of: Failing) => moments(of).includes('crash 0') && moments(of).includes('crash 3900'),
    left: ['crash', 'crash'],
  },
  {
    name: 'one of each kind',
    fails: (of: Failing) => count(of, 'crash') * count(of, 'pause') > 0,
    left: ['crash', 'pause'],
  },
  {name: 'nothing at all', fails: () => true, left: []},
  {name: 'four of a kind', fails: (of: Failing) => count(of, 'pause') >= 4, left: ['pause', 'pause', 'pause', 'pause']},
])('leaves what the failure needs: $name', async ({fails, left}) => {
  const shrunk = await shrink({plan: many, workload, lengthMs: 4_000}, async (candidate) => fails(candidate))
  expect(fails(shrunk)).toBe(true)
  expect(shrunk.isCutShort).toBe(false)
  expect(shrunk.plan.map(({kind}) => kind).sort()).toEqual(left)
})

test('ends the run soon after the failure', async () => {
  const needed = (of: Failing) => moments(of).includes('crash 500')
  const {lengthMs, plan} = await shrink({plan: many, workload, lengthMs: 64_000}, async (of) => needed(of))
  expect(lengthMs).toBe(1_000)
  expect(plan).toHaveLength(1)
})

test('shortens the faults that are left, and lightens the load', async () => {
  const fails = async ({plan, workload: {clients, mix}}: Failing) => {
    return clients >= 2 && mix.get > 0 && (plan[0]?.forMs ?? 0) >= 200
  }
  const shrunk = await shrink({plan: [crash(0, 60_000)], workload, lengthMs: 1_000}, fails)
  expect(shrunk.plan[0]?.forMs).toBeLessThan(400)
  expect(shrunk.workload).toMatchObject({clients: 2, opsPerSecond: 1, batchMax: 1, mix: {search: 0, delete: 0}})
})

test('gives up when it has run often enough, with what still fails', async () => {
  const fails = (of: Failing) => count(of, 'pause') >= 5
  const shrunk = await shrink({plan: many, workload, lengthMs: 1_500}, async (of) => fails(of), {runsMax: 3})
  expect(shrunk).toMatchObject({runs: 3, isCutShort: true})
  expect(fails(shrunk)).toBe(true)
})

test('works on what a seed makes', async () => {
  const swarm = swarmOf(7)
  const start = {plan: planOf(swarm), workload: swarm.workload, lengthMs: swarm.lengthMs}
  const shrunk = await shrink(start, async ({plan}) => plan.length >= 3)
  expect(shrunk.plan).toHaveLength(3)
})
