/**
 * Faults of processes: killed, stopped, frozen.
 *
 * A server that is told to stop has ten seconds, and leaves with code 0 (P13).
 */
import {exitCode} from '../../src/errors/codes.js'
import type {Fault} from '../sim/plan.js'
import type {Arena} from './arena.js'
import {type ChaosNode, isUp} from './cluster.js'
import type {Begun} from './faults.js'
import {tearLog} from './log-damage.js'
import {within} from './within.js'

/** The ten seconds of the promise, and a moment to leave. */
const stopMs = 10_500
/** etcd runs for so long between two pauses. */
const breathMs = 200

/** As often as not, the write that it was in the middle of is half there when it comes back. */
export function crash(arena: Arena, fault: Fault): Promise<Begun> {
  return down(arena, fault, async ({daemon, place, host}) => {
    await daemon.kill()
    arena.count('kills')
    if (place.startsWith('ps/') && fault.atMs % 2 === 0 && (await tearLog(host, fault.atMs))) arena.count('torn tails')
  })
}

export function stop(arena: Arena, fault: Fault): Promise<Begun> {
  return down(arena, fault, async (node) => {
    const {daemon, place} = node
    const wasUp = isUp(node)
    const startedAt = performance.now()
    const exit = await within(stopMs, daemon.terminate())
    const ms = Math.round(performance.now() - startedAt)
    arena.count('stops')
    if (exit?.code === 0) return
    // one that is still starting leaves at once
    if (wasUp || (exit?.signal !== 'SIGTERM' && exit?.code !== exitCode.interrupted)) {
      const how = exit === null ? 'did not' : `ended with ${exit.signal ?? exit.code}`
      arena.broken.push(`P13: ${place} was told to stop and ${how} (${ms} ms): ${daemon.output}`)
    }
    await daemon.kill()
  })
}

async function down(arena: Arena, fault: Fault, end: (node: ChaosNode) => Promise<void>): Promise<Begun> {
  const nodes = await arena.nodesOf(fault)
  const release = nodes.length === 0 ? null : await arena.take(nodes.map(({daemon}) => daemon))
  if (release === null) return 'void'
  await Promise.all(nodes.map(end))
  return async () => {
    for (const {daemon} of nodes) daemon.start()
    release()
  }
}

export async function pause(arena: Arena, fault: Fault): Promise<Begun> {
  const nodes = await arena.nodesOf(fault)
  const release = nodes.length === 0 ? null : await arena.take(nodes.map(({daemon}) => daemon))
  if (release === null) return 'void'
  for (const {daemon} of nodes) daemon.pause()
  arena.count('pauses')
  return async () => {
    for (const {daemon} of nodes) daemon.resume()
    release()
  }
}

export async function etcdDown(arena: Arena): Promise<Begun> {
  const {etcd} = arena.cluster
  const release = await arena.take([etcd])
  if (release === null) return 'void'
  await etcd.kill()
  arena.count('kills')
  arena.count('etcd faults')
  return async () => {
    etcd.start()
    release()
  }
}

/** Every answer takes as long as it stands still, or a moment. */
export async function etcdSlow(arena: Arena, {args}: Fault): Promise<Begun> {
  const {etcd} = arena.cluster
  const release = await arena.take([etcd])
  if (release === null) return 'void'
  arena.count('pauses')
  arena.count('etcd faults')
  let timer: NodeJS.Timeout
  const still = () => {
    etcd.pause()
    timer = setTimeout(run, Number(args.meanMs))
  }
  const run = () => {
    etcd.resume()
    timer = setTimeout(still, breathMs)
  }
  still()
  return async () => {
    clearTimeout(timer)
    etcd.resume()
    release()
  }
}
