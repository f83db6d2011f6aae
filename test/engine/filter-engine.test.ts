/**
 * What the engine answers to a filter against what the filter means: random documents, updates, deletes, index builds and
 * reopenings, random filters over every type and every kind of index. `SEED=<n>` replays a run.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {columnsOf} from '../../src/engine/columns.js'
import type {VectorEngine} from '../../src/engine/engine.js'
import {matches} from '../../src/engine/filter/evaluate.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import type {Condition, FieldValue, Filter, StoredDocument} from '../../src/entity/document.js'
import {FieldType} from '../../src/entity/field.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {documentOf, indexed, spaceOf, vectorField} from './spaces.js'

const ids = {fields: [], vectors: []} as const
const rounds = 4
const filtersPerRound = 40
const documentsPerRound = 300

const space = spaceOf(
  [
    vectorField(4, 'HNSW'),
    indexed('int_inverted', 'integer'),
    indexed('int_bitmap', 'integer', 'BITMAP'),
    {name: 'int_bare', type: 'integer'},
    indexed('long', 'long', 'SCALAR'),
    {name: 'long_bare', type: 'long'},
    indexed('date', 'date'),
    indexed('float', 'float'),
    {name: 'float_bare', type: 'float'},
    indexed('double', 'double', 'BITMAP'),
    indexed('text', 'string'),
    {name: 'text_bare', type: 'string'},
    {name: 'text_composite', type: 'string'},
    {name: 'int_composite', type: 'integer'},
    indexed('array', 'string_array'),
    indexed('array_bitmap', 'string_array', 'BITMAP'),
    {name: 'array_bare', type: 'string_array'},
    {name: '中 "odd\' _zvec_ name', type: 'string'},
  ],
  [{name: 'both', type: 'COMPOSITE', field_names: ['text_composite', 'int_composite']}],
)
const {scalarByField} = columnsOf(space)
const fields = [...scalarByField.values()]

const ints = [0, 1, -1, 2, 3, 7, 100, 2 ** 31 - 1, -(2 ** 31), 2 ** 30]
const longs = [
  0n,
  1n,
  -1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  255n,
  256n,
  10n ** 18n,
]
const doubles = [0, 1, -1, 0.1, 0.30000000000000004, 1e300, -1e300, 5e-324, 1e20, 2 ** 53, 1e-7, 123456789.125]
const floats = doubles.map(Math.fround).filter(Number.isFinite)
const texts = [
  '',
  'a',
  'a_b',
  'A',
  "it's",
  '"',
  '\\',
  "\\'",
  "') OR docid >= 0 --",
  '%',
  '%0041',
  '%_',
  '\n',
  '\t',
  '\u0000',
  'a\u0000b',
  '中文',
  '😀',
  '\ud800',
  '\udfff x',
  'e\u0301',
  'é',
  ' ',
  ' a ',
  'null',
  '\u2028',
  '\u007f',
  '\uffff',
]

const longTexts = ['x'.repeat(65_535), `${'x'.repeat(65_534)}'`]

function randomText(random: SeededRandom): string {
  return random.pick(random.below(200) === 0 ? longTexts : texts)
}

function randomValue(type: FieldType, random: SeededRandom): FieldValue {
  switch (type) {
    case FieldType.int:
      return random.pick(ints)
    case FieldType.long:
    case FieldType.date:
      return random.pick(longs)
    case FieldType.float:
      return random.pick(floats)
    case FieldType.double:
      return random.pick(doubles)
    case FieldType.stringArray:
      return Array.from({length: random.below(4)}, () => randomText(random))
    default:
      return randomText(random)
  }
}

function randomDocument(docid: number, random: SeededRandom): StoredDocument {
  const given = Object.fromEntries(fields.map(({field, type}) => [field, randomValue(type, random)]))
  return documentOf(
    space,
    docid,
    {...given, feature: Float32Array.from(random.vector(4))},
    `${random.below(2) ? 'd' : 'ö'}${docid}`,
  )
}

function randomCondition(random: SeededRandom): Condition {
  const {field, type} = random.pick(fields)
  if (type === FieldType.string || type === FieldType.stringArray) {
    const value = Array.from({length: random.below(20) === 0 ? 2_000 : random.below(4)}, (_, index) =>
      index > 3 ? `value ${index}` : randomText(random),
    )
    return {field, operator: random.pick(['IN', 'NOT IN']), value}
  }
  const operator = random.pick(['<', '<=', '>', '>=', '=', '!='] as const)
  const odd = random.below(8) === 0
  const value = odd
    ? random.pick([1.5, -0.5, 2 ** 40, -(2 ** 40), 1e300, 2n ** 70n, 0.1, 1e-320])
    : randomValue(type, random)
  return {field, operator, value: typeof value === 'bigint' || typeof value === 'number' ? value : 0}
}

function randomFilter(random: SeededRandom): Filter {
  return {
    operator: random.pick(['AND', 'OR']),
    conditions: Array.from({length: 1 + random.below(4)}, () => randomCondition(random)),
  }
}

/** Filters print long; their text is what a replay needs least. */
function shown(filter: Filter): string {
  return JSON.stringify(filter, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? value.slice(0, 60) : value,
  ).slice(0, 2_000)
}

