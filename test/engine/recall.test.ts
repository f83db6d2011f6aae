import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {SeededRandom} from '../harness/random.js'
import {documentOf, spaceOf, vectorField} from './spaces.js'

const documents = 5_000
const dimension = 32
const clusters = 50

it.each([
  ['HNSW', {metric_type: 'L2'}, 0.95],
  ['HNSW', {metric_type: 'InnerProduct'}, 0.9],
  ['IVFFLAT', {metric_type: 'L2', ncentroids: 64, nprobe: 16}, 0.9],
])('%s %j finds the nearest of clustered documents', async (kind, params, wanted) => {
  const random = new SeededRandom(11)
  const directory = await mkdtemp(join(tmpdir(), 'engine-recall-'))
  const space = spaceOf([vectorField(dimension, kind, params)])
  const engine = await openZvecEngine(join(directory, 'live'), space)
  const centres = Array.from({length: clusters}, () => random.vector(dimension))
  const near = () => Float32Array.from(random.pick(centres), (value) => value + (random.next() - 0.5) * 0.5)
  for (let from = 0; from < documents; from += 100) {
    engine.upsert(Array.from({length: 100}, (_, index) => documentOf(space, from + index, {feature: near()})))
  }
  await engine.buildIndex()
  const queries = Array.from({length: 50}, near)
  const search = {field: 'feature', queries, topK: 10, filter: null, params: {}, projection: {fields: [], vectors: []}}
  const [found, exact] = await Promise.all([
    engine.search({...search, exact: false}),
    engine.search({...search, exact: true}),
  ])
  const hits = exact.map((best, query) => {
    const docids = new Set(found[query]?.map(({document}) => document.docid))
    return best.filter(({document}) => docids.has(document.docid)).length
  })
  expect(hits.reduce((sum, count) => sum + count, 0) / (queries.length * 10)).toBeGreaterThanOrEqual(wanted)
  await engine.close()
  await rm(directory, {recursive: true})
})
