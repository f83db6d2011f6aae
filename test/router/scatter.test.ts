/** Calls to partitions whose servers are dead, slow, mistaken or late: real rpc servers, a real etcd. */
import {setMaxListeners} from 'node:events'
import {afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished} from 'vitest'
import {type NodeId, nodeId, type PartitionId} from '../../src/entity/ids.js'
import {ReplicaState} from '../../src/entity/partition.js'
import type {RequestContext} from '../../src/entity/request.js'
import type {Server} from '../../src/entity/server.js'
import type {Space} from '../../src/entity/space.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import {Keys} from '../../src/meta/keys.js'
import {LiveView} from '../../src/meta/live-view.js'
import {putRecord} from '../../src/meta/repository.js'
import {Horizon} from '../../src/router/horizon.js'
import {outcomesOf, partialAnswers} from '../../src/router/outcome.js'
import {
  type LoadBalance,
  ReplicaChoice,
  type ReplicaChoiceOptions,
  readLoadBalance,
} from '../../src/router/replica-choice.js'
import {Scatter} from '../../src/router/scatter.js'
import {RpcClient} from '../../src/rpc/client.js'
import {RpcServer} from '../../src/rpc/server.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {startTcpProxy} from '../harness/tcp-proxy.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'
import {testEnv} from '../ps/fixtures.js'
import {makeSpace, pid} from './spaces.js'

const authKey = 'key'
const [one, two, three, four, five] = [1, 2, 3, 4, 5].map(nodeId) as [NodeId, NodeId, NodeId, NodeId, NodeId]

let etcd: TestEtcd
let clusters = 0

/** One partition server: answers `upsert` and `query` as it is told, and counts. */
class Node {
  calls = 0
  answer: () => Promise<void> = async () => {}
  /** Of its log. */
  shown = 0
  /** How much of the log the last read had to have. */
  atLeast: number | undefined
  rpc: RpcServer | null = null
  port = 0
  #release: () => void = () => {}
  readonly #stopped = new Promise<void>((resolve) => {
    this.#release = resolve
  })

  constructor(readonly id: NodeId) {}

  async start(): Promise<void> {
    const serve = async ({atLeast}: {readonly atLeast?: number}) => {
      this.calls++
      this.atLeast = atLeast
      await this.answer()
      return {results: [{id: String(this.id), code: 0}], shown: this.shown}
    }
    this.rpc = new RpcServer(testEnv, {
      host: '127.0.0.1',
      port: this.port,
      authKey,
      handlers: {upsert: serve, query: serve},
    })
    this.port = await this.rpc.start()
  }

  notLeader(leader: NodeId): void {
    this.answer = async () => {
      throw new CodedError('PARTITION_NOT_LEADER', '', {facts: {leader}})
    }
  }

  /** Answers no more. */
  hang(): void {
    this.answer = () => this.#stopped
  }

  async stop(): Promise<void> {
    this.#release()
    await this.rpc?.stop()
    this.rpc = null
  }
}

class Bench {
  readonly keys = new Keys(`cluster${++clusters}`)
  readonly store = new EtcdStore({endpoints: [etcd.endpoint]}, testEnv)
  readonly view = new LiveView(this.store, this.keys, testEnv.log)
  readonly rpc = new RpcClient(testEnv, {authKey, connectTimeoutMs: 500})
  readonly nodes = new Map<NodeId, Node>()
  space: Space = makeSpace({v: {type: 'vector', dimension: 1}})

  async node(id: NodeId, fields: Partial<Server> = {}): Promise<Node> {
    const node = new Node(id)
    await node.start()
    this.nodes.set(id, node)
    await this.announce(node, fields)
    return node
  }

  announce({id, port}: Node, fields: Partial<Server> = {}): Promise<void> {
    const ports = {rpc_port: port, raft_heartbeat_port: 0, raft_replicate_port: 0}
    const server = {name: id, resource_name: 'default', ...ports, ip: '127.0.0.1', private: false, version: null}
    return this.put(this.keys.server(id), {...server, ...fields})
  }

