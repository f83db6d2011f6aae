/** Reading logs while they are written: what was added, half lines, a file that begins anew, one that is large. */
import {appendFile, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {systemDisk} from '../../src/env/disk.js'
import {type LogPosition, readLogPart} from '../../src/env/log-lines.js'

let directory: string
const all = {level: 'trace', sinceMs: null, partition: null} as const
const line = (event: string, more: object = {}) =>
  `${JSON.stringify({level: 'info', time: '2026-01-05T10:00:00.000Z', event, ...more})}\n`
const read = async (position: LogPosition | null) => {
  const part = await readLogPart(systemDisk, directory, position, all)
  return {...part, events: part.lines.map(({event}) => event)}
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-lines-'))
})
afterAll(() => rm(directory, {recursive: true, force: true}))

test('what is added is read once, and only whole lines', async () => {
  const path = join(directory, 'PS.INFO.log')
  await writeFile(path, `${line('a')}not ours\n${line('b').slice(0, 20)}`)
  const first = await read(null)
  expect([first.events, first.strange]).toEqual([['a'], 1])
  expect((await read(first.position)).events).toEqual([])
  await appendFile(path, line('b').slice(20))
  await writeFile(join(directory, 'ROUTER.INFO.log'), line('r'))
  const second = await read(first.position)
  expect(second.events).toEqual(['b', 'r'])
  await writeFile(path, line('anew'))
  expect((await read(second.position)).events).toEqual(['anew'])
})

test('of a large file only the end is read, and that is said', async () => {
  const path = join(directory, 'MASTER.INFO.log')
  await writeFile(path, line('old') + line('much', {text: 'x'.repeat(5 * 1024 * 1024)}) + line('new'))
  const {events, cut} = await read({'PS.INFO.log': 10_000, 'ROUTER.INFO.log': 10_000})
  expect([events.filter((event) => event !== 'anew' && event !== 'r'), cut]).toEqual([['new'], ['MASTER.INFO.log']])
})
