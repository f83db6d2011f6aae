/** Reads of several segments of several engines at once, while documents are written and an index is built. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import type {VectorEngine} from '../../src/engine/engine.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import type {Filter} from '../../src/entity/document.js'
import {documentOf, indexed, spaceOf, vectorField} from './spaces.js'

const space = spaceOf([indexed('kind', 'integer'), vectorField(16, 'HNSW')])
const kinds = 100
const segments = 3
const documentsPerSegment = 2_000
const perKind = (segments * documentsPerSegment) / kinds
const readers = 4
// with too few threads for Arrow 1,000 hang one time in three: a soak sets more
const readsPerReader = Number(process.env.READS ?? 300)
const projection = {fields: [], vectors: []}

const ofKind = (kind: number): Filter => ({
  operator: 'AND',
  conditions: [{field: 'kind', operator: '=', value: kind}],
})

async function filled(directory: string): Promise<VectorEngine> {
  const engine = await openZvecEngine(join(directory, 'live'), space)
  for (let segment = 0; segment < segments; segment++) {
    for (let from = 0; from < documentsPerSegment; from += 100) {
      const first = segment * documentsPerSegment + from
      engine.upsert(Array.from({length: 100}, (_, at) => documentOf(space, first + at, {kind: (first + at) % kinds})))
    }
    // an image ends the segment that is being written
    await engine.checkpoint(join(directory, `image${segment}`))
  }
  return engine
}

it('never wait for each other', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'engine-reads-'))
  const engines = await Promise.all(['a', 'b'].map((name) => filled(join(directory, name))))
  const reading = engines.flatMap((engine, position) =>
    Array.from({length: readers}, async (_, reader) => {
      for (let read = 0; read < readsPerReader; read++) {
        const kind = (read + reader + position) % kinds
        const query = {filter: ofKind(kind), offset: 0, limit: 100, projection}
        expect((await engine.query(query)).map(({docid}) => docid % kinds)).toEqual(new Array(perKind).fill(kind))
        if (reader > 0) continue
        const queries = [new Float32Array(16).fill(kind)]
        const search = {field: 'feature', queries, topK: 3, filter: ofKind(kind), exact: false, params: {}, projection}
        expect((await engine.search(search))[0]?.[0]?.document.docid).toBe(kind)
      }
    }),
  )
  await Promise.all(reading)
  const during = engines.map((engine) => engine.query({filter: ofKind(1), offset: 0, limit: 100, projection}))
  await engines[0]?.buildIndex({rebuild: false})
  for (const found of await Promise.all(during)) expect(found).toHaveLength(perKind)
  await Promise.all(engines.map((engine) => engine.close()))
  await rm(directory, {recursive: true})
})
