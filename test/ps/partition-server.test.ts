import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer, type IncomingMessage, type Server} from 'node:http'
import {type AddressInfo, createServer as createTcpServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, expect} from 'vitest'
import type {Config} from '../../src/config/config.js'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {probeEngine} from '../../src/engine/zvec-probe.js'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import type {Partition} from '../../src/entity/partition.js'
import type {Registration} from '../../src/entity/server.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {MetaRepository, putRecord} from '../../src/meta/repository.js'
import {PartitionServer} from '../../src/ps/partition-server.js'
import {RpcClient} from '../../src/rpc/client.js'
import {decodeHits, decodeStored, encodeDocuments} from '../../src/rpc/document-codec.js'
import type {PsMethod, PsRequest} from '../../src/rpc/ps-api.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {until} from '../harness/until.js'
import {describe, it} from '../harness/with-etcd.js'
import {postJson, testConfig, testEnv, testSpace, whole} from './fixtures.js'

/** A master that registers everybody, and what it was told. */
class TestMaster {
  readonly leaders: Partition[] = []
  p_ids: Registration['p_ids'] = []
  isDown = false
  /** The partitions whose registration always fails. */
  readonly failing = new Set<number>()
  readonly #server: Server

  constructor(private readonly repository: MetaRepository) {
    this.#server = createServer(async (request, response) => {
      const {status, body} = this.isDown ? {status: 503, body: {}} : await this.#answer(request)
      response.writeHead(status).end(JSON.stringify(body))
    })
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close().closeAllConnections()
  }

  async #answer(request: IncomingMessage) {
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.url?.startsWith('/register?')) {
      return {status: 200, body: {code: 0, data: {ip: '127.0.0.1', p_ids: this.p_ids, spaces: []}}}
    }
    const partition = JSON.parse(body) as Partition
    if (this.failing.has(partition.id)) return {status: 500, body: {code: 1, msg: 'internal_error'}}
    const {store, keys} = this.repository
    await store.transact({then: [putRecord(keys.partition(partition.id), partition)]})
    this.leaders.push(partition)
    return {status: 200, body: {code: 0, data: {}}}
  }
}

let etcd: TestEtcd
let store: EtcdStore
let repository: MetaRepository
let master: TestMaster
let root: string
let clusters = 0
const servers: PartitionServer[] = []

beforeAll(async () => {
  etcd = await startEtcd()
  store = new EtcdStore({endpoints: [etcd.endpoint]}, testEnv)
})
afterAll(async () => {
  await store.close()
  await etcd.stop()
})
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'partition-server-'))
  repository = new MetaRepository(store, new Keys(`vearch${++clusters}`))
  master = new TestMaster(repository)
  await master.start()
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  master.stop()
  await rm(root, {recursive: true})
})

interface Differences {
  readonly data?: string
  readonly ps?: Partial<Config['ps']>
  readonly masters?: readonly number[]
  readonly namedId?: number
}

function server({
  data = join(root, 'data'),
  ps = {},
  masters = [master.port],
  namedId,
}: Differences = {}): PartitionServer {
  const config = testConfig([data], masters)
  const made = new PartitionServer({
    env: testEnv,
    config: {...config, global: {...config.global, name: repository.keys.cluster}, ps: {...config.ps, ...ps}},
    repository,
    post: postJson,
    version: {build_version: '0.0.0', build_time: '', commit_id: ''},
    host: {host_zone: 'z1'},
    listenHost: '127.0.0.1',
    openEngine: openZvecEngine,
    probeEngine,
    onFatal: () => {},
    ...(namedId === undefined ? {} : {namedId: nodeId(namedId)}),
  })
  servers.push(made)
  return made
}

async function started(differences: Differences = {}): Promise<PartitionServer> {
  const made = server(differences)
  await made.start()
  return made
}

const one = partitionId(1)

const client = new RpcClient(testEnv, {authKey: 'secret'})
afterAll(() => client.stop())

function call<M extends PsMethod>({port}: PartitionServer, method: M, request: PsRequest<M>, timeoutMs = 10_000) {
  return client.call({host: '127.0.0.1', port}, method, request, {timeoutMs})
}

const search = (field: string, ...queries: number[][]) => ({
  partitionId: one,
  vectors: [{field, features: new Uint8Array(Float32Array.from(queries.flat()).buffer)}],
  weights: [1],
  queries: queries.length,
  topK: 2,
  offset: 0,
  filter: null,
  exact: false,
  params: {},
  projection: {fields: ['n'], vectors: []},
  leader: true,
})

