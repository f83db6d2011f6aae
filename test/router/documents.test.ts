/** The answers of a router, shape by shape (data-plane spec §1.4 to §1.9), on a cluster of two exact servers. */
import {afterAll, beforeAll, expect} from 'vitest'
import {slotOf} from '../../src/entity/slot.js'
import {systemClock} from '../../src/env/clock.js'
import {MemoryGuard} from '../../src/router/memory-guard.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {describe, test} from '../harness/with-etcd.js'
import {basic} from '../master/cluster-harness.js'
import {RouterCluster} from './cluster.js'

let etcd: TestEtcd
let cluster: RouterCluster

const at = {db_name: 'db', space_name: 'space'}

const fields = [
  {name: 'i', type: 'integer', index: {name: 'by_i', type: 'INVERTED'}},
  {name: 'l', type: 'long'},
  {name: 'f', type: 'float'},
  {name: 's', type: 'string', index: {name: 'by_s', type: 'BITMAP'}},
  {name: 't', type: 'date'},
  {name: 'v', type: 'vector', dimension: 2},
]

/** The index is at the top level and says nothing of its metric: HNSW, so L2 (W-6). */
const indexes = [{name: 'by_v', type: 'HNSW', field_name: 'v'}]

function document(n: number) {
  return {_id: `id${n}`, i: n, l: n, f: n / 10, s: `s${n}`, t: n, v: [n, 0]}
}

const upsert = (documents: readonly unknown[], more = {}) =>
  cluster.post('/document/upsert', {...at, ...more, documents})
const query = (body: object, parameters = '') => cluster.post(`/document/query${parameters}`, {...at, ...body})
const search = (body: object, parameters = '') => cluster.post(`/document/search${parameters}`, {...at, ...body})
const remove = (body: object) => cluster.post('/document/delete', {...at, ...body})
const near = (...numbers: number[]) => [{field: 'v', feature: numbers.flatMap((n) => [n, 0])}]
const where = (field: string, operator: string, value: unknown) => ({
  operator: 'AND',
  conditions: [{field, operator, value}],
})
const idsOf = (documents: readonly {_id: string}[]) => documents.map(({_id}) => _id)

async function createSpace(name: string, more: object = {}) {
  const body = {name, partition_num: 3, replica_num: 1, fields, indexes, ...more}
  expect(await cluster.front.call('POST', '/dbs/db/spaces', body)).toMatchObject({status: 200, code: 0})
}

beforeAll(async () => {
  etcd = await startEtcd()
  cluster = await RouterCluster.start(etcd, 2)
  expect(await cluster.front.call('POST', '/dbs/db')).toMatchObject({status: 200, code: 0})
  await createSpace('space')
  const loaded = await upsert(Array.from({length: 100}, (_, n) => document(n)))
  expect(loaded.data.total).toBe(100)
})
afterAll(async () => {
  await cluster?.stop()
  await etcd?.stop()
})

