/**
 * Random histories of writes, deletes, index builds and reopenings: every document keeps its own vector. Without what an
 * engine does before a build (`ZvecEngine.#split`) the first story fails at once.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {VectorEngine} from '../../src/engine/engine.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import type {Space} from '../../src/entity/space.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {spaceOf, vectorField} from './spaces.js'

const dimension = 16
const histories = 3
const seed = testSeed()

function spaceWith(type: string): Space {
  const params = {metric_type: 'L2', ncentroids: 4, nprobe: 4, efSearch: 400}
  return spaceOf([vectorField(dimension, type, params)])
}

describe.each(['HNSW', 'IVFFLAT', 'DISKANN_STATIC', 'FLAT'])('an engine with %s', (type) => {
  let directory: string
  let engine: VectorEngine
  let random: SeededRandom
  let nextDocid = 0
  const vectors = new Map<string, Float32Array>()

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'anchor-test-'))
    engine = await openZvecEngine(join(directory, 'engine'), spaceWith(type))
    vectors.clear()
    nextDocid = 0
  })
  afterEach(async () => {
    await engine.close()
    await rm(directory, {recursive: true, force: true})
  })

  function upsert(from: number, count: number): void {
    const documents = Array.from({length: count}, (_, index) => {
      const id = `d${from + index}`
      const vector = Float32Array.from(random.vector(dimension))
      vectors.set(id, vector)
      return {id, docid: nextDocid++, fields: {}, vectors: {feature: vector}}
    })
    engine.upsert(documents)
  }

  function remove(id: string): void {
    engine.delete([id])
    vectors.delete(id)
  }

  async function reopen(): Promise<void> {
    await engine.close()
    engine = await openZvecEngine(join(directory, 'engine'), spaceWith(type))
  }

  async function everyDocumentHasItsVector(): Promise<void> {
    expect(engine.status().documents).toBe(vectors.size)
    const stored = engine.fetch([...vectors.keys()], {fields: [], vectors: ['feature']})
    for (const [id, vector] of vectors) expect(stored.get(id)?.vectors.feature, id).toEqual(vector)
    for (const [id, vector] of [...vectors].slice(0, 10)) {
      const search = {
        field: 'feature',
        queries: [vector],
        topK: 1,
        filter: null,
        params: {},
        projection: {fields: [], vectors: []},
      }
      for (const exact of [true, false]) {
        const [hits] = await engine.search({...search, exact})
        expect({exact, id: hits?.[0]?.document.id}).toEqual({exact, id})
      }
    }
  }

  it('keeps vectors and documents together when its first build comes after a delete', async () => {
    random = new SeededRandom(1)
    for (const from of [0, 100]) upsert(from, 100)
    remove('d50')
    await engine.buildIndex()
    await everyDocumentHasItsVector()
  })

  it.each(Array.from({length: histories}, (_, index) => seed + index))(
    'keeps them together through history SEED=%i',
    async (start) => {
      random = new SeededRandom(start)
      for (let step = 0; step < 30; step++) {
        const dice = random.below(10)
        if (dice < 4) upsert(random.below(600), 1 + random.below(100))
        else if (dice < 7) for (let n = random.below(60); n > 0; n--) remove(`d${random.below(600)}`)
        else if (dice < 9) await engine.buildIndex()
        else await reopen()
      }
      await engine.buildIndex()
      await everyDocumentHasItsVector()
    },
  )
})

describe('an engine with HNSW over vectors in clusters', () => {
  it('finds the nearest, whichever cluster they are in', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'clusters-test-'))
    const engine = await openZvecEngine(join(directory, 'engine'), spaceWith('HNSW'))
    const random = new SeededRandom(9)
    const centres = Array.from({length: 200}, () => random.vector(dimension))
    const near = () => Float32Array.from(random.pick(centres), (x) => x + 0.2 * (random.next() - 0.5))
    for (let from = 0; from < 4_000; from += 100) {
      const documents = Array.from({length: 100}, (_, index) => from + index)
      engine.upsert(documents.map((docid) => ({id: `d${docid}`, docid, fields: {}, vectors: {feature: near()}})))
    }
    await engine.buildIndex()
    const search = {
      field: 'feature',
      queries: Array.from({length: 50}, near),
      topK: 10,
      filter: null,
      params: {efSearch: 64},
      projection: {fields: [], vectors: []},
    }
    const exact = await engine.search({...search, exact: true})
    const found = await engine.search({...search, exact: false})
    const shares = found.map((hits, query) => {
      const wanted = new Set(exact[query]?.map(({document}) => document.id))
      return hits.filter(({document}) => wanted.has(document.id)).length / 10
    })
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.97)
    await engine.close()
    await rm(directory, {recursive: true, force: true})
  })
})
