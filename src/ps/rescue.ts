/**
 * A replica that can open none of its own images, because they are damaged, takes a checkpoint of another member.
 *
 * Its promises are not in an image: its votes and the entries that it acknowledged are in the write-ahead log, which stays as it
 * is and answers for them as before (P8). What comes is treated as a state that raft sends: a checkpoint is of applied entries,
 * so of committed ones, whichever member it is fetched from, and the log gives way to it only where it ends before it or tells of
 * another past (`GroupLog.truncatePrefix`). The replica is then what it would be after a long replay.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Log} from '../env/log.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {GroupLog} from '../raftstore/log.js'
import {fetchIntact} from './checkpoint-transfer.js'
import type {Checkpoints} from './checkpoints.js'
import type {PartitionHost} from './partition-opening.js'

export interface RescueParts {
  readonly id: PartitionId
  readonly host: Pick<PartitionHost, 'env' | 'nodeId' | 'peers' | 'rpc' | 'membersOf' | 'transfers'>
  readonly checkpoints: Checkpoints
  readonly log: GroupLog
  readonly events: Log
}

/** A checkpoint may have to be made first. */
const offerTimeoutMs = 30_000

/** The newest checkpoint is another member's on return. Errors: DATA_CORRUPT, saying why none of them could give one. */
export async function rescue(parts: RescueParts, signal: AbortSignal): Promise<void> {
  const {id, host, events} = parts
  const members = (await host.membersOf(id)).filter((node) => node !== host.nodeId)
  const faults: string[] = []
  for (const node of members) {
    try {
      const index = await host.transfers.run(() => take(parts, node, signal), signal)
      events.warn('partition.rescued', {from: node, index})
      return
    } catch (thrown) {
      signal.throwIfAborted()
      faults.push(`node ${node}: ${toCodedError(thrown).message}`)
    }
  }
  throw new CodedError('DATA_CORRUPT', faults.length === 0 ? 'there is no other member' : faults.join('; '))
}

async function take({id, host, checkpoints, log}: RescueParts, node: NodeId, signal: AbortSignal): Promise<number> {
  const {env, peers, rpc} = host
  const from = peers.rpc(node)
  if (from === null) throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${node} is not known`)
  const request = {partitionId: id, atLeast: log.firstIndex - 1}
  const {index, term} = await rpc.call(from, 'newestCheckpoint', request, {timeoutMs: offerTimeoutMs, signal})
  await fetchIntact({env, rpc, from, partitionId: id, index, signal}, checkpoints)
  signal.throwIfAborted()
  await checkpoints.adopt(index)
  await log.truncatePrefix(index, term)
  return index
}