describe('upsert', () => {
  test('answers for each document in the order of the batch', async () => {
    const {status, code, data} = await upsert([document(201), {...document(202), _id: undefined}, document(203)])
    expect({status, code, total: data.total}).toEqual({status: 200, code: 0, total: 3})
    expect(data.document_ids[0]).toEqual({_id: 'id201'})
    expect(data.document_ids[1]._id).toMatch(/^-?\d+$/)
    expect(data.document_ids[2]).toEqual({_id: 'id203'})
    await remove({document_ids: data.document_ids.map(({_id}: {_id: string}) => _id)})
  })

  test('two documents with one id are two positions', async () => {
    const {data} = await upsert([document(210), document(211), {...document(210), i: -1}])
    expect(data).toEqual({total: 3, document_ids: [{_id: 'id210'}, {_id: 'id211'}, {_id: 'id210'}]})
    expect((await query({document_ids: ['id210']})).data.documents[0].i).toBe(-1)
    await remove({document_ids: ['id210', 'id211']})
  })

  test('changes only the fields that are given', async () => {
    await upsert([document(220)])
    expect((await upsert([{_id: 'id220', s: 'new'}])).data).toEqual({total: 1, document_ids: [{_id: 'id220'}]})
    const {data} = await query({document_ids: ['id220'], vector_value: true})
    expect(data.documents).toEqual([
      {_id: 'id220', i: 220, l: 220, f: 22, s: 'new', t: '1970-01-01T00:03:40Z', v: [220, 0]},
    ])
    await remove({document_ids: ['id220']})
  })

  test('a new document without its vector fails alone', async () => {
    const {status, code, data} = await upsert([document(230), {_id: 'id231', i: 1}])
    expect({status, code, total: data.total}).toEqual({status: 200, code: 0, total: 1})
    expect(data.document_ids[0]).toEqual({_id: 'id230'})
    expect(data.document_ids[1]).toMatchObject({_id: 'id231', code: 404})
    await remove({document_ids: ['id230']})
  })

  test.each([
    [{documents: []}, 500, 6, 'param_error:empty documents, should set at least one document'],
    [{}, 500, 6, 'param_error:empty documents, should set at least one document'],
    [{documents: null}, 500, 6, 'param_error:empty documents, should set at least one document'],
    [{documents: [1]}, 500, 6, 'param_error:data format error, object is required but received number'],
    [
      {documents: [document(300), {nothing: 1}]},
      500,
      6,
      'param_error:unrecognizable field, nothing is not found in space[space] fields',
    ],
    [
      {documents: [document(300), {_id: 'x', v: {feature: [1, 2]}}]},
      500,
      6,
      'param_error:vector field v embedding value should be arrry, but is: {"feature":[1,2]}',
    ],
    [
      {documents: [document(300)], partitions: [999]},
      500,
      6,
      'param_error:partition id 999 not belong to space[space]',
    ],
    [
      {documents: {}},
      400,
      1,
      'json: cannot unmarshal object into Go struct field DocumentRequest.documents of type []json.RawMessage',
    ],
    [
      {documents: [document(300)], partitions: ['1']},
      400,
      1,
      'json: cannot unmarshal array into Go struct field DocumentRequest.partitions of type []uint32',
    ],
    [
      {documents: [document(300)], space_name: 'none'},
      500,
      6,
      'param_error:db:[db] space:[none] err:[space_not_exist]',
    ],
    [{documents: [document(300)], db_name: 'none'}, 500, 6, 'param_error:db:[none] space:[space] err:[db_not_exist]'],
    [
      {documents: [document(300)], db_name: 5},
      400,
      1,
      'json: cannot unmarshal number 5 into Go struct field DocumentRequest.db_name of type string',
    ],
  ])('refuses %j', async (body, status, code, msg) => {
    expect(await cluster.post('/document/upsert', {...at, ...body})).toMatchObject({status, code, msg})
    expect((await query({document_ids: ['id300']})).data.total).toBe(0)
  })

  test.each(['{', 'nonsense', ''])('a body that is no JSON: %s', async (body) => {
    expect(await cluster.front.call('POST', '/document/upsert', body)).toMatchObject({status: 400, code: 1})
  })

  test.each(['null', '[]', '"x"'])('a body that is no object: %s', async (body) => {
    const {status, code} = await cluster.front.call('POST', '/document/upsert', body)
    expect([
      [500, 6],
      [400, 1],
    ]).toContainEqual([status, code])
  })
})

