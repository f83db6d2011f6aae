/**
 * Faults of disks: full, failing to sync, decayed, gone.
 *
 * A server with a full disk goes on (P11); one whose sync failed stops by itself, and is well when it is back; one whose
 * log is damaged says so and does not serve (P9).
 */
import {copyFile, open, readFile, rm, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {errorCodes} from '../../src/errors/codes.js'
import {until} from '../harness/until.js'
import type {Fault} from '../sim/plan.js'
import type {Arena} from './arena.js'
import {type ChaosCluster, type ChaosNode, eraseDisk, isUp} from './cluster.js'
import type {Begun} from './faults.js'
import {flipBits, newestSegment} from './log-damage.js'
import {takesWrites} from './probe.js'
import {spacePath} from './space.js'
import {canTrace, inject} from './strace.js'
import {within} from './within.js'

/** It stops in order, which takes ten seconds where something hangs, and every call of it is traced. */
const diesMs = 60_000
const survivorsMs = 20_000
const verdictMs = 30_000
const recoveryMs = 120_000
/** So little that no engine is written to any more, and long enough for every server to see it. */
const almostFullShare = 0.01
const noticesMs = 500
const chunk = Buffer.alloc(1024 * 1024)

export async function diskFull(arena: Arena, fault: Fault): Promise<Begun> {
  const [node] = await arena.nodesOf(fault)
  if (node?.host.isDiskOwn !== true) return 'void'
  const ballast = join(node.host.disk, `ballast-${fault.atMs}`)
  await writeUntilFull(ballast, almostFullShare)
  // no neighbour takes the last of a real disk between two looks at it
  await delay(noticesMs)
  await writeUntilFull(ballast, 0)
  arena.count('disk-full')
  return () => rm(ballast, {force: true})
}

/** Until no more than that share of the disk is free. */
async function writeUntilFull(path: string, leave: number): Promise<void> {
  const file = await open(path, 'a')
  try {
    for (let bytes = chunk; bytes.length > 0; ) {
      const {bavail, blocks} = await statfs(path)
      if (leave > 0 && bavail <= leave * blocks) return
      const {bytesWritten} = await file.write(bytes)
      if (bytesWritten < bytes.length) bytes = bytes.subarray(0, bytes.length >> 1)
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
  } finally {
    await file.close()
  }
}

const isOfLog = (call: string) => /<[^>]*\/raft\/[^>]*>/.test(call)

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
  const injected = (await readFile(report, 'utf8').catch(() => ''))
    .split('\n')
    .filter((call) => call.includes('(INJECTED)'))
  const wasInjected = injected.length > 0
  if (wasInjected) arena.count('fsync EIO')
  // an engine that cannot sync is not opened, and opened again later: nothing was acknowledged on its word
  if (injected.some(isOfLog) && !hasDied) arena.broken.push(`P1: ${place} went on after a failed sync`)
  if (!hasDied) await daemon.kill()
  daemon.start()
  release()
  return wasInjected ? null : 'void'
}

/**
 * Bits of the newest segment flip while the server is down and the others of its groups are whole: no copy but this one
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
    await flipBits(path, Number(fault.args.bits), fault.atMs)
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

/**
 * The disk is gone, while the others of its groups are whole. The server comes back under another id (P8), and gets anew
 * what the old one held.
 */
export async function wipe(arena: Arena, fault: Fault): Promise<Begun> {
  const {cluster} = arena
  const [node] = await arena.nodesOf(fault)
  const release = node === undefined ? null : await arena.take([node.daemon])
  if (node === undefined || release === null) return 'void'
  const {daemon, place, host} = node
  const lost = await cluster.nodeIdOf(node)
  await daemon.kill()
  arena.count('kills')
  const isWiped = lost !== null && (await takesWrites(cluster, survivorsMs))
  if (isWiped) await eraseDisk(host)
  await delay(fault.forMs ?? 0)
  daemon.start()
  if (isWiped) {
    arena.count('wipes')
    const problem = await recovered(cluster, node, lost)
    if (problem !== null) arena.broken.push(`P8: ${place} lost its disk and ${problem}`)
  }
  release()
  return isWiped ? null : 'void'
}

/** What went wrong, null if nothing. */
async function recovered(cluster: ChaosCluster, node: ChaosNode, lost: number): Promise<string | null> {
  let id: number | null = null
  let last: unknown = null
  const isDone = async () => {
    id = isUp(node) ? await cluster.nodeIdOf(node) : null
    // listed as what it was until that lease has ended
    if (id === null || id === lost) return false
    const body = {fail_node_id: lost, new_node_id: id}
    const answer = await cluster.ask('router/1', 'POST', '/schedule/recover_server?timeout=10000', body, 15_000)
    last = answer.body
    // whoever asked before may have had no answer, and its request been carried out: there is no such server any more
    const isUnknown = answer.body.code === errorCodes.PARTITION_SERVER_NOT_EXIST.code
    return answer.body.code === 0 || (isUnknown && (await cluster.isRidOf(lost, spacePath)))
  }
  return until('it has its replicas again', isDone, recoveryMs).then(
    () => null,
    (thrown: Error) => `${thrown.message}; it is listed as node ${id}; the last answer: ${JSON.stringify(last)}`,
  )
}
