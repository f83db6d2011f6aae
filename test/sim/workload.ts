/**
 * Clients that write, read, delete and search a few documents over and over, by seed; everything that they see is recorded.
 *
 * - Every upsert writes a value of its own. A value is sent again only after all that was said of it is `rejected`: then it
 *   is still one call, that has happened at most once.
 * - What is unknown stays unknown; the client goes on with another value.
 * - A client waits for each call, and calls wait no longer than their time: the number of calls under way is the number of
 *   clients.
 */
import type {PartitionId, SpaceId} from '../../src/entity/ids.js'
import type {Clock} from '../../src/env/clock.js'
import type {FinalRead} from '../check/ledger.js'
import type {HistoryRecorder} from '../check/recorder.js'
import {type Ask, Client, type Fate, type SearchQuery, type SpaceAddress} from './client.js'
import {dimension, documentOf, numberEnd} from './document.js'
import type {Observation} from './observation.js'
import type {Prng} from './prng.js'
import type {WorkloadShape} from './swarm.js'

export interface WorkloadSpace {
  readonly id: SpaceId
  readonly address: SpaceAddress
  /** Where the document with this id lives. */
  group(document: string): PartitionId
}

/** What a search was told, and when it began and ended on the recorder's clock. */
export interface SearchCall extends SearchQuery {
  readonly client: string
  readonly spaceId: SpaceId
  readonly invokedAt: number
  readonly returnedAt: number
  readonly hits: readonly SearchHit[]
}

export interface SearchHit {
  readonly id: string
  readonly value: string
  readonly score: number
}

export interface WorkloadParts {
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>
  readonly random: Prng
  readonly shape: WorkloadShape
  readonly spaces: readonly WorkloadSpace[]
  readonly recorder: HistoryRecorder
  /** How client number `client` reaches the database. */
  ask(client: number): Ask
  tell(observation: Observation): void
  /** What an administrator does now and then, if there is one; resolves when it is done. */
  admin?(random: Prng): Promise<void>
}

type Verb = keyof WorkloadShape['mix']

/** Before a rejected write is sent once more. */
const retryPauseMs = 50
const topKMax = 10

export class Workload {
  readonly searches: SearchCall[] = []
  readonly #stop = new AbortController()
  #values = 0
  #calls = 0

  constructor(private readonly parts: WorkloadParts) {}

  /** Calls that have ended. */
  get calls(): number {
    return this.#calls
  }

  /** Resolves when every client has stopped after `stop`. */
  async run(): Promise<void> {
    const {shape, random} = this.parts
    await Promise.all(Array.from({length: shape.clients}, (_, at) => this.#live(at, random.fork(`client/${at}`))))
  }

  /** Clients end the call that they are in. Idempotent. */
  stop(): void {
    this.#stop.abort()
  }

  /** What every document of the history holds. Each is asked for until it is told; rejects when `signal` is aborted. */
  async finalReads(signal: AbortSignal): Promise<readonly FinalRead[]> {
    const {recorder, spaces} = this.parts
    const keys = new Map(recorder.history().map(({key}) => [`${key.spaceId}/${key.id}`, key]))
    const reads: FinalRead[] = []
    for (const key of keys.values()) {
      const space = spaces.find(({id}) => id === key.spaceId)
      if (space === undefined) throw new Error(`there is no space ${key.spaceId}`)
      const client = this.#client('final', 0, space)
      for (;;) {
        const read = await client.get(key.id)
        if (read.outcome === 'ok') {
          reads.push({key, value: read.found})
          break
        }
        await this.parts.clock.sleep(retryPauseMs, signal)
      }
    }
    return reads
  }

  async #live(at: number, random: Prng): Promise<void> {
    const {clock, shape} = this.parts
    const {signal} = this.#stop
    const meanMs = (1_000 * shape.clients) / shape.opsPerSecond
    while (!signal.aborted) {
      await clock.sleep(random.exponential(meanMs), signal).catch(() => {})
      if (!signal.aborted) await this.#call(at, drawnVerb(shape.mix, random), random)
    }
  }

  async #call(at: number, verb: Verb, random: Prng): Promise<void> {
    const space = random.pick(this.parts.spaces)
    const id = `d${random.below(this.parts.shape.keysPerSpace)}`
    const name = `client/${at}`
    const client = this.#client(name, at, space)
    switch (verb) {
      case 'upsert':
        return this.#upsert(client, name, space, random)
      case 'delete':
        return this.#delete(client, name, space, id)
      case 'get':
        return this.#get(client, name, space, id)
      case 'search':
      case 'query':
        return this.#search(client, name, verb, space, random)
      case 'admin':
        return this.parts.admin?.(random)
    }
  }

