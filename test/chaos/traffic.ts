/**
 * Clients that write, read, delete and search the same few documents at once, and write down what they were told.
 *
 * The documents change with each era, so that the history of one stays short enough to be judged whole. A search with a
 * filter for the era and room for all of its documents is a get of each of them, found or not.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {systemClock} from '../../src/env/clock.js'
import type {History} from '../check/history.js'
import type {FinalRead} from '../check/ledger.js'
import {HistoryRecorder, type ReadCall, type WriteCall} from '../check/recorder.js'
import type {Answer} from '../harness/cluster.js'
import {until} from '../harness/until.js'
import type {Prng} from '../sim/prng.js'
import type {ChaosCluster} from './cluster.js'
import {at, documentOf, origin, scoreOf, space} from './space.js'

const clients = 8
const documentsPerEra = 40
const batchMax = 5
const thinkMsMax = 40
const callMs = 4_000
const readMs = 30_000
const readBatch = 100

type Deed = 'upsert' | 'get' | 'delete' | 'search'
/** Reads see what writes do; a search is worth forty gets, and costs as much. */
const deeds: readonly Deed[] = ['upsert', 'upsert', 'upsert', 'upsert', 'get', 'get', 'get', 'delete', 'search']

export class Traffic {
  era = 0
  /** Answers that no order of calls could excuse. */
  readonly falsehoods: string[] = []
  readonly #recorder = new HistoryRecorder(systemClock)
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>[] = []
  #values = 0

  constructor(
    private readonly cluster: ChaosCluster,
    private readonly random: Prng,
  ) {}

  start(): void {
    for (let client = 1; client <= clients; client++) {
      this.#running.push(this.#client(`c${client}`, this.random.fork(`client/${client}`)))
    }
  }

  /** Resolves when every call has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  history(): History {
    return this.#recorder.history()
  }

  /** What every document of the history holds, as its leader says. */
  async finalReads(history: History): Promise<FinalRead[]> {
    const found = await this.readAll('leader')
    const ids = new Set(history.map(({key}) => key.id))
    return [...ids].map((id) => ({key: key(id), value: found.get(id) ?? null}))
  }

