import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {History, historyLinesMax, isKept} from '../../../src/cli/repl/history.js'
import {systemClock} from '../../../src/env/clock.js'
import {systemDisk} from '../../../src/env/disk.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'history-'))
})
afterAll(() => rm(directory, {recursive: true, force: true}))

const env = {disk: systemDisk, clock: systemClock}

test.each<[string, boolean]>([
  ['node list', true],
  ['node list --password-file f', true],
  [' node list', false],
  ['   ', false],
  ['node list --password x', false],
  ['node list --etcd-password=x', false],
  ['meta put user/root {}', false],
  ['meta get user/root', true],
  ['db create --token x', false],
])('%j is kept: %s', (line, kept) => expect(isKept(line)).toBe(kept))

test('is read newest first, without repetitions and broken lines, and stays bounded', async () => {
  const history = new History(directory, 'a/b', env)
  expect(history.path).toBe(join(directory, 'history-a%2Fb.jsonl'))
  expect(await history.read()).toEqual([])
  const lines = Array.from({length: 5_001}, (_, at) => `${JSON.stringify({cmd: `line ${at}`})}\n`)
  await writeFile(history.path, lines.join(''))
  expect((await history.read()).length).toBe(historyLinesMax)
  expect((await readFile(history.path, 'utf8')).trim().split('\n').length).toBe(historyLinesMax)
  await writeFile(history.path, `${JSON.stringify({cmd: 'one'})}\nbroken\n{"cmd":3}\n`)
  for (const cmd of ['two', 'two', ' three', 'four']) history.append({cmd, context: null, cwd: '/', rc: 0, ms: 1})
  await history.flush()
  expect(await history.read()).toEqual(['four', 'two', 'one'])
})

test('stops nobody where it cannot be written', async () => {
  const path = join(directory, 'file')
  await writeFile(path, '')
  const history = new History(path, null, env)
  history.append({cmd: 'one', context: null, cwd: '/', rc: 0, ms: 1})
  await history.flush()
  expect(await history.read()).toEqual([])
})
