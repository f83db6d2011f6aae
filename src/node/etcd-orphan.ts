/**
 * Keeps two etcds off one data directory. The second would wait for the first one's file lock without a word (infra §1.7).
 *
 * A pid file says which process runs there and which master started it. If that master is still its parent, the directory is in use. If it is
 * dead, its etcd is an orphan, and is ended.
 */
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {type Disk, writeFileAtomic} from '../env/disk.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import type {EtcdSpec} from './etcd-spec.js'

const run = promisify(execFile)
const orphanGraceMs = 10_000
const pollMs = 20

export async function writePidFile(disk: Disk, {pidFile}: EtcdSpec, etcdPid: number): Promise<void> {
  await writeFileAtomic(disk, pidFile, new TextEncoder().encode(`${etcdPid} ${process.pid}\n`))
}

/** Throws DATA_DIR_LOCKED if a living master runs an etcd there. */
export async function endOrphan(env: Pick<Env, 'clock' | 'disk' | 'log'>, spec: EtcdSpec): Promise<void> {
  const noted = await env.disk.readFile(spec.pidFile)
  if (noted === null) return
  const [etcdPid = 0, masterPid = 0] = new TextDecoder().decode(noted).trim().split(' ').map(Number)
  const running = await processOf(env.disk, etcdPid)
  // The number may belong to another program by now; ours is known by its data directory.
  if (running?.command.includes(` --data-dir ${spec.dataDir} `)) {
    if (masterPid !== process.pid && running.parentPid === masterPid) {
      throw new CodedError(
        'DATA_DIR_LOCKED',
        `${spec.dataDir} is in use by the etcd (pid ${etcdPid}) of process ${masterPid}`,
        {
          hint: 'stop that master first, or give this one another data directory',
        },
      )
    }
    env.log.warn('etcd.orphan.ended', {pid: etcdPid, dataDir: spec.dataDir})
    await end(env, etcdPid)
  }
  await env.disk.remove(spec.pidFile)
}

async function end({clock}: Pick<Env, 'clock'>, pid: number): Promise<void> {
  signal(pid, 'SIGTERM')
  for (let waitedMs = 0; isAlive(pid); waitedMs += pollMs) {
    if (waitedMs === orphanGraceMs) signal(pid, 'SIGKILL')
    if (waitedMs === 2 * orphanGraceMs) throw new CodedError('DATA_DIR_LOCKED', `etcd (pid ${pid}) cannot be ended`)
    await clock.sleep(pollMs)
  }
}

interface RunningProcess {
  readonly parentPid: number
  /** Words separated, begun and ended by one space; empty for a process that is dead and waits to be collected. */
  readonly command: string
}

async function processOf(disk: Disk, pid: number): Promise<RunningProcess | null> {
  if (pid <= 0) return null
  if (process.platform !== 'linux') {
    const {stdout} = await run('ps', ['-o', 'ppid=,command=', '-p', String(pid)]).catch(() => ({stdout: ''}))
    const [, parent, command] = /^\s*(\d+) (.*)/.exec(stdout) ?? []
    return parent === undefined ? null : {parentPid: Number(parent), command: ` ${command} `}
  }
  const text = new TextDecoder()
  const [stat, command] = await Promise.all([disk.readFile(`/proc/${pid}/stat`), disk.readFile(`/proc/${pid}/cmdline`)])
  if (stat === null || command === null) return null
  // "pid (name) state ppid …", and the name may hold anything.
  const [, parent] = text.decode(stat).split(') ').at(-1)?.split(' ') ?? []
  return {parentPid: Number(parent), command: ` ${text.decode(command).replaceAll('\0', ' ')} `}
}

function isAlive(pid: number): boolean {
  return signal(pid, 0)
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  if (pid <= 0) return false
  try {
    return process.kill(pid, name)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
