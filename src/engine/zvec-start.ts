import {availableParallelism} from 'node:os'
import {ZVecInitialize, ZVecLogLevel} from '@zvec/zvec'

let started = false

/** zvec's threads belong to the process: the first call sets them, later ones change nothing. */
export function startZvec(threads: number = availableParallelism()): void {
  if (started) return
  // building indexes leaves half of the machine to what is asked meanwhile
  const optimizeThreads = Math.max(1, Math.floor(threads / 2))
  ZVecInitialize({queryThreads: threads, optimizeThreads, logLevel: ZVecLogLevel.FATAL})
  started = true
}
