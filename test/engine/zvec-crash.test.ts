/** What is left of an engine whose process was killed: it opens and is whole, or the probe says why not. */
import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {probeEngine} from '../../src/engine/zvec-probe.js'
import {documentOf, spaceOf, vectorField} from './spaces.js'

const space = spaceOf([vectorField(16, 'HNSW')])
const worker = fileURLToPath(new URL('zvec-writer.mjs', import.meta.url))

describe('an engine', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-crash-'))
  })
  afterEach(() => rm(directory, {recursive: true}))

  async function written(count: number): Promise<string> {
    const live = join(directory, 'live')
    const engine = await openZvecEngine(live, space)
    for (let from = 0; from < count; from += 100) {
      engine.upsert(Array.from({length: 100}, (_, index) => documentOf(space, from + index)))
    }
    await engine.close()
    return live
  }

  /** Runs the writer until it has said `messages` things, then kills it. Resolves with the batches that it finished. */
  async function kill(live: string, mode: 'write' | 'optimize', messages: number): Promise<number> {
    const child: ChildProcess = fork(worker, [live, mode, '2000'])
    let said = 0
    child.on('message', () => {
      said++
      if (said === messages) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    return said
  }

  it.each([1, 20, 100])('killed after %d batches has them all', async (batches) => {
    const live = await written(2_000)
    const said = await kill(live, 'write', batches)
    expect(said).toBeGreaterThanOrEqual(batches)
    expect(await probeEngine(live)).toBeNull()
    const engine = await openZvecEngine(live, space)
    expect(engine.status().documents).toBeGreaterThanOrEqual(2_000 + said * 100)
    await engine.close()
  })

  it.each([1, 2, 3])('killed while it is optimised is whole, or the probe says what is wrong (%d)', async () => {
    const live = await written(2_000)
    await cp(live, join(directory, 'image'), {recursive: true})
    await kill(live, 'optimize', 1)
    const fault = await probeEngine(live)
    const opened = fault === null ? live : join(directory, 'image')
    const engine = await openZvecEngine(opened, space)
    expect(engine.status().documents).toBe(2_000)
    expect((await engine.scan(0, 5_000, 5_000, {fields: [], vectors: []})).length).toBe(2_000)
    await engine.close()
  })

  it('that is not one is corrupt to the probe and to whoever opens it', async () => {
    const broken = join(directory, 'broken')
    await mkdir(broken)
    await writeFile(join(broken, 'manifest'), 'nonsense')
    expect(await probeEngine(broken)).not.toBeNull()
    await expect(openZvecEngine(broken, space)).rejects.toThrow(/data_corrupt/)
  })

  it('that is open elsewhere does not open', async () => {
    const live = join(directory, 'live')
    const engine = await openZvecEngine(live, space)
    await expect(openZvecEngine(live, space)).rejects.toThrow(/data_corrupt/)
    expect(await probeEngine(live)).not.toBeNull()
    await engine.close()
    expect(await probeEngine(live)).toBeNull()
  })
})
