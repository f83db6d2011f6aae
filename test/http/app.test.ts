import {createConnection} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import {systemRandom} from '../../src/env/random.js'
import {CodedError, paramError} from '../../src/errors/coded-error.js'
import {type App, closeApp, createApp, listen} from '../../src/http/app.js'
import {statusByCode} from '../../src/http/envelope.js'
import {RawReply, type RouteSpec, route, StreamedData} from '../../src/http/route.js'

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map(closeApp))
})

interface Served {
  readonly url: string
  readonly port: number
  readonly app: App
}

async function serve(
  routes: readonly (Partial<RouteSpec> & Pick<RouteSpec, 'path' | 'handler'>)[],
  options: Partial<Parameters<typeof createApp>[0]> = {},
): Promise<Served> {
  const app = createApp({log: silentLog, clock: systemClock, random: systemRandom, authenticator: null, ...options})
  apps.push(app)
  for (const spec of routes) route(app, {method: 'POST', auth: 'none', errorStatus: statusByCode, ...spec})
  const port = await listen(app, {host: '127.0.0.1', port: 0})
  return {url: `http://127.0.0.1:${port}`, port, app}
}

function deferred<T>(): {promise: Promise<T>; resolve: (value: T) => void} {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return {promise, resolve}
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
const json = (response: Response): Promise<any> => response.json() as Promise<any>

const echo: RouteSpec['handler'] = ({body}) => ({got: body})

describe('the envelope', () => {
  test('wraps data, and echoes the request id as header and key', async () => {
    const {url} = await serve([{path: '/echo', handler: echo}])
    const response = await fetch(`${url}/echo`, {method: 'POST', body: '{"a":1}', headers: {'X-Request-Id': 'mine'}})
    expect(response.headers.get('x-request-id')).toBe('mine')
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.text()).toBe('{"code":0,"request_id":"mine","data":{"got":{"a":1}}}')
  })

  test('makes up an id of ten characters', async () => {
    const {url} = await serve([{path: '/echo', handler: echo}])
    const ids = await Promise.all(
      [1, 2].map(async () => (await fetch(`${url}/echo`, {method: 'POST', body: '1'})).headers.get('x-request-id')),
    )
    expect(ids[0]).toMatch(/^[A-Za-z0-9]{10}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  test('has no data where the handler returns none', async () => {
    const {url} = await serve([{method: 'DELETE', path: '/thing', handler: () => undefined}])
    const response = await fetch(`${url}/thing`, {method: 'DELETE', headers: {'X-Request-Id': 'r'}})
    expect(await response.text()).toBe('{"code":0,"request_id":"r"}')
  })

  test('keeps integers beyond 2^53 in both directions', async () => {
    const {url} = await serve([{path: '/echo', handler: echo}])
    const response = await fetch(`${url}/echo`, {method: 'POST', body: '{"n":9007199254740993}'})
    expect(await response.text()).toContain('{"got":{"n":9007199254740993}}')
  })
})

describe('errors', () => {
  test.each([
    ['a coded error, by its code', () => paramError('no'), 400, 6, 'param_error:no'],
    ['a missing db', () => new CodedError('DB_NOT_EXIST'), 404, 200, 'db_not_exist'],
    [
      'a full cluster',
      () => new CodedError('MASTER_PS_NOT_ENOUGH_SELECT', 'x'),
      500,
      100,
      'master_ps_not_enough_select:x',
    ],
    ['an error that only we know', () => new CodedError('META_UNREACHABLE', 'x'), 500, 1, 'x'],
    ['a bug', () => new TypeError('cannot read'), 500, 4, 'recover:cannot read'],
  ])('%s', async (_, error, status, code, msg) => {
    const {url} = await serve([
      {
        path: '/fails',
        handler: () => {
          throw error()
        },
      },
    ])
    const response = await fetch(`${url}/fails`, {method: 'POST', body: '{}', headers: {'X-Request-Id': 'r'}})
    expect(response.status).toBe(status)
    expect(await json(response)).toEqual({code, request_id: 'r', msg})
  })

  test('a route may fix its status', async () => {
    const handler = () => Promise.reject(new CodedError('SPACE_NOT_EXIST'))
    const {url} = await serve([{path: '/fails', errorStatus: 500, handler}])
    const response = await fetch(`${url}/fails`, {method: 'POST', body: '{}'})
    expect([response.status, (await json(response)).code]).toEqual([500, 221])
  })

  test('an unknown path is answered in plain text', async () => {
    const {url} = await serve([])
    const response = await fetch(`${url}/nothing`)
    expect([response.status, await response.text()]).toEqual([404, '404 page not found'])
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  test('a taken port says so', async () => {
    const {port} = await serve([])
    const second = createApp({log: silentLog, clock: systemClock, random: systemRandom, authenticator: null})
    apps.push(second)
    await expect(listen(second, {host: '127.0.0.1', port})).rejects.toMatchObject({errorName: 'PORT_TAKEN'})
  })
})

describe('the body', () => {
  test.each([
    ['no content type', {}],
    ['a form', {'content-type': 'application/x-www-form-urlencoded'}],
    ['nonsense', {'content-type': ';;;'}],
  ])('is JSON though the header says %s', async (_, headers) => {
    const {url} = await serve([{path: '/echo', handler: echo}])
    const response = await fetch(`${url}/echo`, {method: 'POST', body: Buffer.from('[1]'), headers})
    expect([response.status, (await json(response)).data]).toEqual([200, {got: [1]}])
  })

  test.each([
    ['nothing', '', 'EOF'],
    ['half an object', '{"a":', 'JSON'],
    ['a zero byte', '\u0000', 'JSON'],
    ['100,000 brackets', '['.repeat(100_000), ''],
  ])('%s is refused with code 1', async (_, body, text) => {
    const {url} = await serve([{path: '/echo', handler: echo}])
    const response = await fetch(`${url}/echo`, {method: 'POST', body})
    const {code, msg} = await json(response)
    expect([response.status, code]).toEqual([400, 1])
    expect(msg).toContain(text)
  })

  test('may be absent where the route needs none', async () => {
    const {url} = await serve([{path: '/echo', body: 'optional', handler: echo}])
    const response = await fetch(`${url}/echo`, {method: 'POST'})
    expect((await json(response)).data).toEqual({})
  })

  test('over the limit is a 413 in the envelope', async () => {
    const {url} = await serve([{path: '/echo', handler: echo}], {bodyBytesMax: 10})
    const response = await fetch(`${url}/echo`, {method: 'POST', body: '"0123456789"'})
    const {code, msg} = await json(response)
    expect([response.status, code, msg]).toEqual([413, 6, 'param_error:request body is larger than 10 bytes'])
  })

  test('raw is given as it came', async () => {
    const handler: RouteSpec['handler'] = ({rawBody}) => new RawReply(200, `<${rawBody}>`)
    const {url} = await serve([{path: '/raw', body: 'raw', handler}])
    expect(await (await fetch(`${url}/raw`, {method: 'POST', body: '{not json'})).text()).toBe('<{not json>')
  })
})

describe('the deadline', () => {
  test('answers 504 in time, aborts the handler, and drops its late result', async () => {
    let late = () => {}
    let reason: unknown
    const handler: RouteSpec['handler'] = (_, {signal, remainingMs}) => {
      expect(remainingMs()).toBeGreaterThan(0)
      return new Promise((resolve) => {
        late = () => resolve('late')
        signal.addEventListener('abort', () => {
          reason = [signal.reason.message, remainingMs()]
        })
      })
    }
    const {url} = await serve([{path: '/slow', handler}])
    const response = await fetch(`${url}/slow?timeout=30`, {method: 'POST', body: '{}', headers: {'X-Request-Id': 'r'}})
    expect(response.status).toBe(504)
    expect(await json(response)).toEqual({code: 5, request_id: 'r', msg: 'request timeout'})
    expect(reason).toEqual(['request timeout', 0])
    late()
  })

  test.each(['0', '-5'])('%s is up at once, and the handler never runs', async (timeout) => {
    let ran = false
    const {url} = await serve([{path: '/x', body: 'optional', handler: () => (ran = true)}])
    const response = await fetch(`${url}/x?timeout=${timeout}`, {method: 'POST'})
    expect([response.status, ran]).toEqual([504, false])
  })

  test('10.5 is no integer', async () => {
    const {url} = await serve([{path: '/x', body: 'optional', handler: echo}])
    const response = await fetch(`${url}/x?timeout=10.5`, {method: 'POST'})
    const {code, msg} = await json(response)
    expect([response.status, code]).toEqual([400, 1])
    expect(msg).toBe('timeout[10.5] param parse to int failed, err: strconv.Atoi: parsing "10.5": invalid syntax')
  })

  test('a client that goes away aborts the handler', async () => {
    const gone = deferred<string>()
    const started = deferred<void>()
    const handler: RouteSpec['handler'] = (_, {signal}) => {
      started.resolve()
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          gone.resolve(signal.reason.errorName)
          reject(signal.reason)
        })
      })
    }
    const {port} = await serve([{path: '/slow', body: 'optional', handler}])
    const socket = createConnection(port, '127.0.0.1')
    socket.write('POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    await started.promise
    socket.destroy()
    expect(await gone.promise).toBe('CANCELED')
  })
})

test('a trailing slash is redirected: GET with 301, others with 307', async () => {
  const {url} = await serve([
    {method: 'GET', path: '/dbs', handler: () => 'list'},
    {path: '/dbs/:name', body: 'optional', handler: ({params}) => params.name},
  ])
  const get = await fetch(`${url}/dbs/?a=1`, {redirect: 'manual'})
  expect([get.status, get.headers.get('location')]).toEqual([301, '/dbs?a=1'])
  const post = await fetch(`${url}/dbs/x/`, {method: 'POST', redirect: 'manual'})
  expect([post.status, post.headers.get('location')]).toEqual([307, '/dbs/x'])
  expect((await json(await fetch(`${url}/dbs/`))).data).toBe('list')
})

test('streamed data is one JSON answer; a failure in its middle cuts the connection', async () => {
  async function* pieces(fail: boolean) {
    yield '[1'
    if (fail) throw new Error('disk')
    yield ',2]'
  }
  const {url} = await serve([
    {method: 'GET', path: '/whole', handler: () => StreamedData.of(pieces(false))},
    {method: 'GET', path: '/broken', handler: () => StreamedData.of(pieces(true))},
  ])
  expect(await (await fetch(`${url}/whole`)).json()).toMatchObject({code: 0, data: [1, 2]})
  await expect(fetch(`${url}/broken`).then((response) => response.text())).rejects.toThrow()
  expect((await fetch(`${url}/whole`)).status).toBe(200)
})

test.each([
  ['a broken percent-encoding', 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '400'],
  ['no HTTP at all', 'hello\r\n\r\n', '400'],
])('%s is refused and the process lives', async (_, text, status) => {
  const {url, port} = await serve([{method: 'GET', path: '/ok', handler: () => 1}])
  const socket = createConnection(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  expect(answer.split(' ')[1]).toBe(status)
  expect((await fetch(`${url}/ok`)).status).toBe(200)
})

test('CORS lets the listed origins in and no others', async () => {
  const {url} = await serve([{method: 'GET', path: '/ok', handler: () => 1}], {allowOrigins: ['http://a']})
  const from = async (origin: string, method = 'GET') => fetch(`${url}/ok`, {method, headers: {origin}})
  expect((await from('http://a')).headers.get('access-control-allow-origin')).toBe('http://a')
  expect((await from('http://b')).status).toBe(403)
  expect((await from('http://a', 'OPTIONS')).status).toBe(204)
})
