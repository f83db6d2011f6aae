/**
 * Records that live as long as their servers: gone when a server is silent for too long, back by themselves, and never
 * gone because a server is busy.
 */
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {request, TestCluster} from '../harness/cluster.js'
import {SeededRandom} from '../harness/random.js'
import {until} from '../harness/until.js'

const run = promisify(execFile)
const at = {db_name: 'db', space_name: 'space'}
const random = new SeededRandom(5)

describe.each([
  ['etcd', false],
  ['the embedded store', true],
])('with %s, a record of a server', (_, embedded) => {
  const dimension = 64
  const busyRows = embedded ? 20_000 : 2_000
  const probes = Array.from({length: 20}, (_, index) => ({_id: `d${index}`, v: random.vector(dimension)}))
  let cluster: TestCluster

  beforeAll(async () => {
    cluster = await TestCluster.start({embedded, psLines: 'resource_limit_rate = 0'})
    await cluster.ask('POST', '/dbs/db')
    await create('space')
    await cluster.ask('POST', '/document/upsert', {...at, documents: probes})
  })
  afterAll(() => cluster?.stop())

  const create = (name: string) =>
    cluster.ask<{id: number; partitions: {id: number}[]}>('POST', '/dbs/db/spaces?timeout=20000', {
      name,
      partition_num: 1,
      replica_num: 1,
      fields: [
        {
          name: 'v',
          type: 'vector',
          dimension,
          index: {name: 'v', type: 'HNSW', params: {metric_type: 'L2', nlinks: 16, efConstruction: 200}},
        },
      ],
    })

  const search = async (query: readonly number[]) => {
    const body = {...at, limit: 1, is_brute_search: 1, vectors: [{field: 'v', feature: query}]}
    const answer = await cluster.request('POST', '/document/search', body, {quiet: true})
    return (answer.body.data as {documents: {_id: string}[][]} | undefined)?.documents[0]?.[0]?._id
  }
  const searchesAreRight = async () => {
    for (const {_id, v} of probes) if ((await search(v)) !== _id) return false
    return true
  }

  async function keys(prefix: string): Promise<string[]> {
    const {stdout} = await run(
      'etcdctl',
      ['--endpoints', cluster.masters[0]?.etcd ?? '', 'get', '--prefix', prefix, '--keys-only'],
      {env: {...process.env, ETCDCTL_API: '3'}},
    )
    return stdout.split('\n').filter((line) => line !== '')
  }

  it('goes when the server is silent beyond its lease, and comes back when it speaks again', async () => {
    const [server] = cluster.servers
    server?.process.signal('SIGSTOP')
    await until('the record is gone', async () => (await keys('/test/server/')).length === 0, 20_000)
    await until('the failure is noted', async () => (await keys('/test/fail/server/')).length === 1, 10_000)
    const failed = await cluster.ask<{count?: number}>('GET', '/schedule/fail_server')
    expect(JSON.stringify(failed)).toContain('127.0.0.1')
    const {body} = await cluster.request('POST', '/document/search?timeout=1000', {
      ...at,
      vectors: [{field: 'v', feature: probes[0]?.v}],
    })
    expect(body.code).not.toBe(0)

    server?.process.signal('SIGCONT')
    await until('it has registered again', async () => (await keys('/test/server/')).includes('/test/server/1'), 20_000)
    await until('the note of its failure is gone', async () => (await keys('/test/fail/server/')).length === 0)
    await until('searches are right again', searchesAreRight)
    expect(server?.process.isRunning).toBe(true)
  })

  it('survives the metadata store, killed and started again, without a restart of anybody else', async () => {
    const [master] = cluster.masters
    const before = await create('before')
    await master?.process.end('SIGKILL')
    expect(await searchesAreRight()).toBe(true)
    // longer than the leases: what they kept is gone when the store is back, or soon after
    const goneAt = performance.now() + 7_000
    await until('the leases have ended', () => performance.now() > goneAt, 10_000)
    expect(await searchesAreRight()).toBe(true)
    master?.process.start()
    await until('the master answers', async () => (await ok(master?.url ?? '')) === true, 30_000)
    await until('the server is registered', async () => (await keys('/test/server/')).length === 1, 20_000)
    await until('the router is registered', async () => (await keys('/test/router/test/')).length === 1, 20_000)
    await until('the space is green', async () => {
      const {body} = await cluster.request('GET', '/dbs/db/spaces/space', undefined, {quiet: true})
      return (body.data as {status?: string} | undefined)?.status === 'green'
    })
    const after = await create('after')
    expect(after.id).toBe(before.id + 1)
    expect(after.partitions[0]?.id).toBe((before.partitions[0]?.id ?? 0) + 1)
    expect(await searchesAreRight()).toBe(true)
    await until('failures that were noted are gone', async () => (await keys('/test/fail/server/')).length === 0)
    for (const {process} of cluster.all) expect(process.isRunning).toBe(true)
  })

  it('stays while the server loads, builds an index and searches for eight clients', async () => {
    for (let from = 0; from < busyRows; from += 500) {
      const documents = Array.from({length: 500}, (_, index) => ({
        _id: `busy${from + index}`,
        v: random.vector(dimension),
      }))
      await cluster.ask('POST', '/document/upsert?timeout=30000', {...at, documents})
    }
    const stopping = new AbortController()
    let lapses = 0
    let looks = 0
    let slowest = 0
    let searches = 0
    const loop = async (task: () => Promise<void>) => {
      while (!stopping.signal.aborted) await task()
    }
    const watching = loop(async () => {
      if ((await keys('/test/server/')).length !== 1) lapses++
      looks++
    })
    const asking = loop(async () => {
      const startedAt = performance.now()
      expect(await ok(cluster.routers[0]?.url ?? '')).toBe(true)
      slowest = Math.max(slowest, performance.now() - startedAt)
    })
    const searching = Array.from({length: 8}, () =>
      loop(async () => {
        const {body} = await cluster.request('POST', '/document/search?timeout=20000', {
          ...at,
          limit: 10,
          vectors: [{field: 'v', feature: random.vector(dimension)}],
        })
        // how fast they are is another matter; here they are the load
        expect([0, 5], JSON.stringify(body)).toContain(body.code)
        searches++
      }),
    )
    const all = Promise.all([watching, asking, ...searching])
    const building = cluster.ask('POST', '/index/forcemerge?timeout=100000', at)
    const leastUntil = performance.now() + 6_000
    await Promise.race([
      all,
      Promise.all([
        building,
        until(
          'the lease could have lapsed',
          () => performance.now() > leastUntil && looks > 10 && searches > 100,
          60_000,
        ),
      ]),
    ])
    stopping.abort()
    await all
    expect(lapses).toBe(0)
    // the default timeout of a request
    expect(slowest).toBeLessThan(10_000)
    expect(await keys('/test/fail/server/')).toEqual([])
    expect(cluster.servers[0]?.process.output).not.toContain('lost')
  }, 120_000)

  async function ok(url: string): Promise<boolean> {
    return request(url, 'GET', '/').then(
      ({body}) => body.code === 0,
      () => false,
    )
  }
})
