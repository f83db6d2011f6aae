/**
 * Faults of disks: full, failing to sync, decayed.
 *
 * A server with a full disk goes on (P11); one whose sync failed stops by itself, and is well when it is back; one whose
 * log is damaged says so and does not serve (P9).
 */
import {copyFile, open, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {errorCodes} from '../../src/errors/codes.js'
import {until} from '../harness/until.js'
import type {Fault} from '../sim/plan.js'
import type {Arena} from './arena.js'
import {isUp} from './cluster.js'
import type {Begun} from './faults.js'
import {flipBit, newestSegment} from './log-damage.js'
import {takesWrites} from './probe.js'
import {canTrace, inject} from './strace.js'
import {within} from './within.js'

const diesMs = 20_000
const survivorsMs = 20_000
const verdictMs = 30_000
const chunk = Buffer.alloc(1024 * 1024)

export async function diskFull(arena: Arena, fault: Fault): Promise<Begun> {
  const [node] = await arena.nodesOf(fault)
  if (node === undefined || !arena.cluster.machines.canFillDisks) return 'void'
  const ballast = join(node.host.disk, `ballast-${fault.atMs}`)
  await writeUntilFull(ballast)
  arena.count('disk-full')
  return () => rm(ballast, {force: true})
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (let bytes = chunk; bytes.length > 0; ) {
      const {bytesWritten} = await file.write(bytes)
      if (bytesWritten < bytes.length) bytes = bytes.subarray(0, bytes.length >> 1)
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
  } finally {
    await file.close()
  }
}

/** Every sync fails from now on, until it has noticed. */
export async function syncError(arena: Arena, fault: Fault): Promise<Begun> {
  if (!canTrace) return 'void'
  const [node] = await arena.nodesOf(fault)
  const release = node === undefined ? null : await arena.take([node.daemon])
  if (node === undefined || release === null) return 'void'
  const {daemon, place, host} = node
  const report = join(host.directory, 'strace')
  const {exited} = daemon
  daemon.mayEnd()
  const strace = await inject(daemon.pid, ['fsync', 'fdatasync'], 'error=EIO', report)
  const hasDied = (await within(diesMs, exited)) !== null
  strace.kill()
  const wasInjected = (await readFile(report, 'utf8').catch(() => '')).includes('(INJECTED)')
  if (wasInjected) arena.count('fsync EIO')
  if (wasInjected && !hasDied) arena.broken.push(`P1: ${place} went on after a failed sync`)
  if (!hasDied) await daemon.kill()
  daemon.start()
  release()
  return wasInjected ? null : 'void'
}

/**
 * A bit of the newest segment flips while the server is down and the others of its groups are whole: no copy but this one
 * may be bad. It either cuts off what it takes for a write that was under way, or refuses to start; then the disk is
 * mended.
 */
export async function bitRot(arena: Arena, fault: Fault): Promise<Begun> {
  const [node] = await arena.nodesOf(fault)
  const release = node === undefined ? null : await arena.take([node.daemon])
  if (node === undefined || release === null) return 'void'
  const {daemon, place, host} = node
  await daemon.kill()
  arena.count('kills')
  const path = await newestSegment(host)
  // what is acknowledged without it is on both others, and so is all that came before
  const isFlipped = path !== null && (await takesWrites(arena.cluster, survivorsMs))
  if (isFlipped) {
    await copyFile(path, `${path}.kept`)
    await flipBit(path, fault.atMs)
    arena.count('flipped bits')
  }
  daemon.start()
  if (isFlipped) {
    daemon.mayEnd()
    await until(`${place} serves, or refuses to`, () => isUp(node) || !daemon.isRunning, verdictMs)
    if (!daemon.isRunning) {
      const {code} = await daemon.exited
      if (code !== errorCodes.DATA_CORRUPT.exit)
        arena.broken.push(`P9: ${place} ended on a flipped bit: ${daemon.output}`)
      await copyFile(`${path}.kept`, path)
      daemon.start()
    }
    await rm(`${path}.kept`)
  }
  release()
  return isFlipped ? null : 'void'
}
