/**
 * What every vector engine must do. `open` opens, or creates, the engine of a space in a directory that outlives it.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {OpenEngine, Projection, VectorEngine, VectorSearch} from '../../src/engine/engine.js'
import type {Condition, Filter} from '../../src/entity/document.js'
import type {MetricType} from '../../src/entity/field.js'
import type {Space} from '../../src/entity/space.js'
import {documentOf, indexed, spaceOf, vectorField} from '../engine/spaces.js'
import {SeededRandom} from '../harness/random.js'

const nothing: Projection = {fields: [], vectors: []}
const everything: Projection = {fields: 'all', vectors: ['feature']}
const oddIds = [
  '',
  ' ',
  'a b',
  '中文',
  '😀',
  '\ud800',
  "it's",
  '"',
  '\\',
  '\n',
  '\u0000',
  '#',
  '#a',
  '%',
  '../..',
  'x'.repeat(65),
  'x'.repeat(64),
  'X'.repeat(5_000),
  '-1',
  'a.b',
  'null',
]

const plain = spaceOf([
  vectorField(4),
  indexed('number', 'integer'),
  indexed('long', 'long'),
  indexed('text', 'string'),
  indexed('tags', 'string_array'),
  {name: 'note', type: 'string'},
  {name: 'ratio', type: 'double'},
])

const all = (...conditions: Condition[]): Filter => ({operator: 'AND', conditions})
const any = (...conditions: Condition[]): Filter => ({operator: 'OR', conditions})

export function vectorEngineContract(name: string, open: OpenEngine): void {
  describe(`${name}: a vector engine`, () => {
    let directory = ''
    let engine: VectorEngine
    let space: Space = plain

    async function use(other: Space): Promise<void> {
      await engine.close()
      await rm(join(directory, 'live'), {recursive: true})
      space = other
      engine = await open(join(directory, 'live'), space)
    }
    async function reopen(at = 'live'): Promise<void> {
      await engine.close()
      engine = await open(join(directory, at), space)
    }
    function fill(count: number, from = 0): void {
      for (let next = from; next < from + count; next += 100) {
        const size = Math.min(100, from + count - next)
        engine.upsert(Array.from({length: size}, (_, index) => numbered(next + index)))
      }
    }
    const numbered = (docid: number) =>
      documentOf(space, docid, {number: docid, long: BigInt(docid), text: `t${docid % 10}`, tags: [`g${docid % 3}`]})
    async function ask(filter: Filter | null, offset = 0, limit = 10_000): Promise<number[]> {
      const documents = await engine.query({filter, offset, limit, projection: nothing})
      return documents.map(({docid}) => docid)
    }
    async function nearest(vector: readonly number[], topK: number, more: Partial<VectorSearch> = {}) {
      const queries = [Float32Array.from(vector)]
      const search = {field: 'feature', queries, topK, filter: null, exact: false, params: {}, projection: nothing}
      const [hits = []] = await engine.search({...search, ...more})
      return hits.map(({document, score}) => [document.docid, score])
    }
    const docidsOf = (hits: (number | undefined)[][]) => hits.map(([docid]) => docid)

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'engine-contract-'))
      space = plain
      engine = await open(join(directory, 'live'), space)
    })
    afterEach(async () => {
      await engine.close()
      await rm(directory, {recursive: true})
    })

    describe('documents', () => {
      it('come back as they were written', () => {
        const written = documentOf(space, 0, {
          number: -5,
          long: 2n ** 62n + 1n,
          text: "q'",
          tags: ['a', 'b'],
          note: '%\\',
          ratio: 5e-324,
        })
        engine.upsert([written])
        expect(engine.fetch(['doc0'], everything).get('doc0')).toEqual(written)
      })
      it.each([-(2n ** 63n), -(2n ** 53n) - 1n, -1n, 0n, 2n ** 53n + 1n, 2n ** 63n - 1n])(
        'keep the long %d',
        (long) => {
          engine.upsert([documentOf(space, 0, {long})])
          expect(engine.fetch(['doc0'], everything).get('doc0')?.fields.long).toBe(long)
        },
      )
      it.each([1.7976931348623157e308, -1e-320, 0.1, -0.30000000000000004, 2 ** 53 + 2])(
        'keep the double %d',
        (ratio) => {
          engine.upsert([documentOf(space, 0, {ratio})])
          expect(engine.fetch(['doc0'], everything).get('doc0')?.fields.ratio).toBe(ratio)
        },
      )
      it.each(['', "'", '"', '\\', "\\'", '%0041', '\u0000', '\n', '\ud800', '😀', 'x'.repeat(65_535)])(
        'keep the text %j',
        (text) => {
          engine.upsert([documentOf(space, 0, {text, note: text, tags: [text, text]})])
          expect(engine.fetch(['doc0'], everything).get('doc0')?.fields).toMatchObject({
            text,
            note: text,
            tags: [text, text],
          })
        },
      )
      it('tell an empty array from one with an empty string', () => {
        engine.upsert([documentOf(space, 0, {tags: []}), documentOf(space, 1, {tags: ['']})])
        const found = engine.fetch(['doc0', 'doc1'], everything)
        expect([found.get('doc0')?.fields.tags, found.get('doc1')?.fields.tags]).toEqual([[], ['']])
      })
      it('are found by any id', async () => {
        engine.upsert(oddIds.map((id, docid) => documentOf(space, docid, {}, id)))
        expect([...engine.docids(oddIds)]).toEqual(expect.arrayContaining(oddIds.map((id, docid) => [id, docid])))
        expect([...engine.fetch(oddIds, nothing).keys()].sort()).toEqual([...oddIds].sort())
        expect((await engine.scan(0, 100, 100, nothing)).map(({id}) => id)).toEqual(oddIds)
        expect(engine.delete(oddIds)).toBe(oddIds.length)
        expect(engine.status().documents).toBe(0)
      })
      it('are replaced whole, with their docid', async () => {
        engine.upsert([documentOf(space, 0, {number: 1, text: 'old'})])
        engine.upsert([documentOf(space, 0, {number: 2})])
        expect(engine.fetch(['doc0'], everything).get('doc0')?.fields).toMatchObject({number: 2, text: ''})
        expect(engine.status().documents).toBe(1)
        expect(await ask(all({field: 'text', operator: 'IN', value: ['old']}))).toEqual([])
      })
      it('that are not there are left out', () => {
        fill(3)
        expect([...engine.docids(['nope', 'doc1', 'DOC1'])]).toEqual([['doc1', 1]])
        expect([...engine.fetch(['nope', 'doc1'], nothing).keys()]).toEqual(['doc1'])
      })
      it('come with the fields that are asked for and no others', () => {
        fill(1)
        const found = engine.fetch(['doc0'], {fields: ['number', 'no such field'], vectors: []}).get('doc0')
        expect(found).toEqual({id: 'doc0', docid: 0, fields: {number: 0}, vectors: {}})
      })
      it('are the same after a batch of nothing', () => {
        engine.upsert([])
        expect([engine.delete([]), engine.docids([]).size, engine.fetch([], everything).size]).toEqual([0, 0, 0])
      })
      it('that are deleted are gone, and counted once', async () => {
        fill(3)
        expect(engine.delete(['doc1', 'doc1', 'nope'])).toBe(1)
        expect(engine.delete(['doc1'])).toBe(0)
        expect(engine.docids(['doc1']).size).toBe(0)
        expect(await ask(null)).toEqual([0, 2])
        expect(docidsOf(await nearest([1, 1, 1, 1], 10))).toEqual([0, 2])
      })
      it('may come again under a new docid', async () => {
        fill(1)
        engine.delete(['doc0'])
        engine.upsert([documentOf(space, 7, {}, 'doc0')])
        expect([...engine.docids(['doc0'])]).toEqual([['doc0', 7]])
        expect(await ask(null)).toEqual([7])
      })
      it('are all there after reopening', async () => {
        fill(250)
        engine.delete(['doc3'])
        await reopen()
        expect(engine.status().documents).toBe(249)
        expect([...engine.docids(['doc3', 'doc4', 'doc249']).values()]).toEqual([4, 249])
        expect(engine.fetch(['doc249'], everything).get('doc249')).toEqual(numbered(249))
        fill(10, 250)
        expect((await ask(null)).length).toBe(259)
      })
      it('are the newest ones, whether recent, sealed or indexed', async () => {
        fill(50)
        await engine.buildIndex()
        engine.upsert([documentOf(space, 5, {number: -1}), documentOf(space, 60, {})])
        expect([...engine.docids(['doc5', 'doc6', 'doc60']).values()].sort((a, b) => a - b)).toEqual([5, 6, 60])
        expect(engine.fetch(['doc5'], everything).get('doc5')?.fields.number).toBe(-1)
        expect(await ask(all({field: 'number', operator: '=', value: 5}))).toEqual([])
      })
    })

    describe('a filter', () => {
      const cases: readonly [string, Filter, (docid: number) => boolean][] = [
        ['=', all({field: 'number', operator: '=', value: 7}), (docid) => docid === 7],
        ['!=', all({field: 'number', operator: '!=', value: 7}), (docid) => docid !== 7],
        [
          '< and >=',
          all({field: 'number', operator: '<', value: 20}, {field: 'number', operator: '>=', value: 10}),
          (docid) => docid >= 10 && docid < 20,
        ],
        ['<= on a long', all({field: 'long', operator: '<=', value: 3n}), (docid) => docid <= 3],
        [
          'a contradiction',
          all({field: 'number', operator: '<', value: 1}, {field: 'number', operator: '>', value: 1}),
          () => false,
        ],
        ['an integer beyond the type', all({field: 'number', operator: '<', value: 2 ** 40}), () => true],
        [
          'IN',
          all({field: 'text', operator: 'IN', value: ['t1', 't2', 'none']}),
          (docid) => [1, 2].includes(docid % 10),
        ],
        ['NOT IN', all({field: 'text', operator: 'NOT IN', value: ['t1']}), (docid) => docid % 10 !== 1],
        ['IN nothing', all({field: 'text', operator: 'IN', value: []}), () => false],
        ['NOT IN nothing', all({field: 'text', operator: 'NOT IN', value: []}), () => true],
        ['IN on an array', all({field: 'tags', operator: 'IN', value: ['g1', 'g2']}), (docid) => docid % 3 !== 0],
        ['NOT IN on an array', all({field: 'tags', operator: 'NOT IN', value: ['g1']}), (docid) => docid % 3 !== 1],
        [
          'OR',
          any({field: 'number', operator: '=', value: 1}, {field: 'text', operator: 'IN', value: ['t5']}),
          (docid) => docid === 1 || docid % 10 === 5,
        ],
        [
          'OR with an array',
          any({field: 'number', operator: '<', value: 4}, {field: 'tags', operator: 'IN', value: ['g0']}),
          (docid) => docid < 4 || docid % 3 === 0,
        ],
        ['a field without an index', all({field: 'ratio', operator: '=', value: 0}), () => true],
        [
          '10,000 values',
          all({field: 'text', operator: 'IN', value: Array.from({length: 10_000}, (_, index) => `t${index + 9}`)}),
          (docid) => docid % 10 === 9,
        ],
        [
          '1,000 values on an array',
          all({field: 'tags', operator: 'IN', value: Array.from({length: 1_000}, (_, index) => `g${index + 2}`)}),
          (docid) => docid % 3 === 2,
        ],
      ]
      it.each(cases)('with %s selects what it says, before and after indexing', async (_, filter, holds) => {
        fill(120)
        const expected = Array.from({length: 120}, (_, docid) => docid).filter(holds)
        expect(await ask(filter)).toEqual(expected)
        await engine.buildIndex()
        expect(await ask(filter)).toEqual(expected)
        fill(30, 120)
        const more = Array.from({length: 150}, (_, docid) => docid).filter(holds)
        expect(await ask(filter)).toEqual(more)
        expect(docidsOf(await nearest([0, 0, 0, 0], 1_000, {filter}))).toEqual(more)
      })
      it('cannot be left by quotes', async () => {
        engine.upsert([
          documentOf(space, 0, {text: "x') OR docid >= 0 OR (text IN ('"}),
          documentOf(space, 1, {text: 'x'}),
        ])
        expect(await ask(all({field: 'text', operator: 'IN', value: ["x') OR docid >= 0 OR (text IN ('"]}))).toEqual([
          0,
        ])
        expect(await ask(all({field: 'text', operator: 'IN', value: ["') OR docid >= 0 --"]}))).toEqual([])
      })
    })

    describe('a query', () => {
      it('answers in docid order, whatever was updated', async () => {
        fill(300)
        for (let docid = 299; docid >= 0; docid -= 7) engine.upsert([numbered(docid)])
        expect(await ask(null)).toEqual(Array.from({length: 300}, (_, docid) => docid))
      })
      it.each([
        [0, 10],
        [5, 1],
        [0, 1_000],
        [290, 50],
        [300, 10],
        [10_000, 10],
        [0, 0],
      ])('from %d takes %d', async (offset, limit) => {
        fill(300)
        expect(await ask(null, offset, limit)).toEqual(
          Array.from({length: 300}, (_, docid) => docid).slice(offset, offset + limit),
        )
        const filter = all({field: 'number', operator: '>=', value: 100})
        expect(await ask(filter, offset, limit)).toEqual(
          Array.from({length: 200}, (_, docid) => docid + 100).slice(offset, offset + limit),
        )
      })
      it('pages through more matches than one query of zvec finds at first', async () => {
        fill(6_000)
        const filter = all({field: 'number', operator: '>=', value: 1})
        expect(await ask(filter, 5_500, 10)).toEqual(Array.from({length: 10}, (_, index) => 5_501 + index))
        expect((await ask(filter)).length).toBe(5_999)
      })
      it('finds what lies far apart', async () => {
        engine.upsert([documentOf(space, 3), documentOf(space, 1_000_000), documentOf(space, 2_000_000)])
        expect(await ask(null)).toEqual([3, 1_000_000, 2_000_000])
        await reopen()
        expect(await ask(null)).toEqual([3, 1_000_000, 2_000_000])
      })
      it('brings fields and vectors', async () => {
        fill(5)
        const [found] = await engine.query({filter: null, offset: 3, limit: 1, projection: everything})
        expect(found).toEqual(numbered(3))
      })
    })

    describe('a scan', () => {
      it('goes over a range of docids', async () => {
        fill(100)
        engine.delete(['doc11'])
        const scan = async (from: number, to: number, limit: number) =>
          (await engine.scan(from, to, limit, nothing)).map(({docid}) => docid)
        expect(await scan(10, 14, 100)).toEqual([10, 12, 13])
        expect(await scan(10, 100, 2)).toEqual([10, 12])
        expect(await scan(11, 11, 5)).toEqual([])
        expect(await scan(500, 600, 5)).toEqual([])
        expect(await scan(98, 1e9, 5)).toEqual([98, 99])
        expect(await scan(0, 10, 0)).toEqual([])
      })
    })

    describe('a search', () => {
      it('of nothing finds nothing', async () => {
        expect(await nearest([0, 0, 0, 0], 5)).toEqual([])
        expect(
          await engine.search({
            field: 'feature',
            queries: [],
            topK: 5,
            filter: null,
            exact: false,
            params: {},
            projection: nothing,
          }),
        ).toEqual([])
      })
      it('for no hits finds none, and for more than there are finds all', async () => {
        fill(7)
        expect(await nearest([0, 0, 0, 0], 0)).toEqual([])
        expect((await nearest([0, 0, 0, 0], 1_000_000)).length).toBe(7)
      })
      it('breaks ties in docid order', async () => {
        engine.upsert([5, 3, 9].map((docid) => documentOf(space, docid, {feature: new Float32Array(4)})))
        expect(docidsOf(await nearest([1, 0, 0, 0], 3))).toEqual([3, 5, 9])
      })
      it('answers several queries in their order', async () => {
        fill(10)
        const queries = [new Float32Array(4), new Float32Array(4).fill(9)]
        const hits = await engine.search({
          field: 'feature',
          queries,
          topK: 1,
          filter: null,
          exact: false,
          params: {},
          projection: nothing,
        })
        expect(hits.map(([hit]) => hit?.document.docid)).toEqual([0, 9])
      })
      it('brings what is asked for', async () => {
        fill(3)
        const [hits = []] = await engine.search({
          field: 'feature',
          queries: [new Float32Array(4)],
          topK: 2,
          filter: null,
          exact: false,
          params: {},
          projection: everything,
        })
        expect(hits).toEqual([
          {document: numbered(0), score: 0},
          {document: numbered(1), score: 4},
        ])
      })
      it('keeps to the bounds on the score, both included', async () => {
        fill(50)
        expect(docidsOf(await nearest([0, 0, 0, 0], 3, {minScore: 400}))).toEqual([10, 11, 12])
        expect(docidsOf(await nearest([0, 0, 0, 0], 10, {minScore: 16, maxScore: 36}))).toEqual([2, 3])
        expect(docidsOf(await nearest([0, 0, 0, 0], 3, {minScore: 1e9}))).toEqual([])
      })
      it('sees a new vector at once', async () => {
        fill(20)
        engine.upsert([documentOf(space, 4, {feature: new Float32Array(4).fill(100)})])
        expect(docidsOf(await nearest([100, 100, 100, 100], 1))).toEqual([4])
        expect(docidsOf(await nearest([4, 4, 4, 4], 1))).not.toEqual([4])
      })
    })

    const kinds = ['FLAT', 'HNSW', 'IVFFLAT', 'IVFPQ', 'IVFRABITQ', 'DISKANN_STATIC']
    const metrics: readonly MetricType[] = ['L2', 'InnerProduct']
    describe.each(kinds.flatMap((kind) => metrics.map((metric) => [kind, metric] as const)))(
      '%s by %s',
      (kind, metric) => {
        const dimension = 16
        it('scores exactly and finds all, before and after the index is built, and with a filter', async () => {
          await use(
            spaceOf([
              vectorField(dimension, kind, {metric_type: metric, ncentroids: 8, nprobe: 8}),
              indexed('number', 'integer'),
            ]),
          )
          const random = new SeededRandom(7)
          const vectors = Array.from({length: 400}, () => Float32Array.from(random.vector(dimension)))
          for (let from = 0; from < 400; from += 100) {
            engine.upsert(
              vectors
                .slice(from, from + 100)
                .map((feature, index) => documentOf(space, from + index, {feature, number: from + index})),
            )
          }
          const query = random.vector(dimension)
          const score = (vector: Float32Array) =>
            vector.reduce(
              (sum, value, at) => sum + (metric === 'L2' ? (value - (query[at] ?? 0)) ** 2 : value * (query[at] ?? 0)),
              0,
            )
          const expected = vectors.map((vector, docid) => ({docid, score: score(vector)}))
          expected.sort((a, b) => (metric === 'L2' ? a.score - b.score : b.score - a.score))
          async function check(
            found: (number | undefined)[][],
            wanted: typeof expected,
            recall: number,
          ): Promise<void> {
            expect(found.length).toBe(wanted.length)
            for (const [docid = -1, got = Number.NaN] of found)
              expect(got).toBeCloseTo(score(vectors[docid] ?? new Float32Array()), 4)
            const hits = wanted.filter(({docid}) => found.some(([other]) => other === docid)).length
            expect(hits / wanted.length).toBeGreaterThanOrEqual(recall)
          }
          const few = expected.filter(({docid}) => docid < 6)
          const filter = all({field: 'number', operator: '<', value: 6})
          for (const recall of [1, 0.9]) {
            await check(await nearest(query, 10), expected.slice(0, 10), recall)
            await check(await nearest(query, 10, {exact: true}), expected.slice(0, 10), 1)
            await check(await nearest(query, 400), expected, 1)
            await check(await nearest(query, 10, {filter}), few, 1)
            await engine.buildIndex()
            expect(engine.status()).toMatchObject({documents: 400, indexed: 400, indexStatus: 2})
          }
          await reopen()
          await check(await nearest(query, 10), expected.slice(0, 10), 0.9)
        })
      },
    )

    describe('indexes', () => {
      it('are named in the status, with a note where another serves', async () => {
        await use(
          spaceOf(
            [vectorField(64, 'IVFPQ', {ncentroids: 8}), indexed('number', 'integer')],
            [{name: 'both', type: 'COMPOSITE', field_names: ['number']}],
          ),
        )
        const {indexes} = engine.status()
        expect(Object.keys(indexes).sort()).toEqual(['both', 'by_feature', 'by_number'])
        expect(indexes.by_feature?.note).toMatch(/IVF/)
      })
      it('come and go on live documents', async () => {
        const bare = spaceOf([vectorField(4), {name: 'text', type: 'string'}, {name: 'number', type: 'integer'}])
        await use(bare)
        engine.upsert(
          Array.from({length: 50}, (_, docid) => documentOf(space, docid, {text: `t${docid % 5}`, number: docid})),
        )
        const filter = all({field: 'text', operator: 'IN', value: ['t1']}, {field: 'number', operator: '<', value: 20})
        const answer = [1, 6, 11, 16]
        expect(await ask(filter)).toEqual(answer)
        const add = [{name: 'by_text', type: 'INVERTED', field_name: 'text'}]
        space = {...bare, indexes: add}
        await engine.changeIndexes(space, {add, remove: []})
        expect(await ask(filter)).toEqual(answer)
        expect(Object.keys(engine.status().indexes)).toContain('by_text')
        engine.upsert([documentOf(space, 50, {text: 't1', number: 0})])
        expect(await ask(filter)).toEqual([...answer, 50])
        await engine.changeIndexes(space, {add, remove: []})
        await reopen()
        expect(await ask(filter)).toEqual([...answer, 50])
        await engine.changeIndexes(bare, {add: [], remove: ['by_text']})
        expect(await ask(filter)).toEqual([...answer, 50])
        expect(Object.keys(engine.status().indexes)).not.toContain('by_text')
      })
      it('are made what the space says when it is opened', async () => {
        fill(30)
        space = spaceOf([...plain.fields.filter(({name}) => name !== 'note'), indexed('note', 'string', 'BITMAP')])
        await reopen()
        expect((await ask(all({field: 'note', operator: 'IN', value: ['']}))).length).toBe(30)
      })
      it('count what they cover', async () => {
        await use(spaceOf([vectorField(4, 'HNSW')]))
        expect(engine.status()).toMatchObject({documents: 0, indexed: 0, indexStatus: 0})
        engine.upsert(Array.from({length: 100}, (_, docid) => documentOf(space, docid)))
        expect(engine.status()).toMatchObject({documents: 100, indexed: 0})
        const building = engine.buildIndex()
        expect(engine.status().indexStatus).toBe(1)
        await building
        expect(engine.status()).toMatchObject({documents: 100, indexed: 100, indexStatus: 2})
        expect(engine.status().bytesOnDisk).toBeGreaterThan(1_000)
      })
      it('are built while documents are written, read and searched', async () => {
        await use(spaceOf([vectorField(32, 'HNSW'), indexed('number', 'integer')]))
        const random = new SeededRandom(3)
        const write = (from: number) =>
          engine.upsert(
            Array.from({length: 100}, (_, index) =>
              documentOf(space, from + index, {number: from + index, feature: Float32Array.from(random.vector(32))}),
            ),
          )
        for (let from = 0; from < 4_000; from += 100) write(from)
        let built = false
        const building = engine.buildIndex().then(() => {
          built = true
        })
        let next = 4_000
        for (let round = 0; round < 60 && !built; round++) {
          write(next)
          next += 100
          engine.delete([`doc${round}`])
          expect(engine.docids([`doc${next - 1}`, `doc${round}`, 'doc3999']).size).toBe(2)
          const filter = all({field: 'number', operator: '>=', value: next - 3})
          expect(await ask(filter)).toEqual([next - 3, next - 2, next - 1])
          expect((await nearest(random.vector(32), 5)).length).toBe(5)
        }
        await building
        expect(engine.status().documents).toBe((await ask(null, 0, 100_000)).length)
      })
    })

    describe('an image', () => {
      it('opens as the engine that was copied, apart from it', async () => {
        fill(200)
        await engine.checkpoint(join(directory, 'image'))
        fill(50, 200)
        await reopen('image')
        expect(engine.status().documents).toBe(200)
        expect(engine.fetch(['doc199'], everything).get('doc199')).toEqual(numbered(199))
        fill(10, 200)
        expect(docidsOf(await nearest([209, 209, 209, 209], 1))).toEqual([209])
      })
      it('is not made where something is', async () => {
        await engine.checkpoint(join(directory, 'image'))
        await expect(engine.checkpoint(join(directory, 'image'))).rejects.toThrow()
      })
      it('may be of nothing, and of an indexed engine', async () => {
        await engine.checkpoint(join(directory, 'empty'))
        fill(100)
        await engine.buildIndex()
        await engine.checkpoint(join(directory, 'indexed'))
        await reopen('empty')
        expect(engine.status().documents).toBe(0)
        await reopen('indexed')
        expect(engine.status()).toMatchObject({documents: 100, indexed: 100})
      })
    })

    describe('closing', () => {
      it('waits for reads and refuses new ones', async () => {
        fill(500)
        const running = Array.from({length: 20}, () => nearest([1, 2, 3, 4], 10))
        const closed = engine.close()
        await expect(nearest([1, 2, 3, 4], 1)).rejects.toThrow(/closed/)
        for (const hits of await Promise.all(running)) expect(hits.length).toBe(10)
        await closed
        await engine.close()
      })
      it('waits for a build', async () => {
        fill(1_000)
        const building = engine.buildIndex()
        await engine.close()
        await building
        await reopen()
        expect(engine.status().documents).toBe(1_000)
      })
    })
  })
}