describe('query by ids', () => {
  test('is in the order of the ids, without what is missing, with what is asked twice', async () => {
    const {data} = await query({document_ids: ['id7', 'none', 'id3', 'id7'], fields: ['i']})
    expect(data).toEqual({
      total: 3,
      documents: [
        {_id: 'id7', i: 7},
        {_id: 'id3', i: 3},
        {_id: 'id7', i: 7},
      ],
    })
    expect((await query({document_ids: ['none']})).data).toEqual({total: 0, documents: []})
  })

  test('shows scalars unless told otherwise', async () => {
    const one = async (body: object) => (await query({document_ids: ['id1'], ...body})).data.documents[0]
    expect(await one({})).toEqual({_id: 'id1', i: 1, l: 1, f: 0.1, s: 's1', t: '1970-01-01T00:00:01Z'})
    expect(await one({fields: ['_id']})).toEqual({_id: 'id1'})
    expect(await one({fields: ['v']})).toEqual({_id: 'id1', v: [1, 0]})
    expect(await one({vector_value: true})).toHaveProperty('v', [1, 0])
    expect((await query({document_ids: ['id1']}, '?queryOnlyId=1')).data.documents).toEqual([{_id: 'id1'}])
  })

  test('by hash has an element for each id', async () => {
    const {status, data} = await query({document_ids: ['id1', 'none'], get_by_hash: true, fields: ['i']})
    expect(status).toBe(200)
    expect(data).toEqual({
      total: 1,
      documents: [
        {_id: 'id1', i: 1},
        {_id: 'none', code: 404, msg: 'document_not_exist'},
      ],
    })
  })

  test('finds what was written through `partitions`, which the hash does not', async () => {
    const {data: space} = await cluster.front.call('GET', '/cache/dbs/db/spaces/space')
    const elsewhere = space.partitions[slotOf('stray') > space.partitions[2].partition_slot ? 0 : 2].id
    await upsert([{...document(1), _id: 'stray'}], {partitions: [elsewhere]})
    expect(idsOf((await query({document_ids: ['id1', 'stray']})).data.documents)).toEqual(['id1', 'stray'])
    expect((await query({document_ids: ['stray'], get_by_hash: true})).data.documents[0].code).toBe(404)
    expect((await remove({document_ids: ['stray']})).data).toEqual({total: 1, document_ids: ['stray']})
    expect((await query({document_ids: ['stray']})).data.total).toBe(0)
  })

  test('a partition is read through by its cursor', async () => {
    const {data: space} = await cluster.front.call('GET', '/cache/dbs/db/spaces/space')
    const seen: string[] = []
    for (const {id: partition_id} of space.partitions) {
      for (let cursor = '-1'; ; ) {
        const {data} = await query({document_ids: [cursor], partition_id, next: true})
        const [found] = data.documents
        if (found.code === 404) break
        expect(Number(found._docid)).toBeGreaterThan(Number(cursor))
        expect((await query({document_ids: [found._docid], partition_id})).data.documents[0]._id).toBe(found._id)
        cursor = found._docid
        seen.push(found._id)
      }
    }
    expect(seen.sort()).toEqual(Array.from({length: 100}, (_, n) => `id${n}`).sort())
  })

  test('docids that are none concern their own element', async () => {
    const {data: space} = await cluster.front.call('GET', '/cache/dbs/db/spaces/space')
    const partition_id = space.partitions[0].id
    const {status, data} = await query({document_ids: ['aaa', '0', '-1', '99999'], partition_id})
    expect(status).toBe(200)
    expect(data.total).toBe(1)
    expect(data.documents[0].msg).toBe(
      'primary_key_is_invalid:key: [aaa] convert to int32 failed, err: [invalid syntax]',
    )
    expect(data.documents[1]._id).toMatch(/^id/)
    expect(data.documents[2].msg).toBe('primary_key_is_invalid:docid: [-1] less than 0')
    expect(data.documents[3]).toEqual({_id: '99999', code: 404, msg: 'document_not_exist'})
    const next = await query({document_ids: ['-2'], partition_id, next: true})
    expect(next.data.documents[0].msg).toBe('primary_key_is_invalid:docid: [-2] less than -1 with next as true')
  })
})

