/**
 * Start of a partition server that holds 100 partitions of 1,000 documents: after a clean stop, and after kill -9.
 */
import {TestCluster} from '../test/harness/cluster.js'
import {until} from '../test/harness/until.js'
import {Client, throughput} from './http.js'
import {at} from './space.js'
import type {Row} from './table.js'
import {dimension, Points} from './vectors.js'

const partitions = 100
const documents = 100_000
const batchDocuments = 1_000

export async function startBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({})
  const client = new Client(cluster.routers[0]?.url ?? '', 2)
  try {
    await cluster.ask('POST', '/dbs/bench')
    await cluster.ask('POST', '/dbs/bench/spaces?timeout=300000', {
      name: 'points',
      partition_num: partitions,
      replica_num: 1,
      fields: [{name: 'v', type: 'vector', dimension, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}}],
    })
    const points = new Points(4)
    const batches = Array.from({length: documents / batchDocuments}, (_, batch) => batch)
    await throughput(2, batches, (batch) => {
      const made = Array.from({length: batchDocuments}, (_, index) => ({
        _id: `p${batch * batchDocuments + index}`,
        v: Array.from(points.next(), (x) => Number(x.toFixed(4))),
      }))
      return client.post('/document/upsert?timeout=60000', JSON.stringify({...at, documents: made}))
    })
    const clean = await restart(cluster, 'SIGTERM')
    const killed = await restart(cluster, 'SIGKILL')
    return [
      {what: `ps start, ${partitions} partitions, after a clean stop`, figure: `${Math.round(clean)} ms`},
      {what: `ps start, ${partitions} partitions, after kill -9`, figure: `${Math.round(killed)} ms`},
    ]
  } finally {
    await client.close()
    await cluster.stop()
  }
}

/** Milliseconds from the start of the process until every document is served. */
async function restart(cluster: TestCluster, signal: NodeJS.Signals): Promise<number> {
  const server = cluster.servers[0]?.process
  if (server === undefined) throw new Error('a cluster has a server')
  await server.end(signal)
  const startedAt = performance.now()
  server.start()
  await until('every document is back', async () => (await count(cluster)) === documents, 300_000)
  return performance.now() - startedAt
}

async function count(cluster: TestCluster): Promise<number> {
  const {body} = await cluster.request('GET', '/dbs/bench/spaces/points', undefined, {quiet: true})
  return (body.data as {doc_num?: number} | undefined)?.doc_num ?? 0
}
