/**
 * What the replicas of raft groups become: follower, candidate, leader. No metadata says so; servers of our kind log it, and hand
 * their logs out. A server that logs less than `info` tells nothing.
 */
import type {NodeId} from '../../entity/ids.js'
import type {LogLine, LogPosition} from '../../env/log-lines.js'
import {registeredServers, rpcAddress} from '../nodes/registered.js'
import type {NodeAddress} from '../session/node-calls.js'
import type {Session} from '../session/session.js'
import type {ClusterEvent} from './cluster-event.js'

const everyMs = 1_000
/** One that does not answer, or is of another kind, is passed over for so many rounds. */
const roundsPassed = 10

interface Reader {
  /** Null: not read yet. */
  position: LogPosition | null
  passes: number
}

/** From now on; ends when the signal is aborted. */
export async function* roleEvents(
  session: Session,
  {signal}: {readonly signal: AbortSignal},
): AsyncGenerator<ClusterEvent> {
  const {clock} = session.env
  const nodes = await session.nodes()
  const readers = new Map<NodeId, Reader>()
  let servers: readonly NodeAddress[] = []
  const newLines = async (address: NodeAddress): Promise<readonly LogLine[]> => {
    const reader = readers.get(address.id) ?? {position: null, passes: 0}
    readers.set(address.id, reader)
    if (reader.passes > 0) {
      reader.passes -= 1
      return []
    }
    const {position} = reader
    const sinceMs = position === null ? clock.wallMs() : null
    const answer = await nodes.ask(address, 'logPart', {position, filter: {level: 'info', sinceMs, partition: null}})
    if (!answer.answered) {
      reader.passes = roundsPassed
      return []
    }
    reader.position = answer.value.position
    return position === null ? [] : answer.value.lines
  }
  while (!signal.aborted) {
    servers = await registered(session).catch(() => servers)
    const parts = await Promise.all(
      servers.map(async (address) => ({node: address.id, lines: await newLines(address).catch(() => [])})),
    )
    for (const {node, lines} of parts) {
      for (const line of lines) if (line.event === 'raft.role') yield roleEvent(node, line)
    }
    await clock.sleep(everyMs, signal).catch(() => {})
  }
}

async function registered(session: Session): Promise<readonly NodeAddress[]> {
  return (await registeredServers(await session.readAnew(), [])).servers.map(rpcAddress)
}

function roleEvent(node: NodeId, {time: at, fields}: LogLine): ClusterEvent {
  const {partitionId, from, to, term} = fields
  const subject = `partition ${partitionId} on node ${node}`
  return {at, revision: null, kind: 'role', subject, change: `${from} → ${to} in term ${term}`}
}
