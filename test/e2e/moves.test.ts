/**
 * Replicas that move, and servers that are replaced, on real processes and under writes: who belongs to a partition changes,
 * and what its clients see does not. Every history is judged.
 */
import {readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {spaceId} from '../../src/entity/ids.js'
import type {ReplicaChange} from '../../src/entity/replica-change.js'
import {systemClock} from '../../src/env/clock.js'
import {checkLedger} from '../check/ledger.js'
import {checkLinearizable} from '../check/linearizable.js'
import {HistoryRecorder} from '../check/recorder.js'
import {type Answer, TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

const at = {db_name: 'db', space_name: 's'}
const clients = 4
const documents = 8
let traffics = 0

interface PartitionReport {
  readonly pid: number
  readonly doc_num: number
  readonly node_id: number
}

/** Clients of the space `db/s`, and the judgement of all that they saw. */
class Traffic {
  readonly #recorder = new HistoryRecorder(systemClock)
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>[]
  /** Documents of its own: what others left is none of its history. */
  readonly #prefix = `t${++traffics}-`
  #values = 0
  acknowledged = 0

  constructor(private readonly cluster: TestCluster) {
    this.#running = Array.from({length: clients}, (_, client) => this.#run(client))
  }

  async #run(client: number): Promise<void> {
    for (let turn = client; !this.#stopping.signal.aborted; turn++) {
      const id = `${this.#prefix}${turn % documents}`
      if (turn % 3 === 0) await this.#read(`c${client}`, id)
      else await this.#write(`c${client}`, id)
    }
  }

  async #write(client: string, id: string): Promise<void> {
    const value = String(++this.#values)
    const call = this.#recorder.invoke({client, key: {spaceId: spaceId(1), id}, kind: 'upsert', value})
    const body = await this.#ask('/document/upsert', {documents: [{_id: id, value: Number(value), v: [1, 2]}]})
    const [item] = ((body.data ?? {}) as {document_ids?: {code?: number; outcome?: string}[]}).document_ids ?? []
    if (item !== undefined && item.code === undefined) {
      this.acknowledged++
      call.ok()
    } else if (item !== undefined && item.outcome !== 'unknown') call.rejected()
    else call.unknown()
  }

  async #read(client: string, id: string): Promise<void> {
    const call = this.#recorder.invoke({client, key: {spaceId: spaceId(1), id}, kind: 'get'})
    const value = await this.#value(id)
    if (value === undefined) call.rejected()
    else call.ok(value)
  }

  async #value(id: string): Promise<string | null | undefined> {
    const {code, data} = await this.#ask('/document/query', {document_ids: [id], load_balance: 'leader'})
    const {documents: [document] = [], failed_partitions: failed} = (data ?? {}) as {
      documents?: {code?: number; msg?: string; value?: number}[]
      failed_partitions?: unknown
    }
    if (code !== 0 || failed !== undefined) return undefined
    if (document?.code === undefined) return document === undefined ? null : String(document.value)
    return /not.?found|not.?exist/i.test(document.msg ?? '') ? null : undefined
  }

  async #ask(path: string, body: object): Promise<Answer['body']> {
    return (await this.cluster.request('POST', `${path}?timeout=4000`, {...at, ...body}, {quiet: true})).body
  }

  /** Ends the clients and judges: linearizable (P2), and nothing that was acknowledged is gone (P1). */
  async judge(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
    const finalReads: {key: {spaceId: ReturnType<typeof spaceId>; id: string}; value: string | null}[] = []
    for (let n = 0; n < documents; n++) {
      const id = `${this.#prefix}${n}`
      await until('it can be read', async () => {
        const value = await this.#value(id)
        if (value !== undefined) finalReads.push({key: {spaceId: spaceId(1), id}, value})
        return value !== undefined
      })
    }
    const history = this.#recorder.history()
    const judged = checkLinearizable(history)
    expect(judged.violations.map(({message}) => message)).toEqual([])
    expect(judged.verdict).toBe('linearizable')
    expect(checkLedger(history, finalReads).violations.map(({message}) => message)).toEqual([])
    expect(this.acknowledged).toBeGreaterThan(20)
  }
}

/** A cluster with the space `db/s` on it. */
async function clusterWith(
  shape: Parameters<typeof TestCluster.start>[0],
  space: {partition_num: number; replica_num: number},
): Promise<TestCluster> {
  const cluster = await TestCluster.start(shape)
  await cluster.createSpace({name: 's', ...space, dimension: 2, fields: [{name: 'value', type: 'integer'}]})
  return cluster
}

