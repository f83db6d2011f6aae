import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, open, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {directoriesOf, lockDirectory} from '../../src/env/directory-lock.js'
import {type Compiled, compile} from '../harness/compiled.js'

const holderScript = join(import.meta.dirname, 'lock-holder.mjs')
let compiled: Compiled
let directory: string

beforeAll(async () => {
  compiled = await compile('env/directory-lock.ts')
})
afterAll(() => compiled.remove())

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterEach(() => rm(directory, {recursive: true}))

describe('the lock of a directory', () => {
  it('keeps another process out until that one is killed', async () => {
    const holder = spawn(process.execPath, [holderScript, compiled.directory, directory])
    try {
      await once(holder.stdout, 'data')
      await expect(lockDirectory(directory)).rejects.toMatchObject({
        errorName: 'DATA_DIR_LOCKED',
        exitCode: 24,
        facts: {pid: holder.pid},
      })
      expect(await readdir(directory)).toHaveLength(1)
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
    const lock = await lockDirectory(directory)
    expect(await readdir(directory)).toHaveLength(1)
    await lock.release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is not shared within a process, and may be taken again when released', async () => {
    const lock = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toMatchObject({facts: {pid: process.pid}})
    await lock.release()
    await lock.release()
    await (await lockDirectory(directory)).release()
  })

  it('is not held by a process that only has the pid of one that died', async () => {
    await writeFile(join(directory, `LOCK.${process.pid}.00000000-1.abcdef`), '')
    await (await lockDirectory(directory)).release()
  })

  it('never goes to two, however many ask at once', async () => {
    for (let round = 0; round < 20; round++) {
      const asked = await Promise.allSettled(Array.from({length: 4}, () => lockDirectory(directory)))
      const held = asked.filter((outcome) => outcome.status === 'fulfilled')
      expect(held.length).toBeLessThanOrEqual(1)
      for (const {value} of held) await value.release()
    }
  })

  it.runIf(process.platform === 'linux')('tells by an open file whose directory it is, while it is held', async () => {
    const file = await open(join(directory, 'file'), 'w')
    expect(await directoriesOf(process.pid)).toEqual([])
    const lock = await lockDirectory(directory)
    expect(await directoriesOf(process.pid)).toEqual([directory])
    await file.close()
    expect(await directoriesOf(process.pid)).toEqual([])
    await lock.release()
  })

  it('says so when the directory cannot be written', async () => {
    await writeFile(join(directory, 'file'), '')
    await expect(lockDirectory(join(directory, 'file'))).rejects.toMatchObject({errorName: 'DATA_DIR_UNWRITABLE'})
  })
})
