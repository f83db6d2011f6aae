/**
 * Ten thousand partitions in a real etcd: listed within a second beyond what any command takes that asks etcd, in bounded
 * memory. The second is one of processor time, so that what else the machine does is not counted; `npm run bench` has the
 * time on the wall.
 */
import {afterAll, beforeAll, expect} from 'vitest'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {EtcdStore} from '../../src/meta/etcd-store.js'
import type {Operation} from '../../src/meta/store.js'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {runCli} from '../harness/run-cli.js'
import {test} from '../harness/with-etcd.js'

const spaces = 100
const perSpace = 100
const nodes = 10

let etcd: TestEtcd

beforeAll(async () => {
  etcd = await startEtcd()
  const store = new EtcdStore({endpoints: [etcd.endpoint]}, systemEnv(silentLog))
  const operations = [...records()].map(
    ([key, value]): Operation => ({type: 'put', key: `/vearch${key}`, value: JSON.stringify(value)}),
  )
  for (let at = 0; at < operations.length; at += 100) await store.transact({then: operations.slice(at, at + 100)})
  await store.close()
})
afterAll(() => etcd?.stop())

function* records(): Generator<[string, unknown]> {
  yield ['/db/body/1', {id: 1, name: 'db'}]
  for (let node = 1; node <= nodes; node++) yield [`/server/${node}`, {name: node, ip: `10.0.0.${node}`}]
  for (let space = 1; space <= spaces; space++) {
    const partitions = Array.from({length: perSpace}, (_, index) => {
      const id = (space - 1) * perSpace + index + 1
      return {id, name: '', space_id: space, db_id: 1, partition_slot: index * 1000, replicas: [(id % nodes) + 1]}
    })
    yield [
      `/space/1/${space}`,
      {id: space, name: `s${space}`, db_id: 1, partitions, fields: Array(50).fill({name: 'field', type: 'string'})},
    ]
    for (const partition of partitions) {
      yield [`/partition/${partition.id}`, {...partition, leader_name: partition.replicas[0]}]
    }
  }
}

/** Milliseconds of processor time, and the most memory in MiB, by the program's own account. */
async function measured(args: readonly string[]): Promise<{rows: number; ms: number; mib: number}> {
  const report = `process.on('exit', () => {
    const {userCPUTime, systemCPUTime, maxRSS} = process.resourceUsage()
    process.stderr.write('USED ' + (userCPUTime + systemCPUTime) + ' ' + maxRSS + '\\n')
  })`
  const {code, stdout, stderr} = await runCli([...args, '--etcd', etcd.endpoint, '--cluster', 'vearch'], {
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(report)}`],
  })
  expect(code).toBe(0)
  const [, micros, kib] = /USED (\d+) (\d+)/.exec(stderr) ?? []
  return {rows: stdout.trimEnd().split('\n').length, ms: Number(micros) / 1_000, mib: Number(kib) / 1_024}
}

test('are listed by node and in all, quickly and in little memory', async () => {
  const start = await measured(['ids', 'next', 'node'])
  const byNode = await measured(['partitions', 'list', '--node', '3'])
  const all = await measured(['partitions', 'list'])
  expect([byNode.rows, all.rows]).toEqual([(spaces * perSpace) / nodes + 1, spaces * perSpace + 1])
  expect(byNode.ms - start.ms).toBeLessThan(1_000)
  expect(all.ms - start.ms).toBeLessThan(1_000)
  expect(all.mib - start.mib).toBeLessThan(150)
})