async function partitions(cluster: TestCluster): Promise<{id: number; leader_name: number; replicas: number[]}[]> {
  const listed = await cluster.ask<{id: number; leader_name: number; replicas: number[]}[]>('GET', '/partitions')
  return listed.map(({replicas, ...partition}) => ({...partition, replicas: [...replicas].sort((a, b) => a - b)}))
}

async function changeOf(cluster: TestCluster, id: number): Promise<ReplicaChange | undefined> {
  const {body} = await cluster.request('GET', `/schedule/replica_changes?partition_ids=${id}`, undefined, {quiet: true})
  return (body.data as {changes?: ReplicaChange[]} | undefined)?.changes?.[0]
}

/** Every node answers; one that was killed is listed until its lease ends. */
async function whenAllAnswer(cluster: TestCluster): Promise<void> {
  await until('every node answers', async () => (await held(cluster)).size === cluster.servers.length, 60_000)
}

/** Partitions by node, as the nodes that answer say. */
async function held(cluster: TestCluster): Promise<Map<number, number[]>> {
  const {servers} = await cluster.ask<{servers: {server: {name: number}; partitions?: PartitionReport[]}[]}>(
    'GET',
    '/servers',
  )
  return new Map(
    servers.flatMap(({server, partitions: its}) => (its === undefined ? [] : [[server.name, its.map(({pid}) => pid)]])),
  )
}

/** The process of a node. */
async function serverOf(cluster: TestCluster, node: number) {
  for (const server of cluster.servers) {
    const text = await readFile(join(server.data, 'server_meta.txt'), 'utf8')
    if ((JSON.parse(text) as {Id: number}).Id === node) return server
  }
  throw new Error(`node ${node} has no process`)
}

async function ended(cluster: TestCluster, id: number, timeoutMs = 60_000): Promise<ReplicaChange> {
  let change: ReplicaChange | undefined
  await until(
    `the change of partition ${id} has ended`,
    async () => {
      change = await changeOf(cluster, id)
      return change?.ended !== undefined
    },
    timeoutMs,
  ).catch((thrown: Error) => {
    throw new Error(`${thrown.message}: ${JSON.stringify(change)}`)
  })
  if (change === undefined) throw new Error('no change')
  return change
}

