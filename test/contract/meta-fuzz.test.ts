/**
 * The embedded server against a real etcd: the same random requests to both, complete replies compared.
 *
 * Requests and replies go through the .proto files that the etcd3 package brings, not through our own description of them.
 * Replay with SEED=…; run longer with FUZZ_OPERATIONS=….
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect} from 'vitest'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EmbeddedStore} from '../../src/meta/embedded/embedded-store.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {reportFigures} from '../harness/figures.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {until} from '../harness/until.js'
import {test} from '../harness/with-etcd.js'
import {EtcdRequests, printable} from './etcd-requests.js'
import {EtcdWire, type WireWatch} from './etcd-wire.js'

const operations = Number(process.env.FUZZ_OPERATIONS ?? 2_500)
/** What the goal calls a sequence; here one goes on where another ended. */
const operationsPerSequence = 20
const watchesMax = 12

let etcd: TestEtcd
let embedded: EmbeddedStore
let directory: string
let wires: readonly [EtcdWire, EtcdWire]

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meta-fuzz-'))
  embedded = new EmbeddedStore(
    {directory, listen: {host: '127.0.0.1', port: 0}, leaseTtlSecondsMin: 1},
    systemEnv(silentLog),
  )
  await embedded.start()
  etcd = await startEtcd()
  wires = [new EtcdWire(etcd.endpoint), new EtcdWire(`127.0.0.1:${embedded.port}`)]
})

afterAll(async () => {
  for (const wire of wires ?? []) wire.close()
  await embedded?.stop()
  await etcd?.stop()
  await rm(directory, {recursive: true, force: true})
})

interface WatchPair {
  readonly request: object
  readonly watches: readonly [WireWatch, WireWatch]
}

test(`${operations} random requests get the same replies as from etcd`, {
  timeout: operations * 20 + 60_000,
}, async () => {
  const seed = testSeed()
  const replay = `replay with SEED=${seed} FUZZ_OPERATIONS=${operations}`
  const requests = new EtcdRequests(new SeededRandom(seed))
  const counts: Record<string, number> = {}
  const pairs: WatchPair[] = []

  const settle = async () => {
    for (const {request, watches} of pairs.splice(0)) {
      const [theirs, ours] = watches
      await until('both watches have seen the same', () => theirs.text() === ours.text(), 5_000).catch(() => {
        expect(ours.seen, `watch ${printable(request)}; ${replay}`).toEqual(theirs.seen)
      })
      counts.events = (counts.events ?? 0) + theirs.seen.length
      theirs.end()
      ours.end()
    }
  }

  for (let number = 1; number <= operations; number++) {
    const {method, request} = requests.next()
    if (method === 'watch') {
      if (pairs.length === watchesMax) await settle()
      pairs.push({request, watches: [await wires[0].watch(request), await wires[1].watch(request)]})
      counts.watch = (counts.watch ?? 0) + 1
      continue
    }
    // etcd reads history for a watch now and then; a compaction must not come in between.
    if (method === 'Compact') await settle()
    const [theirs, ours] = await Promise.all([wires[0].call(method, request), wires[1].call(method, request)])
    expect(ours, `request ${number}: ${method} ${printable(request)}; ${replay}`).toEqual(theirs)
    requests.learn(theirs)
    const kind = `${method}${'failure' in theirs ? ' refused' : ''}`
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  await settle()
  process.stdout.write(`meta fuzz: ${JSON.stringify(counts)}, final revision ${requests.revision}; ${replay}\n`)
  reportFigures('contract', {sequences: Math.floor(operations / operationsPerSequence)})
})
