/** Which of the process's threads build an index: those, and only those, that step back behind requests. */
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {SeededRandom} from '../harness/random.js'
import {documentOf, spaceOf, vectorField} from './spaces.js'

const documents = 4_000
const dimension = 64

interface Thread {
  readonly nice: number
  readonly ticks: number
}

async function threads(): Promise<Map<string, Thread>> {
  const ids = await readdir('/proc/self/task')
  return new Map(
    await Promise.all(
      ids.map(async (id): Promise<[string, Thread]> => {
        const stat = await readFile(`/proc/self/task/${id}/stat`, 'utf8')
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number)
        const [user = 0, system = 0] = fields.slice(11, 13)
        return [id, {ticks: user + system, nice: fields[16] ?? 0}]
      }),
    ),
  )
}

it.runIf(process.platform === 'linux')('an index is built by threads that step back', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'engine-threads-'))
  const random = new SeededRandom(3)
  const space = spaceOf([vectorField(dimension, 'HNSW', {metric_type: 'L2', nlinks: 32, efConstruction: 300})])
  const engine = await openZvecEngine(join(directory, 'live'), space)
  for (let from = 0; from < documents; from += 100) {
    const feature = () => Float32Array.from(random.vector(dimension))
    engine.upsert(Array.from({length: 100}, (_, at) => documentOf(space, from + at, {feature: feature()})))
  }
  const before = await threads()
  await engine.buildIndex()
  let built = 0
  let others = 0
  for (const [id, {nice, ticks}] of await threads()) {
    const spent = ticks - (before.get(id)?.ticks ?? 0)
    if (nice > 0) built += spent
    else if (id !== String(process.pid)) others += spent
  }
  expect(built).toBeGreaterThan(20)
  expect(others).toBeLessThan(built / 4)
  await engine.close()
  await rm(directory, {recursive: true})
})
