/** `--watch` where nobody looks at a terminal: a line for each change, through trouble, until it is interrupted. */
import {spawn} from 'node:child_process'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {binary} from '../harness/cluster.js'
import {startEmbedded, type TestStore} from '../harness/embedded-store.js'
import {home} from '../harness/run-cli.js'
import {until} from '../harness/until.js'

let metadata: TestStore
beforeAll(async () => {
  metadata = await startEmbedded()
})
afterAll(() => metadata?.stop())

const put = (key: string, value: unknown) =>
  metadata.store.transact({then: [{type: 'put', key, value: JSON.stringify(value)}]})

test('tells what came, changed and went', async () => {
  await put('/c/user/a', {name: 'a', role_name: 'reader'})
  const target = ['--etcd', `127.0.0.1:${metadata.store.port}`, '--cluster', 'c']
  const child = spawn(process.execPath, [binary, 'meta', 'show', 'users', '--watch=50ms', ...target], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {PATH: process.env.PATH, HOME: home},
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const events = () =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as {event: string; row: {id: string; value: {role_name: string}}})
      .map(({event, row}) => `${event} ${row.id} ${row.value.role_name}`)
  const seen = (count: number) => until(`there are ${count} events`, () => events().length >= count)
  await seen(1)
  await put('/c/user/b', {name: 'b', role_name: 'reader'})
  await seen(2)
  await put('/c/user/a', {name: 'a', role_name: 'writer'})
  await seen(3)
  await metadata.store.transact({then: [{type: 'delete', key: '/c/user/b'}]})
  await seen(4)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(events()).toEqual(['added a reader', 'added b reader', 'changed a writer', 'removed b reader'])
})
