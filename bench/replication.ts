/**
 * What three replicas cost and give, on three servers of one machine: upserts against a space with one replica, the time
 * without writes after a leader is killed; then what groups share (`group-commit.ts`), what they cost at rest (`at-rest.ts`), and
 * how a server comes back to a long log (`cold-start.ts`).
 */
import {readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {TestCluster} from '../test/harness/cluster.js'
import {atRest} from './at-rest.js'
import {coldStart} from './cold-start.js'
import {groupCommit} from './group-commit.js'
import {Client, throughput} from './http.js'
import {createReplicated} from './space.js'
import {atLeast, atMost, median, type Row} from './table.js'
import {dimension, Points} from './vectors.js'

const rounds = 5
const batchesPerRound = 60
const batchDocuments = 100
const clients = 8
const kills = 20
const failoverMsMax = 3_000

export async function replicationBench(): Promise<Row[]> {
  return [...(await whileBusy()), ...(await groupCommit()), ...(await atRest()), ...(await coldStart())]
}

async function whileBusy(): Promise<Row[]> {
  const cluster = await TestCluster.start({ps: 3})
  const client = new Client(cluster.routers[0]?.url ?? '', clients)
  try {
    await cluster.ask('POST', '/dbs/bench')
    for (const replicas of [1, 3]) {
      await createReplicated(cluster, `r${replicas}`, {partitions: 1, replicas})
      await cluster.ask('POST', `/config/bench/r${replicas}`, {refresh_interval: -1})
    }
    const points = new Points(5)
    const upserts = (space: string, round: number) => {
      const bodies = Array.from({length: batchesPerRound}, (_, batch) => {
        const documents = Array.from({length: batchDocuments}, (_, at) => ({
          _id: `${round}-${batch}-${at}`,
          v: Array.from(points.next(), (x) => Number(x.toFixed(4))),
        }))
        return Buffer.from(JSON.stringify({db_name: 'bench', space_name: space, documents}))
      })
      return throughput(clients, bodies, (body) => client.post('/document/upsert?timeout=60000', body))
    }
    await upserts('r1', 0)
    await upserts('r3', 0)
    const pairs: {one: number; three: number}[] = []
    for (let round = 1; round <= rounds; round++) {
      pairs.push({one: await upserts('r1', round), three: await upserts('r3', round)})
    }
    const rate = (batches: number) => Math.round(batches * batchDocuments)
    const downMs: number[] = []
    for (let kill = 0; kill < kills; kill++) downMs.push(await failover(cluster))
    downMs.sort((a, b) => a - b)
    return [
      {
        what: 'upserts, one replica / three, documents per second',
        figure: `${rate(median(pairs.map(({one}) => one)))} / ${rate(median(pairs.map(({three}) => three)))}`,
      },
      atLeast('three replicas / one', median(pairs.map(({one, three}) => three / one)), 0.4),
      {what: `without writes after a leader's kill -9, median of ${kills}`, figure: `${Math.round(median(downMs))} ms`},
      atMost('the same, the longest', downMs.at(-1) ?? Number.NaN, failoverMsMax),
    ]
  } finally {
    await client.close()
    await cluster.stop()
  }
}

/** Milliseconds from the kill of the leader's server to the next write that was acknowledged. */
async function failover(cluster: TestCluster): Promise<number> {
  const {partitions} = await cluster.ask<{partitions: {raft_status?: {Leader: number}}[]}>(
    'GET',
    '/dbs/bench/spaces/r3?detail=true',
  )
  const {servers} = await cluster.ask<{servers: {server: {name: number; rpc_port: number}}[]}>('GET', '/servers')
  const leader = servers.find(({server}) => server.name === partitions[0]?.raft_status?.Leader)
  const confs = await Promise.all(cluster.servers.map(({conf}) => readFile(conf, 'utf8')))
  const victim = cluster.servers[confs.findIndex((conf) => conf.includes(`rpc_port = ${leader?.server.rpc_port}\n`))]
  if (victim === undefined) throw new Error('the space has a leader')
  await victim.process.end('SIGKILL')
  const killedAt = performance.now()
  const documents = [{_id: 'probe', v: new Array(dimension).fill(0)}]
  for (let written = false; !written; ) {
    const body = {db_name: 'bench', space_name: 'r3', documents}
    const answer = await cluster.request('POST', '/document/upsert?timeout=500', body, {quiet: true})
    const items = ((answer.body.data ?? {}) as {document_ids?: {code?: number}[]}).document_ids ?? []
    written = items[0] !== undefined && items[0].code === undefined
  }
  const downMs = performance.now() - killedAt
  victim.process.start()
  await cluster.whenReady()
  await delay(1_000)
  return downMs
}
