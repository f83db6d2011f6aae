/**
 * Stops partition servers after a look at what that does to their partitions: a process of this machine, found by a data directory or
 * by its id, by a signal; or any server that is registered, by asking it. Either way it hands its leadership over and finishes what
 * is under way, and is never ended by force.
 *
 * A process id alone names nobody, for ids are used again. A process counts as a server while it has a data directory: by its
 * claim there, which also says when it started (`env/directory-lock.ts`).
 */
import type {NodeId} from '../../entity/ids.js'
import {askToStop, directoriesOf, holderOf} from '../../env/directory-lock.js'
import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, type Proposal, proposal} from '../changes/proposal.js'
import {counted} from '../messages/counted.js'
import {readDataDirectories} from '../picture/disk-reading.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, isSilent} from '../picture/picture.js'
import type {NodeAddress, NodeAnswer} from '../session/node-calls.js'
import type {Session} from '../session/session.js'
import {readText} from '../text-file.js'
import {registeredServer, rpcAddress} from './registered.js'

export interface StoppedNode {
  readonly node: NodeId | null
  readonly pid: number
  /** A data directory of it, or the address at which it was asked. */
  readonly place: string
}

export interface NodeProcess {
  /** Those that end with it; none in a server that has no id yet. */
  readonly nodes: readonly NodeId[]
  readonly pid: number
  readonly place: string
  /** Where it is asked; null of one of this machine, which gets a signal. */
  readonly address: NodeAddress | null
  readonly plan: Proposal
}

const everyMs = 100

/** The process that has a data directory. Errors: NOT_FOUND where nothing runs there. */
export async function runningNode(session: Session, directory: string, picture: ClusterPicture): Promise<NodeProcess> {
  const pid = await holderOf(directory)
  if (pid === null) {
    throw new CodedError('NOT_FOUND', `no process of this machine has ${directory}`, {
      hint: 'run this on the server’s machine, with its --conf or --data-dir',
    })
  }
  return localProcess(session, {pid, directories: [directory, ...(await directoriesOf(pid))]}, picture)
}

/**
 * The process that a file names, whatever its data directories. Errors: NOT_FOUND where none runs under that id, or one that is no
 * server; GUARD_FAILED where it is of another cluster.
 */
export async function namedProcess(session: Session, pidFile: string, picture: ClusterPicture): Promise<NodeProcess> {
  const word = (await readText(session.env.disk, pidFile)).trim()
  if (!/^[1-9]\d*$/.test(word)) throw new CodedError('NOT_FOUND', `${pidFile} holds no process id`)
  const pid = Number(word)
  const directories = await directoriesOf(pid)
  const running = await localProcess(session, {pid, directories}, picture)
  if (running.nodes.length > 0) return running
  throw new CodedError('NOT_FOUND', `process ${pid} of ${pidFile} is no partition server of this machine`, {
    hint: 'it has ended, or is another’s; find the server by its data directory: --data-dir DIR',
  })
}

async function localProcess(
  session: Session,
  {pid, directories}: {readonly pid: number; readonly directories: readonly string[]},
  picture: ClusterPicture,
): Promise<NodeProcess> {
  const cluster = await session.cluster()
  const nodes = new Set<NodeId>()
  for (const directory of directories) {
    const disk = await readDataDirectories(session.env.disk, [directory])
    const identity = disk.told ? disk.value.identity : null
    if (identity === null) continue
    if (identity.cluster !== cluster) {
      const detail = `process ${pid} is node ${identity.node} of cluster ${identity.cluster}, not of ${cluster}`
      throw new CodedError('GUARD_FAILED', detail, {hint: 'name its cluster: --conf, --context or --cluster'})
    }
    nodes.add(identity.node)
  }
  const [place = ''] = directories
  const all = [...nodes].sort((a, b) => a - b)
  const whose = all.length === 0 ? 'a server without an id' : all.map((node) => `node ${node}`).join(', ')
  const step = {step: `stop process ${pid}, ${whose}`, subject: place, before: null, after: null}
  const objections = quorumObjections(picture, all)
  return {nodes: all, pid, place, address: null, plan: proposal('node stop', [step], {objections})}
}

