/** How many writes share a sync where each client writes one document at a time. */
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {TestCluster} from '../test/harness/cluster.js'
import {Client, throughput} from './http.js'
import {createReplicated} from './space.js'
import type {Row} from './table.js'
import {Points} from './vectors.js'

const clients = 64
const writes = 20_000
const syncsPerWriteMax = 0.1

export async function groupCommit(): Promise<Row[]> {
  const cluster = await TestCluster.start({ps: 3})
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    await cluster.ask('POST', '/dbs/bench')
    await createReplicated(cluster, 'small', {partitions: 1, replicas: 3})
    const v = Array.from(new Points(7).next())
    const bodies = Array.from({length: writes}, (_, at) =>
      JSON.stringify({db_name: 'bench', space_name: 'small', documents: [{_id: `${at}`, v}]}),
    )
    const rate = await throughput(clients, bodies, (body) => client.post('/document/upsert?timeout=60000', body))
    await Promise.all(cluster.servers.map(({process}) => process.end('SIGTERM')))
    const syncs = await Promise.all(cluster.servers.map(({data}) => syncsOf(join(data, '..', 'logs'))))
    const most = Math.max(...syncs) / writes
    return [
      {what: `single documents, ${clients} clients, three replicas: per second`, figure: `${Math.round(rate)}`},
      {
        what: 'the same: syncs per write, of the server with the most',
        figure: most.toFixed(3),
        wanted: `under ${syncsPerWriteMax}`,
        reached: most < syncsPerWriteMax,
      },
    ]
  } finally {
    await client.close()
    await cluster.stop()
  }
}

/** As the log said when it was closed. */
async function syncsOf(logs: string): Promise<number> {
  const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')))
  return Number(/wal\.closed.*"syncs":(\d+)/.exec(texts.join('\n'))?.[1])
}