describe('query by filter', () => {
  test('has its own order, and the number it shows as total', async () => {
    const {data} = await query({filters: where('i', '<', 10), limit: 100})
    expect(data.total).toBe(10)
    expect(idsOf(data.documents).sort()).toEqual(Array.from({length: 10}, (_, n) => `id${n}`))
    expect((await query({filters: where('i', '>=', 0)})).data.total).toBe(50)
    expect((await query({filters: where('i', '>', 1000)})).data).toEqual({total: 0, documents: []})
    expect((await query({filters: where('s', 'IN', ['s1', 's2', '"']), fields: ['s']})).data.total).toBe(2)
  })

  test('pages are disjoint parts of one order', async () => {
    const ask = async (page: object) => idsOf((await query({filters: where('i', '>=', 0), ...page})).data.documents)
    const all = await ask({limit: 100})
    expect(all.length).toBe(100)
    expect(await ask({limit: 10, page_size: 5, page_num: 1})).toEqual(all.slice(0, 5))
    expect(await ask({limit: 10, page_size: 5, page_num: 2})).toEqual(all.slice(5, 10))
    expect(await ask({limit: 10, page_size: 5, page_num: 3})).toEqual([])
    expect(await ask({limit: 10, page_size: 5, page_num: 2, offset: 15})).toEqual(all.slice(20, 25))
    expect(await ask({limit: 10, offset: 98})).toEqual(all.slice(98))
    expect(await ask({limit: 10, offset: 110})).toEqual([])
  })

  test('one partition alone', async () => {
    const {data: space} = await cluster.front.call('GET', '/cache/dbs/db/spaces/space')
    const counts = await Promise.all(
      space.partitions.map(
        async ({id}: {id: number}) =>
          (await query({filters: where('i', '>=', 0), limit: 100, partition_id: id})).data.total,
      ),
    )
    expect(counts.every((count) => count > 0)).toBe(true)
    expect(counts.reduce((sum, count) => sum + count)).toBe(100)
  })
})

describe('what query refuses', () => {
  const filters = where('i', '=', 1)
  const many = Array.from({length: 500}, (_, n) => `x${n}`)
  test.each([
    [{}, 400, 442],
    [{document_ids: []}, 400, 442],
    [{document_ids: null, filters: {operator: 'AND', conditions: []}}, 400, 442],
    [{document_ids: ['a'], filters}, 400, 444],
    [{document_ids: many}, 422, 441],
    [{document_ids: [1]}, 400, 1],
    [{document_ids: 'a'}, 400, 1],
    [{filters: []}, 400, 1],
    [{filters: {conditions: []}}, 400, 300],
    [{filters: where('i', '~', 1)}, 400, 301],
    [{filters: where('l', '=', 1)}, 400, 6],
    [{filters, limit: -1}, 400, 6],
    [{filters, limit: 'ten'}, 400, 1],
    [{filters, limit: 2 ** 31}, 400, 1],
    [{filters, fields: ['nothing']}, 400, 6],
    [{filters, sort: [{nothing: 'asc'}]}, 400, 6],
    [{filters, sort: ['_score', 'i', {_id: {order: 'desc', missing: '_first'}}, {i: 'down'}]}, 400, 6],
    [{filters, sort: 'i'}, 400, 6],
    [{filters, partition_names: ['p']}, 400, 6],
    [{filters, partition_id: 999}, 400, 6],
    [{document_ids: ['1'], partition_id: 999}, 400, 6],
    [{document_ids: ['1'], partition_id: '1'}, 400, 1],
    [{document_ids: ['1'], space_name: 'none'}, 500, 6],
  ])('%.90j', async (body, status, code) => {
    const answer = await query(body)
    expect({status: answer.status, code: answer.code}, answer.msg).toEqual({status, code})
  })

  test('and what it does not', async () => {
    for (const sort of [
      ['_score', '_id', 'i', {i: 'asc'}, {s: {order: 'desc', mode: 'min', unmapped_type: 'x'}}],
      [],
    ]) {
      expect(await query({filters, sort})).toMatchObject({status: 200, code: 0})
    }
  })
})

