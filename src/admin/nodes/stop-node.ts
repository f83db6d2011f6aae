/** Stops the partition server of this machine that has a data directory, after a look at what that does to its partitions. */
import type {NodeId} from '../../entity/ids.js'
import {askToStop, holderOf} from '../../env/directory-lock.js'
import {CodedError} from '../../errors/coded-error.js'
import type {GuardedWriter} from '../guarded-writer.js'
import {readDataDirectories} from '../picture/disk-reading.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive, isSilent} from '../picture/picture.js'
import {type Objection, type Proposal, proposal} from '../proposal.js'
import type {Session} from '../session.js'

export interface StoppedNode {
  readonly node: NodeId | null
  readonly pid: number
  readonly directory: string
}

export interface NodeProcess extends StoppedNode {
  readonly plan: Proposal
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
  return {node, pid, directory, plan: proposal('node stop', [step], {objections})}
}

/** Resolves when the process has given its directory up. */
export async function stopNode(
  {env, signal}: Session,
  writer: GuardedWriter,
  {pid, node, directory}: NodeProcess,
): Promise<StoppedNode> {
  const request = `SIGTERM to process ${pid}, node ${node}`
  await writer.request({action: 'node stop', request}, async () => {
    if (!askToStop(pid)) return
    while ((await holderOf(directory)) === pid) await env.clock.sleep(everyMs, signal)
  })
  return {node, pid, directory}
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
    {guard: 'quorum', reason: `without node ${node}, ${lost.length} partitions have no majority: ${shown.join(', ')}`},
  ]
}