describe('four servers, two partitions of three replicas', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await clusterWith(
      {ps: 4, psLines: 'raft_retain_logs = 20\nraft_truncate_count = 1'},
      {partition_num: 2, replica_num: 3},
    )
  }, 120_000)
  afterAll(() => cluster?.stop())

  const all = [1, 2, 3, 4]

  async function free(id: number): Promise<{from: number; to: number; leader: number; followers: number[]}> {
    const partition = (await partitions(cluster)).find((one) => one.id === id)
    if (partition === undefined) throw new Error(`no partition ${id}`)
    const {replicas, leader_name: leader} = partition
    const to = all.find((node) => !replicas.includes(node)) ?? 0
    const followers = replicas.filter((node) => node !== leader)
    return {from: followers[0] ?? 0, to, leader, followers}
  }

  it('moves a follower, then the leader, under writes', async () => {
    const traffic = new Traffic(cluster)
    for (const which of ['follower', 'leader'] as const) {
      const {from: follower, to, leader} = await free(1)
      const from = which === 'leader' ? leader : follower
      const {changes} = await cluster.ask<{changes: ReplicaChange[]}>(
        'POST',
        '/partitions/move_replica?timeout=60000',
        {
          partition_ids: [1],
          from,
          to,
        },
      )
      expect(changes).toMatchObject([{partition_id: 1, add: to, remove: from, state: 'done', step: 'end'}])
      const [partition] = await partitions(cluster)
      expect(partition?.replicas).toEqual(all.filter((node) => node !== from))
      await until('only its members hold it', async () => {
        const nodes = [...(await held(cluster))].filter(([, ids]) => ids.includes(1)).map(([node]) => node)
        return nodes.sort().join() === all.filter((node) => node !== from).join()
      })
    }
    await traffic.judge()
  }, 150_000)

  it.each(['target', 'source', 'leader'] as const)(
    'ends a move whose %s is killed in the middle',
    async (who) => {
      const traffic = new Traffic(cluster)
      const {from, to, leader} = await free(2)
      const victim = await serverOf(cluster, {target: to, source: from, leader}[who])
      const newcomer = await serverOf(cluster, to)
      // Frozen, it keeps the change in the middle.
      newcomer.process.signal('SIGSTOP')
      await cluster.ask('POST', '/partitions/move_replica', {partition_ids: [2], from, to, wait: false})
      await until('it is under way', async () => (await changeOf(cluster, 2))?.step === 'learn')
      newcomer.process.signal('SIGCONT')
      await victim.process.end('SIGKILL')
      victim.process.start()
      await whenAllAnswer(cluster)
      expect(await ended(cluster, 2)).toMatchObject({add: to, remove: from, state: 'done'})
      expect((await partitions(cluster))[1]?.replicas).toEqual(all.filter((node) => node !== from))
      await traffic.judge()
    },
    150_000,
  )

  it('cancels a change whose newcomer does not come', async () => {
    const {from, to} = await free(1)
    const newcomer = await serverOf(cluster, to)
    const before = (await partitions(cluster))[0]?.replicas
    newcomer.process.signal('SIGSTOP')
    await cluster.ask('POST', '/partitions/move_replica', {partition_ids: [1], from, to, wait: false})
    await until('it waits', async () => (await changeOf(cluster, 1))?.waits_for === `node ${to} to be alive`, 30_000)
    const twice = {partition_ids: [1], node_id: to, method: 0}
    const {body} = await cluster.request('POST', '/partitions/change_member', twice)
    expect(body.msg).toContain('partition:[1] is being changed already')
    await cluster.ask('DELETE', '/schedule/replica_changes/1')
    expect(await ended(cluster, 1)).toMatchObject({state: 'cancelled', error: {msg: 'it was cancelled'}})
    newcomer.process.signal('SIGCONT')
    await whenAllAnswer(cluster)
    expect((await partitions(cluster))[0]?.replicas).toEqual(before)
  }, 90_000)

  it('hands leadership to whom it is told', async () => {
    const {followers} = await free(1)
    const [to = 0] = followers
    await cluster.ask('POST', '/partitions/transfer_leader', {partition_ids: [1], node_id: to})
    await until('the metadata has it', async () => (await partitions(cluster))[0]?.leader_name === to)
  }, 30_000)

  it('rebuilds elsewhere what a failed server held, and sets aside what comes back', async () => {
    const traffic = new Traffic(cluster)
    const {from, to} = await free(1)
    const lost = await serverOf(cluster, from)
    await lost.process.end('SIGKILL')
    // another that was killed before may have a record still
    const failed = async () =>
      (await cluster.ask<{fail_servers: {nodeID: number}[]}>('GET', '/schedule/fail_server')).fail_servers
    await until('it has failed', async () => (await failed()).some(({nodeID}) => nodeID === from))
    const recovery = {fail_node_id: from, new_node_id: to}
    const said = await cluster.ask('POST', '/schedule/recover_server?timeout=60000', recovery)
    expect(said).toBe(`{"fail_node_id":${from},"new_node_id":${to}} success recover!`)
    expect((await failed()).map(({nodeID}) => nodeID)).not.toContain(from)
    for (const {replicas} of await partitions(cluster)) expect(replicas).toEqual(all.filter((node) => node !== from))
    lost.process.start()
    await whenAllAnswer(cluster)
    expect((await held(cluster)).get(from)).toEqual([])
    const {replicas} = await cluster.ask<{replicas: {node_id: number; directory: string}[]}>('GET', '/partitions/aside')
    const aside = replicas.filter(({node_id}) => node_id === from)
    expect(aside.length).toBeGreaterThan(0)
    for (const {directory} of aside) expect(await readdir(directory)).toEqual(['aside.json', 'data', 'meta', 'raft'])
    await traffic.judge()
  }, 150_000)

  it('refuses what would cost a quorum, and takes one replica less where it does not', async () => {
    const {leader, followers} = await free(1)
    const [dead = 0, other = 0] = followers
    const lost = await serverOf(cluster, dead)
    await lost.process.end('SIGKILL')
    const remove = (node_id: number) =>
      cluster.request('POST', '/partitions/change_member?timeout=30000', {partition_ids: [1], node_id, method: 1})
    // Its lease has not ended yet.
    expect((await remove(other)).body.msg).toContain('would have no majority')
    await until('it is gone', async () => !(await held(cluster)).has(dead), 30_000)
    expect((await remove(other)).body.msg).toContain('would have no majority')
    expect((await remove(dead)).body).toMatchObject({code: 0})
    expect((await partitions(cluster))[0]?.replicas).toEqual([leader, other].sort((a, b) => a - b))
    lost.process.start()
    await whenAllAnswer(cluster)
    const added = {partition_ids: [1], node_id: dead, method: 0}
    await cluster.ask('POST', '/partitions/change_member?timeout=30000', added)
    expect((await partitions(cluster))[0]?.replicas).toEqual([leader, other, dead].sort((a, b) => a - b))
  }, 120_000)

  it('has one replica more of every partition, and one less', async () => {
    const space = async () => (await cluster.ask<{replica_num: number}>('GET', '/dbs/db/spaces/s')).replica_num
    const change = (method: number) =>
      cluster.request('POST', '/schedule/change_replicas?timeout=60000', {...names, method})
    const names = {db_name: 'db', space_name: 's'}
    expect((await change(0)).body).toMatchObject({
      data: '[{"db_name":"db","space_name":"s","method":0}] success ChangeReplicas!',
    })
    expect(await space()).toBe(4)
    for (const {replicas} of await partitions(cluster)) expect(replicas).toEqual(all)
    expect((await change(0)).body.msg).toContain('no server can take one more replica')
    expect((await change(1)).body).toMatchObject({code: 0})
    expect(await space()).toBe(3)
  }, 120_000)
})

