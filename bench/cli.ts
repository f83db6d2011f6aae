/**
 * What a command costs before and beside its work: medians of twenty runs, each as a ratio to a Node that does nothing, the runs
 * of all commands in turn so that what else the machine does falls on each alike.
 */
import {spawn} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {Operation} from '../src/meta/store.js'
import {binary} from '../test/harness/cluster.js'
import {startEmbedded} from '../test/harness/embedded-store.js'
import {bigTable} from './big-table.js'
import {replBench} from './repl.js'
import {median, type Row} from './table.js'

const runs = 20
const warmUps = 2
const partitions = 1_000

interface Timed {
  readonly what: string
  readonly args: readonly string[]
  readonly ratioMax: number
}

export async function cliBench(): Promise<Row[]> {
  const metadata = await startEmbedded()
  const home = await mkdtemp(join(tmpdir(), 'cli-bench-'))
  try {
    for (const then of batches()) await metadata.store.transact({then})
    const target = ['--etcd', `127.0.0.1:${metadata.store.port}`, '--cluster', 'c']
    const timed: Timed[] = [
      {what: '--version', args: [binary, '--version'], ratioMax: 1.6},
      {what: 'Tab in a shell', args: [binary, '__complete', 'partitions', 'li'], ratioMax: 3},
      {what: '--help', args: [binary, '--help'], ratioMax: 6},
      {what: 'partitions list --help', args: [binary, 'partitions', 'list', '--help'], ratioMax: 6},
      {what: 'meta get, one key', args: [binary, 'meta', 'get', 'partition/1', ...target], ratioMax: 9},
      {what: `partitions list, ${partitions} rows`, args: [binary, 'partitions', 'list', ...target], ratioMax: 9},
      {what: `the same as JSON`, args: [binary, 'partitions', 'list', '--json', ...target], ratioMax: 9},
    ]
    const nothing: Timed = {what: 'node -e 0', args: ['-e', '0'], ratioMax: 1}
    const times = await measure([nothing, ...timed], home)
    const unit = median(times.get(nothing) ?? [])
    return [
      {what: nothing.what, figure: `${Math.round(unit)} ms`},
      ...timed.map((each): Row => {
        const ms = median(times.get(each) ?? [])
        const ratio = ms / unit
        return {
          what: each.what,
          figure: `${ratio.toFixed(2)} (${Math.round(ms)} ms)`,
          wanted: `at most ${each.ratioMax}`,
          reached: ratio <= each.ratioMax,
        }
      }),
      await bigTable(),
      ...(await replBench(metadata.store, dirname(dirname(binary)))),
    ]
  } finally {
    await metadata.stop()
    await rm(home, {recursive: true, force: true})
  }
}

async function measure(timed: readonly Timed[], home: string): Promise<ReadonlyMap<Timed, number[]>> {
  const times = new Map(timed.map((each) => [each, [] as number[]]))
  for (let run = -warmUps; run < runs; run++) {
    for (const each of timed) {
      const ms = await runOnce(each.args, home)
      if (run >= 0) times.get(each)?.push(ms)
    }
  }
  return times
}

function runOnce(args: readonly string[], home: string): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {stdio: 'ignore', env: {PATH: process.env.PATH, HOME: home}})
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0 || code === 8) resolve(performance.now() - startedAt)
      else reject(new Error(`${args.join(' ')} ended with ${code}`))
    })
  })
}

function* batches(): Generator<Operation[]> {
  yield [
    {type: 'put', key: '/c/server/1', value: JSON.stringify({name: 1, ip: '10.0.0.1', rpc_port: 8081})},
    {type: 'put', key: '/c/db/body/1', value: JSON.stringify({id: 1, name: 'd'})},
  ]
  const batch = 100
  for (let at = 0; at < partitions; at += batch) {
    yield Array.from({length: batch}, (_, index) => {
      const id = at + index + 1
      const record = {id, name: '', space_id: 1, db_id: 1, partition_slot: id, leader_name: 1, replicas: [1]}
      return {type: 'put', key: `/c/partition/${id}`, value: JSON.stringify(record)}
    })
  }
}
