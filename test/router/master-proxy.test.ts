/** What a router does with the requests that a master answers, when masters are down, slow or cut off. */
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, onTestFinished, test} from 'vitest'
import type {MasterConfig} from '../../src/config/config.js'
import {httpSend} from '../../src/router/http-send.js'
import {MasterProxy, type ProxiedRequest} from '../../src/router/master-proxy.js'
import {testConfig, testEnv} from '../ps/fixtures.js'

type Behaviour = 'answer' | 'hang' | 'cut'

class TestMaster {
  readonly seen: string[] = []
  behaviour: Behaviour = 'answer'
  readonly #server: Server

  constructor() {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      this.seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
      if (this.behaviour === 'cut') request.socket.destroy()
      if (this.behaviour !== 'answer') return
      response.writeHead(422, {'content-type': 'application/json'}).end('{"code":201,"msg":"db_exist"}')
    })
  }

  async start(): Promise<MasterConfig> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return masterAt((this.#server.address() as AddressInfo).port)
  }

  stop(): void {
    this.#server.close().closeAllConnections()
  }
}

function masterAt(port: number): MasterConfig {
  const [master] = testConfig([], [port]).masters
  if (master === undefined) throw new Error('a configuration has a master')
  return master
}

const masters: TestMaster[] = []
afterEach(() => {
  for (const master of masters.splice(0)) master.stop()
})

async function started(behaviour: Behaviour = 'answer'): Promise<{master: TestMaster; config: MasterConfig}> {
  const master = new TestMaster()
  master.behaviour = behaviour
  masters.push(master)
  return {master, config: await master.start()}
}

/** Masters are asked in the order given. */
function proxyTo(...configs: MasterConfig[]): MasterProxy {
  const proxy = new MasterProxy(configs, httpSend, {...testEnv, random: {...testEnv.random, below: () => 0}})
  onTestFinished(() => proxy.stop())
  return proxy
}

function request(method: ProxiedRequest['method'], timeoutMs = 5_000): ProxiedRequest {
  const body = method === 'GET' ? '' : '{"a":1}'
  return {
    method,
    url: '/dbs/x?detail=true',
    authorization: 'Basic abc',
    body: new TextEncoder().encode(body),
    timeoutMs,
  }
}

const nobody = masterAt(1)

describe('a request for a master', () => {
  test.each(['GET', 'POST', 'PUT', 'DELETE'] as const)('%s goes on as it came', async (method) => {
    const {master, config} = await started()
    const {status, body} = await proxyTo(config).forward(request(method))
    expect(status).toBe(422)
    expect(new TextDecoder().decode(body)).toBe('{"code":201,"msg":"db_exist"}')
    expect(master.seen).toEqual([`${method} /dbs/x?detail=true Basic abc ${method === 'GET' ? '' : '{"a":1}'}`])
  })

  test.each(['GET', 'POST', 'DELETE'] as const)(
    '%s goes to the next master if there is nobody at the first',
    async (method) => {
      const {master, config} = await started()
      expect((await proxyTo(nobody, config).forward(request(method))).status).toBe(422)
      expect(master.seen).toHaveLength(1)
    },
  )

  test.each(['hang', 'cut'] as const)('a GET is asked again when a master would %s', async (behaviour) => {
    const first = await started(behaviour)
    const second = await started()
    expect((await proxyTo(first.config, second.config).forward(request('GET', 500))).status).toBe(422)
    expect(second.master.seen).toHaveLength(1)
  })

  test.each([
    ['POST', 'cut'],
    ['PUT', 'cut'],
    ['DELETE', 'cut'],
    ['POST', 'hang'],
  ] as const)('a %s that a master received is not sent to another when it would %s', async (method, behaviour) => {
    const first = await started(behaviour)
    const second = await started()
    await expect(proxyTo(first.config, second.config).forward(request(method, 500))).rejects.toMatchObject({
      code: 1,
      outcome: 'unknown',
    })
    expect([first.master.seen.length, second.master.seen.length]).toEqual([1, 0])
  })

  test('nobody anywhere is named', async () => {
    await expect(proxyTo(nobody, nobody).forward(request('POST'))).rejects.toMatchObject({
      code: 1,
      outcome: 'rejected',
      message: 'internal_error:no master answered: 127.0.0.1:1: ECONNREFUSED; 127.0.0.1:1: ECONNREFUSED',
    })
  })
})