describe('search', () => {
  test('finds the nearest, nearest first, in every partition', async () => {
    const {status, data} = await search({vectors: near(42.25), limit: 3, fields: ['i']})
    expect(status).toBe(200)
    expect(data).toEqual({
      documents: [
        [
          {_id: 'id42', _score: 0.0625, i: 42},
          {_id: 'id43', _score: 0.5625, i: 43},
          {_id: 'id41', _score: 1.5625, i: 41},
        ],
      ],
    })
  })

  test('equal scores are in the order of the ids', async () => {
    const {data} = await search({vectors: near(10.5), limit: 2, fields: ['_id']})
    expect(idsOf(data.documents[0])).toEqual(['id10', 'id11'])
  })

  test('has a list for each query vector', async () => {
    const {data} = await search({vectors: near(0, 99, 50), limit: 1, fields: ['_id']})
    expect(data.documents.map(idsOf)).toEqual([['id0'], ['id99'], ['id50']])
  })

  test('shows what is asked for', async () => {
    const one = async (body: object) => (await search({vectors: near(1), limit: 1, ...body})).data.documents[0][0]
    expect(Object.keys(await one({}))).toEqual(['_id', '_score', 'i', 'l', 'f', 's', 't'])
    expect(await one({fields: ['_id']})).toEqual({_id: 'id1', _score: 0})
    expect(await one({vector_value: true})).toHaveProperty('v', [1, 0])
  })

  test('filters, pages and bounds', async () => {
    const ids = async (body: object) =>
      (await search({vectors: near(0), fields: ['_id'], ...body})).data.documents.map(idsOf)
    expect(await ids({filters: where('i', '>', 90), limit: 2})).toEqual([['id91', 'id92']])
    expect(await ids({limit: 4, page_size: 2, page_num: 2})).toEqual([['id2', 'id3']])
    expect(await ids({limit: 2, offset: 5})).toEqual([['id5', 'id6']])
    expect(await ids({vectors: [{...near(0)[0], max_score: 4}]})).toEqual([['id0', 'id1', 'id2']])
    expect(await ids({vectors: [{...near(0)[0], min_score: 9500}]})).toEqual([['id98', 'id99']])
    expect(await ids({vectors: [{...near(0)[0], symbol: '<=', value: 1}]})).toEqual([['id0', 'id1']])
  })

  test('nothing has two shapes', async () => {
    expect((await search({vectors: near(0), filters: where('i', '>', 1000)})).data).toEqual({documents: []})
    expect((await search({vectors: [{...near(0)[0], max_score: -1}]})).data).toEqual({documents: [[]]})
    await createSpace('empty')
    expect((await search({space_name: 'empty', vectors: near(0, 1)})).data).toEqual({documents: [[], []]})
  })

  test.each([
    [{}, 500, 460],
    [{vectors: []}, 500, 460],
    [{vectors: null}, 500, 460],
    [{vectors: {}}, 400, 1],
    [{vectors: [1]}, 400, 1],
    [{vectors: [{field: 'none', feature: [1, 2]}]}, 400, 6],
    [{vectors: [{field: 'i', feature: [1, 2]}]}, 400, 6],
    [{vectors: [{field: 'v'}]}, 400, 6],
    [{vectors: [{field: 'v', feature: []}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1]}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 2, 3]}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 'x']}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 1e39]}]}, 400, 6],
    [{vectors: [{field: 'v', feature: {feature: [1, 2]}}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 2], format: 'odd'}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 2], symbol: '~', value: 1}]}, 400, 6],
    [{vectors: [{field: 'v', feature: [1, 2], min_score: 'x'}]}, 400, 1],
    [{vectors: [...near(1), ...near(1, 2)]}, 400, 6],
    [{vectors: [...near(1), ...near(1)], ranker: {type: 'Other'}}, 400, 6],
    [{vectors: [...near(1), ...near(1)], ranker: {type: 'WeightedRanker', params: [1]}}, 400, 6],
    [{vectors: near(1), limit: -1}, 400, 6],
    [{vectors: near(1), index_params: 'x'}, 400, 6],
    [{vectors: near(1), fields: ['none']}, 400, 6],
    [{vectors: near(1), filters: where('s', '=', 'x')}, 400, 6],
  ])('refuses %.90j', async (body, status, code) => {
    const answer = await search(body)
    expect({status: answer.status, code: answer.code}, answer.msg).toEqual({status, code})
  })

  test('several vectors are weighed', async () => {
    const vectors = [...near(1), ...near(3)]
    const ranker = {type: 'WeightedRanker', params: [1, 3]}
    const {data} = await search({vectors, ranker, limit: 100, fields: ['_id']})
    expect(data.documents[0][0]).toEqual({_id: 'id2', _score: 4})
    const single = await search({vectors: near(1), ranker: 'ignored', limit: 1, fields: ['_id']})
    expect(idsOf(single.data.documents[0])).toEqual(['id1'])
  })

  test.each(['leader', 'random', 'least_connection', 'nearest_connection', 'whatever'])(
    'through load_balance %s',
    async (load_balance) => {
      const {data} = await search({vectors: near(5), limit: 1, load_balance, fields: ['_id']})
      expect(idsOf(data.documents[0])).toEqual(['id5'])
    },
  )

  test('an InnerProduct space is merged the other way round', async () => {
    await createSpace('product', {
      indexes: [{name: 'by_v', type: 'FLAT', field_name: 'v', params: {metric_type: 'InnerProduct'}}],
    })
    await upsert(
      Array.from({length: 30}, (_, n) => document(n)),
      {space_name: 'product'},
    )
    const {data} = await search({space_name: 'product', vectors: near(1), limit: 3, fields: ['_id']})
    expect(data.documents[0]).toEqual([
      {_id: 'id29', _score: 29},
      {_id: 'id28', _score: 28},
      {_id: 'id27', _score: 27},
    ])
  })
})

