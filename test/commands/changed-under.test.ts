/** What happens to a cluster while a plan waits for its answer: it is told, and nothing is done that was not agreed to. */
import {afterAll, afterEach, beforeAll, beforeEach, expect} from 'vitest'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import {stringifyJson} from '../../src/entity/json.js'
import {keys} from '../admin/cluster-fixture.js'
import {runCli} from '../harness/run-cli.js'
import {StandingCluster} from '../harness/standing-cluster.js'
import {keys as pressed, TestTerminal} from '../harness/terminal.js'
import {describe, test} from '../harness/with-etcd.js'

let cluster: StandingCluster
let terminal: TestTerminal | null = null

beforeAll(async () => {
  cluster = await StandingCluster.start()
})
beforeEach(() => cluster.stand())
afterEach(() => terminal?.close())
afterAll(() => cluster?.stop())

async function ask(...args: string[]): Promise<TestTerminal> {
  terminal = new TestTerminal([...args, '--conf', cluster.conf], {}, {columns: 400})
  await terminal.shows('Go on?')
  return terminal
}

const put = (key: string, change: (record: Record<string, unknown>) => unknown) =>
  cluster.store.transact({
    then: [
      {type: 'put', key, value: stringifyJson(change(cluster.fixture.records.get(key) as Record<string, unknown>))},
    ],
  })

describe('before a plan is carried out', () => {
  test('a condition that does not hold any more is told, and nothing is done', async () => {
    const asked = await ask('partitions', 'transfer-leader', '1', '--to', '2')
    await put(keys.partition(partitionId(1)), (record) => ({...record, leader_name: 3}))
    const {revision} = await cluster.store.status()
    asked.type(`y${pressed.enter}`)
    await asked.shows('error')
    expect(await asked.shows('hint')).toMatch(
      /changed since plan p\w+ was made: \/vearch\/partition\/1 is at revision \d+, not \d+: leader_name 1 → 3/,
    )
    expect([await asked.exited(), await cluster.revision()]).toEqual([6, revision])
  })

  test('what does not break it is told, with whose doing it was, and asked about again', async () => {
    const asked = await ask('partitions', 'transfer-leader', '1', '--to', '2')
    const cordoned = await runCli(['node', 'cordon', '2', '--reason', 'its disk', '-y', '--conf', cluster.conf])
    expect(cordoned.code).toBe(0)
    asked.type(`y${pressed.enter}`)
    await asked.shows('warning: ')
    expect(await asked.shows('Go on?')).toMatch(
      /^\/vearch\/vearchctl\/cordons\/2 is new, at revision \d+ \(vearchctl node cordon 2, \w+\)\n/,
    )
    const {revision} = await cluster.store.status()
    asked.type(`n${pressed.enter}`)
    await asked.shows('nothing was done')
    expect([await asked.exited(), await cluster.revision()]).toEqual([7, revision])
  })

  test('a plan that would be another by now is told', async () => {
    const asked = await ask('node', 'drain', '1')
    // the only server that had no replica of it fails
    await cluster.store.transact({then: [{type: 'delete', key: keys.server(nodeId(4))}]})
    asked.type(`y${pressed.enter}`)
    await asked.shows('warning: ')
    expect(await asked.shows('Go on?')).toMatch(
      /server\/4 is gone, was at revision \d+\n.*made now, the plan would be another/s,
    )
    asked.type(pressed.interrupt)
    expect(await asked.exited()).toBe(130)
  })

  test('one that was made before is refused without a question', async () => {
    const args = ['partitions', 'transfer-leader', '1', '--to', '2', '--conf', cluster.conf]
    const {stderr} = await runCli([...args, '--dry-run'])
    const [, id = ''] = /plan apply (p\w+)/.exec(stderr) ?? []
    await put(keys.partition(partitionId(1)), (record) => ({...record, leader_name: 3}))
    terminal = new TestTerminal(['plan', 'apply', id, '--conf', cluster.conf], {}, {columns: 400})
    expect(await terminal.shows('leader_name 1 → 3')).not.toContain('Go on?')
    expect(await terminal.exited()).toBe(6)
  })
})
