/**
 * Three masters on one host, each with an etcd of its own that it runs: the cluster goes on without any one of them, and
 * comes back from a stop of everything.
 */
import {afterAll, beforeAll, expect} from 'vitest'
import {request, TestCluster} from '../harness/cluster.js'
import {SeededRandom} from '../harness/random.js'
import {until} from '../harness/until.js'
import {describe, it} from '../harness/with-etcd.js'

const dimension = 8
const random = new SeededRandom(11)
const at = {db_name: 'db', space_name: 'space'}
const documents = Array.from({length: 200}, (_, index) => ({_id: `d${index}`, v: random.vector(dimension)}))

function space(name: string) {
  const index = {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}
  return {name, partition_num: 2, replica_num: 1, fields: [{name: 'v', type: 'vector', dimension, index}]}
}

describe('three masters and their etcds', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await TestCluster.start({masters: 3, ps: 2, routers: 2})
  }, 120_000)
  afterAll(() => cluster?.stop())

  const master = (index: number) => {
    const found = cluster.masters[index]
    if (found === undefined) throw new Error(`there is no master ${index}`)
    return found
  }

  async function everyDocumentIsFound(router = 0): Promise<void> {
    const feature = documents.slice(0, 20).flatMap(({v}) => v)
    const body = {...at, limit: 1, vectors: [{field: 'v', feature}]}
    const answer = await cluster.request('POST', '/document/search', body, {router})
    const lists = (answer.body.data as {documents: {_id: string}[][]} | undefined)?.documents
    expect(lists?.map(([first]) => first?._id)).toEqual(documents.slice(0, 20).map(({_id}) => _id))
  }

  it('do the main job', async () => {
    await cluster.ask('POST', '/dbs/db')
    await cluster.ask('POST', '/dbs/db/spaces?timeout=30000', space('space'))
    await cluster.ask('POST', '/document/upsert', {...at, documents})
    for (const router of [0, 1]) await everyDocumentIsFound(router)
    const {members} = await cluster.ask<{members: {name: string}[]}>('GET', '/members')
    expect(members.map(({name}) => name).sort()).toEqual(['m1', 'm2', 'm3'])
  })

  it.each([0, 1, 2])(
    'go on without master %i, killed with its etcd',
    async (index) => {
      await master(index).process.end('SIGKILL')
      await until('its etcd is gone, too', () => refuses(master(index).etcd))
      // whatever was under way is answered, and what comes after must work again
      await until(
        'a space can be created',
        async () => {
          const {body} = await cluster.request('POST', '/dbs/db/spaces?timeout=20000', space(`without${index}`), {
            quiet: true,
          })
          return body.code === 0 || body.code === 220
        },
        40_000,
      )
      const changed = [{_id: `d${index}`, v: documents[index]?.v}]
      await cluster.ask('POST', '/document/upsert', {...at, documents: changed})
      for (const router of [0, 1]) await everyDocumentIsFound(router)

      master(index).process.start()
      await until(
        'it answers again',
        async () => {
          const answer = await request(master(index).url, 'GET', '/dbs/db/spaces').catch(() => null)
          return (answer?.body.data as unknown[] | undefined)?.length === index + 2
        },
        30_000,
      )
    },
    90_000,
  )

  it('register a partition server through another when the first is down', async () => {
    await master(0).process.end('SIGKILL')
    const [server] = cluster.servers
    expect(await server?.process.end('SIGTERM')).toBe(0)
    server?.process.start()
    await until('it is registered', () => /registered|ready/.test(server?.process.output ?? ''), 30_000)
    expect(server?.process.output).toMatch(new RegExp(`register +(${portOf(1)}|${portOf(2)}) sees 127.0.0.1`))
    master(0).process.start()
    await until('the first master answers', () => answers(master(0).url))
    await cluster.whenReady()
    await until('every document is found', () =>
      everyDocumentIsFound().then(
        () => true,
        () => false,
      ),
    )
  }, 90_000)

  it('come back from a stop of everything', async () => {
    for (const group of [cluster.routers, cluster.servers, cluster.masters]) {
      const codes = await Promise.all(group.map(({process}) => process.end('SIGTERM')))
      expect(codes).toEqual(group.map(() => 0))
    }
    for (const {process} of cluster.all) process.start()
    await cluster.whenReady()
    await until(
      'every document is found',
      () =>
        everyDocumentIsFound().then(
          () => true,
          () => false,
        ),
      30_000,
    )
    const spaces = await cluster.ask<{name?: string; space_name?: string}[]>('GET', '/dbs/db/spaces')
    expect(spaces).toHaveLength(4)
    await cluster.ask('POST', '/dbs/db/spaces?timeout=20000', space('afterwards'))
  }, 90_000)

  function portOf(index: number): string {
    return new URL(master(index).url).host
  }
})

function answers(url: string): Promise<boolean> {
  return request(url, 'GET', '/').then(
    ({body}) => body.code === 0,
    () => false,
  )
}

function refuses(endpoint: string): Promise<boolean> {
  return fetch(`http://${endpoint}/health`, {signal: AbortSignal.timeout(1_000)}).then(
    () => false,
    () => true,
  )
}