/** Errors: PARTITION_SERVER_NOT_EXIST where it is not registered; METHOD_NOT_IMPLEMENT where it is not of our kind. */
export async function remoteNode(session: Session, id: NodeId, picture: ClusterPicture): Promise<NodeProcess> {
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
  const objections = [...quorumObjections(picture, [id]), ...shared]
  return {nodes: [id], pid, place, address, plan: proposal('node stop', [step], {objections})}
}

/**
 * Resolves when it is gone: the directory given up, or nobody there who answers. Errors: TIMEOUT when it is not by then; it goes on
 * stopping. `graceMs`: how long that may take, whatever the command's own time; null: no longer than that.
 */
export async function stopNode(
  session: Session,
  writer: GuardedWriter,
  running: NodeProcess,
  {graceMs = null}: {readonly graceMs?: number | null} = {},
): Promise<readonly StoppedNode[]> {
  const {nodes, pid, place, address} = running
  const who = `${nodes.map((node) => `node ${node}`).join(', ')} at ${place}`
  const request = address === null ? `SIGTERM to process ${pid}, ${who}` : `stopProcess of ${who}`
  await writer.request({action: 'node stop', request}, async () => {
    const isGone = address === null ? await signalled(running) : await asked(session, address)
    await untilGone(session, running, isGone, graceMs)
  })
  return (nodes.length === 0 ? [null] : nodes).map((node) => ({node, pid, place}))
}

type IsGone = () => Promise<boolean>

async function signalled({pid, place}: NodeProcess): Promise<IsGone> {
  const isThere = askToStop(pid)
  return async () => !isThere || (await holderOf(place)) !== pid
}

async function asked(session: Session, address: NodeAddress): Promise<IsGone> {
  const nodes = await session.nodes()
  await nodes.demand(address, 'stopProcess', {})
  return async () => isNobody(await nodes.ask(address, 'ping', {}))
}

/** One that stops refuses for a while before it closes its port; one that is frozen does not answer at all. */
function isNobody(answer: NodeAnswer<unknown>): boolean {
  return !answer.answered && answer.error.errorName === 'CALL_RPCCLIENT_FAILED'
}

async function untilGone(
  session: Session,
  running: NodeProcess,
  isGone: IsGone,
  graceMs: number | null,
): Promise<void> {
  const {clock} = session.env
  const wait = async (endsAtMs: number) => {
    while (!(await isGone())) {
      if (clock.nowMs() >= endsAtMs) throw stillRunning(running, graceMs)
      await clock.sleep(everyMs, session.signal)
    }
  }
  if (graceMs === null) return wait(Number.POSITIVE_INFINITY)
  return session.onItsOwnTime(() => wait(clock.nowMs() + graceMs))
}

function stillRunning({pid, address}: NodeProcess, graceMs: number | null): CodedError {
  const where = address === null ? 'this machine' : address.host
  return new CodedError('TIMEOUT', `process ${pid} of ${where} was asked to stop and runs still, after ${graceMs} ms`, {
    outcome: 'unknown',
    hint: 'it was not killed: wait longer with --graceful 5m, or see its log; what it has acknowledged is on disk',
  })
}

/** Those that would have no majority left that answers. */
export function quorumObjections(picture: ClusterPicture, nodes: readonly NodeId[]): Objection[] {
  const lost = [...picture.partitions.values()].filter((sight) => {
    const replicas = intendedReplicas(sight)
    if (!replicas.some((id) => nodes.includes(id))) return false
    const left = replicas.filter((id) => !nodes.includes(id) && isAlive(picture, id) && !isSilent(picture, id))
    return left.length * 2 <= replicas.length
  })
  if (lost.length === 0) return []
  const shown = lost.slice(0, 5).map(({id}) => id)
  const who = `node ${nodes.join(' and ')}`
  return [
    {
      guard: 'quorum',
      reason: `without ${who}, ${counted(lost.length, 'partition has', 'partitions have')} no majority: ${shown.join(', ')}`,
    },
  ]
}
