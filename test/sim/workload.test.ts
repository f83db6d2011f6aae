/**
 * The clients against a database of a few lines, judged: one that keeps its word is found to, and each way to break it is
 * found out. So the judges work on what the clients record, before there is any cluster.
 */
import {expect, test} from 'vitest'
import {partitionId, spaceId} from '../../src/entity/ids.js'
import type {Clock} from '../../src/env/clock.js'
import {errorCodes} from '../../src/errors/codes.js'
import {HistoryRecorder} from '../check/recorder.js'
import type {Reply} from './client.js'
import {type Document, scoreOf} from './document.js'
import type {Observation} from './observation.js'
import {Judges} from './oracle/judges.js'
import {Prng} from './prng.js'
import {swarmOf} from './swarm.js'
import {Workload} from './workload.js'

type Lie = 'forgets' | 'stale' | 'rejects what it does' | 'does twice' | 'misses hits' | 'damages' | 'none'

interface Body {
  readonly documents?: readonly Document[]
  readonly document_ids?: readonly string[]
  readonly vectors?: readonly {readonly feature: readonly number[]}[]
  readonly filters?: {readonly conditions: readonly {readonly value: number}[]}
  readonly limit?: number
}

/** One partition, applied in the order of an index. Every so often, it lies. */
class Database {
  readonly #documents = new Map<string, Document>()
  #old = new Map<string, Document>()
  #index = 0

  constructor(
    private readonly random: Prng,
    private readonly wait: () => Promise<void>,
    private readonly lie: Lie,
    private readonly tell: (seen: Observation) => void,
  ) {}

  async ask(verb: string, body: Body): Promise<Reply> {
    await this.wait()
    if (this.random.chance(0.05)) return {isOk: false, code: errorCodes.PARTITION_NO_LEADER.code, outcome: 'rejected'}
    const reply = this.#answer(verb, body)
    await this.wait()
    return this.random.chance(0.05) && verb === 'upsert' ? {isOk: false, code: 5, outcome: 'unknown'} : reply
  }

  #answer(verb: string, body: Body): Reply {
    const lies = (lie: Lie) => this.lie === lie && this.random.chance(0.1)
    const data = (value: object): Reply => ({isOk: true, data: value})
    const ids = body.document_ids ?? []
    if (verb === 'upsert') {
      const documents = body.documents ?? []
      if (!lies('forgets')) for (const document of documents) this.#apply(document._id, document)
      if (lies('does twice')) for (const document of documents) this.#apply(document._id, document)
      if (lies('rejects what it does')) return {isOk: false, code: 142, outcome: 'rejected'}
      return data({document_ids: documents.map(({_id}) => ({_id}))})
    }
    if (verb === 'delete') {
      for (const id of ids) this.#apply(id, null)
      return data({document_ids: ids})
    }
    const source = lies('stale') ? this.#old : this.#documents
    const shown = (document: Document) => (lies('damages') ? {...document, number: document.number + 1} : document)
    if (ids.length > 0) return data({documents: ids.flatMap((id) => source.get(id) ?? []).map(shown)})
    const below = body.filters?.conditions[0]?.value ?? Number.POSITIVE_INFINITY
    const found = [...source.values()].filter(({number}) => number < below)
    const feature = body.vectors?.[0]?.feature
    if (feature === undefined) return data({documents: found.slice(0, body.limit).map(shown)})
    const hits = found.map((document) => ({...shown(document), _score: scoreOf(document.value, feature)}))
    hits.sort((a, b) => a._score - b._score)
    return data({documents: [hits.slice(lies('misses hits') ? 1 : 0, body.limit)]})
  }

  #apply(id: string, document: Document | null): void {
    if (this.#index % 20 === 0) this.#old = new Map(this.#documents)
    if (document === null) this.#documents.delete(id)
    else this.#documents.set(id, document)
    const writes = [{key: {spaceId: spaceId(1), id}, value: document?.value ?? null}]
    const where = {atMs: 0, node: 1 as never, group: partitionId(1)}
    this.#index += 1
    this.tell({...where, kind: 'applied', index: this.#index, term: 1, digest: `${this.#index}`, writes})
  }
}

/** Time passes when nothing else happens. */
class IdleClock implements Pick<Clock, 'nowMs' | 'sleep'> {
  #nowMs = 0
  readonly #sleepers = new Set<{readonly dueMs: number; readonly wake: () => void}>()

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const sleeper = {dueMs: this.#nowMs + ms, wake: end(resolve)}
      const onAbort = end(() => reject(signal?.reason))
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', onAbort)
    })
  }

  async runUntil(endMs: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate)
      const [next] = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined || next.dueMs > endMs) return
      this.#nowMs = next.dueMs
      next.wake()
    }
  }
}

async function run(lie: Lie, seed: number): Promise<string[]> {
  const random = new Prng(seed)
  const clock = new IdleClock()
  const judges = new Judges('c')
  const findings: string[] = []
  const tell = (seen: Observation) => void findings.push(...judges.see(seen).map(({promise}) => promise))
  const waiting = random.fork('wait')
  const database = new Database(random.fork('database'), () => clock.sleep(waiting.exponential(5)), lie, tell)
  const recorder = new HistoryRecorder(clock)
  const workload = new Workload({
    clock,
    random: random.fork('workload'),
    shape: {
      ...swarmOf(1).workload,
      ...{
        clients: 5,
        opsPerSecond: 100,
        keysPerSpace: 8,
        batchMax: 3,
        retriesMax: lie === 'rejects what it does' ? 0 : 2,
      },
      mix: {upsert: 5, get: 5, delete: 1, search: 3, query: 1, admin: 0},
    },
    spaces: [
      {id: spaceId(1), address: {db_name: 'd', space_name: 's'}, groups: [partitionId(1)], group: () => partitionId(1)},
    ],
    recorder,
    ask: () => (verb, body) => database.ask(verb, body),
    tell,
  })
  const running = workload.run()
  await clock.runUntil(5_000)
  workload.stop()
  await Promise.all([clock.runUntil(20_000), running])
  const reading = workload.finalReads(new AbortController().signal)
  await clock.runUntil(40_000)
  expect(workload.calls).toBeGreaterThan(200)
  const evidence = {history: recorder.history(), searches: workload.searches, admin: [], finalReads: await reading}
  return [...new Set([...findings, ...judges.end(evidence).map(({promise}) => promise)])].sort()
}

const seeds = [1, 2, 3, 4, 5]

test('a database that keeps its word', async () => {
  for (const seed of seeds) expect(await run('none', seed), `seed ${seed}`).toEqual([])
})

test.each([
  ['forgets', 'P1'],
  ['stale', 'P2'],
  ['stale', 'P4'],
  ['misses hits', 'P4'],
  ['rejects what it does', 'P1'],
  ['does twice', 'P5'],
  ['damages', 'P9'],
] as const)('one that %s breaks %s', async (lie, promise) => {
  for (const seed of seeds) expect(await run(lie, seed), `seed ${seed}`).toContain(promise)
})
