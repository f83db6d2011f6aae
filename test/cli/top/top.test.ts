/** `top` on a real pseudo-terminal, of a cluster that changes, falls silent and comes back. */
import {execFileSync} from 'node:child_process'
import {stripVTControlCharacters} from 'node:util'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {startEmbedded, type TestStore} from '../../harness/embedded-store.js'
import {runCli} from '../../harness/run-cli.js'
import {startTcpProxy, type TcpProxy} from '../../harness/tcp-proxy.js'
import {keys, TestTerminal} from '../../harness/terminal.js'
import {until} from '../../harness/until.js'

let metadata: TestStore
let proxy: TcpProxy
let terminal: TestTerminal
const serverCount = 30

beforeAll(async () => {
  metadata = await startEmbedded()
  proxy = await startTcpProxy(`127.0.0.1:${metadata.store.port}`)
  for (let id = 1; id <= serverCount; id++) await register(id)
  await put('db/body/1', {id: 1, name: 'd'})
  const partition = {id: 7, space_id: 1, db_id: 1, partition_slot: 0, replicas: [1]}
  await put('space/1/1', {id: 1, name: 'pictures', db_id: 1, partitions: [partition], fields: []})
  await put('partition/7', partition)
})
afterEach(() => {
  terminal?.close()
  proxy.resume()
})
afterAll(async () => {
  await proxy?.stop()
  await metadata?.stop()
})

const put = (key: string, value: unknown) =>
  metadata.store.transact({then: [{type: 'put', key: `/c/${key}`, value: JSON.stringify(value)}]})
const register = (id: number) => put(`server/${id}`, {name: id, ip: `10.0.0.${id}`, rpc_port: 8081})
const target = () => ['--etcd', proxy.endpoint, '--cluster', 'c']

function open(args: readonly string[], options: {rows?: number; columns?: number; then?: string} = {}): TestTerminal {
  terminal = new TestTerminal([...args, ...target()], {}, options)
  return terminal
}

test('follows the cluster, scrolls, orders, changes panes and sizes', async () => {
  open(['top', '--watch=100ms'], {rows: 12, columns: 100, then: 'true'})
  await terminal.shows('pid ')
  const pid = await terminal.shows('\n')
  await terminal.shows('ps 30/30')
  await terminal.shows(`1-7 of ${serverCount}`)
  await register(serverCount + 1)
  await terminal.shows('ps 31/31')
  terminal.type(keys.down)
  await terminal.shows('2-8 of 31')
  terminal.type('G\u001B[F')
  await terminal.shows('25-31 of 31')
  terminal.type('r')
  await terminal.shows('1-7 of 31  id↓')
  await terminal.shows('10.0.0.31:8081')
  terminal.type('p')
  await terminal.shows('[partitions]')
  await terminal.shows('pictures')
  terminal.type('n')
  await terminal.shows('[nodes]')
  execFileSync('stty', ['-F', `/proc/${pid}/fd/0`, 'rows', '20', 'cols', '40'])
  await terminal.shows('1-15 of 31')
  terminal.type('?')
  await terminal.shows('leave')
  terminal.type('q')
  expect(await terminal.exited()).toBe(0)
})

test('a cluster that is not heard is said, with what was seen last; keys go on', async () => {
  open(['top', '--watch=100ms', '--timeout', '300ms'])
  await terminal.shows('ps ')
  proxy.holdAll()
  await until('it is older', () => /[3-9] s old {2}not heard: /.test(stripVTControlCharacters(terminal.output)))
  terminal.type('p')
  await terminal.shows('[partitions]')
  await terminal.shows('pictures')
  proxy.resume()
  await terminal.shows('0 s old')
  terminal.type(keys.interrupt)
  expect(await terminal.exited()).toBe(0)
})

test('a pause keeps what is there until it ends', async () => {
  open(['top', '--watch=100ms'])
  await terminal.shows('ps ')
  terminal.type(' ')
  await terminal.shows('PAUSED')
  await put('server/77', {name: 77, ip: '10.0.0.77', rpc_port: 8081})
  await until('it is older', () => /PAUSED {2}[2-9] s old/.test(stripVTControlCharacters(terminal.output)))
  expect(terminal.output).not.toContain('10.0.0.77')
  terminal.type(' ')
  await terminal.shows('10.0.0.77')
})

describe('the terminal is given back', () => {
  const then = 'stty -a; echo status; stty icanon echo'
  const alternate = '\u001B[?1049h'
  const isGivenBack = async () => {
    const settings = await terminal.shows('status')
    const last = terminal.output.lastIndexOf('\u001B[?1049l')
    expect(terminal.output.lastIndexOf(alternate)).toBeLessThan(last)
    expect(terminal.output.slice(last - 11, last)).toBe('\u001B[?7h\u001B[?25h')
    return settings
  }

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const)('on %s', async (signal) => {
    open(['top', '--watch=100ms'], {then})
    await terminal.shows('pid ')
    const pid = Number(await terminal.shows('\n'))
    await terminal.shows('ps ')
    process.kill(pid, signal)
    expect(await isGivenBack()).toMatch(/ icanon .* echo /s)
  })

  test.each([
    ['q', []],
    [keys.interrupt, []],
    // found out where the first rows are there
    ['', ['--filter', 'nothing == 1']],
  ])('on %j %j', async (typed, flags) => {
    open(['top', '--watch=100ms', ...flags], {then})
    if (typed !== '') {
      await terminal.shows('ps ')
      terminal.type(typed)
    }
    expect(await isGivenBack()).toMatch(/ icanon .* echo /s)
    if (typed === '') expect(terminal.output).toContain('there is no column nothing')
  })

  test('a terminal that is gone ends it', async () => {
    open(['top', '--watch=100ms'], {then})
    await terminal.shows('pid ')
    const pid = Number(await terminal.shows('\n'))
    await terminal.shows('ps ')
    terminal.close()
    await until('the process is gone', () => !isRunning(pid))
  })
})

test('within the REPL, too, and the next line is a command again', async () => {
  open(['repl'])
  await terminal.enter('top --watch=100ms')
  await terminal.shows('ps ')
  terminal.type('p')
  await terminal.shows('[partitions]')
  terminal.type(`n${keys.interrupt}`)
  await terminal.enter('config show router.port')
  await terminal.shows('9001')
  await terminal.enter('top --watch=100ms')
  await terminal.shows('ps ')
  terminal.type('q')
  // what goes into a pipe is no screen
  await terminal.enter('top | where id == 3 | json')
  expect(await terminal.shows('"ok": true')).not.toContain('[nodes]')
  await terminal.enter('exit')
  expect(await terminal.exited()).toBe(0)
})

test('elsewhere it is a JSON line for each row', async () => {
  const nodes = await runCli(['top', '--sort', 'id:desc', ...target()])
  const [first = ''] = nodes.stdout.split('\n')
  expect([nodes.code, JSON.parse(first)]).toEqual([0, expect.objectContaining({id: 77, state: 'leased'})])
  const partitions = await runCli(['top', '--partitions', '-o', 'csv', '--columns', 'id,space', ...target()])
  expect(partitions).toMatchObject({code: 0, stdout: 'ID,SPACE\n7,pictures\n'})
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