describe('delete', () => {
  test('by ids, each once', async () => {
    await upsert([document(400), document(401)])
    expect((await remove({document_ids: ['id401', 'none', 'id401', 'id400']})).data).toEqual({
      total: 2,
      document_ids: ['id401', 'id400'],
    })
    expect((await remove({document_ids: ['id400']})).data).toEqual({total: 0, document_ids: []})
  })

  test('by filter, at most the limit in each partition', async () => {
    const documents = Array.from({length: 30}, (_, n) => ({...document(n), _id: `gone${n}`, i: 500}))
    await upsert(documents)
    const first = await remove({filters: where('i', '=', 500), limit: 2})
    expect(first.data.total).toBe(6)
    const rest = await remove({filters: where('i', '=', 500)})
    expect(rest.data.total).toBe(24)
    expect(new Set([...first.data.document_ids, ...rest.data.document_ids]).size).toBe(30)
    expect((await query({filters: where('i', '=', 500)})).data.total).toBe(0)
  })

  test.each([
    [{}, 400, 425],
    [{document_ids: [], filters: {operator: 'AND', conditions: []}}, 400, 425],
    [{document_ids: ['a'], filters: where('i', '=', 1)}, 400, 423],
    [{document_ids: Array.from({length: 500}, (_, n) => `x${n}`)}, 400, 424],
    [{document_ids: [1]}, 400, 1],
    [{query: {document_ids: ['a']}}, 400, 425],
    [{filters: where('nothing', '=', 1)}, 400, 6],
    [{document_ids: ['a'], space_name: 'none'}, 500, 6],
  ])('refuses %.90j', async (body, status, code) => {
    const answer = await remove(body)
    expect({status: answer.status, code: answer.code}, answer.msg).toEqual({status, code})
  })
})

