import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {partitionId} from '../../src/entity/ids.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import {type Compiled, compile} from '../harness/compiled.js'
import {until} from '../harness/until.js'

const writer = join(import.meta.dirname, 'wal-writer.mjs')
const rounds = 5
let compiled: Compiled
let directory: string

beforeAll(async () => {
  compiled = await compile('raftstore/wal/write-ahead-log.ts', 'env/log.ts', 'env/system-env.ts')
  directory = await mkdtemp(join(tmpdir(), 'wal-'))
})
afterAll(async () => {
  await compiled.remove()
  await rm(directory, {recursive: true})
})

it('keeps every acknowledged entry of a process that is killed, time and again', async () => {
  const acknowledged = new Map<number, number>()
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, [writer, compiled.directory, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await until('it has appended enough', () => output.length > 20_000)
    child.kill('SIGKILL')
    await exited
    for (const line of output.split('\n').slice(0, -1)) {
      const [group, index] = line.split(' ').map(Number)
      if (group !== undefined && index !== undefined) acknowledged.set(group, index)
    }
    const log = new WriteAheadLog(systemEnv(silentLog), {directory})
    await log.start()
    for (const [group, index] of acknowledged) {
      expect(log.group(partitionId(group)).lastIndex).toBeGreaterThanOrEqual(index)
      for await (const entry of log.group(partitionId(group)).read(log.group(partitionId(group)).firstIndex)) {
        expect(Buffer.from(entry.payload).toString()).toBe(`${group}:${entry.index} `.repeat(50))
      }
    }
    await log.close()
  }
  expect(acknowledged.size).toBe(8)
})