  /** Null where nobody leads. */
  async partition(
    replicas: readonly NodeId[],
    leader: NodeId | null,
    status?: Record<string, ReplicaState>,
  ): Promise<void> {
    this.space = makeSpace({v: {type: 'vector', dimension: 1}}, {replicas})
    const [partition] = this.space.partitions
    await this.put(this.keys.space(this.space.db_id, this.space.id), this.space)
    await this.put(this.keys.partition(pid(1)), {
      ...partition,
      ...(leader === null ? {} : {leader_name: leader}),
      ...(status === undefined ? {} : {status}),
    })
  }

  async put(key: string, value: unknown): Promise<void> {
    const {revision} = await this.store.transact({then: [putRecord(key, value)]})
    await this.view.whenAtLeast(revision)
  }

  scatter(options: Partial<ReplicaChoiceOptions> = {}): Scatter {
    const replicas = new ReplicaChoice(this.view, testEnv.clock, {raftConsistent: false, hostZone: '', ...options})
    const horizon = options.raftConsistent === true ? new Horizon(this.view) : null
    return new Scatter({view: this.view, rpc: this.rpc, env: testEnv, replicas, horizon, rpcTimeoutMs: 10_000})
  }

  async stop(): Promise<void> {
    await this.rpc.stop()
    await Promise.all([...this.nodes.values()].map((node) => node.stop()))
    await this.view.stop()
    await this.store.close()
  }
}

let bench: Bench

beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd.stop())
beforeEach(async () => {
  bench = new Bench()
  await bench.view.start()
})
afterEach(() => bench.stop())

function context(timeoutMs = 5_000, signal = new AbortController().signal): RequestContext {
  const endsAt = performance.now() + timeoutMs
  return {requestId: 'r', signal, user: null, remainingMs: () => Math.max(0, endsAt - performance.now())}
}

/** Resolves with the node that answered. */
async function write(scatter: Scatter, within = context()): Promise<number> {
  const ask = () => ({partitionId: pid(1), documents: new Uint8Array()})
  const {results} = await scatter.write(bench.space, pid(1), 'upsert', ask, within)
  return Number(results[0]?.id)
}

async function read(scatter: Scatter, loadBalance: LoadBalance, within = context()): Promise<number> {
  const projection = {fields: [], vectors: []}
  const ask = (partitionId: PartitionId, atLeast: number) => ({
    partitionId,
    filter: null,
    offset: 0,
    limit: 1,
    projection,
    leader: false,
    atLeast,
  })
  // What a stand-in answers to a query is what it answers to an upsert.
  const answer: unknown = await scatter.read(bench.space, pid(1), 'query', ask, {loadBalance, context: within})
  return Number((answer as {results: {id: string}[]}).results[0]?.id)
}

async function failure(call: Promise<unknown>): Promise<CodedError> {
  const thrown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(thrown).toBeInstanceOf(CodedError)
  return thrown as CodedError
}

