/** A cluster whose servers and routers talk to each other over TLS, each showing a certificate. */
import {expect, it} from 'vitest'
import {Authority} from '../harness/certificates.js'
import {TestCluster} from '../harness/cluster.js'
import {until} from '../harness/until.js'

it('replicates, answers, and goes on without a leader, encrypted', {timeout: 120_000}, async () => {
  const authority = await Authority.make()
  const {cert_file, key_file} = await authority.sign('node')
  const files = Object.entries({cert_file, key_file, ca_file: authority.ca_file})
  const tls = files.map(([key, path]) => `${key} = "${path}"`).join('\n')
  const cluster = await TestCluster.start({ps: 3, global: `[tls]\n${tls}\nmutual = true`})
  try {
    await cluster.createSpace({name: 'kept', partition_num: 1, replica_num: 3, dimension: 2})
    const at = {db_name: 'db', space_name: 'kept'}
    const write = (id: string) =>
      cluster.request('POST', '/document/upsert?timeout=2000', {...at, documents: [{_id: id, v: [1, 2]}]})
    const isWritten = async (id: string) => {
      const {body} = await write(id)
      return ((body.data ?? {}) as {total?: number}).total === 1
    }
    await until('the first document is written', () => isWritten('first'), 20_000)
    await cluster.servers[0]?.process.end('SIGKILL')
    await until('another is written without one of the servers', () => isWritten('second'), 20_000)
    const query = {...at, document_ids: ['first', 'second'], load_balance: 'leader'}
    expect(await cluster.ask('POST', '/document/query', query)).toMatchObject({total: 2})
  } finally {
    await cluster.stop()
    await authority.remove()
  }
})
