/**
 * Faults that other systems had, told again to this one: three servers, two routers, real processes.
 *
 * Each is named after the report, and says what went wrong there.
 */
import {readFile, rm} from 'node:fs/promises'
import {afterAll, beforeAll, expect} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'
import {describe, it} from '../harness/with-etcd.js'
import {canTrace, inject} from './strace.js'

const documents = 60
const at = {db_name: 'db', space_name: 'kept'}

describe('a fault of others does not happen here:', () => {
  let cluster: TestCluster
  let rounds = 0

  beforeAll(async () => {
    cluster = await TestCluster.start({ps: 3, routers: 2, psLines: 'heartbeat_interval = 250'})
    await cluster.createSpace({
      name: 'kept',
      partition_num: 2,
      replica_num: 3,
      dimension: 2,
      fields: [{name: 'round', type: 'integer'}],
    })
    await written()
  }, 120_000)
  afterAll(() => cluster?.stop())

  /** How many documents of a new round were acknowledged. */
  async function write(router = 0): Promise<number> {
    rounds += 1
    const written = Array.from({length: documents}, (_, n) => ({_id: `d${n}`, round: rounds, v: [n, 1]}))
    const body = {...at, documents: written}
    const answer = await cluster.request('POST', '/document/upsert?timeout=2000', body, {router, quiet: true})
    return (Object(answer.body.data) as {total?: number}).total ?? 0
  }

  /** Writes rounds until one is acknowledged as a whole; its number. */
  async function written(): Promise<number> {
    await until('all partitions take writes', async () => (await write()) === documents, 60_000)
    return rounds
  }

  /** The round that each document found is of; null if not everybody answered. */
  async function search(router = 0): Promise<readonly number[] | null> {
    const body = {...at, vectors: [{field: 'v', feature: [0, 0]}], limit: 2 * documents, load_balance: 'leader'}
    const {body: answer} = await cluster.request('POST', '/document/search?timeout=2000', body, {router, quiet: true})
    const data = Object(answer.data) as {documents?: {round: number}[][]; failed_partitions?: unknown}
    if (answer.code !== 0 || data.failed_partitions !== undefined) return null
    return (data.documents ?? []).flat().map(({round}) => round)
  }

  async function leader(): Promise<number> {
    const {partitions} = await cluster.ask<{partitions: {raft_status?: {Leader: number}}[]}>(
      'GET',
      '/dbs/db/spaces/kept?detail=true',
    )
    return indexOf(partitions[0]?.raft_status?.Leader ?? 0)
  }

  async function nodeIds(): Promise<readonly {readonly id: number; readonly port: number}[]> {
    const {servers} = await cluster.ask<{servers: {server: {name: number; rpc_port: number}}[]}>('GET', '/servers')
    return servers.map(({server}) => ({id: server.name, port: server.rpc_port}))
  }

  async function indexOf(node: number): Promise<number> {
    const port = (await nodeIds()).find(({id}) => id === node)?.port
    const files = await Promise.all(cluster.servers.map(({conf}) => readFile(conf, 'utf8')))
    return files.findIndex((text) => text.includes(`rpc_port = ${port}\n`))
  }

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])(
    'Vearch #699, no leaders after a whole cluster was restarted, in the order %i %i %i',
    async (...order) => {
      const round = await written()
      // power cut or order to stop, by turns
      const signal = (order[0] ?? 0) % 2 === 0 ? 'SIGKILL' : 'SIGTERM'
      await Promise.all(cluster.servers.map(({process}) => process.end(signal)))
      for (const index of order) {
        const process = cluster.servers[index]?.process
        process?.start()
        await until('it has opened its log', () => process?.output.includes('raft') === true, 30_000)
      }
      await cluster.whenReady()
      await until('all can be found', async () => (await search())?.length === documents, 30_000)
      expect(await search()).toEqual(new Array(documents).fill(round))
      await written()
    },
    120_000,
  )

  it('Vearch #705, empty answers of partitions that a restarted server led', async () => {
    for (let restart = 0; restart < 3; restart++) {
      const round = await written()
      const victim = cluster.servers[await leader()]?.process
      await victim?.end('SIGKILL')
      victim?.start()
      let answered = 0
      await until(
        'it leads or follows again, and searches were answered',
        async () => {
          const found = await search(restart % 2)
          if (found !== null) {
            answered += 1
            expect(found).toEqual(new Array(documents).fill(round))
          }
          return answered >= 20 && victim?.output.includes('READY') === true
        },
        60_000,
      )
    }
  }, 200_000)

  it('etcd 20418, a leader that was frozen answers from what it knew', async () => {
    for (let freeze = 0; freeze < 3; freeze++) {
      await written()
      const frozen = cluster.servers[await leader()]?.process
      // this router knows that leader and hears of no other
      const router = cluster.routers[1]?.process
      frozen?.signal('SIGSTOP')
      router?.signal('SIGSTOP')
      const round = await written()
      frozen?.signal('SIGCONT')
      router?.signal('SIGCONT')
      for (let read = 0; read < 10; read++) {
        const found = await search(1)
        if (found !== null) expect(found).toEqual(new Array(documents).fill(round))
      }
      await until('the router finds all', async () => (await search(1)) !== null, 30_000)
    }
  }, 200_000)

  const itWithTracing = canTrace ? it : it.skip
  itWithTracing(
    'NATS 2.12 and etcd 14370, a write is acknowledged before it is on disk',
    async () => {
      const delayMs = 700
      await written()
      const delays = await Promise.all(
        cluster.servers.map(({process}) => inject(process.pid ?? 0, ['fdatasync'], `delay_enter=${delayMs * 1_000}`)),
      )
      try {
        const startedAt = performance.now()
        expect(await write()).toBe(documents)
        expect(performance.now() - startedAt).toBeGreaterThan(delayMs)
      } finally {
        for (const strace of delays) strace.kill()
      }
    },
    60_000,
  )

  it('Qdrant #1235, a server whose disk was wiped comes back under its old name', async () => {
    const round = await written()
    const before = (await nodeIds()).map(({id}) => id)
    const [wiped, other] = cluster.servers
    await wiped?.process.end('SIGKILL')
    await rm(wiped?.data ?? '', {recursive: true})
    wiped?.process.start()
    await until(
      'it is listed under another id',
      async () => (await nodeIds()).some(({id}) => !before.includes(id)),
      60_000,
    )
    expect(await search()).toEqual(new Array(documents).fill(round))
    await written()
    // of the three members one is gone for good: with another the majority is, and the newcomer is no part of it
    await other?.process.end('SIGKILL')
    expect(await write()).toBe(0)
    other?.process.start()
    await written()
  }, 120_000)
})