describe('a write', () => {
  test('goes to the leader', async () => {
    await bench.node(one)
    await bench.node(two)
    await bench.partition([one, two], two)
    const scatter = bench.scatter()
    expect(await Promise.all([write(scatter), write(scatter)])).toEqual([2, 2])
  })

  test('follows the hint of a server that leads no more', async () => {
    ;(await bench.node(one)).notLeader(three)
    await bench.node(two)
    await bench.node(three)
    await bench.partition([one, two, three], one)
    expect(await write(bench.scatter())).toBe(3)
    expect(bench.nodes.get(two)?.calls).toBe(0)
  })

  test('follows at most three hints', async () => {
    const ids = [one, two, three, four, five]
    for (const [index, id] of ids.entries()) {
      const node = await bench.node(id)
      const next = ids[index + 1]
      if (next !== undefined) node.notLeader(next)
    }
    await bench.partition(ids, one)
    expect((await failure(write(bench.scatter()))).errorName).toBe('PARTITION_NOT_LEADER')
    expect([...bench.nodes.values()].map(({calls}) => calls)).toEqual([1, 1, 1, 1, 0])
  })

  test('two servers that name each other end it too', async () => {
    ;(await bench.node(one)).notLeader(two)
    ;(await bench.node(two)).notLeader(one)
    await bench.partition([one, two], one)
    expect((await failure(write(bench.scatter()))).errorName).toBe('PARTITION_NOT_LEADER')
    expect([...bench.nodes.values()].reduce((sum, {calls}) => sum + calls, 0)).toBe(4)
  })

  test('is not repeated when its outcome is unknown: the time is up', async () => {
    ;(await bench.node(one)).hang()
    await bench.node(two)
    await bench.partition([one, two], one)
    const error = await failure(write(bench.scatter(), context(300)))
    expect(error).toMatchObject({errorName: 'TIMEOUT', outcome: 'unknown'})
    expect([...bench.nodes.values()].map(({calls}) => calls)).toEqual([1, 0])
  })

  test('is not repeated when its outcome is unknown: the server has gone', async () => {
    const first = await bench.node(one)
    const proxy = await startTcpProxy(`127.0.0.1:${first.port}`)
    onTestFinished(() => proxy.stop())
    await bench.announce(first, {rpc_port: Number(proxy.endpoint.split(':')[1])})
    first.answer = async () => proxy.cut()
    await bench.node(two)
    await bench.partition([one, two], one)
    const error = await failure(write(bench.scatter(), context(2_000)))
    expect(error.outcome).toBe('unknown')
    expect(bench.nodes.get(two)?.calls).toBe(0)
  })

  test('finds the new leader when the old one cannot be reached', async () => {
    const dead = await bench.node(one)
    await bench.node(two)
    await bench.partition([one, two], one)
    await dead.stop()
    expect(await write(bench.scatter())).toBe(2)
  })

  test('waits for a leader', async () => {
    await bench.node(one)
    await bench.partition([one], null)
    const written = write(bench.scatter())
    await bench.partition([one], one)
    expect(await written).toBe(1)
  })

  test('fails with PARTITION_NO_LEADER before the time is up', async () => {
    await bench.node(one)
    await bench.partition([one], null)
    const within = context(2_000)
    expect(await failure(write(bench.scatter(), within))).toMatchObject({code: 143, outcome: 'rejected'})
    expect(within.remainingMs()).toBeGreaterThan(0)
  })

  test('is tried again where an election is going on', async () => {
    const node = await bench.node(one)
    node.answer = async () => {
      if (node.calls < 3) throw new CodedError('PARTITION_NO_LEADER')
    }
    await bench.partition([one], one)
    expect(await write(bench.scatter())).toBe(1)
    expect(node.calls).toBe(3)
  })

  test('is not tried again when it was refused for what it is', async () => {
    const node = await bench.node(one)
    node.answer = async () => {
      throw new CodedError('PARTITION_RESOURCE_EXHAUSTED')
    }
    await bench.partition([one], one)
    expect((await failure(write(bench.scatter()))).errorName).toBe('PARTITION_RESOURCE_EXHAUSTED')
    expect(node.calls).toBe(1)
  })

  test('does not wait for a space that is deleted', async () => {
    await bench.node(one)
    await bench.partition([one], null)
    const within = context(5_000)
    const written = failure(write(bench.scatter(), within))
    await bench.store.transact({then: [{type: 'delete', key: bench.keys.space(bench.space.db_id, bench.space.id)}]})
    expect((await written).errorName).toBe('SPACE_NOT_EXIST')
    expect(within.remainingMs()).toBeGreaterThan(2_000)
  })

  test('ends with its request', async () => {
    await bench.node(one)
    await bench.partition([one], null)
    const abort = new AbortController()
    const gone = new CodedError('CANCELED')
    const written = failure(write(bench.scatter(), context(5_000, abort.signal)))
    abort.abort(gone)
    expect(await written).toBe(gone)
  })
})

