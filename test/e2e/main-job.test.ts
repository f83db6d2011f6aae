/**
 * The main job through real processes: a master, two partition servers and two routers, real vectors in, nearest
 * neighbours out, over a restart of everything.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {SeededRandom} from '../harness/random.js'
import {until} from '../harness/until.js'

const dimension = 32
const random = new SeededRandom(7)
const documents = Array.from({length: 1_000}, (_, index) => ({
  _id: `d${index}`,
  size: index,
  colour: ['red', 'green', 'blue'][index % 3],
  image: random.vector(dimension),
}))
const space = {
  name: 'images',
  partition_num: 4,
  replica_num: 1,
  fields: [
    {name: 'size', type: 'integer', index: {name: 'size', type: 'INVERTED'}},
    {name: 'colour', type: 'string', index: {name: 'colour', type: 'BITMAP'}},
    {name: 'image', type: 'vector', dimension, index: {name: 'image', type: 'HNSW', params: {metric_type: 'L2'}}},
  ],
}
const at = {db_name: 'shop', space_name: 'images'}

interface Found {
  readonly _id: string
  readonly _score: number
  readonly size: number
  readonly colour: string
}

function nearest(query: readonly number[], wanted: (document: (typeof documents)[number]) => boolean): string[] {
  return documents
    .filter(wanted)
    .map(({_id, image}) => ({_id, distance: image.reduce((sum, x, i) => sum + (x - (query[i] ?? 0)) ** 2, 0)}))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, 10)
    .map(({_id}) => _id)
}

describe('a cluster of processes', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await TestCluster.start({masters: 1, ps: 2, routers: 2})
  })
  afterAll(() => cluster?.stop())

  const search = async (query: readonly number[], more: object = {}, router = 0): Promise<Found[]> => {
    const body = {...at, limit: 10, vectors: [{field: 'image', feature: query}], ...more}
    const answer = await cluster.request('POST', '/document/search', body, {router})
    expect(answer.body).toMatchObject({code: 0})
    return (answer.body.data as {documents: Found[][]}).documents[0] ?? []
  }

  it('creates a database and a space whose partitions are spread over the servers', async () => {
    await cluster.ask('POST', '/dbs/shop')
    const created = await cluster.ask<{partitions: {replicas: number[]}[]; version: number}>(
      'POST',
      '/dbs/shop/spaces?timeout=30000',
      space,
    )
    expect(created.version).toBe(2)
    expect(created.partitions.map(({replicas}) => replicas[0]).sort()).toEqual([1, 1, 2, 2])
  })

  it('takes documents and answers in their order', async () => {
    for (let from = 0; from < documents.length; from += 100) {
      const batch = documents.slice(from, from + 100)
      const {total, document_ids} = await cluster.ask<{total: number; document_ids: {_id: string}[]}>(
        'POST',
        '/document/upsert',
        {...at, documents: batch},
      )
      expect(total).toBe(100)
      expect(document_ids.map(({_id}) => _id)).toEqual(batch.map(({_id}) => _id))
    }
  })

  it('finds the exact nearest neighbours, through either router, with and without a filter', async () => {
    const query = random.vector(dimension)
    for (const router of [0, 1]) {
      const all = await search(query, {is_brute_search: 1}, router)
      expect(all.map(({_id}) => _id)).toEqual(nearest(query, () => true))
      expect(all.map(({_score}) => _score)).toEqual([...all.map(({_score}) => _score)].sort((a, b) => a - b))
      const filters = {
        operator: 'AND',
        conditions: [
          {field: 'size', operator: '<', value: 500},
          {field: 'colour', operator: 'IN', value: ['red', 'blue']},
        ],
      }
      const some = await search(query, {filters, is_brute_search: 1}, router)
      expect(some.map(({_id}) => _id)).toEqual(nearest(query, ({size, colour}) => size < 500 && colour !== 'green'))
    }
  })

  it('updates a part of a document and keeps the rest', async () => {
    await cluster.ask('POST', '/document/upsert', {...at, documents: [{_id: 'd5', colour: 'black'}]})
    const {documents: found} = await cluster.ask<{documents: Found[]}>('POST', '/document/query', {
      ...at,
      document_ids: ['d5'],
      vector_value: true,
    })
    // float32 values are printed as the shortest decimal, which is another double: compare what they are
    const image = (found[0] as unknown as {image: number[]}).image.map(Math.fround)
    expect([{...found[0], image}]).toEqual([{...documents[5], colour: 'black'}])
    await cluster.ask('POST', '/document/upsert', {...at, documents: [documents[5]]})
  })

  it('deletes by id and by filter', async () => {
    const byId = await cluster.ask('POST', '/document/delete', {...at, document_ids: ['d999', 'nobody']})
    expect(byId).toEqual({total: 1, document_ids: ['d999']})
    const filters = {operator: 'AND', conditions: [{field: 'size', operator: '>=', value: 990}]}
    const byFilter = await cluster.ask<{total: number}>('POST', '/document/delete', {...at, filters, limit: 100})
    expect(byFilter.total).toBe(9)
    const left = await cluster.ask<{documents: unknown[]}>('POST', '/document/query', {...at, filters})
    expect(left.documents).toEqual([])
  })

  it('reports a green space with every document counted', async () => {
    const info = await cluster.ask<{status: string; doc_num: number; errors?: unknown}>(
      'GET',
      '/dbs/shop/spaces/images',
    )
    expect(info).toMatchObject({status: 'green', doc_num: 990})
    expect(info.errors).toBeUndefined()
  })

  it('has every document after kill -9 of all partition servers at once', async () => {
    await Promise.all(cluster.servers.map(({process}) => process.end('SIGKILL')))
    for (const {process} of cluster.servers) process.start()
    await cluster.whenReady()
    await until('all documents are back', async () => {
      const {body} = await cluster.request('GET', '/dbs/shop/spaces/images', undefined, {quiet: true})
      return (body.data as {doc_num?: number} | undefined)?.doc_num === 990
    })
    const query = random.vector(dimension)
    const found = await search(query, {is_brute_search: 1})
    expect(found.map(({_id}) => _id)).toEqual(nearest(query, ({size}) => size < 990))
  })

  it('stops cleanly on SIGTERM and goes on after a start of everything', async () => {
    for (const group of [cluster.routers, cluster.servers, cluster.masters]) {
      const codes = await Promise.all(group.map(({process}) => process.end('SIGTERM')))
      expect(codes).toEqual(group.map(() => 0))
    }
    for (const {process} of cluster.all) process.start()
    await cluster.whenReady()
    await until('the space is green', async () => {
      const {body} = await cluster.request('GET', '/dbs/shop/spaces/images', undefined, {quiet: true})
      return (body.data as {status?: string} | undefined)?.status === 'green'
    })
    const query = random.vector(dimension)
    expect((await search(query, {is_brute_search: 1})).map(({_id}) => _id)).toEqual(
      nearest(query, ({size}) => size < 990),
    )
  })

  it('deletes the space with everything that belonged to it', async () => {
    await cluster.ask('DELETE', '/dbs/shop/spaces/images')
    expect((await cluster.request('POST', '/document/search', {...at, vectors: []})).body.code).toBe(6)
    expect(await cluster.ask('GET', '/partitions')).toEqual([])
    await cluster.ask('DELETE', '/dbs/shop')
    expect(await cluster.ask('GET', '/dbs')).toEqual([])
  })
})
