/** Commands that look after the etcd which holds the metadata: a real one, and the embedded store that stands in for it. */
import {type ChildProcess, spawn} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Etcd3} from 'etcd3'
import {afterAll, beforeAll, expect} from 'vitest'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'
import {freePorts, startEtcd, type TestEtcd} from '../harness/etcd.js'
import {runCli, runJson} from '../harness/run-cli.js'
import {until} from '../harness/until.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
let embedded: TestStore
let directory: string
const on = (words: string, endpoint = etcd.endpoint) =>
  runJson([...words.split(' '), '--etcd', endpoint, '--cluster', 'vearch'])

beforeAll(async () => {
  etcd = await startEtcd()
  embedded = await startEmbedded()
  directory = await mkdtemp(join(tmpdir(), 'etcd-member-'))
  for (let n = 0; n < 20; n++) await etcd.ctl('put', '/vearch/alias/a', JSON.stringify({name: 'a', n}))
})
afterAll(async () => {
  await embedded?.stop()
  await etcd?.stop()
  await rm(directory, {recursive: true, force: true})
})

describe('etcd', {timeout: 90_000}, () => {
  test('is asked endpoint by endpoint', async () => {
    const {code, body} = await on('master etcd status', `${etcd.endpoint},127.0.0.1:1`)
    expect([code, body.data]).toMatchObject([
      8,
      [
        {name: 'test', role: 'leader', alarms: [], silence: null, dbBytes: expect.any(Number)},
        {endpoint: '127.0.0.1:1', role: null, silence: expect.stringContaining('127.0.0.1:1')},
      ],
    ])
    expect((await on('master etcd status', '127.0.0.1:1')).code).toBe(4)
  })

  test('forgets history, and gives its space back, only when somebody agrees', async () => {
    const {body} = await on('master etcd compact --dry-run')
    const last = Number(/\d+/.exec(String(body.data?.[0]?.subject))?.[0])
    expect((await on('master etcd compact')).code).toBe(7)
    expect((await on(`meta get alias/a --at ${last - 3}`)).code).toBe(0)
    expect((await on('master etcd compact -y')).body.data).toEqual([{revision: last}])
    expect((await on(`meta get alias/a --at ${last - 3}`)).body.error?.code).toBe('META_COMPACTED')
    const {code, body: defragmented} = await on('master etcd defrag -y')
    const [{beforeBytes, afterBytes} = {}] = defragmented.data ?? []
    expect([code, Number(afterBytes) <= Number(beforeBytes)]).toEqual([0, true])
    const audit = await on('audit list --limit 2')
    expect(audit.body.data?.map(({action, outcome}) => `${action} ${outcome}`)).toEqual([
      'master etcd defrag done',
      'master etcd compact done',
    ])
  })

  test('says that it is full, until somebody takes that back', async () => {
    const client = new Etcd3({hosts: etcd.endpoint})
    await client.maintenance.alarm({action: 'Activate', memberID: '0', alarm: 'Nospace'})
    client.close()
    const {code, body} = await on('master etcd alarm')
    expect([code, body.data]).toMatchObject([10, [{alarm: 'NOSPACE'}]])
    expect((await on('master etcd status')).code).toBe(10)
    expect((await on('master etcd alarm --disarm -y')).code).toBe(0)
    expect((await on('master etcd alarm')).body.data).toEqual([])
  })

  test('takes members, and loses them, but not its majority', async () => {
    const [client = 0, peer = 0] = await freePorts(2)
    const url = `http://127.0.0.1:${peer}`
    const refused = await on(`master members add ${url} -y`)
    expect([refused.code, refused.body.error?.hint]).toEqual([6, 'to do it all the same: --force=quorum'])
    expect((await on('master members add 127.0.0.1 -y')).code).toBe(2)
    expect((await on('master members remove test -y')).code).toBe(6)
    const {body} = await on(`master members add ${url} -y --force quorum`)
    const initial = String(body.data?.[0]?.initialCluster).replace('NAME', 'other')
    const other = startMember(client, url, initial)
    try {
      let id: unknown
      const answers = async () => {
        const {code, body} = await on('master etcd status', `127.0.0.1:${client}`)
        id = body.data?.[0]?.member
        return code === 0
      }
      await until('it answers', answers, 40_000)
      await etcd.ctl('put', `/vearch/member/${id}`, JSON.stringify({name: 'other'}))
      const removed = await on('master members remove other -y', etcd.endpoint)
      expect([removed.code, removed.body.error ?? null, removed.body.data]).toMatchObject([
        0,
        null,
        [{id, name: 'other'}],
      ])
      expect((await on(`meta get member/${id}`)).code).toBe(3)
    } finally {
      other.kill('SIGKILL')
    }
  })

  test('is not what an embedded store is, which says so', async () => {
    const endpoint = `127.0.0.1:${embedded.store.port}`
    expect((await on('master etcd status', endpoint)).body.data).toMatchObject([{name: 'embedded', role: 'leader'}])
    expect((await on('master etcd alarm', endpoint)).body.data).toEqual([])
    const {stderr, code} = await runCli(['master', 'etcd', 'defrag', '-y', '--etcd', endpoint, '--cluster', 'vearch'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/etcd/)])
  })
})

function startMember(client: number, peer: string, initial: string): ChildProcess {
  const url = `http://127.0.0.1:${client}`
  return spawn(
    'etcd',
    [
      ['--name', 'other', '--data-dir', directory, '--log-level', 'error', '--logger', 'zap', '--unsafe-no-fsync'],
      ['--listen-client-urls', url, '--advertise-client-urls', url],
      ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ['--initial-cluster', initial, '--initial-cluster-state', 'existing'],
      ['--heartbeat-interval', '20', '--election-timeout', '200'],
    ].flat(),
    {stdio: 'ignore'},
  )
}
