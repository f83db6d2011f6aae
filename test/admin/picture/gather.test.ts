/** One look at servers that are well, dead, frozen, or somebody else. Real rpc, a real store; the frozen one is a bare socket. */
import {mkdtemp, rm} from 'node:fs/promises'
import {createServer, type Server as SocketServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {gather, type PictureSources} from '../../../src/admin/picture/gather.js'
import type {MasterSource} from '../../../src/admin/picture/master-answers.js'
import {type NodeId, nodeId, partitionId} from '../../../src/entity/ids.js'
import {silentLog} from '../../../src/env/log.js'
import {systemEnv} from '../../../src/env/system-env.js'
import {EmbeddedStore} from '../../../src/meta/embedded/embedded-store.js'
import {putRecord} from '../../../src/meta/repository.js'
import {RpcClient} from '../../../src/rpc/client.js'
import type {PsHandlers} from '../../../src/rpc/ps-api.js'
import {RpcServer} from '../../../src/rpc/server.js'
import {metadataSource} from '../../harness/metadata-source.js'
import {infoOf, keys, statsOf} from '../cluster-fixture.js'

const env = systemEnv(silentLog)
const authKey = 'key'
const nodeTimeoutMs = 400

let directory: string
let store: EmbeddedStore
let client: RpcClient
const closing: (() => unknown)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'picture-'))
  store = new EmbeddedStore({directory, listen: {host: '127.0.0.1', port: 0}}, env)
  await store.start()
  client = new RpcClient(env, {authKey})
})

afterEach(async () => {
  await client.stop()
  for (const close of closing.splice(0)) await close()
  await store.stop()
  await rm(directory, {recursive: true, force: true})
})

test('a server that is well tells its partitions and its machine', async () => {
  await record(1, await serve(1))
  const {nodes, leases, store: status} = await look()
  const answer = nodes.get(nodeId(1))
  expect(answer).toMatchObject({told: true, value: {identity: {node: 1, cluster: 'vearch'}, stats: {ip: '10.0.0.1'}}})
  expect(answer?.told === true && answer.value.partitions.map(({pid}) => pid)).toEqual([7])
  expect(leases.told && [...leases.value.values()]).toEqual([expect.any(Number)])
  expect(status).toMatchObject({told: true, value: {backend: 'embedded'}})
})

test('a dead and a frozen one cost their time, once and together, and nothing else', async () => {
  await record(1, await serve(1))
  for (const node of [2, 3, 4]) await record(node, await freeze())
  await record(5, await refused())
  const startedAt = performance.now()
  const {nodes} = await look()
  const ms = performance.now() - startedAt
  expect(nodes.get(nodeId(1))?.told).toBe(true)
  for (const node of [2, 3, 4]) expect(silenceOf(nodes, node)).toBe('late')
  expect(silenceOf(nodes, 5)).toBe('unreachable')
  // the time of one of them and not of three, with much room for a busy machine
  expect(ms).toBeLessThan(nodeTimeoutMs * 2.9)
})

test.each<[string, {node?: number; cluster?: string}, string]>([
  ['another id', {node: 9}, 'node 9 of cluster vearch'],
  ['another cluster', {cluster: 'other'}, 'node 1 of cluster other'],
])('one with %s is not believed', async (_, who, detail) => {
  await record(1, await serve(1, who))
  const {nodes, partitions} = await look()
  expect(nodes.get(nodeId(1))).toMatchObject({told: false, silence: {reason: 'impostor', detail}})
  expect(partitions.size).toBe(0)
})

test('records that cannot be read are kept beside the rest', async () => {
  const write = (key: string, value: string) => store.transact({then: [{type: 'put', key, value}]})
  await write(keys.partition(partitionId(1)), '{"id":1,"update_time":1633653906105116793}')
  await write(keys.partition(partitionId(2)), '{"id":2,')
  await write(`${keys.root}/from/somewhere`, 'else')
  const {metadata} = await look()
  expect(metadata.partitions.get(partitionId(1))?.value.update_time).toBe(1_633_653_906_105_116_793n)
  expect([...metadata.broken.keys()]).toEqual([keys.partition(partitionId(2))])
  expect(metadata.strays.map(({key}) => key)).toEqual([`${keys.root}/from/somewhere`])
})

test('the metadata alone makes a picture', async () => {
  await record(1, await serve(1))
  const {nodes, store: status, masters} = await look({nodes: null, store: null})
  expect(silenceOf(nodes, 1)).toBe('notAsked')
  expect(status).toMatchObject({told: false, silence: {reason: 'notAsked'}})
  expect(masters).toEqual([])
})

