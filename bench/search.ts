/**
 * Searches through the router over HTTP, against the same queries on the same index in this process.
 *
 * The engine here opens a copy of the partition's own files, so both sides search one and the same graph.
 */
import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {openZvecEngine} from '../src/engine/zvec-engine.js'
import type {Space} from '../src/entity/space.js'
import {TestCluster} from '../test/harness/cluster.js'
import {until} from '../test/harness/until.js'
import {Client, throughput} from './http.js'
import {at, createSpace, upsertBodies} from './space.js'
import {atLeast, median, type Row} from './table.js'
import {Points} from './vectors.js'

const documents = 100_000
const clients = 2
const rounds = 5
const queriesPerRound = 1_000
const topK = 10
const efSearch = 256

export async function searchBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({})
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-'))
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    const space = await createSpace(cluster, 'HNSW', {nlinks: 32, efConstruction: 200, efSearch})
    const points = new Points(3)
    for (const body of upsertBodies(documents / 1_000, () => points.next(), 1_000)) {
      await client.post('/document/upsert?timeout=60000', body)
    }
    await client.post('/index/forcemerge', JSON.stringify(at))
    await until('everything is indexed', async () => (await indexed(cluster)) === documents, 900_000)
    await copyEngine(cluster, space, join(directory, 'engine'))
    const engine = await openZvecEngine(join(directory, 'engine'), space)
    const ask = async (query: Float32Array, exact: boolean) => {
      const projection = {fields: [], vectors: []}
      const search = {field: 'v', queries: [query], topK, filter: null, exact, params: {efSearch}, projection}
      return (await engine.search(search))[0] ?? []
    }
    const askRouter = async (body: Buffer) => {
      const {
        documents: [found = []],
      } = await client.post<{documents: {_id: string}[][]}>('/document/search', body)
      return found
    }

    const rates: {engine: number; router: number}[] = []
    for (let round = 0; round < rounds; round++) {
      const queries = Array.from({length: queriesPerRound}, () => points.next())
      const engineRate = await throughput(clients, queries, (query) => ask(query, false))
      rates.push({engine: engineRate, router: await throughput(clients, queries.map(searchBody), askRouter)})
    }
    const recalls = {engine: 0, router: 0}
    const sample = Array.from({length: 200}, () => points.next())
    for (const query of sample) {
      const exact = new Set((await ask(query, true)).map(({document}) => document.id))
      recalls.engine += (await ask(query, false)).filter(({document}) => exact.has(document.id)).length / topK
      recalls.router += (await askRouter(searchBody(query))).filter(({_id}) => exact.has(_id)).length / topK
    }
    await engine.close()
    const recall = (sum: number) => (sum / sample.length).toFixed(4)
    return [
      {
        what: `recall@${topK} at ef ${efSearch}, engine / router`,
        figure: `${recall(recalls.engine)} / ${recall(recalls.router)}`,
      },
      {what: `searches, engine alone, ${clients} clients, per second`, figure: rate(rates.map(({engine}) => engine))},
      {
        what: `searches through the router, ${clients} clients, per second`,
        figure: rate(rates.map(({router}) => router)),
      },
      atLeast('router / engine', median(rates.map(({engine, router}) => router / engine)), 0.5),
    ]
  } finally {
    await client.close()
    await cluster.stop()
    await rm(directory, {recursive: true, force: true})
  }
}

function searchBody(query: Float32Array): Buffer {
  const vectors = [{field: 'v', feature: Array.from(query, (x) => Number(x.toFixed(4)))}]
  return Buffer.from(JSON.stringify({...at, limit: topK, fields: ['_id'], index_params: {efSearch}, vectors}))
}

/** While the server is stopped its files do not change; it goes on from where it was. */
async function copyEngine(cluster: TestCluster, space: Space, target: string): Promise<void> {
  const [server] = cluster.servers
  const [partition] = space.partitions
  if (server === undefined || partition === undefined) throw new Error('a cluster with a partition')
  await server.process.end('SIGTERM')
  await cp(join(server.data, 'data', String(partition.id), 'live'), target, {recursive: true})
  server.process.start()
  await cluster.whenReady()
}

function rate(values: readonly number[]): string {
  return String(Math.round(median(values)))
}

async function indexed(cluster: TestCluster): Promise<number> {
  const {partitions} = await cluster.ask<{partitions: {index_num: number}[]}>('GET', '/dbs/bench/spaces/points')
  return partitions[0]?.index_num ?? 0
}
