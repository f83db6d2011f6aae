/** Real processes that die at named places, with the real engine, and what is there when they are started again. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {exitCode} from '../../src/errors/codes.js'
import {NodeProcess, TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

const at = {db_name: 'db', space_name: 'space'}

describe('a partition server that is told where to die', () => {
  let cluster: TestCluster
  const acknowledged = new Set<string>()
  let serial = 0

  beforeAll(async () => {
    cluster = await TestCluster.start({masters: 1, ps: 1, routers: 1, embedded: true})
    await cluster.createSpace({name: 'space', partition_num: 1, replica_num: 1, dimension: 2})
  })
  afterAll(() => cluster?.stop())

  const server = () => {
    const [first] = cluster.servers
    if (first === undefined) throw new Error('there is a server')
    return first
  }

  function armed(failpoints: string): NodeProcess {
    return new NodeProcess('ps1', ['ps', '--conf', server().conf], {VEARCHCTL_FAILPOINTS: failpoints})
  }

  async function write(): Promise<void> {
    const _id = `d${++serial}`
    const {body} = await cluster.request('POST', '/document/upsert', {...at, documents: [{_id, v: [serial, 0]}]})
    const {document_ids: [item] = []} = (body.data ?? {}) as {document_ids?: {code?: number}[]}
    if (body.code === 0 && item !== undefined && (item.code ?? 0) === 0) acknowledged.add(_id)
  }

  it.each([
    {site: 'wal.append.written', hit: 5},
    {site: 'checkpoint.rename.after', hit: 1},
    {site: 'restore.open.after', hit: 1},
  ])('holds what it acknowledged after $site', {timeout: 120_000}, async ({site, hit}) => {
    await server().process.end('SIGKILL')
    const dying = armed(`${site}=crash:${hit}`)
    dying.start()
    let isGone = false
    void dying.exited().then(() => {
      isGone = true
    })
    while (!isGone) {
      await write()
      await cluster.request('POST', '/index/flush', at)
    }
    expect(await dying.exited()).toBeNull()
    server().process.start()
    await until(
      'it takes writes',
      async () => {
        const before = acknowledged.size
        await write()
        return acknowledged.size > before
      },
      60_000,
    )
    const document_ids = [...acknowledged]
    const {documents} = await cluster.ask<{documents: {_id: string; msg?: string}[]}>('POST', '/document/query', {
      ...at,
      document_ids,
      limit: document_ids.length,
    })
    expect(documents.map(({_id}) => _id)).toEqual(document_ids)
  })

  it('does not start where the place is none', async () => {
    const misspelt = armed('wal.append.writen=crash')
    misspelt.start()
    expect(await misspelt.exited()).toBe(exitCode.configInvalid)
    expect(misspelt.output).toContain('there is no site wal.append.writen')
  })
})
