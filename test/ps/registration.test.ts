import {createServer, type IncomingMessage, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {type HttpPost, MasterClient} from '../../src/ps/master-client.js'
import {register} from '../../src/ps/registration.js'
import {postJson, testConfig, testEnv} from './fixtures.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A master that gives these answers, one after the other, the last for ever. */
async function master(...answers: Answer[]) {
  const requests: {url: string; authorization: string | undefined; body: string}[] = []
  const server = createServer(async (request, response) => {
    requests.push({url: request.url ?? '', authorization: request.headers.authorization, body: await text(request)})
    const {status, body} = answers[Math.min(requests.length, answers.length) - 1] ?? {status: 500, body: 'none'}
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {port: (server.address() as AddressInfo).port, requests}
}

async function text(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

/** A port where nobody listens. */
async function deadPort(): Promise<number> {
  const {port} = await master()
  servers.pop()?.close()
  return port
}

function client(ports: readonly number[], post: HttpPost = postJson): MasterClient {
  const {masters, global} = testConfig([], ports)
  return new MasterClient(post, masters, global.signkey, testEnv.clock)
}

const registered: Answer = {
  status: 200,
  body: {code: 0, data: {ip: '10.0.0.7', p_ids: [3, 4], spaces: [{id: 1}]}},
}
const refused = (msg: string, status = 422): Answer => ({status, body: {code: 6, msg}})

function registerAt(ports: readonly number[], signal = new AbortController().signal) {
  return register(client(ports), {cluster: 'vearch', nodeId: nodeId(7)}, testEnv, signal)
}

describe('a server registers', () => {
  it('at the first master, with the cluster, its id and the key', async () => {
    const [first, second] = [await master(registered), await master(registered)]
    const {registration} = await registerAt([first.port, second.port])
    expect(registration).toEqual({ip: '10.0.0.7', p_ids: [3, 4], spaces: [{id: 1}]})
    expect(first.requests).toEqual([
      {
        url: '/register?clusterName=vearch&nodeID=7',
        authorization: `Basic ${Buffer.from('root:secret').toString('base64')}`,
        body: '{}',
      },
    ])
    expect(second.requests).toEqual([])
  })

  it('with nothing yet, where the answer leaves out what is empty', async () => {
    const {port} = await master({status: 200, body: {code: 0, data: {ip: '10.0.0.7'}}})
    const {registration} = await registerAt([port])
    expect(registration).toEqual({ip: '10.0.0.7', p_ids: [], spaces: []})
  })

  const broken: readonly [string, Answer][] = [
    ['is down', {status: 0, body: ''}],
    ['answers 500', {status: 500, body: {code: 1, msg: 'internal_error'}}],
    ['answers 504', {status: 504, body: {code: 5, msg: 'timeout'}}],
    ['answers 429', {status: 429, body: {code: 1, msg: 'too many'}}],
    ['is no master at all', {status: 404, body: '<html>nginx</html>'}],
  ]
  it.each(broken)('at the second master when the first %s', async (_, answer) => {
    const first = answer.status === 0 ? await deadPort() : (await master(answer)).port
    const second = await master(registered)
    const {master: chosen, rounds} = await registerAt([first, second.port])
    expect(chosen).toBe(`127.0.0.1:${second.port}`)
    expect(rounds).toBe(1)
  })

  it('at the second master while the first is silent', async () => {
    const silent = createServer(() => {})
    servers.push(silent)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const second = await master(registered)
    const {master: chosen, rounds} = await registerAt([(silent.address() as AddressInfo).port, second.port])
    expect(chosen).toBe(`127.0.0.1:${second.port}`)
    expect(rounds).toBe(1)
  })

  it('in a later round, when no master was ready in the first ones', async () => {
    const {port, requests} = await master({status: 500, body: {}}, {status: 500, body: {}}, registered)
    const {rounds} = await registerAt([await deadPort(), port])
    expect(rounds).toBe(3)
    expect(requests).toHaveLength(3)
  })
})

describe('a refusal ends the start', () => {
  const refusals: readonly [string, Answer, string][] = [
    ['another cluster', refused('cluster name not match, master: vearch, ps: other'), 'FOREIGN_NODE_ID'],
    ['an id that is live elsewhere', refused('node id[7] has register on ip[10.0.0.9]'), 'NODE_ID_LIVE_ELSEWHERE'],
    ['a wrong key', refused('authentication_failed', 401), 'AUTHENTICATION_FAILED'],
    ['anything else', refused('param_error:nodeID', 400), 'CONFIG_ERROR'],
    ['a coded answer of any status', {status: 500, body: {code: 141, msg: 'partition_not_exist'}}, 'CONFIG_ERROR'],
  ]
  it.each(refusals)('%s', async (_, answer, errorName) => {
    const [first, second] = [await master(answer), await master(registered)]
    await expect(registerAt([first.port, second.port])).rejects.toMatchObject({errorName})
    expect(second.requests).toEqual([])
  })
})

it('a stop ends the waiting', async () => {
  const stop = new AbortController()
  const registering = registerAt([await deadPort()], stop.signal)
  stop.abort(new Error('stopped'))
  await expect(registering).rejects.toThrow('stopped')
})