describe('a server that does not come back', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    const shape = {ps: 4, global: 'auto_recover_ps = true', psLines: 'replica_auto_recover_time = 4'}
    cluster = await clusterWith(shape, {partition_num: 1, replica_num: 3})
  }, 120_000)
  afterAll(() => cluster?.stop())

  it('is replaced by itself, and is a new one when its disk was lost', async () => {
    const traffic = new Traffic(cluster)
    const [partition] = await partitions(cluster)
    const [victim = 0] = partition?.replicas ?? []
    const lost = await serverOf(cluster, victim)
    await lost.process.end('SIGKILL')
    await rm(lost.data, {recursive: true})
    const change = await ended(cluster, 1)
    expect(change).toMatchObject({reason: 'auto_recover', remove: victim, state: 'done'})
    expect((await partitions(cluster))[0]?.replicas).toEqual([1, 2, 3, 4].filter((node) => node !== victim))
    await until(
      'it is forgotten',
      async () => (await cluster.ask<{count: number}>('GET', '/schedule/fail_server')).count === 0,
    )
    lost.process.start()
    await whenAllAnswer(cluster)
    expect([...(await held(cluster)).keys()].sort()).toEqual([1, 2, 3, 4, 5].filter((node) => node !== victim))
    await traffic.judge()
  }, 120_000)

  it('is not replaced when it comes back in time', async () => {
    const change = await changeOf(cluster, 1)
    const before = (await partitions(cluster))[0]?.replicas ?? []
    const away = await serverOf(cluster, before[0] ?? 0)
    await away.process.end('SIGKILL')
    await until(
      'it has failed',
      async () => (await cluster.ask<{count: number}>('GET', '/schedule/fail_server')).count === 1,
      30_000,
    )
    away.process.start()
    await whenAllAnswer(cluster)
    await until(
      'it has not',
      async () => (await cluster.ask<{count: number}>('GET', '/schedule/fail_server')).count === 0,
    )
    expect((await partitions(cluster))[0]?.replicas).toEqual(before)
    expect(await changeOf(cluster, 1)).toEqual(change)
  }, 120_000)
})

describe('three masters', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await clusterWith({masters: 3, ps: 2}, {partition_num: 1, replica_num: 1})
  }, 180_000)
  afterAll(() => cluster?.stop())

  it('end what one of them began and did not live to see, and the last replica moves too', async () => {
    const traffic = new Traffic(cluster)
    const from = (await partitions(cluster))[0]?.leader_name ?? 0
    const to = 3 - from
    const newcomer = await serverOf(cluster, to)
    newcomer.process.signal('SIGSTOP')
    await cluster.ask('POST', '/partitions/move_replica', {partition_ids: [1], from, to, wait: false})
    await until('it is under way', async () => (await changeOf(cluster, 1))?.step === 'learn')
    const {runner} = await cluster.ask<{runner: string}>('GET', '/schedule/replica_changes')
    await cluster.masters.find(({process}) => process.label === runner)?.process.end('SIGKILL')
    newcomer.process.signal('SIGCONT')
    expect(await ended(cluster, 1, 90_000)).toMatchObject({state: 'done'})
    expect((await partitions(cluster))[0]?.replicas).toEqual([to])
    await traffic.judge()
  }, 180_000)
})
