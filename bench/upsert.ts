/**
 * Upserts in batches of 100 through router, partition server and log, against the engine alone taking the same documents.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {openZvecEngine} from '../src/engine/zvec-engine.js'
import {TestCluster} from '../test/harness/cluster.js'
import {Client, throughput} from './http.js'
import {createSpace, upsertBodies} from './space.js'
import {atLeast, median, type Row} from './table.js'
import {Points} from './vectors.js'

const rounds = 5
const batchesPerRound = 60
const batchDocuments = 100
const clients = 8

export async function upsertBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({})
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-'))
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    const space = await createSpace(cluster, 'HNSW', {nlinks: 32, efConstruction: 200})
    const engine = await openZvecEngine(join(directory, 'engine'), space)
    const points = new Points(2)
    const ratios: number[] = []
    const engineRates: number[] = []
    const routerRates: number[] = []
    for (let round = 0; round < rounds; round++) {
      const batches = Array.from({length: batchesPerRound}, (_, batch) =>
        Array.from({length: batchDocuments}, (_, index) => {
          const n = (round * batchesPerRound + batch) * batchDocuments + index
          return {id: `p${n}`, docid: n, fields: {n}, vectors: {v: points.next()}}
        }),
      )
      const engineRate = await throughput(1, batches, async (batch) => engine.upsert(batch))
      const bodies = upsertBodies(batchesPerRound, () => points.next(), batchDocuments)
      const renamed = bodies.map((body, batch) =>
        Buffer.from(body.toString().replaceAll('"_id":"p', `"_id":"r${round}b${batch}-`)),
      )
      const routerRate = await throughput(clients, renamed, (body) =>
        client.post('/document/upsert?timeout=60000', body),
      )
      engineRates.push(engineRate * batchDocuments)
      routerRates.push(routerRate * batchDocuments)
      ratios.push(routerRate / engineRate)
    }
    await engine.close()
    return [
      {what: 'upserts, engine alone, documents/s', figure: String(Math.round(median(engineRates)))},
      {
        what: `upserts through the router, ${clients} clients, documents/s`,
        figure: String(Math.round(median(routerRates))),
      },
      atLeast('router / engine', median(ratios), 0.4),
    ]
  } finally {
    await client.close()
    await cluster.stop()
    await rm(directory, {recursive: true, force: true})
  }
}
