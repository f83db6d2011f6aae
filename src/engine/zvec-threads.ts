/**
 * zvec's threads, and the reads that may use them at once. Both belong to the process, not to an engine.
 *
 * A read runs on one of libuv's threads, which the log's disk needs as well, so reads take no more than half of them. Two
 * for each core, because threads wait for each other: 128-dimensional searches on 2 cores ran at 3,200 a second one at a
 * time, 5,400 by twos, 7,600 by fours.
 *
 * zvec 0.7.0 joins the rows of several segments on Arrow's pool of threads; each such read holds one of them while it
 * waits for another. As many reads as threads wait for each other for ever (within 200 reads, however many threads zvec
 * itself has); with one thread more, none did in 300,000 reads of 2 to 16 at a time. So Arrow gets more threads than there
 * may be reads, and reads take turns.
 */
import {readdirSync} from 'node:fs'
import {availableParallelism, setPriority} from 'node:os'
import {ZVecInitialize, ZVecLogLevel} from '@zvec/zvec'
import {Pool} from '../env/pool.js'

const cores = availableParallelism()
const libuvThreads = Number(process.env.UV_THREADPOOL_SIZE) || 4
const readsMax = Math.min(2 * cores, Math.ceil(libuvThreads / 2))
/** More are refused. */
const readsWaitingMax = 10_000
/** Beside the reads: index builds, and what is done on the main thread. */
const sparePoolThreads = 4

export const readTurns = new Pool('reads of the engine', {running: readsMax, waiting: readsWaitingMax})

/** Index builds get a tenth of what a request's thread gets, and all that nobody else wants. */
const buildNiceness = 10

let started = false

/** The first call sets the threads, later ones change nothing. */
export function startZvec(): void {
  if (started) return
  started = true
  // Arrow reads these when it is first used, and makes its threads when it needs them.
  process.env.OMP_NUM_THREADS = String(readsMax + sparePoolThreads)
  delete process.env.OMP_THREAD_LIMIT
  const optimizeThreads = Math.max(1, Math.floor(cores / 2))
  const before = new Set(threadIds())
  ZVecInitialize({queryThreads: cores, optimizeThreads, logLevel: ZVecLogLevel.FATAL})
  // zvec makes the threads of its two pools here and now, those that build indexes last
  const made = threadIds().filter((id) => !before.has(id))
  for (const id of made.slice(-optimizeThreads)) stepBack(id)
}

function stepBack(threadId: number): void {
  try {
    setPriority(threadId, buildNiceness)
  } catch {
    // a sandbox that forbids it: builds then compete with requests as equals
  }
}

/** The threads of this process, oldest first; none where the system does not list them (only Linux does). */
function threadIds(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/task')
    .map(Number)
    .sort((a, b) => a - b)
}
