import {mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type LogFileOptions, openLog} from '../../src/env/log-file.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {until} from '../harness/until.js'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-'))
})

afterEach(async () => {
  await rm(directory, {recursive: true})
})

const options = (more: Partial<LogFileOptions> = {}): LogFileOptions => ({
  directory,
  stem: 'MASTER-PS',
  level: 'INFO',
  files: 2,
  sizeMiB: 1,
  toConsole: false,
  ...more,
})

const lines = async (name = 'MASTER-PS.INFO.log'): Promise<Record<string, unknown>[]> =>
  (await readFile(join(directory, name), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Long enough for a failed open to be noticed: it takes a few turns of the event loop. */
const nextTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await stat(directory)
}

describe('the log file', () => {
  it('holds one JSON object a line, with the fields of its parents, and nothing below its level', async () => {
    const log = openLog(options())
    log.info('ps.registered', {nodeId: 3})
    log.debug('ps.step')
    log
      .child({partitionId: 7})
      .child({db: 'd'})
      .warn('raft.stopped', {docid: 2n ** 60n})
    await log.close()
    expect(await lines()).toEqual([
      {level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), event: 'ps.registered', nodeId: 3},
      {level: 'warn', time: expect.any(String), event: 'raft.stopped', partitionId: 7, db: 'd', docid: 2 ** 60},
    ])
  })

  it('is silent at a level that nothing reaches', async () => {
    const log = openLog(options({level: 'PANIC'}))
    log.error('not.that.bad')
    await log.close()
    expect(await readFile(log.path, 'utf8')).toBe('')
  })

  it('tells an error with its code, its outcome and its causes', async () => {
    const log = openLog(options())
    const cause = Object.assign(new Error('no space left'), {code: 'ENOSPC'})
    log.error('wal.failed', {error: new CodedError('INTERNAL_ERROR', 'the log', {outcome: 'unknown', cause})})
    await log.close()
    expect((await lines())[0]?.error).toMatchObject({
      message: 'internal_error:the log',
      code: 1,
      errorName: 'INTERNAL_ERROR',
      outcome: 'unknown',
      stack: expect.stringContaining('log-file.test'),
      cause: {message: 'no space left', code: 'ENOSPC'},
    })
  })

  it('rotates by size and keeps as many files as it was told', async () => {
    const log = openLog(options())
    for (let at = 0; at < 60; at++) log.info('filler', {at, text: 'x'.repeat(100_000)})
    await log.close()
    const names = (await readdir(directory)).sort()
    expect(names).toEqual(['MASTER-PS.INFO.log', 'MASTER-PS.INFO.log.1', 'MASTER-PS.INFO.log.2'])
  })

  it('shows people short lines on stderr when asked to', async () => {
    const written: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    try {
      const log = openLog(options({toConsole: true}))
      log.info('ps.registered', {nodeId: 3, error: new Error('why not')})
      await log.close()
    } finally {
      stderr.mockRestore()
    }
    expect(written).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}ps\.registered {16}nodeId=3 error="why not"\n$/),
    ])
  })

  it('lives through a file that cannot be written, and owns up to the lines that it lost', async () => {
    const path = join(directory, 'MASTER-PS.INFO.log')
    await mkdir(path)
    const log = openLog(options())
    for (let at = 0; at < 10; at++) log.info('filler', {at})
    await nextTurns()
    await rmdir(path)
    const later = Date.now() + 60_000
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => later)
    try {
      await until('the file is there again', async () => {
        log.info('back')
        return stat(path).then(
          () => true,
          () => false,
        )
      })
    } finally {
      clock.mockRestore()
    }
    await log.close()
    log.info('after the close')
    const written = await lines()
    expect(written[0]).toMatchObject({event: 'log.lines.lost', lines: expect.any(Number)})
    expect(written[0]?.lines).toBeGreaterThanOrEqual(10)
    expect(written.at(-1)?.event).toBe('back')
  })
})
