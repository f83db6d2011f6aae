/**
 * At least 10,000 malformed, mistyped, oversized and hostile requests against a running cluster: each is refused with a
 * code of the spec or does exactly what it says, nothing is half-written, and every process is alive at the end.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {type Answer, request, TestCluster} from '../harness/cluster.js'
import {SeededRandom, testSeed} from '../harness/random.js'

const seed = testSeed()
const requestsPerKind = 2_500
const dimension = 8
const at = {db_name: 'fuzz', space_name: 'target'}
const knownCodes = new Set([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 180, 181, 190, 191, 200, 201, 202, 220, 221, 240, 241, 260, 261, 300, 301, 400, 420,
  421, 422, 423, 424, 425, 440, 441, 442, 443, 444, 445, 460, 461, 462, 500, 600, 700, 701, 702,
])

const nasty: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  ' ',
  "' OR 1=1 --",
  '" OR "1"="1',
  "a\\' OR f0 = 'b",
  '\u0000',
  '\u202e',
  '💥'.repeat(50),
  'x'.repeat(2_000),
  [],
  [[]],
  [null],
  ['a', 1],
  {},
  {feature: [1]},
  {__proto__: null, constructor: 1},
  Array.from({length: dimension}, () => 'NaN'),
  Array.from({length: dimension - 1}, () => 0.5),
  Array.from({length: dimension + 1}, () => 0.5),
  Array.from({length: dimension}, () => 1e39),
]

describe(`a running cluster under bad input (SEED=${seed})`, () => {
  const random = new SeededRandom(seed)
  let cluster: TestCluster

  beforeAll(async () => {
    cluster = await TestCluster.start({embedded: true})
    await cluster.ask('POST', '/dbs/fuzz')
    await cluster.ask('POST', '/dbs/fuzz/spaces?timeout=30000', {
      name: 'target',
      partition_num: 2,
      replica_num: 1,
      fields: [
        {name: 'n', type: 'integer', index: {name: 'n', type: 'INVERTED'}},
        {name: 'l', type: 'long', index: {name: 'l', type: 'INVERTED'}},
        {name: 's', type: 'string', index: {name: 's', type: 'BITMAP'}},
        {name: 'v', type: 'vector', dimension, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
      ],
    })
    await cluster.ask('POST', '/document/upsert', {
      ...at,
      documents: Array.from({length: 50}, (_, index) => ({_id: `keep${index}`, ...goodFields(index)})),
    })
  })
  afterAll(() => cluster?.stop())

  function goodFields(index: number) {
    return {n: index, l: index, s: `s${index}`, v: random.vector(dimension)}
  }

  /** Sends many at once, a bounded number in flight; every answer must be an envelope with a code of the spec. */
  async function sendAll(count: number, make: () => {path: string; method?: string; body: unknown}): Promise<Answer[]> {
    const answers: Answer[] = []
    const lanes = Array.from({length: 8}, async () => {
      while (answers.length < count) {
        const {path, method = 'POST', body} = make()
        const url = random.below(10) === 0 ? (cluster.masters[0]?.url ?? '') : (cluster.routers[0]?.url ?? '')
        const answer = await request(url, method, path, body)
        answers.push(answer)
        if (answer.status === 404 && answer.body.msg === '404 page not found') continue
        expect(
          knownCodes,
          `${method} ${path} ${JSON.stringify(body)?.slice(0, 300)} -> ${JSON.stringify(answer)}`,
        ).toContain(answer.body.code)
      }
    })
    await Promise.all(lanes)
    return answers
  }

  async function everythingIsAlive(): Promise<void> {
    for (const {process} of cluster.all) expect(process.isRunning, process.output.slice(-2_000)).toBe(true)
    const {documents} = await cluster.ask<{documents: {_id: string}[]}>('POST', '/document/query', {
      ...at,
      document_ids: Array.from({length: 50}, (_, index) => `keep${index}`),
    })
    expect(documents.map(({_id}) => _id)).toEqual(Array.from({length: 50}, (_, index) => `keep${index}`))
  }

  it('refuses bodies that are no JSON', async () => {
    const good = JSON.stringify({...at, documents: [{_id: 'x', ...goodFields(1)}]})
    await sendAll(requestsPerKind, () => {
      const cut = random.below(good.length)
      const flipped = `${good.slice(0, cut)}${String.fromCharCode(random.below(256))}${good.slice(cut + 1)}`
      const body = random.pick([
        good.slice(0, cut),
        flipped,
        '',
        'null',
        '[]',
        '"text"',
        '{"a":',
        '{]',
        '\u0000',
        '123',
      ])
      return {path: `/document/${random.pick(['upsert', 'search', 'query', 'delete'])}`, body: body || undefined}
    })
    await everythingIsAlive()
  }, 120_000)

  it('refuses values of the wrong type wherever they stand, whole batches at a time', async () => {
    const before = await count()
    await sendAll(requestsPerKind, () => {
      const field = random.pick(['n', 'l', 's', 'v', 'unknown', '_id', '__proto__'])
      const bad = {...goodFields(1), _id: `fresh${random.below(1e9)}`, [field]: random.pick(nasty)}
      // one bad document spoils its batch, so none of its good neighbours may appear
      const documents = [{_id: 'neighbour', ...goodFields(2)}, bad, {unknown_field: 1}]
      return {path: '/document/upsert', body: {...at, documents}}
    })
    expect(await count()).toBe(before)
    await everythingIsAlive()
  }, 120_000)

  it('refuses searches, queries and deletes whose parts are anything', async () => {
    await sendAll(requestsPerKind, () => {
      const verb = random.pick(['search', 'query', 'delete'])
      const condition = {
        field: random.pick(['n', 'l', 's', 'v', 'nothing', "n' OR '1'='1", ...nasty]),
        operator: random.pick(['=', '<', '>=', '!=', 'IN', 'NOT IN', 'LIKE', '; DROP', ...nasty]),
        value: random.pick([...nasty, [`zz' OR s != '`], ['zz") OR (s != "'], ['\\'], ["zz\\' OR 1=1"]]),
      }
      const body: Record<string, unknown> = {
        ...at,
        filters: {operator: random.pick(['AND', 'OR', 'NOT', ...nasty]), conditions: [condition, condition]},
        limit: random.pick([1, 10, 0, -1, 2 ** 31, 'ten', null]),
      }
      if (verb !== 'delete') {
        body.vectors = [
          {field: random.pick(['v', 'n', 'x']), feature: random.pick(nasty), min_score: random.pick(nasty)},
        ]
      }
      if (random.below(4) === 0)
        body[random.pick(['fields', 'sort', 'ranker', 'index_params', 'page_size'])] = random.pick(nasty)
      // a delete with a filter that is valid by chance would be right to delete: keep it from the documents we count
      if (verb === 'delete')
        body.filters = {operator: 'AND', conditions: [condition, {field: 'n', operator: '>', value: 1e6}]}
      return {path: `/document/${verb}`, body}
    })
    await everythingIsAlive()
  }, 120_000)

  it('refuses spaces, databases and administration that make no sense', async () => {
    const dbsBefore = await cluster.ask<unknown[]>('GET', '/dbs')
    await sendAll(requestsPerKind, () => {
      const name = random.pick(['1a', '_a', 'a b', 'a-b', 'a/b', 'a%00b', '..', "a'b", 'x:y'])
      const space = {
        name: random.pick([name, 'ok', ...nasty]),
        partition_num: random.pick([1, ...nasty]),
        replica_num: random.pick([2, 256, 300, -1, 'x', {}]),
        fields: random.pick([[{name: 'v', type: 'vector', dimension: random.pick(nasty)}], [{name: 'n'}], ...nasty]),
        indexes: random.pick(nasty),
      }
      return random.pick([
        {path: `/dbs/${encodeURIComponent(name)}`, body: {}},
        {path: '/dbs/fuzz/spaces', body: space},
        {path: '/dbs/nowhere/spaces', body: space},
        {path: '/dbs/fuzz/spaces/target', method: 'PUT', body: {partition_num: random.pick([1, 2, -5, 'x', {}])}},
        {path: '/dbs/fuzz/spaces/target/indexes', body: {indexes: random.pick(nasty)}},
        {path: '/users', body: {name: random.pick(['root', 'RoOt', name]), password: random.pick(nasty)}},
        {path: '/roles', body: {name, privileges: random.pick(nasty)}},
        {path: '/partitions/change_member', body: random.pick(nasty) ?? {}},
        {path: '/config/request_limit', method: 'PUT', body: random.pick(nasty) ?? {}},
        {
          path: `/dbs?timeout=${encodeURIComponent(String(random.pick(['x', '1.5', '']) ?? ''))}`,
          method: 'GET',
          body: undefined,
        },
      ])
    })
    expect(await cluster.ask<unknown[]>('GET', '/dbs')).toEqual(dbsBefore)
    await everythingIsAlive()
  }, 120_000)

  it('refuses a body over the limit and vectors that JSON cannot hold', async () => {
    const over = await request(
      cluster.routers[0]?.url ?? '',
      'POST',
      '/document/upsert',
      `{"db_name":"fuzz","documents":[{"v":[NaN,Infinity]}]}`,
    )
    expect(over.body.code).toBe(1)
    expect(over.status).toBe(400)
    await everythingIsAlive()
  })

  async function count(): Promise<number> {
    return (await cluster.ask<{doc_num: number}>('GET', '/dbs/fuzz/spaces/target')).doc_num
  }
})
