import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openFileLog} from '../../src/env/file-log.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-test-'))
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const options = (level: 'INFO' | 'PANIC', fileBytesMax = 1_000_000) => ({
  directory,
  fileName: 'ALL.log',
  level,
  fileBytesMax,
  filesMax: 2,
})

async function lines(): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(directory, 'ALL.log'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('writes events with their fields, and all of them before it is closed', async () => {
  const {log, close} = openFileLog(options('INFO'))
  log.debug('too.detailed')
  log.info('ps.registered', {nodeId: 3, revision: 9_007_199_254_740_993n})
  log.child({partitionId: 7}).error('disk.failed', {error: new TypeError('no room')})
  await close()
  const [registered, failed] = await lines()
  expect(registered).toMatchObject({event: 'ps.registered', nodeId: 3})
  expect(failed).toMatchObject({
    event: 'disk.failed',
    partitionId: 7,
    error: expect.stringMatching(/^TypeError: no room\n/),
  })
  expect(await lines()).toHaveLength(2)
})

test('writes nothing of less than the level', async () => {
  const {log, close} = openFileLog(options('PANIC'))
  log.error('not.that.bad')
  await close()
  expect(await readFile(join(directory, 'ALL.log'), 'utf8')).toBe('')
})

test('keeps as many files as it may', async () => {
  const {log, close} = openFileLog(options('INFO', 2_000))
  for (let index = 0; index < 200; index++) log.info('a.line', {index, filler: 'x'.repeat(50)})
  await close()
  const names = await readdir(directory)
  expect(names).toContain('ALL.log')
  expect(names.filter((name) => name.endsWith('ALL.log')).length).toBeLessThanOrEqual(3)
  expect(names.length).toBeGreaterThan(1)
})
