/**
 * Searches through the router over HTTP, against the same queries on the same index in this process.
 *
 * The engine here opens a copy of the partition's own files, so both sides search one and the same graph. What a hop costs
 * does not depend on the query, so the ratio does: it is shown for cheap queries and for dear ones.
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
const queriesPerRound = 2_000
const topK = 10
/** What Vearch searches with unless told otherwise, and what finds the last neighbour of harder data than this. */
const efforts = [
  {efSearch: 64, wanted: null},
  {efSearch: 256, wanted: 0.5},
]

export async function searchBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({})
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-'))
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    const space = await createSpace(cluster, 'HNSW', {nlinks: 32, efConstruction: 200})
    const points = new Points(3)
    for (const body of upsertBodies(documents / 1_000, () => points.next(), 1_000)) {
      await client.post('/document/upsert?timeout=60000', body)
    }
    await client.post('/index/forcemerge', JSON.stringify(at))
    await until('everything is indexed', async () => (await indexed(cluster)) === documents, 900_000)
    await copyEngine(cluster, space, join(directory, 'engine'))
    const engine = await openZvecEngine(join(directory, 'engine'), space)
    const inEngine = async (query: Float32Array, efSearch: number, exact = false) => {
      const projection = {fields: [], vectors: []}
      const search = {field: 'v', queries: [query], topK, filter: null, exact, params: {efSearch}, projection}
      return ((await engine.search(search))[0] ?? []).map(({document}) => document.id)
    }
    const viaRouter = async (body: Buffer) => {
      const {documents} = await client.post<{documents: {_id: string}[][]}>('/document/search', body)
      return (documents[0] ?? []).map(({_id}) => _id)
    }
    const someQueries = (count: number) => Array.from({length: count}, () => points.next())

    const rows: Row[] = []
    for (const {efSearch, wanted} of efforts) {
      const pairs: {engine: number; router: number}[] = []
      for (let round = 0; round <= rounds; round++) {
        const queries = someQueries(queriesPerRound)
        const bodies = queries.map((query) => searchBody(query, efSearch))
        const engineRate = await throughput(clients, queries, (query) => inEngine(query, efSearch))
        const routerRate = await throughput(clients, bodies, viaRouter)
        // a first round for both, so that no compiler is measured
        if (round > 0) pairs.push({engine: engineRate, router: routerRate})
      }
      const recalls = {engine: 0, router: 0}
      const sample = someQueries(200)
      for (const query of sample) {
        const exact = new Set(await inEngine(query, efSearch, true))
        recalls.engine += (await inEngine(query, efSearch)).filter((id) => exact.has(id)).length / topK
        recalls.router += (await viaRouter(searchBody(query, efSearch))).filter((id) => exact.has(id)).length / topK
      }
      const recall = (sum: number) => (sum / sample.length).toFixed(4)
      const ratio = median(pairs.map(({engine, router}) => router / engine))
      const what = `efSearch ${efSearch}: router / engine`
      rows.push(
        {
          what: `efSearch ${efSearch}: recall@${topK}, engine / router`,
          figure: `${recall(recalls.engine)} / ${recall(recalls.router)}`,
        },
        {
          what: `efSearch ${efSearch}: searches per second, ${clients} clients, engine / router`,
          figure: `${rate(pairs.map(({engine}) => engine))} / ${rate(pairs.map(({router}) => router))}`,
        },
        wanted === null ? {what, figure: ratio.toFixed(2)} : atLeast(what, ratio, wanted),
      )
    }
    await engine.close()
    return rows
  } finally {
    await client.close()
    await cluster.stop()
    await rm(directory, {recursive: true, force: true})
  }
}

function searchBody(query: Float32Array, efSearch: number): Buffer {
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
