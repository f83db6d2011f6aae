/**
 * One process per data directory, without a lock that outlives its holder.
 *
 * Each contender writes a claim under a name of its own, `LOCK.<pid>.<start>.<nonce>`, and then looks for others. A claim
 * counts while the process that made it lives: same pid, same start time, same boot. Nothing that may be alive is ever
 * taken away, so there is no moment at which two could both believe to have broken a stale lock; at worst two that start
 * in the same instant both give way. Processes that do not see each other's pids (containers that share a directory) are
 * not kept apart.
 */
import {randomBytes} from 'node:crypto'
import {readdir, readFile, readlink, rm, writeFile} from 'node:fs/promises'
import {dirname, isAbsolute, join} from 'node:path'
import {CodedError} from '../errors/coded-error.js'
import {makeDirectory} from './make-directory.js'

export interface DirectoryLock {
  /** Idempotent. */
  release(): Promise<void>
}

const claimName = /^LOCK\.(\d+)\.([^.]+)\.[0-9a-f]+$/

/** Creates the directory if need be. Errors: DATA_DIR_LOCKED, DATA_DIR_UNWRITABLE. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const claim = `LOCK.${process.pid}.${await startOf(process.pid)}.${randomBytes(6).toString('hex')}`
  try {
    await makeDirectory(directory)
    await writeFile(join(directory, claim), '')
  } catch (cause) {
    const detail = `${directory}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new CodedError('DATA_DIR_UNWRITABLE', detail, {cause})
  }
  const release = (): Promise<void> => rm(join(directory, claim), {force: true})
  const holder = await otherHolder(directory, claim)
  if (holder === null) return {release}
  await release()
  throw new CodedError('DATA_DIR_LOCKED', `${directory} is in use by process ${holder}`, {
    hint: 'Stop that process, or give this one a data directory of its own.',
    facts: {pid: holder},
  })
}

/** The process that has the directory; null if none does. */
export async function holderOf(directory: string): Promise<number | null> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    const [, pid, start] = claimName.exec(name) ?? []
    if (pid !== undefined && (await startOf(Number(pid))) === start) return Number(pid)
  }
  return null
}

/** The directories that a process has, found by the files that it has open in or below them: on Linux, of whom we may look at. */
export async function directoriesOf(pid: number): Promise<readonly string[]> {
  const descriptors = `/proc/${pid}/fd`
  const numbers = await readdir(descriptors).catch(() => [])
  const files = await Promise.all(numbers.map((number) => readlink(join(descriptors, number)).catch(() => '')))
  const around = files.filter(isAbsolute).flatMap((file) => [dirname(file), dirname(dirname(file))])
  const held: string[] = []
  for (const directory of new Set(around)) if ((await holderOf(directory)) === pid) held.push(directory)
  return held.sort()
}

/** Asks a process of this machine to stop; false if there is none. */
export function askToStop(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGTERM')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw thrown
  }
}

/** The pid of another claim's living process; claims of the dead are removed. */
async function otherHolder(directory: string, own: string): Promise<number | null> {
  for (const name of await readdir(directory)) {
    const [, pid, start] = claimName.exec(name) ?? []
    if (pid === undefined || name === own) continue
    if ((await startOf(Number(pid))) === start) return Number(pid)
    await rm(join(directory, name), {force: true})
  }
  return null
}

/** When a process started, in a form that no later process with its pid shares; null if there is none. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return isRunning(pid) ? 'running' : null
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (status === null) return null
  const [boot = ''] = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).split('-')
  // Fields after the command's name, which may hold spaces: the first is the state, the 20th the start in clock ticks.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : `${boot}-${fields[19]}`
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
