/**
 * Clients of a space with three replicas write, read and delete a few documents over and over while servers are killed,
 * frozen and started again. Everything that they saw is recorded and judged: linearizable per document (P2), and nothing
 * that was acknowledged is gone in the end (P1).
 */
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {spaceId} from '../../src/entity/ids.js'
import {systemClock} from '../../src/env/clock.js'
import {checkLedger} from '../check/ledger.js'
import {checkLinearizable} from '../check/linearizable.js'
import {HistoryRecorder} from '../check/recorder.js'
import {type Answer, TestCluster} from '../harness/cluster.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {until} from '../harness/until.js'

const seed = testSeed()
/** A soak sets more. */
const faults = Number(process.env.CHAOS_FAULTS ?? 4)
const clients = 6
const documents = 12
const pauseMs = 6_000
const at = {db_name: 'db', space_name: 'kept'}
const space = spaceId(1)

describe(`a replicated space under faults (SEED=${seed})`, () => {
  const random = new SeededRandom(seed)
  const recorder = new HistoryRecorder(systemClock)
  let cluster: TestCluster
  let values = 0

  beforeAll(async () => {
    cluster = await TestCluster.start({ps: 3, psLines: 'raft_retain_logs = 50\nraft_truncate_count = 1'})
    await cluster.ask('POST', '/dbs/db')
    await cluster.ask('POST', '/dbs/db/spaces?timeout=30000', {
      name: 'kept',
      partition_num: 2,
      replica_num: 3,
      fields: [
        {name: 'value', type: 'integer'},
        {name: 'v', type: 'vector', dimension: 2, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}},
      ],
    })
  }, 120_000)
  afterAll(() => cluster?.stop())

  const ask = (path: string, body: object): Promise<Answer> =>
    cluster.request('POST', `${path}?timeout=4000`, {...at, ...body}, {quiet: true})

  /** One call of one client, written down as it was seen. */
  async function call(client: string, id: string): Promise<void> {
    const key = {spaceId: space, id}
    const kind = random.pick(['upsert', 'upsert', 'get', 'get', 'get', 'delete'] as const)
    if (kind === 'get') {
      const get = recorder.invoke({client, key, kind})
      const {body} = await ask('/document/query', {document_ids: [id], load_balance: 'leader'})
      const found = found1(body)
      if (found === undefined) get.rejected()
      else get.ok(found)
      return
    }
    if (kind === 'delete') {
      const remove = recorder.invoke({client, key, kind})
      const {body} = await ask('/document/delete', {document_ids: [id]})
      if (body.code === 0 && !isPartial(body)) remove.ok()
      else remove.unknown()
      return
    }
    const value = String(++values)
    const upsert = recorder.invoke({client, key, kind, value})
    const {body} = await ask('/document/upsert', {documents: [{_id: id, value: Number(value), v: [1, 2]}]})
    const [item] = ((body.data ?? {}) as {document_ids?: {code?: number; outcome?: string}[]}).document_ids ?? []
    if (item !== undefined && item.code === undefined) upsert.ok()
    else if (item !== undefined && item.outcome !== 'unknown') upsert.rejected()
    else upsert.unknown()
  }

  it('is linearizable, and keeps what it acknowledged', async () => {
    const stopping = new AbortController()
    const traffic = Array.from({length: clients}, async (_, client) => {
      while (!stopping.signal.aborted) {
        await call(`client${client}`, `d${random.below(documents)}`)
        await delay(random.below(20))
      }
    })
    for (let fault = 0; fault < faults; fault++) {
      const victim = random.pick(cluster.servers).process
      await delay(500 + random.below(2_000))
      if (fault % 2 === 0) {
        await victim.end('SIGKILL')
        await delay(random.below(2_000))
        victim.start()
      } else {
        // longer than an election, and than the lease of its record
        victim.signal('SIGSTOP')
        await delay(pauseMs)
        victim.signal('SIGCONT')
      }
      await until('it is back', () => cluster.whenReady().then(() => true), 60_000)
      await delay(1_000)
    }
    stopping.abort()
    await Promise.all(traffic)

    const finalReads = []
    for (let n = 0; n < documents; n++) {
      const id = `d${n}`
      let value: string | null | undefined
      await until('it can be read', async () => {
        value = found1((await ask('/document/query', {document_ids: [id], load_balance: 'leader'})).body)
        return value !== undefined
      })
      finalReads.push({key: {spaceId: space, id}, value: value ?? null})
    }
    const history = recorder.history()
    const judged = checkLinearizable(history)
    expect(judged.violations.map(({message}) => message)).toEqual([])
    expect(judged.verdict).toBe('linearizable')
    const ledger = checkLedger(history, finalReads)
    expect(ledger.violations.map(({message}) => message)).toEqual([])
    const count = (outcome: string) => history.filter((operation) => operation.outcome === outcome).length
    const figures = `${history.length} calls, ${count('ok')} ok, ${count('unknown')} unknown, ${faults} faults`
    process.stdout.write(`chaos: ${figures}, ${judged.states} states, 0 violations\n`)
    expect(count('ok')).toBeGreaterThan(200)
  }, 600_000)
})

/** What a query found: the value, null where there is no document, undefined where there is no answer. */
function found1(body: Answer['body']): string | null | undefined {
  if (body.code !== 0 || isPartial(body)) return undefined
  const {documents: [document] = []} = body.data as {documents?: {code?: number; msg?: string; value?: number}[]}
  if (document === undefined) return null
  if (document.code !== undefined) return /not.?found|not.?exist/i.test(document.msg ?? '') ? null : undefined
  return String(document.value)
}

function isPartial(body: Answer['body']): boolean {
  return (body.data as {failed_partitions?: unknown} | undefined)?.failed_partitions !== undefined
}
