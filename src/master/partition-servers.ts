/** Calls from the master to many partition servers: in parallel, bounded, and none may hold up the rest. */
import type {NodeId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {Server} from '../entity/server.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {PsMethod, PsRequest, PsResponse} from '../rpc/ps-api.js'
import {addressOf, type Call, type Cluster, liveServer} from './cluster.js'

/** Calls under way at once for one request. */
const concurrentMax = 64
/** How long a report waits for one server: a dead one costs this and no more. */
export const reportTimeoutMs = 3_000
const leaderHopsMax = 3

export type Outcome<T> = {readonly ok: true; readonly value: T} | {readonly ok: false; readonly error: CodedError}

/** Runs `work` on every item, at most `concurrentMax` at once; outcomes in the order of the items. */
export async function onEach<Item, T>(
  items: readonly Item[],
  work: (item: Item) => Promise<T>,
): Promise<readonly Outcome<T>[]> {
  const outcomes = new Array<Outcome<T>>(items.length)
  const queue = items.entries()
  const worker = async () => {
    for (const [position, item] of queue) {
      try {
        outcomes[position] = {ok: true, value: await work(item)}
      } catch (thrown) {
        outcomes[position] = {ok: false, error: toCodedError(thrown)}
      }
    }
  }
  await Promise.all(Array.from({length: Math.min(concurrentMax, items.length)}, worker))
  return outcomes
}

/** The first failure, if there is one. */
export function firstFailure(outcomes: readonly Outcome<unknown>[]): CodedError | null {
  return outcomes.find((outcome) => !outcome.ok)?.error ?? null
}

export function callServer<M extends PsMethod>(
  cluster: Cluster,
  server: Server,
  method: M,
  request: PsRequest<M>,
  call: Call,
  timeoutMs = Number.POSITIVE_INFINITY,
): Promise<PsResponse<M>> {
  return cluster.ps.call(addressOf(server), method, request, {
    timeoutMs: Math.min(timeoutMs, call.remainingMs()),
    signal: call.signal,
  })
}

/** Asks the partition's leader, following the hint of a server that leads no more. */
export async function callLeader<M extends PsMethod>(
  cluster: Cluster,
  partition: Partition,
  method: M,
  request: PsRequest<M>,
  call: Call,
): Promise<PsResponse<M>> {
  let node = leaderOf(cluster, partition)
  for (let hop = 1; ; hop++) {
    try {
      return await callServer(cluster, liveServer(cluster, node), method, request, call)
    } catch (thrown) {
      const hinted = thrown instanceof CodedError && thrown.errorName === 'PARTITION_NOT_LEADER' && thrown.facts.leader
      if (typeof hinted !== 'number' || hop === leaderHopsMax) throw thrown
      node = hinted as NodeId
    }
  }
}

function leaderOf({view}: Cluster, partition: Partition): NodeId {
  const node = view.partitions.get(partition.id)?.leader_name || partition.replicas?.[0]
  if (node === undefined) throw new CodedError('PARTITION_NO_LEADER', `partition:[${partition.id}]`, {retryable: true})
  return node
}
