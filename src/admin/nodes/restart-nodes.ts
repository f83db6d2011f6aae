/**
 * Restarts partition servers of this machine, one after the other: the next one only when the last is back and all that it holds is
 * well. Those that lead least go first, so that leadership moves as seldom as it can.
 */
import type {NodeId} from '../../entity/ids.js'
import {startDetached} from '../../env/detached.js'
import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import {readConfig} from '../config/read-config.js'
import type {Listing} from '../listing.js'
import {standingOf} from '../partitions/standing.js'
import {look} from '../picture/look.js'
import {leadersByNode} from '../picture/node-load.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import {type NodeProcess, runningNode, stopNode} from './stop-node.js'

export interface Restart {
  readonly conf: string
  readonly process: NodeProcess
}

export interface RestartedNode {
  readonly node: NodeId | null
  readonly conf: string
  readonly ms: number
}

const everyMs = 250

/** Errors: NOT_FOUND where a server does not run; CONFIG_ERROR. */
export async function restartsOf(
  session: Session,
  confs: readonly string[],
): Promise<{plan: Proposal; restarts: Restart[]}> {
  const picture = await look(session)
  const restarts: Restart[] = []
  for (const conf of confs) {
    const {config} = await readConfig(session.env, conf)
    const directory = config?.global.data[0]
    if (directory === undefined)
      throw new CodedError('CONFIG_ERROR', `${conf} names no data directory`, {hint: `vearchctl config lint ${conf}`})
    restarts.push({conf, process: await runningNode(session, directory, picture)})
  }
  const leading = leadersByNode(picture)
  const leads = ({process: {node}}: Restart) => (node === null ? 0 : (leading.get(node) ?? 0))
  restarts.sort((a, b) => leads(a) - leads(b))
  const steps = restarts.map(({conf, process: {node, pid}}) => ({
    step: `restart node ${node} (process ${pid}) with ${conf}`,
    subject: conf,
    before: null,
    after: null,
  }))
  return {
    plan: proposal('node restart', steps, {objections: restarts.flatMap(({process}) => process.plan.objections)}),
    restarts,
  }
}

/** Errors: NOT_YET where one does not come back well in time: those after it were left alone. */
export async function restartNodes(
  session: Session,
  writer: GuardedWriter,
  restarts: readonly Restart[],
): Promise<Listing<RestartedNode>> {
  const {clock} = session.env
  const rows: RestartedNode[] = []
  for (const {conf, process} of restarts) {
    const startedAtMs = clock.nowMs()
    await stopNode(session, writer, process)
    await writer.request({action: 'node restart', request: `node start ps --conf ${conf}`}, async () =>
      startDetached(['node', 'start', 'ps', '--conf', conf]).leave(),
    )
    await untilWell(session, process.node, rows.length, restarts.length)
    rows.push({node: process.node, conf, ms: Math.round(clock.nowMs() - startedAtMs)})
  }
  return {rows, source: null, warnings: []}
}

async function untilWell(session: Session, node: NodeId | null, done: number, of: number): Promise<void> {
  const {signal, env, options} = session
  while (!signal.aborted) {
    const picture = await look(session).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown
      return null
    })
    if (picture !== null && node !== null && isBack(picture, node)) return
    await env.clock.sleep(everyMs, signal).catch(() => {})
  }
  options.interrupt.throwIfAborted()
  throw new CodedError('NOT_YET', `node ${node} was restarted and is not well yet; ${done} of ${of} are done`, {
    outcome: 'unknown',
    hint: `vearchctl why node ${node}; its log says more`,
  })
}

function isBack(picture: ClusterPicture, node: NodeId): boolean {
  if (!isAlive(picture, node) || picture.nodes.get(node)?.told !== true) return false
  const held = [...picture.partitions.values()].filter((sight) => intendedReplicas(sight).includes(node))
  return held.every((sight) => standingOf(sight, picture).state === 'ok')
}