test('a range rule sends documents to their month', async () => {
  const ranges = [
    {name: 'march', value: '2024-04-01'},
    {name: 'april', value: '2024-05-01'},
  ]
  await createSpace('months', {partition_num: 2, partition_rule: {type: 'RANGE', field: 't', ranges}})
  const space_name = 'months'
  const on = (id: string, t: string) => ({...document(1), _id: id, t})
  expect((await upsert([on('m', '2024-03-31'), on('a', '2024-04-01')], {space_name})).data.total).toBe(2)
  const april = await search({space_name, vectors: near(1), partition_names: ['april'], fields: ['_id']})
  expect(april.data.documents.map(idsOf)).toEqual([['a']])
  expect((await query({space_name, document_ids: ['a', 'm'], get_by_hash: true})).data.total).toBe(2)
  expect(await upsert([on('x', '2025-01-01')], {space_name})).toMatchObject({status: 422, code: 6})
  expect(await upsert([{_id: 'm', i: 2}], {space_name})).toMatchObject({
    status: 422,
    msg: 'param_error:document must have partition rule field',
  })
  expect(await search({space_name, vectors: near(1), partition_names: ['may']})).toMatchObject({status: 400, code: 6})
})

test('index operations count what they reached', async () => {
  expect((await cluster.post('/index/flush', at)).data).toEqual({_shards: {total: 3, successful: 3}})
  expect((await cluster.post('/index/forcemerge', at)).data).toEqual({_shards: {total: 3, successful: 3}})
  expect((await cluster.post('/index/rebuild', {...at, drop_before_rebuild: true})).data._shards.total).toBe(3)
  expect(await cluster.post('/index/rebuild', {...at, partition_id: 999})).toMatchObject({status: 400, code: 6})
  expect(await cluster.post('/index/flush', {...at, space_name: 'none'})).toMatchObject({status: 500, code: 6})
})

describe('an alias', () => {
  test('is another name in its own database, never instead of a space', async () => {
    await cluster.front.call('POST', '/dbs/other')
    await cluster.front.call('POST', '/alias/shortcut/dbs/db/spaces/space')
    const ids = {document_ids: ['id1']}
    expect((await query({...ids, space_name: 'shortcut'})).data.total).toBe(1)
    expect((await query({...ids, db_name: '', space_name: 'shortcut'})).data.total).toBe(1)
    expect(await query({...ids, db_name: 'other', space_name: 'shortcut'})).toMatchObject({
      status: 500,
      msg: 'param_error:db:[other] space:[shortcut] err:[space_not_exist]',
    })
    await cluster.front.call('POST', '/alias/empty/dbs/db/spaces/space')
    expect((await query({...ids, space_name: 'empty'})).data.total).toBe(0)
  })
})

describe('other routes', () => {
  test("are a master's, always with status 200", async () => {
    expect(await cluster.front.call('GET', '/dbs/none')).toMatchObject({status: 200, code: 200})
    expect(await cluster.front.call('GET', '/dbs', undefined, {authorization: ''})).toMatchObject({
      status: 200,
      code: 3,
    })
    expect((await cluster.front.call('GET', '/dbs/db/spaces/space?detail=true')).data.space_name).toBe('space')
    expect(await cluster.front.call('POST', '/dbs/db')).toMatchObject({status: 200, code: 201})
  })

  test('need what the master would need', async () => {
    const nobody = {authorization: ''}
    expect(await cluster.front.call('POST', '/document/query', at, nobody)).toMatchObject({status: 401, code: 3})
    expect(await cluster.front.call('GET', '/', undefined, nobody)).toMatchObject({status: 401, code: 3})
    expect((await cluster.front.call('GET', '/')).data.name).toBe(cluster.master.cluster)
    await cluster.front.call('POST', '/users', {name: 'reader', password: 'pw', role_name: 'defaultSpaceAdmin'})
    const reader = {authorization: basic('reader', 'pw')}
    expect(await cluster.front.call('POST', '/document/query', {...at, document_ids: ['id1']}, reader)).toMatchObject({
      status: 200,
      code: 0,
    })
    expect(await cluster.front.call('GET', '/cache/users/reader', undefined, reader)).toMatchObject({status: 401})
  })

  test('the cache shows no password', async () => {
    await cluster.front.call('POST', '/users', {name: 'hidden', password: 'pw', role_name: 'defaultSpaceAdmin'})
    const {data} = await cluster.front.call('GET', '/cache/users/hidden')
    expect(data).toEqual({name: 'hidden', password: '******', role_name: 'defaultSpaceAdmin'})
    expect(await cluster.front.call('GET', '/cache/users/nobody')).toMatchObject({status: 500, code: 180})
    await cluster.front.call('POST', '/roles', {name: 'own', privileges: {ResourceDocument: 'ReadOnly'}})
    expect((await cluster.front.call('GET', '/cache/roles/own')).data.name).toBe('own')
    expect((await cluster.front.call('GET', '/cache/dbs/db/spaces/space')).data.partitions).toHaveLength(3)
  })

  test('unknown ones are not found', async () => {
    for (const path of ['/document/insert', '/nothing']) {
      expect(await cluster.front.call('POST', path, {})).toMatchObject({status: 404, msg: '404 page not found'})
    }
  })

  test('a timeout that is none', async () => {
    expect(await query({document_ids: ['id1']}, '?timeout=10.5')).toMatchObject({status: 400, code: 1})
  })
})

