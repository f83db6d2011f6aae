/**
 * zvec's threads, and the reads that may use them at once. Both belong to the process, not to an engine.
 *
 * zvec 0.7.0 joins the rows of several segments on Arrow's pool of threads; each such read holds one of them while it
 * waits for another. As many reads as threads wait for each other for ever (within 200 reads, however many threads zvec
 * itself has); with one thread more, none did in 300,000 reads of 2 to 16 at a time. So Arrow gets more threads than there
 * may be reads, and reads take turns.
 */
import {availableParallelism} from 'node:os'
import {ZVecInitialize, ZVecLogLevel} from '@zvec/zvec'
import {ReadTurns} from './read-turns.js'

const cores = availableParallelism()
/** Beside the reads: index builds, and what is done on the main thread. */
const sparePoolThreads = 4

export const readTurns = new ReadTurns(cores)

let started = false

/** The first call sets the threads, later ones change nothing. */
export function startZvec(): void {
  if (started) return
  // Arrow reads these when it is first used, and makes its threads when it needs them.
  process.env.OMP_NUM_THREADS = String(cores + sparePoolThreads)
  delete process.env.OMP_THREAD_LIMIT
  // building indexes leaves half of the machine to what is asked meanwhile
  const optimizeThreads = Math.max(1, Math.floor(cores / 2))
  ZVecInitialize({queryThreads: cores, optimizeThreads, logLevel: ZVecLogLevel.FATAL})
  started = true
}