const seed = testSeed()

describe(`filters, seed ${seed}`, () => {
  let directory = ''
  let engine: VectorEngine
  const model = new Map<string, StoredDocument>()

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-filter-'))
    engine = await openZvecEngine(join(directory, 'live'), space)
  })
  afterAll(async () => {
    await engine.close()
    await rm(directory, {recursive: true})
  })

  async function check(filter: Filter): Promise<void> {
    const expected = [...model.values()]
      .filter((document) => matches(filter, document, scalarByField))
      .map(({docid}) => docid)
    expected.sort((a, b) => a - b)
    const queried = await engine.query({filter, offset: 0, limit: 100_000, projection: ids})
    expect(
      queried.map(({docid}) => docid),
      `query ${shown(filter)}`,
    ).toEqual(expected)
    const page = await engine.query({filter, offset: 3, limit: 5, projection: ids})
    expect(
      page.map(({docid}) => docid),
      `page ${shown(filter)}`,
    ).toEqual(expected.slice(3, 8))
    const [hits = []] = await engine.search({
      field: 'feature',
      queries: [new Float32Array(4)],
      topK: 100_000,
      filter,
      exact: false,
      params: {},
      projection: ids,
    })
    const found = hits.map(({document}) => document.docid).sort((a, b) => a - b)
    expect(found, `search ${shown(filter)}`).toEqual(expected)
  }

  it('agree with their meaning, whatever happened to the documents before', async () => {
    const random = new SeededRandom(seed)
    let next = 0
    for (let round = 0; round < rounds; round++) {
      for (let batch = 0; batch < documentsPerRound; batch += 50) {
        const written = Array.from({length: 50}, () => {
          const old = model.size > 0 && random.below(4) === 0 ? random.pick([...model.values()]) : undefined
          return old === undefined ? randomDocument(next++, random) : {...randomDocument(old.docid, random), id: old.id}
        })
        const last = new Map(written.map((document) => [document.id, document]))
        engine.upsert([...last.values()])
        for (const [id, document] of last) model.set(id, document)
      }
      const removed = [...model.keys()].filter(() => random.below(10) === 0).slice(0, 100)
      expect(engine.delete(removed)).toBe(removed.length)
      for (const id of removed) model.delete(id)
      if (round % 3 === 1) await engine.buildIndex()
      if (round % 3 === 2) {
        await engine.close()
        engine = await openZvecEngine(join(directory, 'live'), space)
      }
      for (let count = 0; count < filtersPerRound; count++) await check(randomFilter(random))
    }
    const everything = await engine.scan(0, next, next, {fields: 'all', vectors: ['feature']})
    expect(everything).toEqual([...model.values()].sort((a, b) => a.docid - b.docid))
  })
})
