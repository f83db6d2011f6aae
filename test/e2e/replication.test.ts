/** Spaces with three replicas on real processes: what is acknowledged stays, whichever server dies. */
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

const dimension = 4

interface PartitionReport {
  readonly pid: number
  readonly doc_num: number
  readonly node_id: number
  readonly raft_status?: {
    readonly State: string
    readonly Term: number
    readonly Commit: number
    readonly Applied: number
  }
}

describe('a space with three replicas', () => {
  let cluster: TestCluster
  const acknowledged = new Set<string>()
  const at = {db_name: 'db', space_name: 'kept'}

  beforeAll(async () => {
    // so few entries are kept that a server which was away needs a checkpoint
    const psLines = 'raft_retain_logs = 20\nraft_truncate_count = 1'
    cluster = await TestCluster.start({ps: 3, psLines, global: 'raft_consistent = true'})
    await cluster.createSpace({
      name: 'kept',
      partition_num: 2,
      replica_num: 3,
      dimension,
      index: 'HNSW',
      fields: [{name: 'n', type: 'integer', index: {name: 'n', type: 'INVERTED'}}],
    })
  }, 120_000)
  afterAll(() => cluster?.stop())

  /** Ids that were acknowledged. */
  async function write(prefix: string, count: number, timeoutMs = 10_000): Promise<number> {
    const documents = Array.from({length: count}, (_, n) => ({_id: `${prefix}${n}`, n, v: [n, 1, 2, 3]}))
    const {body} = await cluster.request('POST', `/document/upsert?timeout=${timeoutMs}`, {...at, documents})
    const {document_ids = []} = (body.data ?? {}) as {document_ids?: {_id: string; code?: number}[]}
    const written = document_ids.filter(({code}) => code === undefined)
    for (const {_id} of written) acknowledged.add(_id)
    return written.length
  }

  async function missing(loadBalance: string): Promise<string[]> {
    const lost: string[] = []
    const ids = [...acknowledged]
    for (let from = 0; from < ids.length; from += 400) {
      const asked = ids.slice(from, from + 400)
      const {documents} = await cluster.ask<{documents: {_id: string; code?: number}[]}>('POST', '/document/query', {
        ...at,
        document_ids: asked,
        load_balance: loadBalance,
      })
      const found = new Set(documents.filter(({code}) => code === undefined).map(({_id}) => _id))
      lost.push(...asked.filter((id) => !found.has(id)))
    }
    return lost
  }

  /** Every replica on every server that is up, as itself sees it. */
  async function replicas(): Promise<PartitionReport[]> {
    const {servers} = await cluster.ask<{servers: {partitions?: PartitionReport[]}[]}>('GET', '/servers')
    return servers.flatMap(({partitions = []}) => partitions)
  }

  /** Between two elections there is none. */
  async function leaderOf(index: number): Promise<{readonly node: number; readonly term: number}> {
    let led = {node: 0, term: 0}
    await until('it is led', async () => {
      const {partitions} = await cluster.ask<{
        partitions: {pid: number; raft_status?: {Leader: number; Term: number}}[] | null
      }>('GET', '/dbs/db/spaces/kept?detail=true')
      const {Leader: node = 0, Term: term = 0} = partitions?.[index]?.raft_status ?? {}
      led = {node, term}
      return node !== 0
    })
    return led
  }

  it('takes documents, and any replica shows them', async () => {
    expect(await write('a', 300)).toBe(300)
    expect(await missing('leader')).toEqual([])
    await until('every replica has them', async () => {
      const all = await replicas()
      return all.length === 6 && all.reduce((sum, {doc_num}) => sum + doc_num, 0) === 900
    })
    for (const loadBalance of ['random', 'not_leader', 'least_connection']) {
      expect(await missing(loadBalance)).toEqual([])
    }
  })

  it('shows no less than what was acknowledged or shown before, whichever replica is asked', async () => {
    for (let n = 0; n < 50; n++) {
      await write('seen', 1 + n)
      for (const loadBalance of ['random', 'not_leader', 'least_connection', 'random']) {
        const {documents} = await cluster.ask<{documents: {_id: string; n?: number}[]}>('POST', '/document/query', {
          ...at,
          document_ids: [`seen${n}`],
          fields: ['n'],
          load_balance: loadBalance,
        })
        expect([loadBalance, documents[0]?.n]).toEqual([loadBalance, n])
      }
    }
  })

  it('goes on when a leader is killed, loses nothing, and has three again when it is back', async () => {
    for (let round = 0; round < 3; round++) {
      const {node} = await leaderOf(0)
      const victim = cluster.servers[await indexOf(node)]
      await victim?.process.end('SIGKILL')
      const before = acknowledged.size
      await until('writes go on', async () => (await write(`r${round}-`, 20, 3_000)) === 20, 30_000)
      expect(acknowledged.size).toBe(before + 20)
      expect(await missing('leader')).toEqual([])
      victim?.process.start()
      await cluster.whenReady()
    }
    await until(
      'every replica has all',
      async () => {
        const all = await replicas()
        return all.length === 6 && all.reduce((sum, {doc_num}) => sum + doc_num, 0) === 3 * acknowledged.size
      },
      30_000,
    )
  }, 180_000)

  it('brings one that was away too long the state as a whole', async () => {
    const {node} = await leaderOf(0)
    const away = cluster.servers[((await indexOf(node)) + 1) % 3]
    await away?.process.end('SIGKILL')
    for (let batch = 0; batch < 60; batch++) expect(await write(`away${batch}-`, 20)).toBe(20)
    for (let flushes = 0; flushes < 2; flushes++) {
      await cluster.ask('POST', '/index/flush', at)
      expect(await write(`flushed${flushes}-`, 20)).toBe(20)
    }
    away?.process.start()
    await cluster.whenReady()
    await until(
      'it has all',
      async () => {
        const all = await replicas()
        return all.length === 6 && all.reduce((sum, {doc_num}) => sum + doc_num, 0) === 3 * acknowledged.size
      },
      60_000,
    )
    const {readFile, readdir} = await import('node:fs/promises')
    const logs = join(dirname(away?.conf ?? ''), 'logs')
    const lines = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')))
    expect(lines.join('')).toContain('partition.snapshot.arrived')
    expect(await missing('leader')).toEqual([])
    expect(await missing('random')).toEqual([])
  }, 120_000)

  it('hands leadership over when a server stops in order', async () => {
    const {node, term} = await leaderOf(1)
    const victim = cluster.servers[await indexOf(node)]
    const startedAt = performance.now()
    expect(await victim?.process.end('SIGTERM')).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(await write('handed', 50)).toBe(50)
    expect(await missing('leader')).toEqual([])
    expect((await leaderOf(1)).term).toBeGreaterThan(term)
    victim?.process.start()
    await cluster.whenReady()
  }, 60_000)

  it('acknowledges nothing without a majority, and goes on when there is one', async () => {
    const [first, second] = cluster.servers
    await first?.process.end('SIGKILL')
    await second?.process.end('SIGKILL')
    expect(await write('lonely', 10, 3_000)).toBe(0)
    first?.process.start()
    second?.process.start()
    await cluster.whenReady()
    await until('writes go on', async () => (await write('after', 10, 3_000)) === 10, 30_000)
    expect(await missing('leader')).toEqual([])
  }, 90_000)

  /** The position of a node among the cluster's servers. */
  async function indexOf(node: number): Promise<number> {
    const {servers} = await cluster.ask<{servers: {server: {name: number; rpc_port: number}}[]}>('GET', '/servers')
    const port = servers.find(({server}) => server.name === node)?.server.rpc_port
    const {readFile} = await import('node:fs/promises')
    for (const [index, {conf}] of cluster.servers.entries()) {
      if ((await readFile(conf, 'utf8')).includes(`rpc_port = ${port}\n`)) return index
    }
    throw new Error(`node ${node} is not among the servers`)
  }
})
