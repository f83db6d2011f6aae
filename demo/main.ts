/**
 * `npm run demo`: a whole cluster, 10,000 handwritten digits in, their nearest neighbours out.
 *
 * All digits are loaded; one in twenty is marked as held out, and the searches, which ask for the neighbours of those,
 * leave the marked ones out by a filter. `-- --keep` leaves the cluster running.
 */
import {once} from 'node:events'
import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {DemoCluster, vearchctl} from './cluster.js'
import {type Digit, loadDigits} from './digits.js'
import {Progress} from './progress.js'
import {createSpace, index, type Neighbour, neighbours, upsert} from './space.js'

const batchDocuments = 100
const batchesInFlight = 2
const searchesInFlight = 2
const heldOutEvery = 20
const neighbourCount = 10
const recallWanted = 0.98

const keep = process.argv.includes('--keep')
await mkdir('vearch-data', {recursive: true})
const dataDirectory = await mkdtemp(join('vearch-data', 'demo-'))
const cluster = new DemoCluster(dataDirectory)
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const done = await Promise.race([demo(), interrupted.then(() => 'interrupted' as const)]).catch((thrown: unknown) => {
  process.stderr.write(`\n${thrown instanceof Error ? thrown.message : thrown}\n`)
  return 'failed' as const
})
if (done === 'done' && keep) {
  cluster.release()
  process.stdout.write(`
The cluster goes on (process ${cluster.pid}, data in ${dataDirectory}). Try:
  curl -s http://127.0.0.1:9001/dbs/demo/spaces/digits
  npx vearchctl partitions list --node 1
  npx vearchctl ids next
  kill ${cluster.pid}        # stops it cleanly
`)
} else {
  await cluster.stop()
  await rm(dataDirectory, {recursive: true, force: true})
}
process.exitCode = {done: 0, failed: 1, interrupted: 130}[done]

async function demo(): Promise<'done'> {
  await cluster.start()
  await run()
  return 'done'
}

async function run(): Promise<void> {
  const digits = shuffled(await loadDigits())
  const heldOut = new Set(digits.filter((_, position) => position % heldOutEvery === 0))

  await createSpace()
  const documentsPerSecond = await load(digits, (digit) => heldOut.has(digit))
  const indexing = new Progress('indexing', digits.length)
  await index(digits.length, (indexed) => indexing.to(indexed))
  indexing.end()

  const exact = await searchAll('exact search', [...heldOut], {exact: true})
  const found = await searchAll('search', [...heldOut], {exact: false})
  const recall = mean(found.answers.map((answer, query) => overlap(answer, exact.answers[query] ?? [])))
  const named = mean(found.answers.map((answer, query) => (majority(answer) === [...heldOut][query]?.digit ? 1 : 0)))

  process.stdout.write(`
documents loaded        ${digits.length} of ${digits[0]?.image.length} dimensions
documents per second    ${Math.round(documentsPerSecond)}
searches per second     ${Math.round(found.perSecond)} (exact: ${Math.round(exact.perSecond)})
recall@${neighbourCount}               ${recall.toFixed(4)} against exact search
named by neighbours     ${(100 * named).toFixed(1)} % of ${heldOut.size} held-out digits
`)
  await vearchctl('meta', 'show')
  await vearchctl('partitions', 'list')
  if (recall < recallWanted) throw new Error(`recall ${recall.toFixed(4)} is below ${recallWanted}`)
}

async function load(digits: readonly Digit[], isHeldOut: (digit: Digit) => boolean): Promise<number> {
  const progress = new Progress('loading', digits.length)
  const batches: (readonly Digit[])[] = []
  for (let from = 0; from < digits.length; from += batchDocuments)
    batches.push(digits.slice(from, from + batchDocuments))
  let done = 0
  await inFlight(batchesInFlight, batches, async (batch) => {
    await upsert(batch, isHeldOut)
    done += batch.length
    progress.to(done)
  })
  return progress.end()
}

async function searchAll(label: string, queries: readonly Digit[], options: {exact: boolean}) {
  const progress = new Progress(label, queries.length)
  const answers: Neighbour[][] = []
  let done = 0
  await inFlight(searchesInFlight, queries, async (query, position) => {
    answers[position] = await neighbours(query, neighbourCount, options)
    progress.to(++done)
  })
  return {answers, perSecond: progress.end()}
}

/** Works through `items` in order, at most `limit` at a time. */
async function inFlight<T>(limit: number, items: readonly T[], work: (item: T, position: number) => Promise<void>) {
  const queue = items.entries()
  const lanes = Array.from({length: limit}, async () => {
    for (const [position, item] of queue) await work(item, position)
  })
  await Promise.all(lanes)
}

/** The same order at every run: the figures of two runs can be compared. */
function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items]
  let state = 1
  for (let last = result.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    const other = state % (last + 1)
    ;[result[last], result[other]] = [result[other] as T, result[last] as T]
  }
  return result
}

/** The share of the exact answer that was found. A tie at the last place may be broken either way, so distances decide. */
function overlap(answer: readonly Neighbour[], exact: readonly Neighbour[]): number {
  const worst = Math.max(...exact.map(({_score}) => _score)) * (1 + 1e-6)
  return answer.filter(({_score}) => _score <= worst).length / exact.length
}

function majority(answer: readonly Neighbour[]): number {
  const votes = new Map<number, number>()
  for (const {digit} of answer) votes.set(digit, (votes.get(digit) ?? 0) + 1)
  return [...votes].sort(([, one], [, other]) => other - one)[0]?.[0] ?? -1
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