const vearch: Readonly<Record<string, unknown>> = {
  '/': {name: 'vearch', version: {build_version: '3.5.2'}},
  '/members': {members: [{ID: 18_446_744_073_709_551_557n, name: 'm1', clientURLs: ['http://m1:2370']}]},
  '/members/stats': [{header: {member_id: 7n}, version: '3.5.9', dbSize: 4096, errors: ['alarm:NOSPACE']}],
  '/servers': {
    count: 2,
    servers: [
      {
        server: {name: 1, ip: '10.0.0.1'},
        partitions: [{...infoOf(7, 1, {leader: 1, members: [1]}), raft_status: undefined}],
      },
      {server: {name: 2, ip: '10.0.0.2'}, error: 'connection refused'},
    ],
  },
  '/cluster/stats': [statsOf(1, 0.5), {status: 500, ip: '10.0.0.2', err: 'x'}],
  '/cluster/health?detail=true': [
    {db_name: 'd', spaces: [{name: 's', partitions: [infoOf(7, 1, {leader: 1, members: [1]})]}]},
  ],
}

function master(answers: Readonly<Record<string, unknown>>): MasterSource {
  return {
    url: 'http://m1:8817',
    get: async (path) => {
      if (!(path in answers)) throw new Error(`${path} is not served`)
      return {data: answers[path]}
    },
  }
}

test('servers of another protocol are heard through a master', async () => {
  for (const node of [1, 2]) await record(node, await refused())
  const {nodes, masters, partitions} = await look({masters: [master(vearch)]})
  expect(masters[0]).toMatchObject({
    told: true,
    value: {
      members: [{id: '18446744073709551557'}],
      memberErrors: [{id: '7', errors: ['alarm:NOSPACE']}],
      version: '3.5.2',
    },
  })
  expect(nodes.get(nodeId(1))).toMatchObject({told: true, value: {identity: null, stats: {ip: '10.0.0.1'}}})
  expect(nodes.get(nodeId(2))).toMatchObject({told: false, silence: {detail: 'connection refused'}})
  expect(partitions.get(partitionId(7))?.replicas.get(nodeId(1))?.info?.raft_status?.Leader).toBe(1)
})

test('a master of another cluster is not believed', async () => {
  await record(1, await refused())
  const foreign = master({...vearch, '/': {name: 'other', version: {}}})
  const {nodes, masters} = await look({masters: [foreign, master(vearch)], nodes: null})
  expect(masters.map((answer) => answer.told && answer.value.cluster)).toEqual(['other', 'vearch'])
  expect(nodes.get(nodeId(1))).toMatchObject({told: true})
  expect(silenceOf((await look({masters: [foreign], nodes: null})).nodes, 1)).toBe('notAsked')
})

test('a master that is none, and one that never answers', async () => {
  const frozen: MasterSource = {url: 'http://m2:8817', get: () => new Promise(() => {})}
  const {masters} = await look({masters: [master({'/': 'hello', '/members': {}}), frozen]})
  expect(masters.map((answer) => !answer.told && answer.silence.reason)).toEqual(['impostor', 'late'])
})

test('an interrupt ends the look at once, also where the one that is asked does not listen to it', async () => {
  const interrupt = new AbortController()
  const deaf: MasterSource = {
    url: 'http://m2:8817',
    get: () => {
      interrupt.abort(new Error('enough'))
      return new Promise(() => {})
    },
  }
  const alone = sources({masters: [deaf], nodes: null, store: null})
  await expect(gather(alone, {signal: interrupt.signal, nodeTimeoutMs: 60_000})).rejects.toThrow('enough')
})

function sources(change: Partial<PictureSources> = {}): PictureSources {
  return {
    metadata: metadataSource(store, keys, 'embedded'),
    store,
    masters: [],
    nodes: client,
    clock: env.clock,
    ...change,
  }
}

function look(change: Partial<PictureSources> = {}) {
  return gather(sources(change), {signal: new AbortController().signal, nodeTimeoutMs})
}

function silenceOf(
  nodes: ReadonlyMap<NodeId, {readonly told: boolean; readonly silence?: {reason: string}}>,
  node: number,
) {
  return nodes.get(nodeId(node))?.silence?.reason
}

async function record(node: number, rpc_port: number): Promise<void> {
  const {id} = await store.grantLease(60)
  const server = {name: node, ip: '127.0.0.1', rpc_port, resource_name: 'default', private: false, version: null}
  await store.transact({then: [putRecord(keys.server(nodeId(node)), server, id)]})
}

async function serve(node: number, {node: claimed = node, cluster = 'vearch'} = {}): Promise<number> {
  const handlers: Partial<PsHandlers> = {
    ping: async () => ({nodeId: nodeId(claimed), cluster}),
    partitionInfo: async () => ({partitions: [infoOf(7, node, {leader: node, members: [node]})]}),
    stats: async () => statsOf(node, 0.5),
  }
  const server = new RpcServer(env, {host: '127.0.0.1', port: 0, authKey, handlers: handlers as PsHandlers})
  closing.push(() => server.stop())
  return server.start()
}

/** Takes connections and never says a word, as a stopped process does. */
async function freeze(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}))
  return listening(server)
}

/** A port at which nobody listens. */
async function refused(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listening(server: SocketServer): Promise<number> {
  const sockets = new Set<{destroy(): void}>()
  server.on('connection', (socket) => void sockets.add(socket))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
