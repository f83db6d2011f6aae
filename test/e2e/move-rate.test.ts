/** A move whose copy may come only so fast, or that is not done in time, on real processes. */
import {readdir, readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {TestCluster} from '../harness/cluster.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

const at = {db_name: 'db', space_name: 's'}
const bytesPerSecond = 4_000_000

let cluster: TestCluster
beforeAll(async () => {
  // nobody else needs the log: what a checkpoint has goes from it, and a newcomer has to fetch the checkpoint
  cluster = await TestCluster.start({ps: 2, embedded: true, psLines: 'raft_retain_logs = 1\nraft_truncate_count = 1'})
  await cluster.ask('POST', '/dbs/db')
  await cluster.ask('POST', '/dbs/db/spaces?timeout=30000', {
    name: 's',
    partition_num: 1,
    replica_num: 1,
    fields: [{name: 'v', type: 'vector', dimension: 64, index: {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}}],
  })
  for (let batch = 0; batch < 5; batch++) {
    const documents = Array.from({length: 200}, (_, n) => ({_id: `${batch}-${n}`, v: Array(64).fill(n)}))
    await cluster.ask('POST', '/document/upsert?timeout=10000', {...at, documents})
  }
}, 120_000)
afterAll(() => cluster?.stop())

interface Fetched {
  readonly bytes: number
  readonly ms: number
  readonly bytesPerSecond: number | null
}

async function fetched(): Promise<Fetched[]> {
  const logs = cluster.servers.map(({conf}) => join(dirname(conf), 'logs'))
  const files = await Promise.all(logs.map(async (path) => (await readdir(path)).map((name) => join(path, name))))
  const texts = await Promise.all(files.flat().map((path) => readFile(path, 'utf8')))
  return texts
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('partition.snapshot.fetched'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Fetched)
}

it('takes at least as long as its bytes take', async () => {
  const {body} = await runJson(['partitions', 'list', '--conf', cluster.conf])
  const [from = 0] = (body.data?.[0] as {replicas?: number[]} | undefined)?.replicas ?? []
  for (let flushes = 0; flushes < 2; flushes++) {
    await cluster.ask('POST', '/index/flush', at)
    await cluster.ask('POST', '/document/upsert?timeout=10000', {
      ...at,
      documents: [{_id: 'one', v: Array(64).fill(1)}],
    })
  }
  const move = ['partitions', 'move', '1', '--from', String(from), '--to', String(3 - from)]
  await leftAtTheDeadline([...move, '--rate', '5KB'])
  const moved = await runJson([...move, '--wait', '--rate', '4MB', '-y', '--conf', cluster.conf])
  expect([moved.code, moved.body.error]).toEqual([0, undefined])
  const one = (await fetched()).find((each) => each.bytesPerSecond === bytesPerSecond)
  expect(one?.ms).toBeGreaterThan(((one?.bytes ?? 0) / bytesPerSecond - 1) * 1_000)
}, 120_000)

/** One that would take a minute tells what it waits for; it is left, named when the time is over, and taken back. */
async function leftAtTheDeadline(move: readonly string[]): Promise<void> {
  const begun = await runCli([...move, '-y', '--conf', cluster.conf], {
    onStart: (child) => {
      let said = ''
      const listen = (text: string) => {
        said += text
        if (!/^ {2}partition 1: catch_up, waits for /m.test(said)) return
        child.stderr?.off('data', listen)
        // a second one would end it at once
        child.kill('SIGINT')
      }
      child.stderr?.on('data', listen)
    },
  })
  expect(begun.code).toBe(130)
  const plans = await runJson(['plan', 'list', '--conf', cluster.conf])
  const plan = (plans.body.data?.at(-1)?.plan as {id: string} | undefined)?.id ?? ''
  const late = await runCli(['plan', 'resume', plan, '-y', '--deadline', '1s', '--conf', cluster.conf])
  expect([late.code, late.stderr]).toEqual([8, expect.stringContaining('under way at the deadline')])
  expect(late.stderr).toContain(`vearchctl plan resume ${plan}`)
  expect((await runCli(['plan', 'cancel', plan, '--conf', cluster.conf])).code).toBe(0)
  await until('it is taken back', async () => {
    const record = await runJson(['meta', 'get', 'replica_change/1', '--conf', cluster.conf])
    return (record.body.data?.[0]?.value as {state?: string} | undefined)?.state === 'cancelled'
  })
}