const everything = {fields: 'all', vectors: ['v']} as const

describe('a start', () => {
  it('goes step by step, and announces a server that answers', async () => {
    const ps = await started()
    const names = ['identity', 'register', 'raft', 'recover', 'leaders', 'rpc', 'heartbeat']
    expect(ps.steps.map(({name}) => name)).toEqual(names)
    expect(ps.nodeId).toBe(1)
    const [record] = (await repository.servers()).items
    expect(record?.value).toMatchObject({name: 1, ip: '127.0.0.1', rpc_port: ps.port, host_zone: 'z1', p_ids: []})
    expect(record?.lease).not.toBeNull()
    expect(await call(ps, 'ping', {})).toEqual({nodeId: 1, cluster: repository.keys.cluster})
  })

  it('takes ids from the sequence, and keeps them', async () => {
    const [first, second] = [await started(), await started({data: join(root, 'other')})]
    expect([first.nodeId, second.nodeId]).toEqual([1, 2])
    await second.stop()
    const again = await started({data: join(root, 'other')})
    expect(again.nodeId).toBe(2)
    expect((await repository.servers()).items).toHaveLength(2)
  })

  it('takes the id that it is named, and is that one from then on', async () => {
    const named = await started({namedId: 5})
    expect([named.nodeId, named.steps[0]?.detail]).toEqual([5, expect.stringContaining('as it was named')])
    await named.stop()
    const again = await started({namedId: 5})
    expect(again.nodeId).toBe(5)
    await again.stop()
    await expect(server({namedId: 6}).start()).rejects.toMatchObject({
      errorName: 'GUARD_FAILED',
      detail: expect.stringMatching(/is that of node 5, and no node 6 may be made of it/),
    })
    const next = await started({data: join(root, 'other')})
    expect(next.nodeId).toBe(6)
    await expect(server({data: join(root, 'third'), namedId: 5}).start()).rejects.toThrow(/no new server may be node 5/)
  })

  it('makes no node of data that was somebody’s', async () => {
    const left = join(root, 'left')
    await mkdir(join(left, 'raft'), {recursive: true})
    await writeFile(join(left, 'raft', '0000000000000001.wal'), '')
    await expect(server({data: left, namedId: 5}).start()).rejects.toMatchObject({
      errorName: 'GUARD_FAILED',
      detail: expect.stringMatching(/has the data of a server and no id/),
    })
  })

  it('waits for a master', async () => {
    master.isDown = true
    const starting = started()
    await until('the node has its id', () => servers[0]?.nodeId === 1)
    master.isDown = false
    expect((await starting).steps).toHaveLength(7)
  })

  it('can be stopped while it waits', async () => {
    master.isDown = true
    const ps = server()
    const starting = ps.start()
    await until('the node has its id', () => ps.nodeId === 1)
    await Promise.all([ps.stop(), expect(starting).rejects.toMatchObject({errorName: 'CANCELED'})])
    master.isDown = false
    expect((await started()).nodeId).toBe(1)
  })
})

