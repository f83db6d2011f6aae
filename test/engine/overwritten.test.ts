/** Reads of documents that are written again while the read runs: each is there, as it was or as it is, and once. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ZVecDoc} from '@zvec/zvec'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {columnsOf} from '../../src/engine/columns.js'
import type {VectorEngine, VectorSearch} from '../../src/engine/engine.js'
import type {Expression} from '../../src/engine/filter/compile.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import type {ZvecReads} from '../../src/engine/zvec-reads.js'
import {type SearchPlan, ZvecSearch} from '../../src/engine/zvec-search.js'
import type {Filter, StoredDocument} from '../../src/entity/document.js'
import {documentOf, indexed, spaceOf, vectorField} from './spaces.js'

const documents = 40
const rounds = 60
const projection = {fields: ['kind', 'value'], vectors: []}
const ofKind: Filter = {operator: 'AND', conditions: [{field: 'kind', operator: '=', value: 1}]}
const all = Array.from({length: documents}, (_, docid) => docid)

describe.each(['FLAT', 'HNSW'])('a document that is overwritten, index %s', (index) => {
  const space = spaceOf([indexed('kind', 'integer'), {name: 'value', type: 'integer'}, vectorField(2, index)])
  let directory = ''
  let engine: VectorEngine

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-overwritten-'))
    engine = await openZvecEngine(join(directory, 'live'), space)
    for (const docid of all) engine.upsert([documentOf(space, docid, {kind: 1, value: 0})])
  })
  afterAll(async () => {
    await engine.close()
    await rm(directory, {recursive: true})
  })

  /** Reads over and over, with a write of a few documents inside each; `at` counts the writes. */
  async function whileWriting(read: () => Promise<StoredDocument[]>, judge: (found: StoredDocument[]) => void) {
    for (let round = 1; round <= rounds; round++) {
      const reading = read()
      const docids = all.filter((docid) => (docid + round) % 3 === 0)
      engine.upsert(docids.map((docid) => documentOf(space, docid, {kind: 1, value: round})))
      // what is decided on a thread of zvec's has begun or not: both happen
      if (round % 2 === 0) await new Promise(setImmediate)
      engine.upsert([documentOf(space, round % documents, {kind: 1, value: round})])
      judge(await reading)
    }
  }

  const nearest = async (topK: number) => {
    const queries = [new Float32Array(2)]
    const search = {field: 'feature', queries, topK, filter: ofKind, exact: false, params: {}, projection}
    const [hits = []] = await engine.search(search)
    return hits.map(({document}) => document)
  }
  const docids = (found: StoredDocument[]) => found.map(({docid}) => docid)

  it('is found by a search with room for all', async () => {
    await whileWriting(
      () => nearest(2 * documents),
      (found) => expect(docids(found)).toEqual(all),
    )
  }, 60_000)

  it('is found by a search for the best', async () => {
    await whileWriting(
      () => nearest(10),
      (found) => expect(docids(found)).toEqual(all.slice(0, 10)),
    )
  }, 60_000)

  it('is found though nearer ones are added', async () => {
    for (let round = 1; round <= rounds; round++) {
      const reading = nearest(4 * documents)
      engine.upsert([documentOf(space, documents, {kind: 1, feature: new Float32Array(2)})])
      expect(docids(await reading)).toEqual(expect.arrayContaining(all))
      engine.delete([`doc${documents}`])
      // counts the documents anew
      engine.status()
    }
  }, 60_000)

  it('is found by its filter', async () => {
    const query = {filter: ofKind, offset: 5, limit: 20, projection}
    await whileWriting(
      () => engine.query(query),
      (found) => expect(docids(found)).toEqual(all.slice(5, 25)),
    )
  }, 60_000)
})

it('is not counted twice where its old row and its new one are found', async () => {
  const space = spaceOf([vectorField(2)])
  const columns = columnsOf(space)
  const row = (docid: number) => ({id: `k${docid}`, score: docid, fields: {docid}, vectors: {}}) as unknown as ZVecDoc
  const lying = [row(0), row(0), ...all.slice(1).map(row)]
  const reads = {rows: async ({topk = 0}) => lying.slice(0, topk)} as unknown as ZvecReads
  const plan: SearchPlan = {column: 'feature', metric: 'L2', structure: {kind: 'FLAT'}, effort: () => ({})}
  const query: VectorSearch = {
    field: 'feature',
    queries: [],
    topK: 10,
    filter: null,
    exact: false,
    params: {},
    projection: {fields: [], vectors: []},
  }
  const partition = {reads, columns, documentsAtMost: () => documents, ceiling: documents}
  const search = new ZvecSearch(partition, plan, query, [{text: ''} as Expression])
  const hits = await search.nearest(new Float32Array(2), 10)
  expect(hits.map(({document}) => document.docid)).toEqual(all.slice(0, 10))
})
