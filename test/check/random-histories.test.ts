/**
 * The checkers against histories of which the truth is known: made by a correct register, made illegal by construction, or
 * small enough to try every order. Replay with SEED=…; more of them with HISTORIES=….
 */
import {afterAll, expect, test} from 'vitest'
import {reportFigures} from '../harness/figures.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {type Corrupted, corrupt} from './corruption.js'
import {byKey, type History, type Operation} from './history.js'
import {fromLines, toLines} from './history-lines.js'
import {checkLedger} from './ledger.js'
import {checkLinearizable} from './linearizable.js'
import {searchOrder} from './order-search.js'
import {isLinearizable, isWitness} from './reference.js'
import {type SimulatedHistory, type SimulatedRun, simulateHistory} from './simulated-register.js'
import {sourcesOf} from './sources.js'
import {checkVersionOrder} from './version-order.js'

const statesMax = 100_000
const count = Number(process.env.HISTORIES ?? 1_000)
const seed = testSeed()
const counts: Record<string, number> = {}

afterAll(() => {
  process.stdout.write(`checkers: ${JSON.stringify(counts)}; replay with SEED=${seed} HISTORIES=${count}\n`)
})

function tally(what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}

const sizes: readonly SimulatedRun[] = [
  {operations: 30, clients: 3, keys: 1, rejected: 0.05, unknown: 0.1, deletes: 0.2},
  {operations: 80, clients: 8, keys: 2, rejected: 0.05, unknown: 0.05, deletes: 0.1},
  {operations: 60, clients: 5, keys: 3, rejected: 0.1, unknown: 0.2, deletes: 0.3},
]

const small: SimulatedRun = {operations: 6, clients: 3, keys: 1, rejected: 0.08, unknown: 0.2, deletes: 0.25}

function simulated(number: number): SimulatedHistory {
  const random = new SeededRandom(seed + number)
  return simulateHistory(random, random.pick(sizes))
}

/** A legal history and the same with one corruption; histories to which none applies are passed over. */
function corrupted(number: number): {readonly legal: SimulatedHistory; readonly wrong: Corrupted} {
  for (let attempt = 0; attempt < 100; attempt++) {
    const legal = simulated(number + attempt * count)
    const wrong = corrupt(new SeededRandom(seed + number), legal.history)
    if (wrong !== null) return {legal, wrong}
  }
  throw new Error('no history can be corrupted')
}

function replay(number: number, history: History): string {
  return `history ${number}, SEED=${seed} HISTORIES=${count}\n${toLines(history)}`
}

test(`${count} legal histories are accepted by every checker`, () => {
  for (let number = 0; number < count; number++) {
    const {history, finalReads} = simulated(number)
    const shown = replay(number, history)
    expect(checkLinearizable(history), shown).toMatchObject({verdict: 'linearizable', violations: []})
    expect(checkVersionOrder(history), shown).toMatchObject({violations: [], unplaced: 0})
    expect(checkVersionOrder(history, {reads: 'monotonic'}).violations, shown).toEqual([])
    expect(checkLedger(history, finalReads).violations, shown).toEqual([])
    tally('legal')
  }
  reportFigures('checkers', {'legal histories accepted': count})
})

test(`${count} histories with one corruption are refused, by the version order too where positions tell`, () => {
  for (let number = 0; number < count; number++) {
    const {legal, wrong} = corrupted(number)
    const shown = `${wrong.name}, ${replay(number, wrong.history)}`
    expect(checkLinearizable(legal.history).verdict, shown).toBe('linearizable')
    expect(checkLinearizable(wrong.history).verdict, shown).toBe('violation')
    // An unknown upsert has no position, so finding its value does not say which version was seen.
    if (wrong.name !== 'a value older than one that was found before') {
      expect(checkVersionOrder(wrong.history).violations.length, shown).toBeGreaterThan(0)
    }
    tally(wrong.name)
  }
  reportFigures('checkers', {'corrupted histories rejected': count})
})