  /** The values of all documents that there are, of every era; asks until it is answered. */
  async readAll(loadBalance: 'leader' | 'not_leader'): Promise<Map<string, string>> {
    const ids = Array.from({length: this.era + 1}, (_, era) => idsOf(era)).flat()
    const found = new Map<string, string>()
    for (let from = 0; from < ids.length; from += readBatch) {
      const body = {document_ids: ids.slice(from, from + readBatch), load_balance: loadBalance}
      let values: Found | null = null
      const isAnswered = async () => {
        values = valuesIn(await this.#ask('/document/query', body))
        return values !== null
      }
      await until('the documents can be read', isAnswered, readMs)
      for (const [id, {value}] of values ?? new Map<string, Valued>()) found.set(id, String(value))
    }
    return found
  }

  async #client(name: string, random: Prng): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const router = random.pick(this.cluster.routers).place
      const era = this.era
      const ids = random.shuffled(idsOf(era)).slice(0, random.between(1, batchMax))
      const deed = random.pick(deeds)
      if (deed === 'upsert') await this.#upsert(name, router, era, ids)
      else if (deed === 'get') await this.#get(name, router, ids)
      else if (deed === 'delete') await this.#delete(name, router, ids.slice(0, 1))
      else await this.#search(name, router, era)
      await delay(random.below(thinkMsMax))
    }
  }

  async #upsert(name: string, router: string, era: number, ids: readonly string[]): Promise<void> {
    const documents = ids.map((id) => documentOf(id, era, ++this.#values))
    const calls = documents.map(({_id, value}) =>
      this.#recorder.invoke({client: `${name}/${_id}`, key: key(_id), kind: 'upsert', value: String(value)}),
    )
    const {body} = await this.#ask('/document/upsert', {documents}, router)
    const {document_ids = []} = Object(body.data) as {document_ids?: readonly Item[]}
    for (const [position, call] of calls.entries()) settle(call, document_ids[position])
  }

  async #delete(name: string, router: string, ids: readonly string[]): Promise<void> {
    const calls = ids.map((id) => this.#recorder.invoke({client: `${name}/${id}`, key: key(id), kind: 'delete'}))
    const {body} = await this.#ask('/document/delete', {document_ids: ids}, router)
    const isDone = body.code === 0 && Object(body.data).failed_partitions === undefined
    for (const call of calls) isDone ? call.ok() : call.unknown()
  }

  async #get(name: string, router: string, ids: readonly string[]): Promise<void> {
    const calls = this.#reads(name, ids)
    const answer = await this.#ask('/document/query', {document_ids: ids, load_balance: 'leader'}, router)
    this.#answer(calls, valuesIn(answer))
  }

  async #search(name: string, router: string, era: number): Promise<void> {
    const calls = this.#reads(name, idsOf(era))
    const answer = await this.#ask(
      '/document/search',
      {
        vectors: [{field: 'v', feature: origin}],
        filters: {operator: 'AND', conditions: [{field: 'era', operator: '=', value: era}]},
        limit: 2 * documentsPerEra,
        load_balance: 'leader',
      },
      router,
    )
    const found = valuesIn(answer)
    if (found !== null && found.size < documentsIn(answer).length) this.#isFalse('a search found a document twice')
    for (const [id, {value, score}] of found ?? []) {
      if (!calls.has(id)) this.#isFalse(`a search for era ${era} found ${id}`)
      if (score !== undefined && Math.abs(score - scoreOf(value)) > scoreOf(value) * 1e-5)
        this.#isFalse(`a search scored ${id} ${score} with the value ${value}, not ${scoreOf(value)}`)
    }
    this.#answer(calls, found)
  }

  #reads(name: string, ids: readonly string[]): Map<string, ReadCall> {
    return new Map(ids.map((id) => [id, this.#recorder.invoke({client: `${name}/${id}`, key: key(id), kind: 'get'})]))
  }

  #answer(calls: ReadonlyMap<string, ReadCall>, found: Found | null): void {
    for (const [id, call] of calls) {
      if (found === null) call.rejected()
      else call.ok(found.has(id) ? String(found.get(id)?.value) : null)
    }
  }

  #isFalse(message: string): void {
    this.falsehoods.push(`P4: ${message}`)
  }

  #ask(path: string, body: object, router: string = this.random.pick(this.cluster.routers).place): Promise<Answer> {
    return this.cluster.ask(router, 'POST', `${path}?timeout=${callMs}`, {...at, ...body}, callMs + 2_000)
  }
}

function idsOf(era: number): string[] {
  return Array.from({length: documentsPerEra}, (_, number) => `e${era}-d${number}`)
}

function key(id: string) {
  return {spaceId: space, id}
}

interface Item {
  readonly _id: string
  readonly code?: number
  readonly outcome?: string
}

function settle(call: WriteCall, item: Item | undefined): void {
  if (item === undefined || item.outcome === 'unknown') call.unknown()
  else if (item.code === undefined) call.ok()
  else call.rejected()
}

interface Valued {
  readonly value: number
  readonly score?: number
}

type Found = ReadonlyMap<string, Valued>

/** What an answer found, by id; null if it is none, or only a part of one. */
function valuesIn(answer: Answer): Found | null {
  if (answer.body.code !== 0 || Object(answer.body.data).failed_partitions !== undefined) return null
  return new Map(
    documentsIn(answer).map(({_id, value, _score: score}) => [_id, score === undefined ? {value} : {value, score}]),
  )
}

/** Of a search there is a list for each query, and this has one. */
function documentsIn({body}: Answer): readonly FoundDocument[] {
  const {documents = []} = Object(body.data) as {documents?: readonly (FoundDocument | readonly FoundDocument[])[]}
  return documents.flat()
}

interface FoundDocument {
  readonly _id: string
  readonly value: number
  readonly _score?: number
}