test('a limit of requests holds, with and without a query string', async () => {
  const limit = (enabled: boolean, count: number) =>
    cluster.front.call('POST', '/config/request_limit', {
      request_limit_enabled: enabled,
      read_request_limit_count: count,
      write_request_limit_count: 1_000_000,
    })
  await limit(true, 2)
  const {view} = cluster.front.router
  await view.whenAtLeast((await cluster.front.store.status()).revision)
  const answers = await Promise.all(Array.from({length: 8}, () => query({document_ids: ['id1']}, '?timeout=9000')))
  const refused = answers.filter(({status}) => status === 500)
  expect(refused.length).toBeGreaterThanOrEqual(5)
  expect(refused[0]).toMatchObject({code: 1, msg: 'document read request too frequency, have reached limit 2'})
  expect((await upsert([document(1)])).status).toBe(200)
  await limit(false, 2)
})

test('memory that is nearly full takes small requests only', () => {
  const memory = {totalBytes: 1_000, usedBytes: () => 800}
  const guard = new MemoryGuard(cluster.front.router.view, systemClock, memory)
  guard.admit(100)
  expect(() => guard.admit(101)).toThrow('memory usage have reached limit 900 before execute request')
})

describe('when a server has gone', () => {
  beforeAll(() => cluster.servers.pop()?.stop())

  test('a search names the partitions that had no part in it', async () => {
    const {status, code, data} = await search({vectors: near(1), limit: 100, fields: ['_id']})
    expect({status, code}).toEqual({status: 200, code: 0})
    expect(data.documents[0].length).toBeGreaterThan(0)
    expect(data.documents[0].length).toBeLessThan(100)
    expect(data.failed_partitions[0]).toMatchObject({code: 120})
  })

  test('a filter query fails as a whole', async () => {
    expect(await query({filters: where('i', '>', 0)})).toMatchObject({status: 422, code: 120})
  })

  test('documents of the partitions that are left are written, the others say why not', async () => {
    const documents = Array.from({length: 20}, (_, n) => ({...document(n), _id: `late${n}`}))
    const {status, data} = await cluster.post('/document/upsert?timeout=1000', {...at, documents})
    expect(status).toBe(200)
    const failed = data.document_ids.filter(({code}: {code?: number}) => code !== undefined)
    expect(data.total).toBe(20 - failed.length)
    expect(data.total).toBeGreaterThan(0)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed[0].msg).toMatch(/^partition_no_leader:/)
    expect(failed[0]).not.toHaveProperty('outcome')
  })

  test('a delete says what it could not ask', async () => {
    const {data} = await cluster.post('/document/delete?timeout=1000', {...at, filters: where('i', '>', 90)})
    expect(data.total).toBeGreaterThan(0)
    expect(data.failed_partitions[0]).toMatchObject({code: 143})
  })
})