describe('a read', () => {
  test('takes its turns', async () => {
    for (const id of [one, two, three]) await bench.node(id)
    await bench.partition([one, two, three], one)
    const scatter = bench.scatter()
    const answered: number[] = []
    for (let index = 0; index < 6; index++) answered.push(await read(scatter, 'random'))
    expect(answered.sort()).toEqual([1, 1, 2, 2, 3, 3])
  })

  test('goes to the leader, or never', async () => {
    for (const id of [one, two, three]) await bench.node(id)
    await bench.partition([one, two, three], two)
    const scatter = bench.scatter()
    for (let index = 0; index < 4; index++) {
      expect(await read(scatter, 'leader')).toBe(2)
      expect(await read(scatter, 'not_leader')).not.toBe(2)
    }
  })

  test('goes to its own zone first', async () => {
    for (const id of [one, two, three]) await bench.node(id, {host_zone: `zone${id}`})
    await bench.partition([one, two, three], one)
    const scatter = bench.scatter({hostZone: 'zone2'})
    for (let index = 0; index < 4; index++) expect(await read(scatter, 'nearest_connection')).toBe(2)
    await bench.nodes.get(two)?.stop()
    expect(await read(scatter, 'nearest_connection')).not.toBe(2)
  })

  test('goes to the server with the fewest calls, once they are many', async () => {
    const busy = await bench.node(one)
    await bench.node(two)
    await bench.partition([one, two], one)
    const scatter = bench.scatter()
    busy.hang()
    const abort = new AbortController()
    setMaxListeners(0, abort.signal)
    const waiting = Array.from({length: 12}, () => failure(write(scatter, context(5_000, abort.signal))))
    await until('the calls are under way', () => busy.calls === 12)
    for (let index = 0; index < 4; index++) expect(await read(scatter, 'least_connection')).toBe(2)
    abort.abort(new CodedError('CANCELED'))
    await Promise.all(waiting)
  })

  test('leaves out replicas that are behind, where that is configured', async () => {
    for (const id of [one, two]) await bench.node(id)
    await bench.partition([one, two], one, {1: ReplicaState.notReady, 2: ReplicaState.ok})
    const consistent = bench.scatter({raftConsistent: true})
    for (let index = 0; index < 3; index++) expect(await read(consistent, 'random')).toBe(2)
    expect(await read(consistent, 'leader')).toBe(1)
  })

  test('asks for no less than was shown or acknowledged before, where that is configured', async () => {
    const [leader, other] = [await bench.node(one), await bench.node(two)]
    await bench.partition([one, two], one)
    const consistent = bench.scatter({raftConsistent: true})
    leader.shown = 7
    await write(consistent)
    expect(await read(consistent, 'not_leader')).toBe(2)
    expect(other.atLeast).toBe(7)
    other.shown = 9
    await read(consistent, 'not_leader')
    other.shown = 8
    await read(consistent, 'not_leader')
    expect(await read(consistent, 'not_leader')).toBe(2)
    expect(other.atLeast).toBe(9)
    await read(bench.scatter(), 'not_leader')
    expect(other.atLeast).toBe(0)
  })

  test('passes over a dead server, and remembers', async () => {
    const dead = await bench.node(one)
    await bench.node(two)
    await bench.partition([one, two], one)
    await dead.stop()
    const scatter = bench.scatter()
    for (let index = 0; index < 4; index++) expect(await read(scatter, 'random')).toBe(2)
    await dead.start()
    for (let index = 0; index < 4; index++) expect(await read(scatter, 'random')).toBe(2)
    await bench.nodes.get(two)?.stop()
    // The client waits a moment before it dials a port again that refused it.
    await until('the other is asked', async () => (await read(scatter, 'random').catch(() => 0)) === 1)
  })

  test('passes over one that does not have the partition', async () => {
    ;(await bench.node(one)).answer = async () => {
      throw new CodedError('PARTITION_NOT_EXIST')
    }
    await bench.node(two)
    await bench.partition([one, two], one)
    const scatter = bench.scatter()
    for (let index = 0; index < 4; index++) expect(await read(scatter, 'random')).toBe(2)
  })

  test('does not pass over one that refuses the question', async () => {
    for (const id of [one, two]) {
      ;(await bench.node(id)).answer = async () => {
        throw new CodedError('SEARCH_ENGINE_ERR', 'no')
      }
    }
    await bench.partition([one, two], one)
    expect((await failure(read(bench.scatter(), 'random'))).errorName).toBe('SEARCH_ENGINE_ERR')
    expect([...bench.nodes.values()].reduce((sum, {calls}) => sum + calls, 0)).toBe(1)
  })

  test('waits for a server that is not in the view yet, and not for ever', async () => {
    await bench.partition([one], one)
    const answered = read(bench.scatter(), 'random')
    await bench.node(one)
    expect(await answered).toBe(1)
    await bench.partition([two], two)
    const within = context(10_000)
    expect((await failure(read(bench.scatter(), 'random', within))).errorName).toBe('ROUTER_NO_PS_CLIENT')
    expect(within.remainingMs()).toBeGreaterThan(5_000)
  })

  test.each([
    ['', 'random'],
    ['leader', 'leader'],
    ['Leader', 'random'],
  ])('load_balance "%s" is %s', (name, meant) => expect(readLoadBalance(name)).toBe(meant))
})

