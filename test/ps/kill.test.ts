import {type ChildProcess, spawn} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {type Compiled, compile} from '../harness/compiled.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {until} from '../harness/until.js'
import {hnswSpace} from './fixtures.js'
// @ts-expect-error shared with a script that runs without a compiler
import {contentAfter} from './kill-ledger.mjs'

const kills = 6

let compiled: Compiled
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kill-'))
  compiled = await compile(
    'ps/partitions.ts',
    'raftstore/wal/write-ahead-log.ts',
    'engine/zvec-engine.ts',
    'engine/zvec-probe.ts',
    'env/log.ts',
    'env/system-env.ts',
  )
}, 60_000)
afterAll(async () => {
  await compiled.remove()
  await rm(root, {recursive: true})
})

type Row = readonly [id: string, docid: number, n: number]

/** A worker that writes from step `first` on, and what it has said so far. */
class Worker {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  hasExited = false
  /** zvec talks there, too. */
  errors = ''
  documents: readonly Row[] | null = null
  acknowledged = -1

  constructor(first: number) {
    const script = join(import.meta.dirname, 'kill-worker.mjs')
    const args = [script, compiled.directory, root, JSON.stringify(hnswSpace()), String(first)]
    const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'pipe']})
    child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text))
    createInterface({input: child.stdout}).on('line', (line) => {
      const said = JSON.parse(line) as {documents?: Row[]; step?: number}
      this.documents = said.documents ?? this.documents
      this.acknowledged = said.step ?? this.acknowledged
    })
    this.#exited = new Promise<void>((resolve) => {
      child.once('close', () => {
        this.hasExited = true
        resolve()
      })
    })
    this.#child = child
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** Content as of all acknowledged steps, or also some of the write that was under way. */
function expectContent(documents: readonly Row[], steps: number): void {
  const content = new Map(documents.map(([id, , n]) => [id, n]))
  const [least, most] = [contentAfter(steps), contentAfter(steps + 1)] as [Map<string, number>, Map<string, number>]
  for (const [id, n] of least) if (most.get(id) === n) expect([id, content.get(id)]).toEqual([id, n])
  for (const [id, n] of content) {
    const allowed = [least.get(id), most.get(id), id.startsWith(`${steps}-`) ? steps : undefined]
    expect(allowed, `${id} is ${n}`).toContain(n)
  }
  const docids = documents.map(([, docid]) => docid)
  expect(new Set(docids).size).toBe(docids.length)
}

it('every acknowledged document is back after kill -9, while indexing and checkpoints go on', async () => {
  const seed = testSeed()
  const random = new SeededRandom(seed)
  let steps = 0
  try {
    for (let kill = 0; kill <= kills; kill++) {
      const worker = new Worker(steps)
      await until('the worker has recovered', () => worker.documents !== null || worker.hasExited, 60_000)
      if (worker.hasExited) throw new Error(worker.errors)
      expectContent(worker.documents ?? [], steps)
      await until('it writes', () => worker.acknowledged >= steps)
      await delay(random.below(1_200))
      await worker.kill()
      steps = worker.acknowledged + 1
    }
    expect(steps).toBeGreaterThan(kills)
  } catch (thrown) {
    throw new Error(`replay with SEED=${seed}`, {cause: thrown})
  }
}, 180_000)