  async #upsert(client: Client, name: string, space: WorkloadSpace, random: Prng): Promise<void> {
    const {recorder, shape, clock} = this.parts
    const ids = new Set(
      Array.from({length: random.between(1, shape.batchMax)}, () => `d${random.below(shape.keysPerSpace)}`),
    )
    let left = [...ids].map((id, at) => {
      const value = `v${++this.#values}`
      const call = recorder.invoke({client: `${name}.${at}`, key: {spaceId: space.id, id}, kind: 'upsert', value})
      return {id, value, call}
    })
    for (let attempt = 0; left.length > 0; attempt += 1) {
      const fates = await client.upsert(left.map(({id, value}) => documentOf(id, value)))
      const isLast = attempt === shape.retriesMax || this.#stop.signal.aborted
      left = left.filter(({id, call}, at) => {
        const {outcome, code}: Fate = fates[at] ?? {outcome: 'unknown', code: 0}
        if (outcome === 'rejected' && !isLast) return true
        call[outcome]()
        this.#ended(name, 'upsert', {outcome, code}, space.group(id))
        return false
      })
      if (left.length > 0) await clock.sleep(retryPauseMs)
    }
  }

  async #delete(client: Client, name: string, space: WorkloadSpace, id: string): Promise<void> {
    const call = this.parts.recorder.invoke({client: `${name}.0`, key: {spaceId: space.id, id}, kind: 'delete'})
    const fate = await client.delete(id)
    call[fate.outcome]()
    this.#ended(name, 'delete', fate, space.group(id))
  }

  async #get(client: Client, name: string, space: WorkloadSpace, id: string): Promise<void> {
    const call = this.parts.recorder.invoke({client: `${name}.0`, key: {spaceId: space.id, id}, kind: 'get'})
    const read = await client.get(id)
    if (read.outcome === 'ok') call.ok(read.found)
    else call.rejected()
    this.#ended(name, 'get', read, space.group(id))
  }

  async #search(
    client: Client,
    name: string,
    verb: 'search' | 'query',
    space: WorkloadSpace,
    random: Prng,
  ): Promise<void> {
    const {recorder} = this.parts
    const query: SearchQuery = {
      vector: verb === 'query' ? null : Array.from({length: dimension}, () => random.below(dimension)),
      topK: random.between(1, topKMax),
      below: verb === 'query' || random.chance(0.5) ? random.below(numberEnd + 1) : null,
      isThroughLeader: random.chance(0.8),
    }
    const invokedAt = recorder.moment()
    const answer = await client.search(query)
    const returnedAt = recorder.moment()
    if (answer.outcome === 'ok') {
      this.searches.push({...query, client: name, spaceId: space.id, invokedAt, returnedAt, hits: answer.found})
    }
    this.#ended(name, verb, answer, null)
  }

  #ended(client: string, verb: Verb, {outcome, code}: Fate, group: PartitionId | null): void {
    this.#calls += 1
    this.parts.tell({atMs: this.parts.clock.nowMs(), kind: 'call', client, verb, outcome, code, group})
  }

  #client(name: string, at: number, {id: spaceId, address}: WorkloadSpace): Client {
    const {clock, shape, ask, tell} = this.parts
    return new Client(ask(at), address, shape.timeoutMs, (id, detail) =>
      tell({atMs: clock.nowMs(), kind: 'misshapen', client: name, key: {spaceId, id}, detail}),
    )
  }
}

function drawnVerb(mix: WorkloadShape['mix'], random: Prng): Verb {
  const weights = Object.entries(mix) as [Verb, number][]
  let left = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [verb, weight] of weights) {
    left -= weight
    if (left < 0) return verb
  }
  return 'get'
}
