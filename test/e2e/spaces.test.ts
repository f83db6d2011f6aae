/**
 * Spaces that come and go while others want the same, and while servers and masters die: one outcome, and nothing left
 * of what did not come to be.
 */
import {execFile} from 'node:child_process'
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {type Answer, request, TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

const run = promisify(execFile)
const dimension = 4

function space(name: string, partitions = 4) {
  const index = {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}
  return {
    name,
    partition_num: partitions,
    replica_num: 1,
    fields: [{name: 'v', type: 'vector', dimension, index}],
  }
}

describe('spaces that are contended for', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await TestCluster.start({masters: 3, ps: 2})
    await cluster.ask('POST', '/dbs/db')
  }, 120_000)
  afterAll(() => cluster?.stop())

  const viaMaster = (index: number, method: string, path: string, body?: unknown): Promise<Answer> =>
    request(cluster.masters[index]?.url ?? '', method, path, body).catch((thrown: unknown) => ({
      status: 0,
      body: {code: -1, msg: String(thrown)},
    }))

  /** Every key but those that only count or live with a process. */
  async function metadata(): Promise<string[]> {
    const endpoints = cluster.masters.map(({etcd}) => etcd).join(',')
    const {stdout} = await run('etcdctl', ['--endpoints', endpoints, 'get', '--prefix', '/test/', '--keys-only'], {
      env: {...process.env, ETCDCTL_API: '3'},
    })
    return stdout.split('\n').filter((key) => /^\/test\/(space|space_config|partition|removed|alias)\//.test(key))
  }

  /** Partitions on the servers' disks. */
  async function directories(): Promise<string[]> {
    const lists = cluster.servers.map(async ({data, process: {label}}) => {
      const names = await Promise.all(
        ['data', 'meta'].map(async (kind) =>
          (await readdir(join(data, kind)).catch(() => [])).map((name) => `${label}/${kind}/${name}`),
        ),
      )
      return names.flat()
    })
    return (await Promise.all(lists)).flat().sort()
  }

  async function names(): Promise<string[]> {
    const spaces = await cluster.ask<{space_name: string}[]>('GET', '/dbs/db/spaces')
    return spaces.map(({space_name}) => space_name).sort()
  }

  const whatThereIs = async () => ({keys: await metadata(), directories: await directories()})

  async function isAsBefore(before: {keys: string[]; directories: string[]}, timeoutMs = 30_000): Promise<void> {
    let now = await whatThereIs()
    await until(
      'nothing is left',
      async () => {
        now = await whatThereIs()
        return JSON.stringify(now) === JSON.stringify(before)
      },
      timeoutMs,
    ).catch(() => {})
    expect(now).toEqual(before)
  }

  it('are made once, however many ask for one name through two masters', async () => {
    for (let round = 0; round < 3; round++) {
      const name = `once${round}`
      const answers = await Promise.all(
        Array.from({length: 8}, (_, index) =>
          viaMaster(index % 2, 'POST', '/dbs/db/spaces?timeout=20000', space(name)),
        ),
      )
      const codes = answers.map(({body}) => body.code)
      expect(codes.sort()).toEqual([0, ...Array.from({length: 7}, () => 220)])
      expect(await names()).toEqual([name])
      expect((await metadata()).filter((key) => /^\/test\/(space|partition)\//.test(key))).toHaveLength(1 + 4)
      expect((await viaMaster(round % 2, 'DELETE', `/dbs/db/spaces/${name}`)).body.code).toBe(0)
    }
    await isAsBefore({keys: [], directories: []})
  }, 60_000)

  it('are there or not when a creation races a deletion', async () => {
    const before = await whatThereIs()
    for (let round = 0; round < 5; round++) {
      const creation = viaMaster(0, 'POST', '/dbs/db/spaces?timeout=20000', space('raced'))
      let deletion: Answer
      do {
        deletion = await viaMaster(1, 'DELETE', '/dbs/db/spaces/raced')
        // not there yet, or there and not ready
        expect([0, 6, 221], JSON.stringify(deletion.body)).toContain(deletion.body.code)
      } while (deletion.body.code !== 0)
      expect((await creation).body.code).toBe(0)
      expect(await names()).toEqual([])
    }
    await isAsBefore(before)
  }, 60_000)

  it('answer with a code while they are being made and deleted', async () => {
    const before = await whatThereIs()
    const stopping = new AbortController()
    const codes = new Set<number>()
    const traffic = Array.from({length: 4}, async (_, lane) => {
      const at = {db_name: 'db', space_name: 'moving'}
      while (!stopping.signal.aborted) {
        const v = [lane, 1, 2, 3]
        const bodies = [
          ['/document/upsert', {...at, documents: [{_id: `d${lane}`, v}]}],
          ['/document/search', {...at, limit: 3, vectors: [{field: 'v', feature: v}]}],
          ['/document/query', {...at, document_ids: [`d${lane}`]}],
          ['/document/delete', {...at, document_ids: [`d${lane}`]}],
        ] as const
        for (const [path, body] of bodies) {
          const answer = await cluster.request('POST', `${path}?timeout=5000`, body)
          codes.add(answer.body.code)
          expect(answer.body.code, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(0)
        }
      }
    })
    for (let round = 0; round < 4; round++) {
      expect((await viaMaster(0, 'POST', '/dbs/db/spaces?timeout=20000', space('moving'))).body.code).toBe(0)
      expect((await viaMaster(1, 'DELETE', '/dbs/db/spaces/moving?timeout=20000')).body.code).toBe(0)
    }
    stopping.abort()
    await Promise.all(traffic)
    expect([...codes]).toContain(6)
    for (const {process} of cluster.all) expect(process.isRunning, process.output).toBe(true)
    await isAsBefore(before)
  }, 60_000)

  it('are not half-made when there was no time', async () => {
    const before = await whatThereIs()
    for (let timeout = 1; timeout < 300; timeout = Math.ceil(timeout * 1.7)) {
      const {status, body} = await viaMaster(0, 'POST', `/dbs/db/spaces?timeout=${timeout}`, space('hurried'))
      if (body.code !== 0) expect({status, code: body.code}, body.msg).toEqual({status: 504, code: 5})
      await until('it is made or not', async () => (await names()).includes('hurried') === (body.code === 0))
      if (body.code !== 0) continue
      const {status: colour} = await cluster.ask<{status: string}>('GET', '/dbs/db/spaces/hurried')
      expect(colour).toBe('green')
      await cluster.ask('DELETE', '/dbs/db/spaces/hurried')
    }
    await isAsBefore(before)
  }, 60_000)

  it('are undone when a server dies in the middle', async () => {
    const before = await whatThereIs()
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      const [, victim] = cluster.servers
      const creation = viaMaster(0, 'POST', '/dbs/db/spaces?timeout=6000', space('orphan', 16))
      await until('the creation has begun', async () => (await metadata()).length > before.keys.length)
      if (signal === 'SIGKILL') await victim?.process.end(signal)
      else victim?.process.signal(signal)
      const {body} = await creation
      expect(body.code, JSON.stringify(body)).not.toBe(0)
      await until('no space and no partition is left', async () =>
        (await metadata()).every((key) => before.keys.includes(key) || key.startsWith('/test/removed/')),
      )
      if (signal === 'SIGKILL') victim?.process.start()
      else victim?.process.signal('SIGCONT')
      await cluster.whenReady()
      await isAsBefore(before)
    }
    const answer = await viaMaster(1, 'POST', '/dbs/db/spaces?timeout=20000', space('afterwards'))
    expect(answer.body.code, JSON.stringify(answer.body)).toBe(0)
    await cluster.ask('DELETE', '/dbs/db/spaces/afterwards')
    await isAsBefore(before)
  }, 90_000)

  it('are finished or undone when their master dies in the middle', async () => {
    const before = await whatThereIs()
    const [first] = cluster.masters
    const creation = viaMaster(0, 'POST', '/dbs/db/spaces?timeout=20000', space('left', 16))
    await until('the creation has begun', async () => (await metadata()).length > before.keys.length)
    await first?.process.end('SIGKILL')
    expect((await creation).body.code).toBe(-1)
    await until(
      'it is whole or gone',
      async () => {
        const {body} = await viaMaster(1, 'GET', '/dbs/db/spaces/left')
        return body.code === 221 || (body.data as {status?: string} | undefined)?.status === 'green'
      },
      40_000,
    )
    const {body} = await viaMaster(1, 'DELETE', '/dbs/db/spaces/left')
    expect([0, 221]).toContain(body.code)
    await isAsBefore(before)
    first?.process.start()
    await until('it answers again', async () => (await viaMaster(0, 'GET', '/')).body.code === 0, 30_000)
    await isAsBefore(before)
  }, 90_000)
})
