/**
 * What a client of Vearch sees, through real processes with authentication on: statuses, codes, shapes and texts as the
 * specification has them. A row is one request.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {basic, TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

const dimension = 4
const at = {db_name: 'ts_db', space_name: 'ts_space'}
const root = basic('root', 'secret')
const documents = Array.from({length: 10}, (_, index) => ({
  _id: String(index),
  field_int: index,
  field_long: index,
  field_float: index,
  field_double: index,
  field_string: String(index),
  field_vector: [index, 0, 0, 0],
}))
const nobody = {operator: 'AND', conditions: [{field: 'field_int', operator: '>', value: 1_000}]}
const everybody = {operator: 'AND', conditions: [{field: 'field_int', operator: '>=', value: 0}]}

function space(name: string) {
  const scalar = (type: string) => ({
    name: `field_${type === 'integer' ? 'int' : type}`,
    type,
    index: {name: `field_${type}`, type: 'SCALAR'},
  })
  return {
    name,
    partition_num: 2,
    replica_num: 1,
    fields: [
      ...['integer', 'long', 'float', 'double', 'string'].map(scalar),
      {
        name: 'field_vector',
        type: 'vector',
        dimension,
        index: {name: 'gamma', type: 'FLAT', params: {metric_type: 'L2'}},
      },
    ],
  }
}

interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly code: number
  readonly msg?: string
  // biome-ignore lint/suspicious/noExplicitAny: what comes is what is tested
  readonly data?: any
}

describe('a client of Vearch', () => {
  let cluster: TestCluster
  let router = ''
  let master = ''

  beforeAll(async () => {
    cluster = await TestCluster.start({embedded: true, withAuth: true})
    router = cluster.routers[0]?.url ?? ''
    master = cluster.masters[0]?.url ?? ''
  })
  afterAll(() => cluster?.stop())

  interface Ask {
    readonly body?: unknown
    readonly authorization?: string | null
    readonly url?: string
    readonly headers?: Readonly<Record<string, string>>
  }

  async function ask(
    method: string,
    path: string,
    {body, authorization = root, url = router, headers = {}}: Ask = {},
  ): Promise<Reply> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {...headers, ...(authorization === null ? {} : {authorization})},
      ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return {status: response.status, text, headers: response.headers, ...(isJson ? JSON.parse(text) : {code: -1})}
  }

  const document = (verb: string, body: object) => ask('POST', `/document/${verb}`, {body: {...at, ...body}})
  const search = (body: object) => document('search', body)
  const query0 = [{field: 'field_vector', feature: [0, 0, 0, 0]}]

  describe('who makes a database and a space', () => {
    it('gets {id, name}, in compact JSON, with a request id', async () => {
      const made = await ask('POST', '/dbs/ts_db', {headers: {'X-Request-Id': 'my-id'}})
      expect(made.text).toBe('{"code":0,"request_id":"my-id","data":{"id":1,"name":"ts_db"}}')
      expect(made.headers.get('x-request-id')).toBe('my-id')
    })

    it('is told twice that it exists: 422 by the master, 200 by the router', async () => {
      const direct = await ask('POST', '/dbs/ts_db', {url: master})
      expect(direct).toMatchObject({status: 422, code: 201, msg: 'db_exist:dbname ts_db already exists'})
      expect(await ask('POST', '/dbs/ts_db')).toMatchObject({status: 200, code: 201})
    })

    it.each([
      ['GET', '/dbs/nobody', 404, 200],
      ['DELETE', '/dbs/nobody', 404, 200],
      ['GET', '/dbs/nobody/spaces', 404, 200],
      ['GET', '/dbs/ts_db/spaces/nobody', 404, 221],
      ['GET', '/users/nobody', 404, 180],
      ['GET', '/roles/nobody', 404, 190],
      ['GET', '/alias/nobody', 404, 240],
    ])('finds nothing: %s %s', async (method, path, status, code) => {
      expect(await ask(method, path, {url: master})).toMatchObject({status, code})
      expect(await ask(method, path)).toMatchObject({status: 200, code})
    })

    it('gets the space back, and may poll it', async () => {
      const made = await ask('POST', '/dbs/ts_db/spaces?timeout=60000', {body: space('ts_space')})
      expect(made, made.text).toMatchObject({status: 200, code: 0, data: {name: 'ts_space', replica_num: 1}})
      const shown = await ask('GET', '/dbs/ts_db/spaces/ts_space')
      expect(shown.data).toMatchObject({space_name: 'ts_space', db_name: 'ts_db', status: 'green', doc_num: 0})
      expect(shown.data).not.toHaveProperty('errors')
      expect(shown.data.partitions).toHaveLength(2)
      const detailed = await ask('GET', '/dbs/ts_db/spaces/ts_space?detail=true')
      for (const partition of detailed.data.partitions) {
        for (const key of ['pid', 'node_id', 'doc_num', 'name', 'index_num', 'path', 'max_docid', 'index_status']) {
          expect(partition, key).toHaveProperty(key)
        }
        expect(partition.raft_status).toHaveProperty('Leader')
      }
      const again = await ask('POST', '/dbs/ts_db/spaces', {body: space('ts_space'), url: master})
      expect(again).toMatchObject({status: 422, code: 220})
    })

    it('may not drop a database that is in use', async () => {
      expect((await ask('DELETE', '/dbs/ts_db')).code).toBe(202)
    })
  })

  describe('who writes', () => {
    it('finds nothing in an empty space: [[]]', async () => {
      const {text} = await search({vectors: query0})
      expect(text).toContain('"data":{"documents":[[]]}')
    })

    it('gets one element for each document, in order', async () => {
      const {text, data} = await document('upsert', {documents})
      expect(data.document_ids).toEqual(documents.map(({_id}) => ({_id})))
      expect(text).toContain('"total":10')
    })

    it('gets an id for a document without one', async () => {
      const {_id, ...rest} = documents[0] ?? {_id: ''}
      const {data} = await document('upsert', {documents: [rest]})
      expect(data.document_ids[0]._id).toMatch(/^-?\d+$/)
      expect((await document('delete', {document_ids: [data.document_ids[0]._id]})).data.total).toBe(1)
    })

    it('writes positions, not ids, where an id comes twice', async () => {
      const [first, second] = documents
      const {data} = await document('upsert', {documents: [first, second, first]})
      expect(data).toMatchObject({total: 3, document_ids: [{_id: '0'}, {_id: '1'}, {_id: '0'}]})
    })

    it('may leave out what an existing document has, and not what a new one needs', async () => {
      const {status, code, data} = await document('upsert', {
        documents: [
          {_id: '1', field_int: 1},
          {_id: 'new', field_int: 1},
        ],
      })
      expect({status, code, total: data.total}).toEqual({status: 200, code: 0, total: 1})
      expect(data.document_ids).toEqual([
        {_id: '1'},
        {_id: 'new', code: 404, msg: 'internal_error:add doc failed, err code -3'},
      ])
    })

    it.each([
      ['no documents', {documents: []}, 'param_error:empty documents, should set at least one document'],
      [
        'an unknown field',
        {documents: [{_id: 'x', other: 1}]},
        'param_error:unrecognizable field, other is not found in space[ts_space] fields',
      ],
      ['null', {documents: [{_id: 'x', field_int: null}]}, 'param_error:field name [field_int] type is null'],
      [
        'a partition of another space',
        {documents: [documents[0]], partitions: [77]},
        'param_error:partition id 77 not belong to space[ts_space]',
      ],
      [
        'a vector too short',
        {documents: [{_id: 'x', field_vector: [1]}]},
        'dimension in space is:[4] but input length:[1]',
      ],
    ])('is refused %s with status 500 and code 6', async (_, body, msg) => {
      const reply = await document('upsert', body)
      expect(reply).toMatchObject({status: 500, code: 6})
      expect(reply.msg).toContain(msg)
    })

    it('is refused a space that is not there', async () => {
      const body = {db_name: 'ts_db', space_name: 'other', documents}
      expect(await ask('POST', '/document/upsert', {body})).toMatchObject({
        status: 500,
        code: 6,
        msg: 'param_error:db:[ts_db] space:[other] err:[space_not_exist]',
      })
    })
  })

  describe('who queries', () => {
    it('gets documents in the order asked for, with six keys, misses left out', async () => {
      const {data} = await document('query', {document_ids: ['3', 'nobody', '1', '3']})
      expect(data.total).toBe(3)
      expect(data.documents.map(({_id}: {_id: string}) => _id)).toEqual(['3', '1', '3'])
      expect(Object.keys(data.documents[0])).toHaveLength(6)
    })

    it('gets total 0 and [] for misses alone', async () => {
      const {text} = await document('query', {document_ids: ['nobody']})
      expect(text).toContain('"total":0')
      expect(text).toContain('"documents":[]')
    })

    it('gets an entry for each id by hash', async () => {
      const {data} = await document('query', {document_ids: ['2', 'nobody'], get_by_hash: true})
      expect(data.total).toBe(1)
      expect(data.documents[1]).toEqual({_id: 'nobody', code: 404, msg: 'document_not_exist'})
    })

    it('walks a partition by _docid', async () => {
      const {data: info} = await ask('GET', '/dbs/ts_db/spaces/ts_space')
      const seen: string[] = []
      for (const {pid} of info.partitions) {
        for (let docid = '-1'; ; ) {
          const {data} = await document('query', {document_ids: [docid], partition_id: pid, next: true})
          const [found] = data.documents
          if (data.total === 0) {
            expect(found.code).toBe(404)
            break
          }
          expect(found._docid).toMatch(/^\d+$/)
          expect(Number(found._docid)).toBeGreaterThan(Number(docid))
          docid = found._docid
          seen.push(found._id)
        }
      }
      expect(seen.sort()).toEqual(documents.map(({_id}) => _id))
    })

    it.each([
      ['one field', {fields: ['field_int']}, ['_id', 'field_int']],
      ['only ids', {fields: ['_id']}, ['_id']],
    ])('gets %s', async (_, body, keys) => {
      const {data} = await document('query', {document_ids: ['1'], ...body})
      expect(Object.keys(data.documents[0]).sort()).toEqual(keys)
    })

    it('gets the vector where asked', async () => {
      const {data} = await document('query', {document_ids: ['1'], vector_value: true})
      expect(data.documents[0].field_vector).toEqual([1, 0, 0, 0])
    })

    it('gets at most 50, or the limit, and a total of what it gets', async () => {
      expect((await document('query', {filters: everybody, limit: 4})).data).toMatchObject({total: 4})
      expect((await document('query', {filters: everybody})).data).toMatchObject({total: 10})
    })

    it.each([
      ['ids and a filter', {document_ids: ['1'], filters: everybody}, 400, 444],
      ['neither', {}, 400, 442],
      ['500 ids', {document_ids: Array.from({length: 500}, String)}, 422, 441],
      ['a negative limit', {document_ids: ['1'], limit: -1}, 400, 6],
      ['an unknown field', {document_ids: ['1'], fields: ['other']}, 400, 6],
      ['an id that is a number', {document_ids: [1]}, 400, 1],
      ['an operator for all that is none', {filters: {...everybody, operator: 'NOR'}}, 400, 300],
    ])('is refused %s', async (_, body, status, code) => {
      expect(await document('query', body)).toMatchObject({status, code})
    })
  })

  describe('who searches', () => {
    it('gets a list for each query, with squared distances, and no total', async () => {
      const {data} = await search({limit: 2, vectors: [{field: 'field_vector', feature: [0, 0, 0, 0, 9, 0, 0, 0]}]})
      expect(Object.keys(data)).toEqual(['documents'])
      expect(
        data.documents.map((list: {_id: string; _score: number}[]) => list.map(({_id, _score}) => [_id, _score])),
      ).toEqual([
        [
          ['0', 0],
          ['1', 1],
        ],
        [
          ['9', 0],
          ['8', 1],
        ],
      ])
      expect(Object.keys(data.documents[0][0])).toHaveLength(7)
    })

    it('finds [] when a filter selects nothing, [[]] when bounds do', async () => {
      expect((await search({vectors: query0, filters: nobody})).text).toContain('"documents":[]}')
      const bounded = [{...query0[0], min_score: 1e6, max_score: 2e6}]
      expect((await search({vectors: bounded})).text).toContain('"documents":[[]]')
    })

    it('is refused without vectors, with status 500 and code 460', async () => {
      expect(await search({})).toMatchObject({status: 500, code: 460})
    })

    it('gets only ids with queryOnlyId', async () => {
      const body = {...at, limit: 1, vectors: query0}
      const {data} = await ask('POST', '/document/search?queryOnlyId=1', {body})
      expect(data.documents).toEqual([[{_id: '0', _score: 0}]])
    })
  })

  describe('who deletes', () => {
    it('gets a list of strings, each id once', async () => {
      const {text} = await document('delete', {document_ids: ['9', '9']})
      expect(text).toContain('"data":{"total":1,"document_ids":["9"]}')
    })

    it('gets total 0 and [] when nothing was there', async () => {
      expect((await document('delete', {document_ids: ['nobody']})).text).toContain(
        '"data":{"total":0,"document_ids":[]}',
      )
    })

    it.each([
      ['both', {document_ids: ['1'], filters: everybody}, 423],
      ['500 ids', {document_ids: Array.from({length: 500}, String)}, 424],
      ['neither', {document_ids: []}, 425],
    ])('is refused %s', async (_, body, code) => {
      expect(await document('delete', body)).toMatchObject({status: 400, code})
    })
  })

  describe('who sends something odd', () => {
    it.each([
      ['GET', '/nowhere', ''],
      ['POST', '/document/insert', '{}'],
    ])('gets a plain 404: %s %s', async (method, path, body) => {
      expect(await ask(method, path, body === '' ? {} : {body})).toMatchObject({
        status: 404,
        text: '404 page not found',
      })
    })

    it('finds no documents at the master', async () => {
      expect((await ask('POST', '/document/upsert', {url: master, body: {...at, documents}})).status).toBe(404)
    })

    it('is told what is wrong with a timeout, and when it is over', async () => {
      const body = {...at, document_ids: ['1']}
      const wrong = await ask('POST', '/document/query?timeout=10.5', {body})
      expect(wrong).toMatchObject({status: 400, code: 1})
      expect(wrong.msg).toBe(
        'timeout[10.5] param parse to int failed, err: strconv.Atoi: parsing "10.5": invalid syntax',
      )
      cluster.servers[0]?.process.signal('SIGSTOP')
      const late = await ask('POST', '/document/query?timeout=100', {body}).finally(() =>
        cluster.servers[0]?.process.signal('SIGCONT'),
      )
      expect(late).toMatchObject({status: 504, code: 5, msg: 'request timeout'})
    })

    it('may send any content type, and keys that nobody knows', async () => {
      const body = {...at, document_ids: ['1'], something: {else: 1}}
      const headers = {'content-type': 'text/xml'}
      expect(await ask('POST', '/document/query', {body, headers})).toMatchObject({status: 200, code: 0})
    })

    it('is told that an empty body is EOF', async () => {
      expect(await ask('POST', '/document/query')).toMatchObject({status: 400, code: 1, msg: 'EOF'})
    })

    it.each(['flush', 'forcemerge', 'rebuild'])('counts partitions as _shards: %s', async (verb) => {
      const {data} = await ask('POST', `/index/${verb}`, {body: at})
      expect(data).toEqual({_shards: {total: 2, successful: 2}})
    })
  })

  describe('who must say who they are', () => {
    it.each([
      ['nothing', null, 'auth header is empty'],
      ['another scheme', 'Bearer abc', 'auth header type is invalid'],
      ['no colon', `Basic ${Buffer.from('root').toString('base64')}`, 'auth header credentials is invalid'],
      ['an unknown user', basic('eve', 'x'), 'auth header user eve is invalid'],
      ['a wrong password', basic('root', 'guess'), 'auth header password is invalid'],
    ])('is refused %s', async (_, authorization, msg) => {
      for (const url of [router, master]) {
        expect(await ask('GET', '/dbs', {authorization, url})).toMatchObject({
          status: url === router ? 200 : 401,
          code: 3,
          msg,
        })
      }
      const body = {...at, document_ids: ['1']}
      expect(await ask('POST', '/document/query', {authorization, body})).toMatchObject({status: 401, code: 3, msg})
    })

    it('may do what their role grants, as grants add up and a revocation takes all', async () => {
      const alice = basic('alice', 'pass')
      expect((await ask('POST', '/roles', {body: {name: 'r1', privileges: {ResourceSpace: 'ReadOnly'}}})).code).toBe(0)
      const made = await ask('POST', '/users', {body: {name: 'alice', password: 'pass', role_name: 'r1'}})
      expect(made.data).toEqual({name: 'alice'})
      expect((await ask('POST', '/users', {body: {name: 'alice', password: 'pass', role_name: 'r1'}})).code).toBe(181)
      const get = () => ask('GET', '/dbs/ts_db/spaces/ts_space', {authorization: alice})
      const write = () => ask('DELETE', '/dbs/ts_db/spaces/nobody', {authorization: alice})
      expect((await get()).code).toBe(0)
      expect(await write()).toMatchObject({code: 3})
      expect((await write()).msg).toBe("authentication_failed:role:r1 don't have privilege for resource: ResourceSpace")

      const change = (operator: string, level: string) =>
        ask('PUT', '/roles', {body: {name: 'r1', operator, privileges: {ResourceSpace: level}}})
      expect((await change('Grant', 'WriteOnly')).code).toBe(0)
      expect((await get()).code).toBe(0)
      expect((await write()).code).toBe(221)
      expect((await change('Revoke', 'ReadOnly')).code).toBe(0)
      expect((await get()).code).toBe(3)
      expect((await write()).code).toBe(3)
    })

    it('may change passwords, and never drop root', async () => {
      const change = (body: object, authorization = root) => ask('PUT', '/users', {body, authorization})
      expect((await change({name: 'alice', password: 'new'})).code).toBe(0)
      expect((await change({name: 'alice', password: 'new2', role_name: 'r1'})).code).not.toBe(0)
      expect((await ask('DELETE', '/users/RoOt')).code).not.toBe(0)
      expect((await ask('GET', '/dbs', {authorization: basic('alice', 'pass')})).msg).toBe(
        'auth header password is invalid',
      )
    })

    it('sees the caches of the router, and no password in them', async () => {
      const cached = await ask('GET', '/cache/dbs/ts_db/spaces/ts_space')
      expect(cached.data.partitions.map(({id}: {id: number}) => id)).toHaveLength(2)
      await until('the router knows the role', async () => (await ask('GET', '/cache/roles/r1')).code === 0)
      const user = await ask('GET', '/cache/users/alice')
      expect(user.data).toMatchObject({name: 'alice', role_name: 'r1'})
      expect(user.text).not.toContain('new')
    })
  })

  describe('who looks after the cluster', () => {
    it('sees the servers', async () => {
      const {data} = await ask('GET', '/servers')
      expect(data.count).toBe(1)
      expect(data.servers[0].server.name).toBe(1)
      expect(data.servers[0].partitions.map(({pid}: {pid: number}) => pid).sort()).toEqual([1, 2])
    })

    it('asks for the health of what is not there, and gets code 0', async () => {
      const {code, data} = await ask('GET', '/cluster/health?db=nobody')
      expect(code).toBe(0)
      expect(data[0].errors).toHaveLength(1)
    })

    it('reads and sets the configuration of a space', async () => {
      expect((await ask('GET', '/config/ts_db/ts_space')).data.refresh_interval).toBe(1_000)
      const body = {refresh_interval: 500}
      expect((await ask('POST', '/config/ts_db/ts_space', {body})).data).toMatchObject(body)
      expect((await ask('GET', '/config/ts_db/ts_space')).data).toMatchObject(body)
    })

    it('gives a space another name, which outlives it', async () => {
      expect((await ask('POST', '/alias/a/dbs/ts_db/spaces/ts_space')).code).toBe(0)
      await until('the router knows it', async () => {
        const body = {db_name: 'ts_db', space_name: 'a', document_ids: ['1']}
        return (await ask('POST', '/document/query', {body})).data?.total === 1
      })
      expect((await ask('DELETE', '/dbs/ts_db/spaces/ts_space')).code).toBe(0)
      expect((await ask('GET', '/alias/a')).code).toBe(0)
    })

    it('limits writes to nothing', async () => {
      await ask('POST', '/dbs/ts_db/spaces?timeout=60000', {body: space('ts_space')})
      const body = {request_limit_enabled: true, write_request_limit_count: 0.5}
      expect((await ask('POST', '/config/request_limit', {body})).code).toBe(0)
      await until('the router knows it', async () => {
        const {msg = ''} = await document('upsert', {documents})
        return msg.includes('document write request too frequency, have reached limit 0')
      })
    })
  })
})