describe('several partitions', () => {
  test('one that fails does not hide what the others answered', async () => {
    const refused = new CodedError('TIMEOUT', 'slow')
    const outcomes = await outcomesOf([pid(1), pid(2), pid(3)], async (partition) => {
      if (partition === 2) throw refused
      return partition * 10
    })
    expect(partialAnswers(outcomes, 'reads')).toEqual({
      answers: [10, 30],
      failure: {failed_partitions: [{partition_id: 2, code: 5, msg: 'timeout:slow'}]},
    })
  })

  test('when all fail, the first says why', async () => {
    const outcomes = await outcomesOf([pid(1), pid(2)], async (partition) => {
      throw new CodedError('TIMEOUT', String(partition))
    })
    expect(() => partialAnswers(outcomes, 'reads')).toThrow('timeout:1')
  })

  test('a write that may have happened is never hidden behind one that did not', async () => {
    const refused = new CodedError('PARTITION_NO_LEADER', 'p1')
    const lost = new CodedError('TIMEOUT', 'p2', {outcome: 'unknown'})
    const failing = [pid(1), pid(2)].map((partition, at) => ({partition, error: at === 0 ? refused : lost}))
    expect(() => partialAnswers(failing, 'writes')).toThrow('timeout:p2')
    expect(partialAnswers([...failing, {partition: pid(3), answer: 1}], 'writes').failure.failed_partitions).toEqual([
      {partition_id: 1, code: refused.code, msg: refused.message},
      {partition_id: 2, code: lost.code, msg: lost.message, outcome: 'unknown'},
    ])
    expect(
      partialAnswers([...failing, {partition: pid(3), answer: 1}], 'reads').failure.failed_partitions?.[1],
    ).toEqual({
      partition_id: 2,
      code: lost.code,
      msg: lost.message,
    })
  })

  test('a slow one costs no more than the time of the request', async () => {
    ;(await bench.node(one)).hang()
    await bench.partition([one], one)
    const within = context(2_000)
    const error = await failure(read(bench.scatter(), 'random', within))
    expect(error.errorName).toBe('TIMEOUT')
    expect(within.remainingMs()).toBeGreaterThan(0)
  })
})
