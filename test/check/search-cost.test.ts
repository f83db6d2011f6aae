/** What judging costs, in states (which do not depend on the machine) and, for people, in milliseconds. */
import {describe, expect, test} from 'vitest'
import {SeededRandom} from '../harness/random.js'
import {type History, isBefore} from './history.js'
import {checkLinearizable} from './linearizable.js'
import {type SimulatedRun, simulateHistory} from './simulated-register.js'
import {timeline} from './timeline.js'
import {checkVersionOrder} from './version-order.js'

interface Row {
  readonly name: string
  readonly run: SimulatedRun
}

const quiet = {keys: 1, rejected: 0, unknown: 0, deletes: 0.1}

const rows: readonly Row[] = [
  {name: '1,000 operations of 10 clients', run: {...quiet, operations: 1_000, clients: 10}},
  {name: '10,000 operations of 10 clients', run: {...quiet, operations: 10_000, clients: 10}},
  {name: '2,000 operations of 30 clients', run: {...quiet, operations: 2_000, clients: 30}},
  {name: '2,000 operations of 30 clients, 1 % unknown', run: {...quiet, operations: 2_000, clients: 30, unknown: 0.01}},
  {name: '2,000 operations of 30 clients, 20 % unknown', run: {...quiet, operations: 2_000, clients: 30, unknown: 0.2}},
  {name: '1,000 operations of 30 clients, half deletes', run: {...quiet, operations: 1_000, clients: 30, deletes: 0.5}},
]

const seeds = Array.from({length: 5}, (_, number) => number + 1)
const statesPerOperationMax = 40

describe('judging one document takes few states for', () => {
  test.each(rows)('$name', ({name, run}) => {
    const costs = seeds.map((seed) => {
      const {history} = simulateHistory(new SeededRandom(seed), run)
      const {verdict, states, ms} = timed(() => checkLinearizable(history))
      expect(verdict, `seed ${seed}`).toBe('linearizable')
      expect(states, `seed ${seed}`).toBeLessThan(statesPerOperationMax * run.operations)
      return {states, ms}
    })
    print(name, costs)
  })
})

test.each(rows)('a stale read at the end of $name is found and explained', ({name, run}) => {
  const costs = seeds.slice(0, 2).map((seed) => {
    const history = withStaleRead(simulateHistory(new SeededRandom(seed), run).history)
    const {verdict, states, ms} = timed(() => checkLinearizable(history))
    expect(verdict, `seed ${seed}`).toBe('violation')
    return {states, ms}
  })
  print(`${name}, refused and explained`, costs)
})

const certain = rows.filter(({run}) => run.unknown === 0)

test.each(certain)(
  'an unknown delete that lands twice after $name leaves no order, and all are tried',
  ({name, run}) => {
    const costs = seeds.slice(0, 2).map((seed) => {
      const {history} = simulateHistory(new SeededRandom(seed), run)
      const {verdict, states, ms} = timed(() => checkLinearizable([...history, ...deleteTwice(history)]))
      expect(verdict, `seed ${seed}`).toBe('violation')
      return {states, ms}
    })
    print(`${name}, all orders tried`, costs)
  },
)

test('the version order judges 200,000 operations on 2,000 documents', () => {
  const run = {operations: 200_000, clients: 20, keys: 2_000, rejected: 0.02, unknown: 0.02, deletes: 0.1}
  const {history} = simulateHistory(new SeededRandom(1), run)
  const {violations, placed, ms} = timed(() => checkVersionOrder(history))
  expect(violations).toEqual([])
  expect(placed).toBeGreaterThan(50_000)
  print('version order, 200,000 operations', [{states: 0, ms}])
})

/** The last get that was answered finds a value that was replaced before it began. */
function withStaleRead(history: History): History {
  const read = history.findLast(({kind, outcome}) => kind === 'get' && outcome === 'ok')
  const replacing = history.findLast((write) => write.kind !== 'get' && read !== undefined && isBefore(write, read))
  const stale = history.findLast((old) => old.kind === 'upsert' && replacing !== undefined && isBefore(old, replacing))
  if (read === undefined || stale === undefined) throw new Error('no value was replaced before the last get')
  return history.map((operation) => (operation === read ? {...read, value: stale.value, position: null} : operation))
}

/**
 * What may follow when all is over: no two operations contradict each other, so only the search can refuse it, and it has
 * to go through every order of all that was before.
 */
function deleteTwice(history: History): History {
  const end = Math.max(...history.map(({invokedAt, returnedAt}) => returnedAt ?? invokedAt)) + 1
  return timeline('last: [wA ] [d? ] [r- ] [wB ] [rB ] [r- ]').map((operation) => ({
    ...operation,
    key: history[0]?.key ?? operation.key,
    invokedAt: end + operation.invokedAt,
    returnedAt: end + (operation.returnedAt ?? 0),
  }))
}

function timed<T extends object>(judge: () => T): T & {readonly ms: number} {
  const begin = performance.now()
  const result = judge()
  return {...result, ms: performance.now() - begin}
}

function print(name: string, costs: readonly {readonly states: number; readonly ms: number}[]): void {
  const spread = (values: readonly number[]) => {
    const sorted = [...values].sort((a, b) => a - b)
    return `${Math.round(sorted[sorted.length >> 1] ?? 0)} (at most ${Math.round(sorted.at(-1) ?? 0)})`
  }
  const states = spread(costs.map((cost) => cost.states))
  process.stdout.write(`${name}: ${spread(costs.map(({ms}) => ms))} ms, ${states} states\n`)
}
