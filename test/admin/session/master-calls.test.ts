/** Questions to masters over real sockets: who is asked next, what a failure means for a change, what an answer is. */
import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {MasterCalls} from '../../../src/admin/session/master-calls.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function master(answer: RequestListener): Promise<{url: string; asked: string[]}> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    request.resume()
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked}
}

const says =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const drops: RequestListener = (request) => request.socket.destroy()
const nobody = 'http://127.0.0.1:1'

const calls = (masters: readonly string[], signal = new AbortController().signal) =>
  new MasterCalls({masters, user: 'root', password: 'pä:ss', tls: null, signal, onAsk: () => {}})

describe('a question', () => {
  test('goes to the next master until one answers, with the account’s password', async () => {
    const [broken, sound, spare] = [await master(drops), await master(says({code: 0, data: [1]})), await master(drops)]
    const answer = await calls([nobody, broken.url, sound.url, spare.url]).get('/dbs')
    expect(answer).toEqual({master: sound.url, data: [1]})
    const authorization = `Basic ${Buffer.from('root:pä:ss').toString('base64')}`
    expect([broken.asked, sound.asked, spare.asked]).toEqual([
      [`GET /dbs ${authorization}`],
      [`GET /dbs ${authorization}`],
      [],
    ])
  })

  test('keeps integers that a double would round', async () => {
    const {url} = await master(says('{"code":0,"data":{"at":1633653906105116793}}'))
    expect((await calls([url]).get('/x')).data).toEqual({at: 1633653906105116793n})
  })

  test('that is interrupted ends at once, with the reason', async () => {
    const interrupt = new AbortController()
    const {url} = await master(() => interrupt.abort(new Error('enough')))
    await expect(calls([url, nobody], interrupt.signal).get('/x')).rejects.toThrow('enough')
  })
})

describe('a change', () => {
  test('goes to the next master where there never was a connection', async () => {
    const {url} = await master(says({code: 0, data: null}))
    expect(await calls([nobody, url]).call('POST', '/dbs/a', {x: 1})).toEqual({master: url, data: null})
  })

  test('is sent no second time once a master may have acted', async () => {
    const [broken, spare] = [await master(drops), await master(says({code: 0}))]
    await expect(calls([broken.url, spare.url]).call('POST', '/dbs/a')).rejects.toMatchObject({
      errorName: 'SERVICE_UNAVAILABLE',
      outcome: 'unknown',
      exitCode: 4,
      detail: expect.stringContaining(broken.url),
    })
    expect(spare.asked).toEqual([])
  })
})

test.each<[string, RequestListener, object]>([
  [
    'by its code',
    says({code: 200, msg: 'db not exist'}, 404),
    {errorName: 'DB_NOT_EXIST', detail: 'db not exist', exitCode: 3},
  ],
  ['of the account', says({code: 3, msg: 'auth'}, 401), {errorName: 'AUTHENTICATION_FAILED', exitCode: 5}],
  ['with a code that nobody knows', says({code: 9_999, msg: 'odd'}, 500), {errorName: 'UNKNOWN_ERROR', detail: 'odd'}],
])('a refusal is told %s, and no other master is asked', async (_, answer, expected) => {
  const [refusing, spare] = [await master(answer), await master(says({code: 0}))]
  await expect(calls([refusing.url, spare.url]).get('/x')).rejects.toMatchObject(expected)
  expect(spare.asked).toEqual([])
})

test('what is no master is not believed', async () => {
  const [page, list] = [await master(says('<html>')), await master(says([1]))]
  await expect(calls([page.url, list.url, nobody]).get('/x')).rejects.toMatchObject({
    errorName: 'SERVICE_UNAVAILABLE',
    outcome: 'rejected',
    detail: expect.stringMatching(/not a master's answer; .*not a master's answer; .*ECONNREFUSED/),
  })
})
