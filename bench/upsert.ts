/**
 * Upserts in batches of 100 through router, partition server and log, against the engine alone taking as many documents.
 *
 * First like with like: neither side indexes what it takes. Then the space as it is by default, which indexes its tail in
 * the background, on the same two cores.
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
const batchesPerRound = 150
const batchDocuments = 100
const clients = 8
/** Vearch's word for: nothing is indexed unless somebody asks. */
const neverIndex = {refresh_interval: -1}
const indexAsUsual = {refresh_interval: 1_000}

export async function upsertBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({})
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-'))
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    const space = await createSpace(cluster, 'HNSW', {nlinks: 32, efConstruction: 200})
    await cluster.ask('POST', '/config/bench/points', neverIndex)
    const engine = await openZvecEngine(join(directory, 'engine'), space)
    const points = new Points(2)
    const viaRouter = (round: string) => {
      const bodies = upsertBodies(batchesPerRound, () => points.next(), batchDocuments, `${round}-`)
      return throughput(clients, bodies, (body) => client.post('/document/upsert?timeout=60000', body))
    }
    const engineAlone = (round: number) => {
      const first = round * batchesPerRound * batchDocuments
      const batches = Array.from({length: batchesPerRound}, (_, batch) =>
        Array.from({length: batchDocuments}, (_, index) => {
          const n = first + batch * batchDocuments + index
          return {id: `p${n}`, docid: n, fields: {n}, vectors: {v: points.next()}}
        }),
      )
      return throughput(1, batches, async (batch) => engine.upsert(batch))
    }

    // a first round for both, so that no compiler is measured
    await engineAlone(0)
    await viaRouter('warm')
    const pairs: {engine: number; router: number}[] = []
    for (let round = 1; round <= rounds; round++) {
      pairs.push({engine: await engineAlone(round), router: await viaRouter(`r${round}`)})
    }
    await engine.close()
    await cluster.ask('POST', '/config/bench/points', indexAsUsual)
    const indexing: number[] = []
    for (let round = 1; round <= rounds; round++) indexing.push(await viaRouter(`i${round}`))
    const engineRate = median(pairs.map(({engine}) => engine))
    return [
      {what: 'upserts, engine alone, documents/s', figure: documentsPerSecond(engineRate)},
      {
        what: `upserts through the router, ${clients} clients, documents/s`,
        figure: documentsPerSecond(median(pairs.map(({router}) => router))),
      },
      atLeast('router / engine', median(pairs.map(({engine, router}) => router / engine)), 0.4),
      {
        what: 'the same while the space indexes itself',
        figure: `${documentsPerSecond(median(indexing))}, ${(median(indexing) / engineRate).toFixed(2)} of the engine`,
      },
    ]
  } finally {
    await client.close()
    await cluster.stop()
    await rm(directory, {recursive: true, force: true})
  }
}

function documentsPerSecond(batchesPerSecond: number): string {
  return String(Math.round(batchesPerSecond * batchDocuments))
}
