/** Commands that wait, and those on configuration files, as a shell runs them. */
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect} from 'vitest'
import {startEtcd, type TestEtcd} from '../harness/etcd.js'
import {home, runCli, runJson} from '../harness/run-cli.js'
import {describe, test} from '../harness/with-etcd.js'

let etcd: TestEtcd
const target = () => ['--etcd', etcd.endpoint, '--cluster', 'vearch']
const alias = (name: string, space: string) =>
  etcd.ctl('put', `/vearch/alias/${name}`, JSON.stringify({name, db_name: 'web', space_name: space}))
const wait = (words: string, ...rest: string[]) => runJson(['wait', ...words.split(' '), ...rest, ...target()])

beforeAll(async () => {
  etcd = await startEtcd()
})
afterAll(() => etcd?.stop())
beforeEach(async () => {
  await etcd.ctl('del', '--prefix', '/vearch/')
})

describe('wait', () => {
  test('ends as soon as it is so', async () => {
    await alias('a', 'old')
    const waiting = wait('aliases a', '--for', 'space == "new"', '--timeout', '60s')
    await alias('a', 'new')
    const {code, body} = await waiting
    expect([code, body.data]).toMatchObject([0, [{name: 'a', space: 'new'}]])
  })

  test('wants it of every row, and of one at least', async () => {
    await alias('a', 'new')
    await alias('b', 'old')
    const some = await wait('aliases', '--for', 'space == "new"', '--timeout', '4s')
    expect([some.code, some.body.error?.message]).toEqual([124, 'after 4000 ms still not: b (1 of 2)'])
    const filtered = await wait('aliases', '--for', 'space == "new"', '--filter', 'name == "a"', '--timeout', '60s')
    expect(filtered.code).toBe(0)
    const none = await wait('aliases c', '--timeout', '4s')
    expect([none.code, none.body.error?.message]).toEqual([124, 'after 4000 ms still not: there is none'])
  })

  test('until there is none', async () => {
    await alias('a', 'new')
    expect((await wait('aliases --gone --timeout 1s')).code).toBe(124)
    await etcd.ctl('del', '/vearch/alias/a')
    expect((await wait('aliases --gone --timeout 60s')).code).toBe(0)
  })

  test('for a state, of one space only', async () => {
    await etcd.ctl('put', '/vearch/server/4', JSON.stringify({name: 4, ip: '10.0.0.4', rpc_port: 8081}))
    expect((await wait('node 4 --state up --timeout 20s')).body.data).toMatchObject([{id: '4', state: 'up'}])
    expect((await wait('node 4 --state failed --timeout 1s')).code).toBe(124)
    for (const [id, name] of ['one', 'other'].entries()) {
      const partitions = [{id, space_id: id, db_id: 1, partition_slot: 0, replicas: [4]}]
      await etcd.ctl('put', `/vearch/space/1/${id}`, JSON.stringify({id, name, db_id: 1, partitions}))
    }
    await etcd.ctl('put', '/vearch/db/body/1', JSON.stringify({id: 1, name: 'web'}))
    await etcd.ctl('put', '/vearch/partition/0', JSON.stringify({id: 0, space_id: 0, replicas: [4], leader_name: 4}))
    const one = await wait('partitions --state ok --space web/one --timeout 20s')
    expect([one.code, one.body.data]).toMatchObject([0, [{id: 0, space: 'one'}]])
    expect((await wait('partitions --state ok --db web --timeout 1s')).code).toBe(124)
  })

  test('for what is no expression is not waited for', async () => {
    await alias('a', 'new')
    expect((await wait('aliases', '--for', 'nothing == 1')).code).toBe(2)
    expect((await wait('everything')).code).toBe(2)
  })

  test('goes on while nobody answers, and no longer than it may', async () => {
    await alias('a', 'new')
    etcd.pause()
    try {
      expect((await wait('aliases --timeout 1s')).code).toBe(124)
      const waiting = wait('aliases', '--for', 'space == "new"', '--timeout', '60s')
      etcd.resume()
      expect((await waiting).code).toBe(0)
    } finally {
      etcd.resume()
    }
  })
})

describe('configuration files', () => {
  const write = async (name: string, text: string) => {
    const path = join(home, name)
    await writeFile(path, text)
    return path
  }
  const text = (port: number) => `# mine
[global]
name = "vearch"
data = ["/data"]
signkey = "sesame"
[[masters]]
name = "m1"
address = "10.0.0.1"
[ps]
rpc_port = ${port} # kept
`

  test('are changed in place, unless only looking, and say no secret', async () => {
    const conf = await write('set.toml', text(8081))
    const dry = await runJson(['config', 'set', 'ps.rpc_port', '8085', '--conf', conf, '--dry-run'])
    expect([dry.code, dry.body.data]).toMatchObject([0, [{before: '8081', after: '8085'}]])
    expect(await readFile(conf, 'utf8')).toBe(text(8081))
    expect((await runCli(['config', 'set', 'ps.rpc_port', '8085', '--conf', conf, '--read-only'])).code).toBe(6)
    expect((await runCli(['config', 'set', 'ps.rpc_port', 'many', '--conf', conf])).code).toBe(25)
    expect((await runCli(['config', 'set', 'ps.rpc_port', '8085'])).code).toBe(2)
    expect((await runCli(['config', 'set', 'ps.rpc_port', '8085', '--conf', conf])).code).toBe(0)
    expect(await readFile(conf, 'utf8')).toBe(text(8085))
    const secret = await runCli(['config', 'set', 'global.signkey', 'other', '--conf', conf, '--json'])
    expect(secret.stdout).not.toMatch(/sesame|other/)
    expect(await readFile(conf, 'utf8')).toContain('signkey = "other"')
  })

  test('are compared by what is in force', async () => {
    const [one, other] = [await write('one.toml', text(8081)), await write('other.toml', text(8082))]
    const {code, body} = await runJson(['config', 'diff', one, other])
    expect([code, body.data]).toEqual([12, [{key: 'ps.rpc_port', before: 8081, after: 8082}]])
    expect((await runCli(['config', 'diff', one, one])).code).toBe(0)
    expect((await runCli(['config', 'diff', one, join(home, 'none.toml')])).code).toBe(3)
  })

  test('begin with a template', async () => {
    const {code, stdout} = await runCli(['config', 'template', 'ps'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\[global\]\n# the cluster: root of its metadata keys/)
    expect(stdout).toContain('# rpc_port = 8081')
    expect(stdout).not.toContain('9001')
  })
})