test(`${count} final states with one wrong value are refused by the ledger`, () => {
  for (let number = 0; number < count; number++) {
    const {history, finalReads} = simulated(number)
    const random = new SeededRandom(seed + number)
    // A get that begins when all is over must not find what the corruptions put into it.
    const {key} = random.pick(finalReads)
    const last: Operation = {
      ...{client: 'last', key, kind: 'get', outcome: 'ok', position: null},
      ...{value: finalReads.find((read) => read.key === key)?.value ?? null, invokedAt: 1e9, returnedAt: 1e9 + 1},
    }
    const others = history.filter(({kind}) => kind !== 'get')
    const wrong = corrupt(random, [...others, last])
    if (wrong === null) throw new Error('a value that was never written always applies')
    const value = wrong.history.at(-1)?.value ?? null
    const wrongReads = finalReads.map((read) => (read.key === key ? {key, value} : read))
    const shown = `${wrong.name}: ${value}, ${replay(number, history)}`
    expect(checkLedger(history, wrongReads).violations.length, shown).toBeGreaterThan(0)
    tally(`in the end, ${wrong.name}`)
  }
  reportFigures('checkers', {'wrong final states rejected': count})
})

test(`the search agrees with trying every order on ${2 * count} small histories, legal or not`, () => {
  for (let number = 0; number < 2 * count; number++) {
    const random = new SeededRandom(seed + number)
    const {history} = simulateHistory(random, small)
    const changed = Array.from({length: random.below(4)}).reduce<History>((before) => change(random, before), history)
    const verdict = isLinearizable(changed) ? 'linearizable' : 'violation'
    const shown = replay(number, changed)
    expect(checkLinearizable(changed).verdict, shown).toBe(verdict)
    // Contradictions that are found first must not hide what the search would say.
    if (hasSources(changed)) expect(searchOrder(changed, statesMax).verdict, shown).toBe(verdict)
    const bare = changed.map((operation) => ({...operation, position: null}))
    if (verdict === 'linearizable') expect(checkVersionOrder(bare).violations, shown).toEqual([])
    tally(`small, ${verdict}`)
  }
  expect(counts['small, linearizable']).toBeGreaterThan(count / 10)
  expect(counts['small, violation']).toBeGreaterThan(count / 10)
})

test(`${count} corruptions of small histories are illegal when every order is tried`, () => {
  for (let number = 0; number < count; number++) {
    const random = new SeededRandom(seed + number)
    const wrong = corrupt(random, simulateHistory(random, small).history)
    if (wrong === null) continue
    expect(isLinearizable(wrong.history), `${wrong.name}, ${replay(number, wrong.history)}`).toBe(false)
    expect(checkLinearizable(wrong.history).verdict).toBe('violation')
    tally(`small, ${wrong.name}`)
  }
})

test(`the order found for each document of ${count} legal histories is one that could be`, () => {
  for (let number = 0; number < count; number++) {
    const {history} = simulated(number)
    for (const {operations} of byKey(history).values()) {
      const result = searchOrder(operations, statesMax)
      const isShown = result.verdict === 'linearizable' && isWitness(result.order, operations)
      expect(isShown, replay(number, operations)).toBe(true)
      tally('witness')
    }
  }
})

test('what was written as lines is read back the same', () => {
  for (let number = 0; number < 100; number++) {
    const {history} = simulated(number)
    expect(fromLines(toLines(history))).toEqual(history)
  }
})

function hasSources(history: History): boolean {
  const [first] = history
  return first === undefined || sourcesOf(first.key, history).violations.length === 0
}

/** Any change that leaves a history fit to be judged; it may stay legal. */
function change(random: SeededRandom, history: History): History {
  const answered = history.filter(({kind, outcome}) => kind === 'get' && outcome === 'ok')
  const chosen = random.pick(answered.length > 0 && random.below(3) > 0 ? answered : history)
  const values = history.flatMap(({kind, value}) => (kind === 'upsert' ? [value] : []))
  const outcome = chosen.returnedAt === null ? 'unknown' : random.pick(['ok', 'rejected', 'unknown'] as const)
  const changed: Operation = answered.includes(chosen)
    ? {...chosen, value: random.pick([...values, null]), position: null}
    : {...chosen, outcome, position: null}
  return history.map((operation) => (operation === chosen ? changed : operation))
}
