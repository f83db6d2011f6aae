/** System calls of a running process that fail, or take their time. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {readdir, readFile} from 'node:fs/promises'
import {until} from '../harness/until.js'

/** Whether this machine lets a process trace another. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

/**
 * Resolves when every thread of the process is traced: from then on `fault`, in strace's words, befalls every call of
 * these names. Ends with the process, or by `kill`; `report` is told each call.
 */
export async function inject(
  pid: number,
  calls: readonly string[],
  fault: string,
  report = '/dev/null',
): Promise<ChildProcess> {
  const names = calls.join(',')
  const strace = spawn('strace', [
    ...['-f', '-q', '-y', '-p', String(pid), '-o', report],
    ...['-e', `trace=${names}`, '-e', `inject=${names}:${fault}`],
  ])
  await until('every thread is traced, or gone', () => isTraced(pid))
  return strace
}

async function isTraced(pid: number): Promise<boolean> {
  const directory = `/proc/${pid}/task`
  const threads = await readdir(directory).catch((): string[] => [])
  // a thread may end while it is looked at
  const states = await Promise.all(threads.map((id) => readFile(`${directory}/${id}/status`, 'utf8').catch(() => '')))
  return states.every((state) => !/^TracerPid:\s+0$/m.test(state))
}
