/** How a server comes back whose log is long: it was killed before it had made a checkpoint, so all of the log is replayed. */
import {TestCluster} from '../test/harness/cluster.js'
import {until} from '../test/harness/until.js'
import {Client, throughput} from './http.js'
import {processFigures} from './process-figures.js'
import {createReplicated} from './space.js'
import type {Row} from './table.js'
import {dimension, Points} from './vectors.js'

const groups = 100
const logBytes = 1e9
/** The longest text that a field takes, nearly: a log of so many bytes in few documents, for engines are not what is measured. */
const textBytes = 60_000
const batchDocuments = 20
const clients = 4
/** Engines keep what is new in memory: to come back must not take much more than to have written it. */
const memoryShareMax = 1.25

export async function coldStart(): Promise<Row[]> {
  // Nothing but the size of the log may ask for a checkpoint.
  const cluster = await TestCluster.start({psLines: 'flush_time_interval = 100000'})
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    await cluster.ask('POST', '/dbs/bench')
    await createReplicated(cluster, 'long', {partitions: groups, replicas: 1, fields: [{name: 's', type: 'string'}]})
    const v = Array.from(new Points(6).next())
    const documents = Math.floor(logBytes / (textBytes + 4 * dimension))
    const batches = Array.from({length: Math.floor(documents / batchDocuments)}, (_, batch) => batch)
    const s = 'x'.repeat(textBytes)
    await throughput(clients, batches, (batch) => {
      const made = Array.from({length: batchDocuments}, (_, at) => ({_id: `${batch}-${at}`, s, v}))
      const body = {db_name: 'bench', space_name: 'long', documents: made}
      return client.post('/document/upsert?timeout=60000', JSON.stringify(body))
    })
    const [server] = cluster.servers
    const before = await processFigures(server?.process.pid)
    await server?.process.end('SIGKILL')
    const startedAt = performance.now()
    server?.process.start()
    const written = batches.length * batchDocuments
    await until('every document is back', async () => (await count(cluster)) === written, 600_000)
    const seconds = (performance.now() - startedAt) / 1_000
    const after = await processFigures(server?.process.pid)
    const share = after.residentBytesMost / before.residentBytesMost
    const [mibBefore, mib] = [before, after].map(({residentBytesMost}) => Math.round(residentBytesMost / 2 ** 20))
    return [
      {what: `start of a server with ${groups} groups and 1 GB of log to replay`, figure: `${seconds.toFixed(1)} s`},
      {
        what: 'the same: the most memory it held, against the server that wrote it',
        figure: `${mib} / ${mibBefore} MiB: ${share.toFixed(2)}`,
        wanted: `under ${memoryShareMax}`,
        reached: share < memoryShareMax,
      },
    ]
  } finally {
    await client.close()
    await cluster.stop()
  }
}

async function count(cluster: TestCluster): Promise<number> {
  const {body} = await cluster.request('GET', '/dbs/bench/spaces/long', undefined, {quiet: true})
  return (body.data as {doc_num?: number} | undefined)?.doc_num ?? 0
}
