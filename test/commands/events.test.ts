/** `events` on a real etcd: what it tells, from when on, and what it says of a history that is gone. */
import {afterAll, beforeAll, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
let first: number
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const put = (key: string, value: unknown) => etcd.ctl('put', '--', `/vearch/${key}`, JSON.stringify(value))
const revision = async () =>
  Number(/"revision":(\d+)/.exec(await etcd.ctl('get', '/vearch/none', '-w', 'json'))?.[1] ?? 0)
const lines = async (...words: string[]) => {
  const {code, stdout} = await runCli(['events', ...words, '--timeout', '30s', ...target()])
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as {kind: string; subject: string; change: string; at: string | null})
  return {code, rows, told: rows.map(({kind, subject, change}) => `${kind} ${subject} ${change}`)}
}

const server = {name: 3, ip: '10.0.0.1', rpc_port: 8081}
const partition = {id: 3, replicas: [1, 2], leader_name: 1}

beforeAll(async () => {
  etcd = await startEtcd()
  await put('server/3', server)
  await put('partition/3', partition)
  first = (await revision()) + 1
  await put('partition/3', {...partition, leader_name: 2})
  await etcd.ctl('del', '/vearch/server/3')
  await put('server/3', server)
})
afterAll(() => etcd?.stop())

describe('events', {timeout: 60_000}, () => {
  test('tells what was before, in order and without a time', async () => {
    const {code, told, rows} = await lines('--since', String(first), '--limit', '3')
    expect([code, told]).toEqual([
      0,
      ['leader partition 3 1 → 2', 'lease node 3 gone: 10.0.0.1:8081', 'lease node 3 up: 10.0.0.1:8081'],
    ])
    expect(rows.map(({at}) => at)).toEqual([null, null, null])
  })

  test('of one kind leaves out the others', async () => {
    expect((await lines('--since', 'all', '--kind', 'leader', '--limit', '1')).told).toEqual([
      'leader partition 3 1 → 2',
    ])
  })

  test('tells what happens now, with its time', async () => {
    const watching = runCli(['events', '--kind', 'leader', '--limit', '1', '--json', '--timeout', '30s', ...target()], {
      onStart: (child) => {
        const change = setInterval(() => {
          void put('partition/3', {...partition, leader_name: 1 + (Date.now() % 2)}).catch(() => {})
        }, 200)
        child.once('close', () => clearInterval(change))
      },
    })
    const {code, stdout} = await watching
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({at: expect.stringMatching(/Z$/), kind: 'leader', subject: 'partition 3'}),
    ])
  })

  test('is refused a revision that is yet to come, and one that is none', async () => {
    expect((await runJson(['events', '--since', '999999', '--timeout', '30s', ...target()])).code).toBe(3)
    expect((await runJson(['events', '--since', 'yesterday', ...target()])).code).toBe(2)
  })

  // the last, because it takes the history away
  test('says that history is gone, and goes on from what is left', async () => {
    await put('alias/a', {name: 'a'})
    const kept = await revision()
    await put('alias/b', {name: 'b'})
    await etcd.ctl('compact', String(kept))
    const {code, rows, told} = await lines('--since', String(first), '--limit', '2')
    expect([code, rows[0]?.kind, rows[0]?.subject, told[1]]).toEqual([
      0,
      'history',
      `revision ${first}`,
      'metadata alias b created',
    ])
    expect((await lines('--since', 'all', '--limit', '1')).told).toEqual(['metadata alias b created'])
  })
})
