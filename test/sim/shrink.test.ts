import {describe, expect, test} from 'vitest'
import type {Fault, FaultKind, Plan} from './plan.js'
import {reduced} from './reduction.js'
import type {Verdict} from './run.js'
import {orderOf} from './shelf.js'
import {type Failing, shrink} from './shrink.js'
import {planOf, swarmOf} from './swarm.js'
import type {Order} from './worker.js'

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

describe('a failure of a run', () => {
  const swarm = swarmOf(3)
  const order = {swarm, plan: many}
  const finding = (rule: string) => ({promise: 'P1' as const, rule, detail: ''})
  const sound = {
    seed: 3,
    hash: '',
    groups: '',
    virtualMs: 0,
    events: 0,
    ops: 0,
    faults: 0,
    error: null,
    marks: {},
    lines: [],
  }
  const verdictOf = (plan: Plan): Verdict => {
    const kinds = new Set(plan.map(({kind}) => kind))
    const findings = kinds.has('pause') ? [finding('lost')] : kinds.has('crash') ? [finding('another')] : []
    return {...sound, findings}
  }

  test('is made smaller as long as it fails in the same way', async () => {
    const play = async ({plan}: Order) => ({verdict: verdictOf(plan), cpuMs: 0})
    const {shelved, isCutShort} = await reduced({play}, order, verdictOf(many))
    expect(shelved).toMatchObject({name: 'seed-3', why: 'P1 broken: lost', seed: 3, plan: [{kind: 'pause'}]})
    expect(isCutShort).toBe(false)
    expect(verdictOf(orderOf(shelved).plan).findings).toEqual([finding('lost')])
  })

  test('is left as it is when time is up', async () => {
    let nowMs = 0
    const play = async ({plan}: Order) => {
      nowMs += 50_000
      return {verdict: verdictOf(plan), cpuMs: 0}
    }
    const {shelved, isCutShort} = await reduced({play}, order, verdictOf(many), () => nowMs)
    expect(isCutShort).toBe(true)
    expect(nowMs).toBeLessThanOrEqual(150_000)
    expect(verdictOf(shelved.plan).findings).toEqual([finding('lost')])
  })
})