describe('a start is refused, and nothing on disk has changed, when', () => {
  const filesOf = (path: string) => readdir(path).catch(() => null)

  it.each(['rpc_port', 'raft_heartbeat_port', 'raft_replicate_port'] as const)('%s is taken', async (name) => {
    const holder = createTcpServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const {port} = holder.address() as AddressInfo
    const refused = server({ps: {[name]: port}}).start()
    await expect(refused).rejects.toMatchObject({
      errorName: 'PORT_TAKEN',
      detail: `ps.${name} 127.0.0.1:${port} is in use`,
    })
    await new Promise((resolve) => holder.close(resolve))
    expect(await filesOf(join(root, 'data'))).toBeNull()
    expect(await store.get(repository.keys.sequence('node'))).toBeNull()
  })

  it('the data belongs to another cluster', async () => {
    const meta = join(root, 'server_meta.txt')
    await writeFile(meta, '{"Id":7,"ClusterName":"other"}')
    await expect(server({data: root}).start()).rejects.toMatchObject({errorName: 'FOREIGN_NODE_ID'})
    expect(await filesOf(root)).toEqual(['server_meta.txt'])
    expect(await readFile(meta, 'utf8')).toBe('{"Id":7,"ClusterName":"other"}')
  })

  it('another process has the data', async () => {
    await started()
    const before = await filesOf(join(root, 'data'))
    await expect(server().start()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    expect(await filesOf(join(root, 'data'))).toEqual(before)
  })

  it('the data can not be written', async () => {
    await writeFile(join(root, 'file'), '')
    const refused = server({data: join(root, 'file', 'data')}).start()
    await expect(refused).rejects.toMatchObject({errorName: 'DATA_DIR_UNWRITABLE'})
    expect(await filesOf(root)).toEqual(['file'])
  })
})

it('a node id that is live at another address is left alone', async () => {
  await writeFile(join(root, 'server_meta.txt'), JSON.stringify({Id: 7, ClusterName: repository.keys.cluster}))
  const {id} = await store.grantLease(60)
  const key = `${repository.keys.serverPrefix}7`
  await store.transact({then: [putRecord(key, {name: 7, ip: '127.0.0.1', rpc_port: 1}, id)]})
  await expect(server({data: root}).start()).rejects.toMatchObject({errorName: 'NODE_ID_LIVE_ELSEWHERE'})
  expect((await store.get(key))?.lease).toBe(id)
  await store.revokeLease(id)
}, 20_000)

describe('a server', () => {
  async function serving(): Promise<PartitionServer> {
    const ps = await started()
    await call(ps, 'createPartition', {partitionId: one, space: testSpace()})
    return ps
  }

  it('serves documents', async () => {
    const ps = await serving()
    const documents = encodeDocuments([whole('a', 1), whole('b', 2), whole('c', 3)])
    const {results} = await call(ps, 'upsert', {partitionId: one, documents})
    expect(results).toEqual(['a', 'b', 'c'].map((id) => ({id, code: 0})))

    const found = decodeHits((await call(ps, 'search', search('v', [0, 0], [3, 0]))).hits)
    expect(found.map((hits) => hits.map(({document, score}) => [document.id, score]))).toEqual([
      [
        ['a', 1],
        ['b', 4],
      ],
      [
        ['c', 0],
        ['b', 1],
      ],
    ])
    const read = {partitionId: one, projection: everything, leader: true}
    const got = await call(ps, 'get', {...read, ids: ['c', 'x', 'a']})
    expect(decodeStored(got.documents)).toEqual([
      {docid: 2, ...whole('c', 3)},
      {docid: 0, ...whole('a', 1)},
    ])
    const next = await call(ps, 'getByDocid', {...read, docids: [-1, 1, 2], next: true})
    expect(next.found).toEqual([true, true, false])
    expect(decodeStored(next.documents).map(({id}) => id)).toEqual(['a', 'c'])
    const filter = {operator: 'AND', conditions: [{field: 'n', operator: '>', value: 1}]} as const
    const queried = await call(ps, 'query', {...read, filter, offset: 1, limit: 5})
    expect(decodeStored(queried.documents).map(({id}) => id)).toEqual(['c'])
    expect(await call(ps, 'delete', {partitionId: one, ids: ['a', 'x']})).toMatchObject({deleted: ['a']})
    expect(await call(ps, 'deleteByFilter', {partitionId: one, filter, limit: 1})).toMatchObject({deleted: ['b']})
    await call(ps, 'flush', {partitionId: one})
    const {partitions} = await call(ps, 'partitionInfo', {partitionIds: [], detail: false})
    expect(partitions).toMatchObject([{pid: 1, doc_num: 1, max_docid: 2, status: 4, color: 'green'}])
  })

  it('combines searches of several vectors by id and weight', async () => {
    const ps = await serving()
    await call(ps, 'upsert', {
      partitionId: one,
      documents: encodeDocuments([whole('a', 1), whole('b', 2), whole('c', 5)]),
    })
    const {vectors, ...rest} = search('v', [1, 0])
    const [near] = search('v', [1, 0]).vectors
    const [far] = search('v', [5, 0]).vectors
    const both = {...rest, vectors: [...vectors.slice(1), near, far].filter((v) => v !== undefined), weights: [1, 0.5]}
    const [hits] = decodeHits((await call(ps, 'search', {...both, topK: 3})).hits)
    // a: 0 + 16/2, b: 1 + 9/2, c: 16 + 0
    expect(hits?.map(({document, score}) => [document.id, score])).toEqual([
      ['b', 5.5],
      ['a', 8],
      ['c', 16],
    ])
    const [second] = decodeHits((await call(ps, 'search', {...both, topK: 2, offset: 1})).hits)
    expect(second?.map(({document}) => document.id)).toEqual(['a', 'c'])
  })

  it('answers bad requests with an error, and lives', async () => {
    const ps = await serving()
    const bad: Promise<unknown>[] = [
      call(ps, 'search', search('v', [1, 2, 3])),
      call(ps, 'search', search('s', [1, 2])),
      call(ps, 'search', search('nothing', [1, 2])),
      call(ps, 'search', {...search('v', [1, 2]), topK: -1}),
      call(ps, 'search', {...search('v', [1, 2]), vectors: []}),
      call(ps, 'upsert', {partitionId: one, documents: Uint8Array.of(0)}),
      call(ps, 'delete', {partitionId: one, ids: [5 as unknown as string]}),
      call(ps, 'get', {partitionId: partitionId(9), ids: [], projection: everything, leader: false}),
      call(ps, 'updatePartition', {partitionId: one, space: {...testSpace(), space_properties: {}}}),
    ]
    const codes = (await Promise.allSettled(bad)).map((result) =>
      result.status === 'rejected' ? result.reason.errorName : 'answered',
    )
    expect(codes).toEqual([
      ...Array.from({length: 5}, () => 'PARAM_ERROR'),
      'RPC_PARAM_ERROR',
      'RPC_PARAM_ERROR',
      'PARTITION_NOT_EXIST',
      'PARAM_ERROR',
    ])
    expect(await call(ps, 'ping', {})).toMatchObject({nodeId: 1})
  })

  it('keeps and tells settings and stats', async () => {
    const ps = await serving()
    expect(await call(ps, 'getEngineConfig', {partitionId: one})).toMatchObject({refresh_interval: 1000})
    await call(ps, 'setEngineConfig', {partitionId: one, config: {refresh_interval: -1, slow_search_time: 5}})
    expect(await call(ps, 'getEngineConfig', {partitionId: one})).toMatchObject({
      refresh_interval: -1,
      slow_search_time: 5,
    })
    await call(ps, 'setResourceLimit', {partitionIds: [one], exhausted: true})
    const refused = call(ps, 'upsert', {partitionId: one, documents: encodeDocuments([whole('a', 1)])})
    await expect(refused).rejects.toMatchObject({errorName: 'PARTITION_RESOURCE_EXHAUSTED'})
    expect(await call(ps, 'stats', {})).toMatchObject({status: 200, ip: '127.0.0.1', partition_infos: [{pid: 1}]})
  })

  it('tells the second master of its leaders, when the first is down', async () => {
    const down = new TestMaster(repository)
    await down.start()
    down.isDown = true
    const ps = await started({masters: [down.port, master.port]})
    await call(ps, 'createPartition', {partitionId: one, space: testSpace()})
    await until('the leader is known', () => master.leaders.length === 1)
    expect(master.leaders).toMatchObject([{id: 1, leader_name: 1, term: 1, replicas: [1], partition_slot: 0}])
    down.stop()
  })

  it('tells of its leaders until a master has heard it', async () => {
    const ps = await started()
    master.isDown = true
    await call(ps, 'createPartition', {partitionId: one, space: testSpace()})
    master.isDown = false
    await until('the leader is known', () => master.leaders.length > 0)
    expect((await repository.partition(one))?.value).toMatchObject({leader_name: 1})
  })

  it('tells of one partition at once while another is refused again and again', async () => {
    const ps = await started()
    master.failing.add(one)
    await call(ps, 'createPartition', {partitionId: one, space: testSpace()})
    for (const id of [2, 3, 4, 5].map(partitionId)) {
      await call(ps, 'createPartition', {partitionId: id, space: testSpace(id)})
      await until(`partition ${id} is known`, () => master.leaders.some((told) => told.id === id), 1_000)
    }
    expect(master.leaders.map(({id}) => id)).not.toContain(one)
  })

  it('lists its partitions in its record', async () => {
    const ps = await serving()
    const listed = async () => (await repository.servers()).items[0]?.value.p_ids
    await until('it is listed', async () => (await listed())?.length === 1)
    await call(ps, 'deletePartition', {partitionId: one})
    await until('it is gone', async () => (await listed())?.length === 0)
  })

  it('comes back with its documents, in a newer term', async () => {
    const before = await serving()
    await call(before, 'upsert', {partitionId: one, documents: encodeDocuments([whole('a', 1)])})
    await before.stop()
    expect((await repository.servers()).items).toEqual([])
    await expect(call(before, 'ping', {}, 500)).rejects.toMatchObject({errorName: 'CALL_RPCCLIENT_FAILED'})
    master.p_ids = [one]
    const after = await started()
    await until('the leader is known', () => master.leaders.at(-1)?.term === 2)
    const got = await call(after, 'get', {partitionId: one, ids: ['a'], projection: everything, leader: true})
    expect(decodeStored(got.documents)).toEqual([{docid: 0, ...whole('a', 1)}])
  })
})
