/** From end to end: concurrent clients of a small store, recorded while they run, then judged. The broken store is the canary. */
import {expect, test} from 'vitest'
import {spaceId} from '../../src/entity/ids.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import type {DocumentKey, OperationKind, Position} from './history.js'
import {checkLedger} from './ledger.js'
import {checkLinearizable} from './linearizable.js'
import {HistoryRecorder} from './recorder.js'
import {checkVersionOrder} from './version-order.js'

// Enough that calls on one document seldom overlap: what nobody can tell apart is legal.
const keys = Array.from({length: 10}, (_, number) => `d${number}`).map((id): DocumentKey => ({spaceId: spaceId(1), id}))

class Store {
  readonly #values = new Map<string, string>()
  #index = 0

  constructor(
    private readonly random: SeededRandom,
    /** Every so many writes, one is acknowledged and forgotten. */
    private readonly forgetsEvery: number,
  ) {}

  async write(key: DocumentKey, value: string | null): Promise<Position> {
    await this.#wait()
    const index = ++this.#index
    const isForgotten = index % this.forgetsEvery === 0
    if (!isForgotten && value === null) this.#values.delete(key.id)
    if (!isForgotten && value !== null) this.#values.set(key.id, value)
    await this.#wait()
    return {term: 1, index}
  }

  async read(key: DocumentKey): Promise<string | null> {
    await this.#wait()
    const value = this.#values.get(key.id) ?? null
    await this.#wait()
    return value
  }

  async #wait(): Promise<void> {
    for (let turns = this.random.below(4); turns > 0; turns--) await Promise.resolve()
  }
}

async function judge(forgetsEvery: number, kinds: readonly OperationKind[] = ['upsert', 'get', 'get', 'delete']) {
  const seed = testSeed()
  const random = new SeededRandom(seed)
  const store = new Store(random, forgetsEvery)
  const recorder = new HistoryRecorder({nowMs: () => 0})
  const client = async (name: string) => {
    for (let number = 0; number < 200; number++) {
      const call = {client: name, key: random.pick(keys)}
      const kind = random.pick(kinds)
      if (kind === 'get') {
        const get = recorder.invoke({...call, kind})
        get.ok(await store.read(call.key))
      } else {
        const value = kind === 'upsert' ? `${name}-${number}` : null
        const write = recorder.invoke(value === null ? {...call, kind: 'delete'} : {...call, kind: 'upsert', value})
        write.ok(await store.write(call.key, value))
      }
    }
  }
  await Promise.all(['1', '2', '3', '4', '5'].map(client))
  const finalReads = await Promise.all(keys.map(async (key) => ({key, value: await store.read(key)})))
  const history = recorder.history()
  return {
    seed: `SEED=${seed}`,
    linearizable: checkLinearizable(history).verdict,
    versionOrder: checkVersionOrder(history).violations.length > 0 ? 'violation' : 'ordered',
    ledger: checkLedger(history, finalReads).violations.length > 0 ? 'violation' : 'kept',
  }
}

test('a store that keeps its word is found to', async () => {
  const {seed, ...verdicts} = await judge(Number.POSITIVE_INFINITY)
  expect(verdicts, seed).toEqual({linearizable: 'linearizable', versionOrder: 'ordered', ledger: 'kept'})
})

test('a store that forgets every tenth write is found out', async () => {
  const {seed, linearizable, versionOrder} = await judge(10)
  expect({linearizable, versionOrder}, seed).toEqual({linearizable: 'violation', versionOrder: 'violation'})
})

test('a store that forgets every upsert is found out by its last state alone', async () => {
  const {seed, ledger} = await judge(1, ['upsert', 'get'])
  expect(ledger, seed).toBe('violation')
})
