/**
 * Restarts partition servers of this machine, one after the other, or a few at a time: the next ones only when the last are back and
 * all that they hold is well. Those that lead least go first, so that leadership moves as seldom as it can.
 */
import type {NodeId} from '../../entity/ids.js'
import {startDetached} from '../../env/detached.js'
import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {overrule, type Proposal, proposal} from '../changes/proposal.js'
import {readConfig} from '../config/read-config.js'
import type {Listing} from '../listing.js'
import {standingOf} from '../partitions/standing.js'
import {look} from '../picture/look.js'
import {lookUntil} from '../picture/look-until.js'
import {leadersByNode} from '../picture/node-load.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import {type NodeProcess, quorumObjections, runningNode, stopNode} from './stop-node.js'

export interface Restart {
  readonly conf: string
  readonly node: NodeId
  readonly process: NodeProcess
}

export interface RestartOptions {
  /** Servers that are down at a time. */
  readonly unavailableMax: number
  /** Those that lead most come last; else in the order in which they are named. */
  readonly leadersLast: boolean
}

export interface RestartedNode {
  readonly node: NodeId
  readonly conf: string
  readonly ms: number
}

const everyMs = 250

/** In groups that are down together. Errors: NOT_FOUND where a server does not run; CONFIG_ERROR; GUARD_FAILED. */
export async function restartsOf(
  session: Session,
  confs: readonly string[],
  {unavailableMax, leadersLast}: RestartOptions,
): Promise<{plan: Proposal; groups: readonly (readonly Restart[])[]}> {
  const picture = await look(session)
  const restarts: Restart[] = []
  for (const conf of new Set(confs)) restarts.push(await restartOf(session, conf, picture))
  const leading = leadersByNode(picture)
  const leads = ({node}: Restart) => leading.get(node) ?? 0
  if (leadersLast) restarts.sort((a, b) => leads(a) - leads(b))
  const groups: Restart[][] = []
  for (let at = 0; at < restarts.length; at += unavailableMax) groups.push(restarts.slice(at, at + unavailableMax))
  const steps = restarts.map(({conf, node, process: {pid}}) => ({
    step: `restart node ${node} (process ${pid}) with ${conf}`,
    subject: conf,
    before: null,
    after: null,
  }))
  const objections = groups.flatMap((group) => quorumObjections(picture, group.map(nodeOf)))
  return {plan: proposal('node restart', steps, {objections}), groups}
}

async function restartOf(session: Session, conf: string, picture: ClusterPicture): Promise<Restart> {
  const {config} = await readConfig(session.env, conf)
  const directory = config?.global.data[0]
  if (directory === undefined)
    throw new CodedError('CONFIG_ERROR', `${conf} names no data directory`, {hint: `vearchctl config lint ${conf}`})
  const running = await runningNode(session, directory, picture)
  const [node, ...others] = running.nodes
  if (node !== undefined && others.length === 0) return {conf, node, process: running}
  const detail = `process ${running.pid}, which has ${directory}, is ${running.nodes.length} partition servers`
  throw new CodedError('GUARD_FAILED', detail, {
    hint: 'it cannot be restarted by one file: stop it, and start it again',
  })
}

const nodeOf = ({node}: Restart) => node

export interface RestartCare {
  /** Whether all that a server holds must be well before the next ones go; else it is enough that it serves. */
  readonly waitHealthy: boolean
  /** Guards that do not count. */
  readonly forced: readonly string[]
}

/**
 * Errors: NOT_YET where one does not come back well in time, GUARD_FAILED where the next ones would now leave a partition without a
 * majority: those after it were left alone.
 */
export async function restartNodes(
  session: Session,
  writer: GuardedWriter,
  groups: readonly (readonly Restart[])[],
  {waitHealthy, forced}: RestartCare,
): Promise<Listing<RestartedNode>> {
  const rows: RestartedNode[] = []
  const of = groups.flat().length
  for (const group of groups) {
    if (rows.length > 0) await refuseLoss(session, group, forced)
    const again = group.map((restart) => restartOne(session, writer, restart, {waitHealthy, done: rows.length, of}))
    // all of them are over before one that failed is told of
    for (const end of await Promise.allSettled(again)) {
      if (end.status === 'rejected') throw end.reason
      rows.push(end.value)
    }
  }
  return {rows, source: null, warnings: []}
}

/** Others may have gone since the plan was made. */
async function refuseLoss(session: Session, group: readonly Restart[], forced: readonly string[]): Promise<void> {
  const against = (picture: ClusterPicture) => quorumObjections(picture, group.map(nodeOf))
  const objections = against(await lookUntil(session, (picture) => against(picture).length === 0))
  overrule(proposal('node restart', [], {objections}), forced)
}

async function restartOne(
  session: Session,
  writer: GuardedWriter,
  {conf, node, process}: Restart,
  {waitHealthy, ...progress}: {readonly waitHealthy: boolean; readonly done: number; readonly of: number},
): Promise<RestartedNode> {
  const {clock} = session.env
  const startedAtMs = clock.nowMs()
  await stopNode(session, writer, process)
  await writer.request({action: 'node restart', request: `node start ps --conf ${conf}`}, async () =>
    startDetached(['node', 'start', 'ps', '--conf', conf]).leave(),
  )
  await untilBack(session, node, waitHealthy ? isWell : isServing, progress)
  return {node, conf, ms: Math.round(clock.nowMs() - startedAtMs)}
}

async function untilBack(
  session: Session,
  node: NodeId,
  isBack: (picture: ClusterPicture, node: NodeId) => boolean,
  {done, of}: {readonly done: number; readonly of: number},
): Promise<void> {
  const {signal, env, options} = session
  while (!signal.aborted) {
    const picture = await look(session).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown
      return null
    })
    if (picture !== null && isBack(picture, node)) return
    await env.clock.sleep(everyMs, signal).catch(() => {})
  }
  options.interrupt.throwIfAborted()
  throw new CodedError('NOT_YET', `node ${node} was restarted and is not well yet; ${done} of ${of} are done`, {
    outcome: 'unknown',
    hint: `vearchctl why node ${node}; its log says more`,
  })
}

function isServing(picture: ClusterPicture, node: NodeId): boolean {
  return isAlive(picture, node) && picture.nodes.get(node)?.told === true
}

function isWell(picture: ClusterPicture, node: NodeId): boolean {
  const held = [...picture.partitions.values()].filter((sight) => intendedReplicas(sight).includes(node))
  return isServing(picture, node) && held.every((sight) => standingOf(sight, picture).state === 'ok')
}
