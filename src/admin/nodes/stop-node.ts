/**
 * Stops a partition server after a look at what that does to its partitions: the one of this machine that has a data directory, by
 * a signal, or any that is registered, by asking it. Either way it hands its leadership over and finishes what is under way.
 */

import type {NodeId} from '../../entity/ids.js'
import {askToStop, holderOf} from '../../env/directory-lock.js'
import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, type Proposal, proposal} from '../changes/proposal.js'
import {counted} from '../messages/counted.js'
import {readDataDirectories} from '../picture/disk-reading.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, isSilent} from '../picture/picture.js'
import type {NodeAddress, NodeAnswer} from '../session/node-calls.js'
import type {Session} from '../session/session.js'
import {registeredServer, rpcAddress} from './registered.js'

export interface StoppedNode {
  readonly node: NodeId | null
  readonly pid: number
  /** Its first data directory, or the address at which it was asked. */
  readonly place: string
}

export interface NodeProcess extends StoppedNode {
  readonly plan: Proposal
}

export interface RemoteProcess extends NodeProcess {
  readonly address: NodeAddress
}

const everyMs = 100

/** Errors: NOT_FOUND where nothing runs there. */
export async function runningNode(session: Session, directory: string, picture: ClusterPicture): Promise<NodeProcess> {
  const pid = await holderOf(directory)
  if (pid === null) {
    throw new CodedError('NOT_FOUND', `no process of this machine has ${directory}`, {
      hint: 'run this on the server’s machine, with its --conf or --data-dir',
    })
  }
  const disk = await readDataDirectories(session.env.disk, [directory])
  const node = disk.told ? (disk.value.identity?.node ?? null) : null
  const step = {
    step: `stop process ${pid}, ${node === null ? 'a server without an id' : `node ${node}`}`,
    subject: directory,
    before: null,
    after: null,
  }
  const objections = node === null ? [] : quorumObjections(picture, node)
  return {node, pid, place: directory, plan: proposal('node stop', [step], {objections})}
}

/** Resolves when the process has given its directory up. */
export async function stopNode(
  {env, signal}: Session,
  writer: GuardedWriter,
  {pid, node, place}: NodeProcess,
): Promise<StoppedNode> {
  const request = `SIGTERM to process ${pid}, node ${node}`
  await writer.request({action: 'node stop', request}, async () => {
    if (!askToStop(pid)) return
    while ((await holderOf(place)) === pid) await env.clock.sleep(everyMs, signal)
  })
  return {node, pid, place}
}

/** Errors: PARTITION_SERVER_NOT_EXIST where it is not registered; METHOD_NOT_IMPLEMENT where it is not of our kind. */
export async function remoteNode(session: Session, id: NodeId, picture: ClusterPicture): Promise<RemoteProcess> {
  const server = await registeredServer(await session.reading(), id)
  const address = rpcAddress(server)
  const {pid, roles} = await (await session.nodes()).demand(address, 'processFacts', {})
  const place = `${address.host}:${address.port}`
  const others = roles.filter((role) => role !== 'ps')
  const step = {step: `stop node ${id}, process ${pid} at ${place}`, subject: `node ${id}`, before: null, after: null}
  const shared: Objection[] =
    others.length === 0
      ? []
      : [{guard: 'roles', reason: `its process is ${others.join(' and ')} too, which end with it`}]
  const objections = [...quorumObjections(picture, id), ...shared]
  return {node: id, pid, place, address, plan: proposal('node stop', [step], {objections})}
}

/** Resolves when nobody answers there any more. */
export async function stopRemote(
  session: Session,
  writer: GuardedWriter,
  {pid, node, place, address}: RemoteProcess,
): Promise<StoppedNode> {
  const nodes = await session.nodes()
  await writer.request({action: 'node stop', request: `stopProcess of node ${node} at ${place}`}, async () => {
    await nodes.demand(address, 'stopProcess', {})
    while (!isGone(await nodes.ask(address, 'ping', {}))) await session.env.clock.sleep(everyMs, session.signal)
  })
  return {node, pid, place}
}

/** One that stops refuses for a while before it closes its port; one that is frozen does not answer at all. */
function isGone(answer: NodeAnswer<unknown>): boolean {
  return !answer.answered && answer.error.errorName === 'CALL_RPCCLIENT_FAILED'
}

/** Those that would have no majority left that answers. */
function quorumObjections(picture: ClusterPicture, node: NodeId): Objection[] {
  const lost = [...picture.partitions.values()].filter((sight) => {
    const replicas = intendedReplicas(sight)
    if (!replicas.includes(node)) return false
    const left = replicas.filter((id) => id !== node && isAlive(picture, id) && !isSilent(picture, id))
    return left.length * 2 <= replicas.length
  })
  if (lost.length === 0) return []
  const shown = lost.slice(0, 5).map(({id}) => id)
  return [
    {
      guard: 'quorum',
      reason: `without node ${node}, ${counted(lost.length, 'partition has', 'partitions have')} no majority: ${shown.join(', ')}`,
    },
  ]
}
