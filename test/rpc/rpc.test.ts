import {once} from 'node:events'
import {connect, createServer, type Server} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {partitionId} from '../../src/entity/ids.js'
import {systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import type {Address} from '../../src/env/net/network.js'
import {systemEnv} from '../../src/env/system-env.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {RpcClient, type RpcClientOptions} from '../../src/rpc/client.js'
import {RpcServer, type RpcServerOptions} from '../../src/rpc/server.js'
import type {RpcHandlers} from '../../src/rpc/session.js'
import {startTcpProxy} from '../harness/tcp-proxy.js'
import {until} from '../harness/until.js'

const env = systemEnv(silentLog)
const host = '127.0.0.1'
const authKey = 'the key of this cluster'
const flush = {partitionId: partitionId(1)}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(
  handlers: RpcHandlers,
  more: Partial<RpcServerOptions> = {},
): Promise<Address & {stop(): Promise<void>}> {
  const server = new RpcServer(env, {host, port: 0, authKey, handlers, ...more})
  cleanups.push(() => server.stop())
  return {host, port: await server.start(), stop: () => server.stop()}
}

function clientOf(more: Partial<RpcClientOptions> = {}): RpcClient {
  const client = new RpcClient(env, {authKey, ...more})
  cleanups.push(() => client.stop())
  return client
}

/** A promise and the means to keep it. */
function deferred<T = void>(): {promise: Promise<T>; resolve(value: T): void} {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((keep) => {
    resolve = keep
  })
  return {promise, resolve}
}

/** Rejects when the signal is aborted, never resolves. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

describe('a call', () => {
  it('carries numbers, big integers, bytes and absent values as they are', async () => {
    const seen: unknown[] = []
    const server = await serve({
      async deleteByFilter(request: unknown) {
        seen.push(request)
        return {deleted: ['a', 'ü']}
      },
      get: async () => ({documents: Buffer.from('bytes'), left: 2 ** 52, right: -1.5}),
    })
    const client = clientOf()
    const value = 2n ** 62n
    const condition = {field: 'f', operator: '<', value} as const
    const filter = {
      operator: 'AND',
      conditions: [condition, {...condition, value: 5n}, {...condition, value: 5}],
    } as const
    const request = {partitionId: partitionId(2 ** 32 - 1), filter, limit: 3_000_000_000}
    expect(await client.call(server, 'deleteByFilter', request, {timeoutMs: 5_000})).toEqual({deleted: ['a', 'ü']})
    expect(seen).toEqual([request])
    const read = {
      partitionId: partitionId(1),
      ids: ['a'],
      projection: {fields: 'all', vectors: []},
      leader: true,
    } as const
    const answer = await client.call(server, 'get', read, {timeoutMs: 5_000})
    expect({...answer, documents: Buffer.from(answer.documents).toString()}).toEqual({
      documents: 'bytes',
      left: 2 ** 52,
      right: -1.5,
    })
  })

  it('brings the error of the server with all that it says', async () => {
    const server = await serve({
      flush: async () => {
        throw new CodedError('PARTITION_NOT_LEADER', 'partition 1', {
          outcome: 'rejected',
          hint: 'ask node 3',
          retryable: true,
          facts: {leader: 3},
        })
      },
      forceMerge: async () => {
        throw new TypeError('a bug')
      },
    })
    const client = clientOf()
    await expect(client.call(server, 'flush', flush, {timeoutMs: 5_000})).rejects.toMatchObject({
      errorName: 'PARTITION_NOT_LEADER',
      detail: 'partition 1',
      outcome: 'rejected',
      hint: 'ask node 3',
      retryable: true,
      facts: {leader: 3},
    })
    await expect(client.call(server, 'forceMerge', flush, {timeoutMs: 5_000})).rejects.toMatchObject({
      errorName: 'INTERNAL_ERROR',
      detail: 'a bug',
      outcome: 'unknown',
    })
  })

  it.each(['stats', 'toString', '__proto__', 'constructor'])(
    'of a method that is not there (%s) is refused',
    async (method) => {
      const server = await serve({flush: async () => ({})})
      const call = clientOf().call(server, method as 'flush', flush, {timeoutMs: 5_000})
      await expect(call).rejects.toMatchObject({errorName: 'METHOD_NOT_IMPLEMENT'})
    },
  )

  it('is one of ten thousand at once on one connection', async () => {
    let connections = 0
    const server = await serve(
      {get: async ({ids}: {ids: string[]}) => ({documents: Buffer.from(ids[0] ?? '')})},
      {inFlightPerConnectionMax: 10_000},
    )
    const proxy = createServer((near) => {
      connections += 1
      near.pipe(connect(server)).pipe(near)
    }).listen(0, host)
    await once(proxy, 'listening')
    cleanups.push(async () => proxy.close())
    const client = clientOf({inFlightMax: 10_000})
    const calls = Array.from({length: 10_000}, async (_, at) => {
      const request = {
        partitionId: partitionId(1),
        ids: [`${at}`],
        projection: {fields: [], vectors: []},
        leader: false,
      }
      const {documents} = await client.call(portOf(proxy), 'get', request, {timeoutMs: 30_000})
      expect(Buffer.from(documents).toString()).toBe(`${at}`)
    })
    await Promise.all(calls)
    expect(connections).toBe(1)
  })

  it('may be tens of megabytes long, and is refused unsent beyond the largest frame', async () => {
    const server = await serve({
      upsert: async ({documents}: {documents: Uint8Array}) => ({results: [{id: `${documents.length}`, code: 0}]}),
    })
    const client = clientOf()
    const upsert = (bytes: number) =>
      client.call(server, 'upsert', {partitionId: partitionId(1), documents: Buffer.alloc(bytes)}, {timeoutMs: 30_000})
    expect(await upsert(40_000_000)).toEqual({results: [{id: '40000000', code: 0}]})
    await expect(upsert(64 * 1024 * 1024)).rejects.toMatchObject({errorName: 'RPC_PARAM_ERROR', outcome: 'rejected'})
    expect(await upsert(1)).toEqual({results: [{id: '1', code: 0}]})
  })

  it('with an answer beyond the largest frame fails with outcome unknown: the work was done', async () => {
    const server = await serve({get: async () => ({documents: Buffer.alloc(64 * 1024 * 1024)})})
    const request = {partitionId: partitionId(1), ids: [], projection: {fields: [], vectors: []}, leader: false}
    const call = clientOf().call(server, 'get', request, {timeoutMs: 30_000})
    await expect(call).rejects.toMatchObject({errorName: 'RPC_PARAM_ERROR', outcome: 'unknown'})
  })
})

describe('the time of a call', () => {
  it('ends it on both sides, outcome unknown', async () => {
    const aborted = deferred<unknown>()
    let isConnected = false
    const server = await serve({
      flush: async (_request: unknown, {signal}) => {
        if (isConnected) await hang(signal).catch((reason) => aborted.resolve(reason))
        return {}
      },
    })
    const client = clientOf()
    await client.call(server, 'flush', flush, {timeoutMs: 60_000})
    isConnected = true
    await expect(client.call(server, 'flush', flush, {timeoutMs: 50})).rejects.toMatchObject({
      errorName: 'TIMEOUT',
      outcome: 'unknown',
    })
    expect(await aborted.promise).toBeInstanceOf(CodedError)
  })

  it('ends it unsent where no connection comes about, outcome rejected', async () => {
    const silent = createServer(() => {}).listen(0, host)
    await once(silent, 'listening')
    cleanups.push(async () => silent.close())
    const client = clientOf()
    await expect(client.call(portOf(silent), 'flush', flush, {timeoutMs: 50})).rejects.toMatchObject({
      errorName: 'TIMEOUT',
      outcome: 'rejected',
    })
  })

  it('is cut short by the signal, and the handler is told', async () => {
    const aborted = deferred()
    const started = deferred()
    const server = await serve({
      flush: (_request: unknown, {signal}) => {
        started.resolve()
        return hang(signal).catch(() => aborted.resolve())
      },
    })
    const client = clientOf()
    const controller = new AbortController()
    const call = client.call(server, 'flush', flush, {timeoutMs: 60_000, signal: controller.signal})
    await started.promise
    controller.abort()
    await expect(call).rejects.toMatchObject({errorName: 'CANCELED', outcome: 'unknown'})
    await aborted.promise
    const late = client.call(server, 'flush', flush, {timeoutMs: 60_000, signal: controller.signal})
    await expect(late).rejects.toMatchObject({errorName: 'CANCELED', outcome: 'rejected'})
  })
})

describe('bounds', () => {
  it('of the client refuse one call more, unsent', async () => {
    const release = deferred()
    const server = await serve({flush: () => release.promise.then(() => ({}))})
    const client = clientOf({inFlightMax: 2})
    const held = [1, 2].map(() => client.call(server, 'flush', flush, {timeoutMs: 5_000}))
    const refused = client.call(server, 'flush', flush, {timeoutMs: 5_000})
    await expect(refused).rejects.toMatchObject({
      errorName: 'CALL_RPCCLIENT_FAILED',
      outcome: 'rejected',
      retryable: true,
    })
    release.resolve()
    await Promise.all(held)
    await client.call(server, 'flush', flush, {timeoutMs: 5_000})
  })

  it.each([{inFlightMax: 2}, {inFlightPerConnectionMax: 2}])(
    'of the server refuse one call more: %o',
    async (bounds) => {
      const release = deferred()
      const server = await serve({flush: () => release.promise.then(() => ({}))}, bounds)
      const client = clientOf()
      const calls = [1, 2, 3].map(() => client.call(server, 'flush', flush, {timeoutMs: 5_000}))
      await expect(calls[2]).rejects.toMatchObject({
        errorName: 'SERVICE_UNAVAILABLE',
        outcome: 'rejected',
        retryable: true,
      })
      release.resolve()
      await Promise.all(calls.slice(0, 2))
    },
  )
})

describe('a connection', () => {
  it('that breaks during a call leaves its outcome unknown, and the next call opens another', async () => {
    const started = deferred()
    let calls = 0
    const server = await serve({
      flush: async (_request: unknown, {signal}) => {
        started.resolve()
        if (calls++ === 0) await hang(signal)
        return {}
      },
    })
    const proxy = await startTcpProxy(`${host}:${server.port}`)
    cleanups.push(() => proxy.stop())
    const through = {host, port: Number(proxy.endpoint.split(':')[1])}
    const client = clientOf()
    const call = client.call(through, 'flush', flush, {timeoutMs: 60_000})
    await started.promise
    proxy.cut()
    await expect(call).rejects.toMatchObject({errorName: 'CALL_RPCCLIENT_FAILED', outcome: 'unknown', retryable: true})
    await expect(client.call(through, 'flush', flush, {timeoutMs: 60_000})).rejects.toMatchObject({outcome: 'rejected'})
    proxy.resume()
    await until('a call gets through again', () => succeeds(client.call(through, 'flush', flush, {timeoutMs: 1_000})))
  })

  it('that goes silent is given up long before the call would be', async () => {
    const clock = new FastClock(50)
    const started = deferred()
    const server = await serve({
      flush: (_request: unknown, {signal}) => {
        started.resolve()
        return hang(signal)
      },
    })
    const proxy = await startTcpProxy(`${host}:${server.port}`)
    cleanups.push(() => proxy.stop())
    const client = new RpcClient({...env, clock}, {authKey})
    cleanups.push(() => client.stop())
    const through = {host, port: Number(proxy.endpoint.split(':')[1])}
    const call = client.call(through, 'flush', flush, {timeoutMs: 10_000_000})
    await started.promise
    proxy.hold()
    await expect(call).rejects.toMatchObject({
      errorName: 'CALL_RPCCLIENT_FAILED',
      outcome: 'unknown',
      message: expect.stringContaining('silent'),
    })
  })

  it('comes back after a restart of the server on the same port', async () => {
    const handlers = {flush: async () => ({})}
    const first = await serve(handlers)
    const client = clientOf()
    await client.call(first, 'flush', flush, {timeoutMs: 5_000})
    await first.stop()
    await expect(client.call(first, 'flush', flush, {timeoutMs: 5_000})).rejects.toMatchObject({outcome: 'rejected'})
    await serve(handlers, {port: first.port})
    await until('a call gets through again', () => succeeds(client.call(first, 'flush', flush, {timeoutMs: 1_000})))
  })

  it('of a client that does not read does not stop the others', async () => {
    const server = await serve({get: async () => ({documents: Buffer.alloc(8_000_000)})})
    const proxy = await startTcpProxy(`${host}:${server.port}`)
    cleanups.push(() => proxy.stop())
    const request = {partitionId: partitionId(1), ids: [], projection: {fields: [], vectors: []}, leader: false}
    const slow = clientOf()
    const through = {host, port: Number(proxy.endpoint.split(':')[1])}
    await slow.call(through, 'get', request, {timeoutMs: 10_000})
    proxy.hold()
    const unread = Array.from({length: 40}, () => slow.call(through, 'get', request, {timeoutMs: 300}))
    await Promise.allSettled(unread)
    const {documents} = await clientOf().call(server, 'get', request, {timeoutMs: 10_000})
    expect(documents.length).toBe(8_000_000)
  })
})

describe('strangers', () => {
  it('with another key are refused on both sides', async () => {
    const server = await serve({flush: async () => ({})})
    await expect(clientOf({authKey: 'wrong'}).call(server, 'flush', flush, {timeoutMs: 5_000})).rejects.toMatchObject({
      errorName: 'AUTHENTICATION_FAILED',
      outcome: 'rejected',
      hint: expect.stringContaining('signkey'),
    })
    await expect(clientOf({authKey: ''}).call(server, 'flush', flush, {timeoutMs: 5_000})).rejects.toMatchObject({
      errorName: 'AUTHENTICATION_FAILED',
    })
  })

  it('that pose as a server are found out before anything is asked of them', async () => {
    const received: Buffer[] = []
    const impostor = createServer((socket) => {
      socket.on('data', (chunk: Buffer) => received.push(chunk))
      socket.on('error', () => {})
      const greeting = Buffer.concat([Buffer.from('VRPC'), Buffer.from([1]), Buffer.alloc(16)])
      socket.write(frame(1, greeting))
      socket.write(frame(1, Buffer.alloc(32)))
    }).listen(0, host)
    await once(impostor, 'listening')
    cleanups.push(async () => impostor.close())
    const call = clientOf().call(portOf(impostor), 'flush', flush, {timeoutMs: 5_000})
    await expect(call).rejects.toMatchObject({errorName: 'AUTHENTICATION_FAILED', outcome: 'rejected'})
    expect(Buffer.concat(received).includes('flush')).toBe(false)
  })

  it.each([
    {what: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')},
    {what: 'a frame of nothing', bytes: Buffer.alloc(4)},
    {what: 'a frame without end', bytes: Buffer.from([255, 255, 255, 255, 0, 0])},
    {what: 'a request without a handshake', bytes: frame(2, Buffer.from([0x93, 0xa5]))},
    {what: 'a wrong proof', bytes: frame(1, Buffer.alloc(48))},
    {what: 'a short proof', bytes: frame(1, Buffer.alloc(3))},
    {what: 'a hello beyond its bound', bytes: frame(1, Buffer.alloc(5_000))},
  ])('that send $what are dropped, and others are served', async ({bytes}) => {
    const server = await serve({flush: async () => ({})})
    const socket = connect(server)
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    socket.resume()
    socket.write(bytes)
    await closed
    await clientOf().call(server, 'flush', flush, {timeoutMs: 5_000})
  })

  it('that send half a frame and leave do no harm', async () => {
    const server = await serve({flush: async () => ({})})
    for (let length = 1; length < 12; length++) {
      const socket = connect(server)
      await once(socket, 'connect')
      socket.end(frame(1, Buffer.alloc(48)).subarray(0, length))
      socket.resume()
      await once(socket, 'close')
    }
    await clientOf().call(server, 'flush', flush, {timeoutMs: 5_000})
  })
})

describe('TLS', () => {
  const psk = Buffer.from('a secret of the transport')
  const ciphers = 'PSK'
  const tls = {ciphers, pskCallback: () => ({psk, identity: 'node'}), checkServerIdentity: () => undefined}

  it('carries calls where both ends are told to, and nothing else gets in', async () => {
    const server = await serve({flush: async () => ({})}, {tls: {ciphers, pskCallback: () => psk}})
    expect(await clientOf({tls}).call(server, 'flush', flush, {timeoutMs: 5_000})).toEqual({})
    await expect(clientOf().call(server, 'flush', flush, {timeoutMs: 5_000})).rejects.toMatchObject({
      outcome: 'rejected',
    })
    await expect(
      clientOf({tls, authKey: 'wrong'}).call(server, 'flush', flush, {timeoutMs: 5_000}),
    ).rejects.toMatchObject({
      errorName: 'AUTHENTICATION_FAILED',
    })
  })
})

describe('the server', () => {
  it('says which port is taken', async () => {
    const first = await serve({})
    const second = new RpcServer(env, {host, port: first.port, authKey, handlers: {}})
    await expect(second.start()).rejects.toMatchObject({
      errorName: 'PORT_TAKEN',
      detail: `${host}:${first.port} is in use`,
    })
    await second.stop()
  })

  it('lets what runs finish when it stops, and refuses what is new', async () => {
    const release = deferred()
    const started = deferred()
    const server = await serve({
      flush: async () => {
        started.resolve()
        await release.promise
        return {}
      },
    })
    const client = clientOf()
    const running = client.call(server, 'flush', flush, {timeoutMs: 10_000})
    await started.promise
    const stopped = server.stop()
    await expect(client.call(server, 'flush', flush, {timeoutMs: 10_000})).rejects.toMatchObject({
      errorName: 'SERVICE_UNAVAILABLE',
      outcome: 'rejected',
    })
    release.resolve()
    expect(await running).toEqual({})
    await stopped
    await server.stop()
  })
})

function frame(kind: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9)
  header.writeUInt32LE(5 + payload.length, 0)
  header[8] = kind
  return Buffer.concat([header, payload])
}

function portOf(server: Server): Address {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  return {host, port: address.port}
}

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}

/** The system's clock, faster: what takes seconds in earnest is over in a moment. */
class FastClock {
  readonly wallMs = systemClock.wallMs
  constructor(private readonly factor: number) {}

  nowMs(): number {
    return systemClock.nowMs() * this.factor
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.factor, signal)
  }

  after(ms: number, callback: () => void): ReturnType<typeof systemClock.after> {
    return systemClock.after(ms / this.factor, callback)
  }

  readonly soon = systemClock.soon
}
