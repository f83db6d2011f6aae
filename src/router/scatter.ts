/**
 * Calls to partitions: each to the right replica, within the request's time, tried again only where that is safe.
 *
 * - A call's deadline is the request's, less a margin to answer in.
 * - A read changes nothing, so whatever kept one replica from answering, the next one is asked.
 * - A write is repeated only when its error says `rejected`: an unknown outcome goes to the client as such, never to another
 *   replica (W-24). It follows the hint of a server that does not lead, at most `redirectsMax` times.
 * - A partition without a leader, and one whose servers are not in the view yet, is waited for as long as the request has
 *   time, then PARTITION_NO_LEADER.
 */
import {type NodeId, nodeId, type PartitionId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {RequestContext} from '../entity/request.js'
import type {Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import type {Env} from '../env/env.js'
import {CodedError, toCodedError} from '../errors/coded-error.js'
import type {ErrorName} from '../errors/codes.js'
import type {LiveView} from '../meta/live-view.js'
import type {PsCaller, PsMethod, PsRequest, PsResponse} from '../rpc/ps-api.js'
import type {Horizon} from './horizon.js'
import type {Outcome} from './outcome.js'
import type {LoadBalance, ReplicaChoice} from './replica-choice.js'
import {waitForView} from './view-wait.js'

export interface ScatterParts {
  readonly view: LiveView
  readonly rpc: PsCaller
  readonly env: Pick<Env, 'clock' | 'log'>
  readonly replicas: ReplicaChoice
  /** Null where reads may show less than earlier ones did. */
  readonly horizon: Horizon | null
  /** `router.rpc_timeout`: bounds a call whose request has longer. */
  readonly rpcTimeoutMs: number
}

const redirectsMax = 3
/** A replica that said no is asked again after so long, if nothing in the view changed meanwhile. */
const retryAfterMs = 100
/** Of the request's time, what is kept for the answer: a share, and no more than the bound. */
const marginShare = 0.05
const marginMsMax = 200

/** How long a read waits for a server that is not in the view, which is either late or dead. */
const serverAppearsMs = 1_000

const unreached: readonly ErrorName[] = ['CREATE_RPCCLIENT_FAILED', 'CALL_RPCCLIENT_FAILED']
/** The server is there but does not take the call: not its partition, not now, or it has too much to do. */
const declined: readonly ErrorName[] = [
  'SERVICE_UNAVAILABLE',
  'PARTITION_NOT_EXIST',
  'PARTITION_NOT_LEADER',
  'PARTITION_NO_LEADER',
  'PARTITION_IS_CLOSED',
  'PARTITION_IS_INVALID',
]

/** What to ask of a partition; a read says how much of the log must be in the answer. */
type Call<M extends PsMethod> = (partition: PartitionId, atLeast: number) => PsRequest<M>

export class Scatter {
  constructor(private readonly parts: ScatterParts) {}

  /** Asks one replica after the other, chosen by `loadBalance`, until one answers. */
  async read<M extends PsMethod>(
    space: Space,
    partition: PartitionId,
    method: M,
    request: Call<M>,
    {loadBalance, context}: {readonly loadBalance: LoadBalance; readonly context: RequestContext},
  ): Promise<PsResponse<M>> {
    if (loadBalance === 'leader') return this.write(space, partition, method, request, context)
    const servers = await this.#awaitServers(
      () => this.parts.replicas.forRead(this.#partition(space, partition), loadBalance),
      context,
    )
    let last: CodedError | null = null
    for (const server of servers) {
      try {
        return await this.#ask(server, partition, method, request, context)
      } catch (thrown) {
        last = toCodedError(thrown)
        if (!unreached.includes(last.errorName) && !declined.includes(last.errorName)) throw last
      }
    }
    throw last ?? noServer(partition)
  }

  /** Asks the leader: for writes, and for reads that must see every write before them. */
  async write<M extends PsMethod>(
    space: Space,
    partition: PartitionId,
    method: M,
    request: Call<M>,
    context: RequestContext,
  ): Promise<PsResponse<M>> {
    const refused = new Set<NodeId>()
    let hint: Server | undefined
    for (let redirects = 0; ; ) {
      const server = hint ?? (await this.#leader(space, partition, refused, context))
      try {
        return await this.#ask(server, partition, method, request, context)
      } catch (thrown) {
        const error = toCodedError(thrown)
        const mayRepeat = error.outcome === 'rejected' && [...unreached, ...declined].includes(error.errorName)
        if (!mayRepeat || context.remainingMs() === 0) throw error
        hint = this.#hinted(error)
        if (hint !== undefined && ++redirects > redirectsMax) throw error
        refused.add(server.name)
        if (hint === undefined) await this.#afterRefusal(space, partition, refused, error, context)
      }
    }
  }

  /** On every replica at once, with one outcome each. */
  async everyReplica<M extends PsMethod>(
    space: Space,
    partition: PartitionId,
    method: M,
    request: Call<M>,
    context: RequestContext,
  ): Promise<readonly Outcome<PsResponse<M>>[]> {
    const replicas = this.#partition(space, partition).replicas ?? []
    const ask = async (node: NodeId) => {
      const server = this.parts.view.servers.get(node)
      if (server === undefined) throw noServer(partition)
      return this.#ask(server, partition, method, request, context)
    }
    return Promise.all(
      replicas.map((node) =>
        ask(node).then(
          (answer) => ({partition, answer}),
          (thrown: unknown) => ({partition, error: toCodedError(thrown)}),
        ),
      ),
    )
  }

  /** The leader of the view, or another replica that can name it; those that refused already are left out. */
  async #leader(
    space: Space,
    partition: PartitionId,
    refused: ReadonlySet<NodeId>,
    context: RequestContext,
  ): Promise<Server> {
    const find = () => {
      const record = this.#partition(space, partition)
      if (!record.leader_name) return undefined
      return this.parts.replicas.forWrite(record).find(({name}) => !refused.has(name))
    }
    const timeoutMs = this.#deadlineMs(context)
    const found = await waitForView({view: this.parts.view, clock: this.parts.env.clock}, find, {
      timeoutMs,
      signal: context.signal,
    })
    if (found === undefined) throw noLeader(partition)
    return found
  }

  /**
   * No replica is left to ask once all of them refused: waits until the view changes, or a moment, and starts over. Throws
   * `error` when there is no time for that.
   */
  async #afterRefusal(
    space: Space,
    partition: PartitionId,
    refused: Set<NodeId>,
    error: CodedError,
    context: RequestContext,
  ): Promise<void> {
    const {view, env, replicas} = this.parts
    const before = this.#partition(space, partition)
    if (replicas.forWrite(before).some(({name}) => !refused.has(name))) return
    if (this.#deadlineMs(context) <= retryAfterMs) throw error
    refused.clear()
    const changed = () => (this.#partition(space, partition) === before ? undefined : true)
    await waitForView({view, clock: env.clock}, changed, {timeoutMs: retryAfterMs, signal: context.signal})
  }

  async #awaitServers(find: () => readonly Server[], context: RequestContext): Promise<readonly Server[]> {
    const some = () => {
      const servers = find()
      return servers.length > 0 ? servers : undefined
    }
    const {view, env} = this.parts
    const timeoutMs = Math.min(serverAppearsMs, this.#deadlineMs(context))
    const options = {timeoutMs, signal: context.signal}
    return (await waitForView({view, clock: env.clock}, some, options)) ?? []
  }

  async #ask<M extends PsMethod>(
    server: Server,
    partition: PartitionId,
    method: M,
    request: Call<M>,
    context: RequestContext,
  ): Promise<PsResponse<M>> {
    const {horizon} = this.parts
    const answer = await this.#call(server, method, request(partition, horizon?.of(partition) ?? 0), context)
    horizon?.note(partition, answer)
    return answer
  }

  async #call<M extends PsMethod>(
    server: Server,
    method: M,
    request: PsRequest<M>,
    context: RequestContext,
  ): Promise<PsResponse<M>> {
    const {replicas, rpc, env} = this.parts
    const timeoutMs = Math.min(this.#deadlineMs(context), this.parts.rpcTimeoutMs)
    const options = {timeoutMs: Math.max(1, timeoutMs), signal: context.signal}
    try {
      const answer = await replicas.counted(server.name, () =>
        rpc.call({host: server.ip, port: server.rpc_port}, method, request, options),
      )
      replicas.markReached(server.name)
      return answer
    } catch (thrown) {
      const error = toCodedError(thrown)
      if (unreached.includes(error.errorName)) {
        replicas.markFaulty(server.name)
        env.log.warn('router.server.faulty', {nodeId: server.name, method, reason: error.message})
      }
      throw error
    }
  }

  #hinted(error: CodedError): Server | undefined {
    const {leader} = error.facts
    return typeof leader === 'number' ? this.parts.view.servers.get(nodeId(leader)) : undefined
  }

  /** Who leads stands in the partition's own record; the space's copy names only the replicas. */
  #partition(space: Space, id: PartitionId): Partition {
    const {spaces, partitions} = this.parts.view
    // It was there when the request began: nobody waits for the partitions of a space that was deleted meanwhile.
    if (!spaces.has(space.id)) throw new CodedError('SPACE_NOT_EXIST', `space:[${space.name}]`)
    const record = partitions.get(id) ?? space.partitions.find((partition) => partition.id === id)
    if (record === undefined) throw new CodedError('PARTITION_NOT_EXIST', `partitionID:[${id}]`)
    return record
  }

  #deadlineMs(context: RequestContext): number {
    const remainingMs = context.remainingMs()
    return remainingMs - Math.min(marginMsMax, remainingMs * marginShare)
  }
}

function noLeader(partition: PartitionId): CodedError {
  return new CodedError('PARTITION_NO_LEADER', `partitionID:[${partition}] has no leader`, {retryable: true})
}

function noServer(partition: PartitionId): CodedError {
  return new CodedError('ROUTER_NO_PS_CLIENT', `partitionID:[${partition}] has no server that is alive`, {
    retryable: true,
  })
}
