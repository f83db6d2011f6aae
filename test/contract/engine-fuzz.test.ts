/**
 * zvec beside the model engine: the same random sequences of operations on both, every answer compared. The model answers by
 * looking at every document, and the simulator runs on it: what it says has to be what the real engine says.
 *
 * Replay with SEED=…; run longer with FUZZ_SEQUENCES=….
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Hit, OpenEngine, Projection, VectorEngine} from '../../src/engine/engine.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import type {Condition, Filter, StoredDocument} from '../../src/entity/document.js'
import {documentOf, indexed, spaceOf, vectorField} from '../engine/spaces.js'
import {reportFigures} from '../harness/figures.js'
import {ModelEngine} from '../harness/model-engine.js'
import {SeededRandom, testSeed} from '../harness/random.js'

const sequences = Number(process.env.FUZZ_SEQUENCES ?? 60)
const operationsPerSequence = 20
/** Sequences of one engine: opening one costs more than a sequence. */
const sequencesPerEngine = 20
const ids = 40
const dimension = 4
const everything: Projection = {fields: 'all', vectors: ['feature']}
const comparisons = ['=', '!=', '<', '<=', '>', '>='] as const

const space = spaceOf([
  vectorField(dimension),
  indexed('number', 'integer'),
  indexed('long', 'long'),
  indexed('text', 'string'),
  indexed('tags', 'string_array'),
  {name: 'plain', type: 'integer'},
])

/** Answers of a search: sums of floats, of which two engines round the last bits as they like. */
class Hits {
  constructor(readonly list: readonly Hit[]) {}

  /** As many, with the same scores; who stands where only where scores are apart. */
  expectLike({list: theirs}: Hits, message: string): void {
    expect(this.list.length, message).toBe(theirs.length)
    const byId = new Map(theirs.map((hit) => [hit.document.id, hit]))
    const last = theirs.at(-1)?.score ?? 0
    for (const [at, {document, score}] of this.list.entries()) {
      expectClose(score, theirs[at]?.score ?? Number.NaN, message)
      const same = byId.get(document.id)
      if (same !== undefined) expect(document, message).toEqual(same.document)
      expectClose(score, same?.score ?? last, message)
    }
  }
}

function expectClose(score: number, theirs: number, message: string): void {
  expect(Math.abs(score - theirs), message).toBeLessThan(1e-4 * Math.max(1, Math.abs(theirs)))
}

/** One operation, ready for either engine. What it resolves with is compared. */
type Operation = (engine: VectorEngine, directory: string) => unknown

class Operations {
  #docid = 0
  #copies = 0

  constructor(private readonly random: SeededRandom) {}

