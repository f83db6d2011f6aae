import {availableParallelism} from 'node:os'
import {ZVecInitialize, ZVecLogLevel} from '@zvec/zvec'

let started = false

/** zvec's threads belong to the process: the first call sets them, later ones change nothing. */
export function startZvec(threads: number = availableParallelism()): void {
  if (started) return
  ZVecInitialize({queryThreads: threads, optimizeThreads: threads, logLevel: ZVecLogLevel.FATAL})
  started = true
}