  /** Its name, for the message of a failure. */
  next(): readonly [string, Operation] {
    const {random} = this
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2: {
        const chosen = new Set(Array.from({length: 1 + random.below(8)}, () => this.#id()))
        const documents = [...chosen].map((id) => this.#document(id))
        return [`upsert ${[...chosen]}`, (engine) => engine.upsert(documents)]
      }
      case 3: {
        const gone = [...new Set([this.#id(), this.#id()])]
        return [`delete ${gone}`, (engine) => engine.delete(gone)]
      }
      case 4: {
        const wanted = [this.#id(), this.#id(), 'nobody']
        return [`fetch ${wanted}`, (engine) => sorted(engine.fetch(wanted, everything))]
      }
      case 5: {
        const wanted = [this.#id(), this.#id()]
        return [`docids ${wanted}`, (engine) => [...engine.docids(wanted)].sort()]
      }
      case 6:
      case 7: {
        const query = {filter: this.#filter(), offset: random.below(4), limit: random.below(20), projection: everything}
        return [`query ${shown(query.filter)}`, (engine) => engine.query(query)]
      }
      case 8: {
        const from = random.below(this.#docid + 1)
        const to = from + random.below(this.#docid + 1)
        return [`scan ${from} ${to}`, (engine) => engine.scan(from, to, 10, everything)]
      }
      default:
        return random.below(40) === 0 ? this.#copyOf() : this.#search()
    }
  }

  #id(): string {
    return `d${this.random.below(ids)}`
  }

  #document(id: string): StoredDocument {
    const {random} = this
    const given = {
      number: random.below(10) - 5,
      long: BigInt(random.below(5)) - 2n ** 60n,
      text: random.pick(['', 'a', 'b', "it's", '中文']),
      tags: ['x', 'y', 'z'].filter(() => random.below(2) === 0),
      plain: random.below(10),
      feature: Float32Array.from(random.vector(dimension)),
    }
    return documentOf(space, this.#docid++, given, id)
  }

  #filter(): Filter | null {
    const {random} = this
    if (random.below(4) === 0) return null
    const conditions = Array.from({length: 1 + random.below(3)}, () => this.#condition())
    return {operator: random.pick(['AND', 'OR'] as const), conditions}
  }

  #condition(): Condition {
    const {random} = this
    switch (random.below(4)) {
      case 0:
        return {field: 'text', operator: random.pick(['IN', 'NOT IN'] as const), value: ['a', "it's", '中文']}
      case 1:
        return {field: 'tags', operator: random.pick(['IN', 'NOT IN'] as const), value: ['x', 'z']}
      case 2:
        return {field: 'long', operator: random.pick(comparisons), value: BigInt(random.below(5)) - 2n ** 60n}
      default: {
        const field = random.pick(['number', 'plain'])
        return {field, operator: random.pick(comparisons), value: random.below(12) - 6}
      }
    }
  }

  #search(): readonly [string, Operation] {
    const {random} = this
    const search = {
      field: 'feature',
      queries: [Float32Array.from(random.vector(dimension))],
      topK: 1 + random.below(10),
      filter: this.#filter(),
      exact: random.below(2) === 0,
      params: {},
      projection: everything,
    }
    return [
      `search ${shown(search.filter)}`,
      async (engine) => {
        const [hits = []] = await engine.search(search)
        return new Hits(hits)
      },
    ]
  }

  /** What an engine that is opened from a checkpoint holds. */
  #copyOf(): readonly [string, Operation] {
    const name = `copy${this.#copies++}`
    return [
      'checkpoint',
      async (engine, directory) => {
        await engine.checkpoint(join(directory, name))
        const copy = await (engine instanceof ModelEngine ? ModelEngine.open : openZvecEngine)(
          join(directory, name),
          space,
        )
        const held = await copy.scan(0, Number.MAX_SAFE_INTEGER, ids, everything)
        await copy.close()
        return held
      },
    ]
  }
}

const sorted = (found: ReadonlyMap<string, StoredDocument>) => [...found].sort(([a], [b]) => (a < b ? -1 : 1))
const shown = (filter: Filter | null) =>
  JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))

const engines: Readonly<Record<'zvec' | 'model', OpenEngine>> = {zvec: openZvecEngine, model: ModelEngine.open}

test(`${sequences} random sequences of ${operationsPerSequence} operations get the same answers from zvec and from the model`, {
  timeout: sequences * 500 + 60_000,
}, async () => {
  const seed = testSeed()
  const replay = `replay with SEED=${seed} FUZZ_SEQUENCES=${sequences}`
  const directory = await mkdtemp(join(tmpdir(), 'engine-fuzz-'))
  try {
    for (let first = 0; first < sequences; first += sequencesPerEngine) {
      const operations = new Operations(new SeededRandom(seed + first))
      const places = {zvec: join(directory, `zvec${first}`), model: join(directory, `model${first}`)}
      const zvec = await engines.zvec(join(places.zvec, 'live'), space)
      const model = await engines.model(join(places.model, 'live'), space)
      try {
        for (let number = 0; number < sequencesPerEngine * operationsPerSequence; number++) {
          const [name, operation] = operations.next()
          const [theirs, ours] = [await operation(zvec, places.zvec), await operation(model, places.model)]
          const message = `engine ${first}, operation ${number}: ${name}; ${replay}`
          if (ours instanceof Hits && theirs instanceof Hits) ours.expectLike(theirs, message)
          else expect(ours, message).toEqual(theirs)
        }
        expect(model.status().documents).toBe(zvec.status().documents)
      } finally {
        await Promise.all([zvec.close(), model.close()])
      }
      await Promise.all(Object.values(places).map((place) => rm(place, {recursive: true})))
    }
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
  reportFigures('contract', {sequences})
})
