/**
 * The server's side of `PsApi`: finds the partition, waits for a place in a pool, answers before the deadline.
 *
 * Reads and writes have pools of their own, so that neither starves the other; a search that asks for much waits in a
 * third, small one (data-plane spec §4.9). A write whose caller stops waiting goes on and keeps its place: what its caller
 * gets is a TIMEOUT of unknown outcome.
 */
import type {Config} from '../config/config.js'
import {valuesInForce} from '../config/in-force.js'
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Clock} from '../env/clock.js'
import type {Env} from '../env/env.js'
import type {OwnProcess} from '../env/own-process.js'
import {Pool} from '../env/pool.js'
import {CodedError} from '../errors/coded-error.js'
import {encodeHits, encodeStored} from '../rpc/document-codec.js'
import {
  type PsHandlers,
  type PsMethod,
  type PsRequest,
  type PsResponse,
  profileMsMax,
  type ReadMode,
} from '../rpc/ps-api.js'
import type {Partition} from './partition.js'
import type {PartitionReads} from './partition-reads.js'
import type {Partitions} from './partitions.js'
import type {MachineStats} from './server-stats.js'

/** Waiting for each place of a pool, at most. */
const waitingPerPlace = 16
/** From this many hits on a search is slow (data-plane spec §4.9). */
const slowFrom = 500
const drainPollMs = 10

export interface ServiceParts {
  readonly nodeId: NodeId
  readonly config: Config
  readonly env: Env
  readonly partitions: Partitions
  readonly machine: MachineStats
  /** Undefined where the process is not the node's own. */
  readonly process: OwnProcess | undefined
  /** The address under which the master knows this node. */
  readonly ip: string
}

export class Services {
  readonly handlers: PsHandlers
  readonly #reads: Pool
  readonly #slowReads: Pool
  readonly #writes: Pool
  #underWay = 0
  #draining = false

  constructor(private readonly parts: ServiceParts) {
    const running = parts.config.ps.concurrent_num
    const pool = (name: string, size: number) => new Pool(name, {running: size, waiting: size * waitingPerPlace})
    this.#reads = pool('reads', running)
    this.#slowReads = pool('slow searches', Math.max(1, Math.floor(running / 4)))
    this.#writes = pool('writes', running)
    this.handlers = {
      ...this.#admin(),
      ...this.#process(),
      ...this.#members(),
      ...this.#writing(),
      ...this.#reading(),
      ...this.#upkeep(),
    }
  }

  /** Refuses what comes, and resolves when what is under way has ended or `signal` is aborted. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true
    while (this.#underWay > 0 && !signal.aborted) await this.parts.env.clock.sleep(drainPollMs, signal).catch(() => {})
  }

  #admin() {
    const {partitions, nodeId, config, machine, ip} = this.parts
    return {
      ping: this.#serve('ping', async () => ({nodeId, cluster: config.global.name})),
      configuration: this.#serve('configuration', async () => ({values: valuesInForce(config)})),
      createPartition: this.#serve('createPartition', ({partitionId, space}) =>
        done(partitions.create(partitionId, space)),
      ),
      deletePartition: this.#serve('deletePartition', ({partitionId}) => done(partitions.remove(partitionId))),
      partitionInfo: this.#serve('partitionInfo', async ({partitionIds, detail}) => ({
        partitions: partitions.info(partitionIds, detail),
      })),
      stats: this.#serve('stats', async () => ({
        ...(await machine.read(ip)),
        partition_infos: partitions.info([], false),
      })),
      getEngineConfig: this.#serve('getEngineConfig', async ({partitionId}) => partitions.get(partitionId).config),
      setEngineConfig: this.#serve('setEngineConfig', async ({partitionId, config}) =>
        done(partitions.get(partitionId).configure(config)),
      ),
      setResourceLimit: this.#serve('setResourceLimit', async ({partitionIds, exhausted}) => {
        const named = partitions.opened().filter(({id}) => partitionIds.length === 0 || partitionIds.includes(id))
        await Promise.all(named.map((partition) => partition.setExhausted(exhausted ?? false)))
        if (exhausted === null) await partitions.measure()
        return {}
      }),
    }
  }

  #process() {
    const {env, nodeId} = this.parts
    const own = (): OwnProcess => {
      if (this.parts.process !== undefined) return this.parts.process
      throw new CodedError(
        'METHOD_NOT_IMPLEMENT',
        `node ${nodeId} runs within another program, which is not ours to operate`,
      )
    }
    return {
      processFacts: this.#serve('processFacts', async () => own().facts),
      setLogLevel: this.#serve('setLogLevel', async ({level}) => {
        const before = own().facts.logLevel
        own().logLevel = level
        env.log.warn('ps.log.level', {before, now: level})
        return own().facts
      }),
      logPart: this.#serve('logPart', ({position, filter}) => own().logPart(position, filter)),
      profile: this.#serve('profile', ({kind, ms}, signal) => own().profile(kind, Math.min(ms, profileMsMax), signal)),
      stopProcess: this.#serve('stopProcess', async () => {
        env.log.info('ps.stop.asked', {nodeId})
        own().askToStop()
        return {}
      }),
    }
  }

  #members() {
    const {partitions} = this.parts
    return {
      replicaReport: this.#serve('replicaReport', async ({partitionId}) => partitions.get(partitionId).report()),
      joinPartition: this.#serve('joinPartition', (request) => done(partitions.join(request))),
      changeMembers: this.#serve('changeMembers', ({partitionId, from, changes}) =>
        done(partitions.get(partitionId).changeMembers(from, changes)),
      ),
      transferLeadership: this.#serve('transferLeadership', async ({partitionId, to}, signal) => ({
        leader: await partitions.get(partitionId).transferLeadership(to, signal),
      })),
      asideReplicas: this.#serve('asideReplicas', async () => ({replicas: await partitions.aside()})),
      retireReplica: this.#serve('retireReplica', async (request) => ({directory: await partitions.retire(request)})),
    }
  }

  #writing() {
    const write = <T>({partitionId}: Addressed, signal: AbortSignal, task: (partition: Partition) => Promise<T>) =>
      this.#writes.run(async () => task(this.#leading(partitionId)), signal)
    return {
      updatePartition: this.#serve('updatePartition', (request, signal) =>
        write(request, signal, (partition) => done(partition.updateSpace(request.space))),
      ),
      changeIndexes: this.#serve('changeIndexes', (request, signal) =>
        write(request, signal, (partition) =>
          done(partition.changeIndexes(request.space, request.add, request.remove)),
        ),
      ),
      upsert: this.#serve('upsert', (request, signal) =>
        write(request, signal, async (partition) => ({
          results: await partition.upsert(request.documents),
          shown: partition.visibleIndex,
        })),
      ),
      delete: this.#serve('delete', (request, signal) =>
        write(request, signal, async (partition) => ({
          deleted: await partition.delete(request.ids),
          shown: partition.visibleIndex,
        })),
      ),
      deleteByFilter: this.#serve('deleteByFilter', (request, signal) =>
        write(request, signal, async (partition) => ({
          deleted: await partition.deleteByFilter(request.filter, request.limit),
          shown: partition.visibleIndex,
        })),
      ),
    }
  }

  #reading() {
    const read = <T extends object>(
      request: Addressed & ReadMode,
      signal: AbortSignal,
      task: (reads: PartitionReads) => Promise<T>,
      pool = this.#reads,
    ) =>
      pool.run(async () => {
        const partition = await this.#readable(request)
        const answer = await task(partition.reads)
        return {...answer, shown: partition.visibleIndex}
      }, signal)
    return {
      get: this.#serve('get', (request, signal) =>
        read(request, signal, async (reads) => ({
          documents: encodeStored(await reads.get(request.ids, request.projection)),
        })),
      ),
      getByDocid: this.#serve('getByDocid', (request, signal) =>
        read(request, signal, async (reads) => {
          const documents = await reads.byDocid(request.docids, request.next, request.projection)
          return {
            documents: encodeStored(documents.filter((document) => document !== null)),
            found: documents.map((document) => document !== null),
          }
        }),
      ),
      query: this.#serve('query', (request, signal) =>
        read(request, signal, async (reads) => ({documents: encodeStored(await reads.query(request))})),
      ),
      search: this.#serve('search', (request, signal) => {
        const pool = request.topK + request.offset >= slowFrom ? this.#slowReads : this.#reads
        return read(request, signal, async (reads) => ({hits: encodeHits(await reads.search(request))}), pool)
      }),
    }
  }

  #upkeep() {
    const {partitions} = this.parts
    return {
      takeCheckpoint: this.#serve('takeCheckpoint', ({partitionId, index, from}, signal) =>
        done(partitions.get(partitionId).takeCheckpoint(index, from, signal)),
      ),
      newestCheckpoint: this.#serve('newestCheckpoint', ({partitionId, atLeast}) =>
        partitions.get(partitionId).newestCheckpoint(atLeast),
      ),
      checkpointFiles: this.#serve('checkpointFiles', ({partitionId, index}) =>
        partitions.get(partitionId).checkpointFiles(index),
      ),
      checkpointBytes: this.#serve('checkpointBytes', (request) =>
        partitions.get(request.partitionId).checkpointBytes(request),
      ),
      digestDocuments: this.#serve('digestDocuments', ({partitionId, from, count}, signal) =>
        this.#slowReads.run(() => partitions.get(partitionId).reads.digest(from, count), signal),
      ),
      flush: this.#serve('flush', async ({partitionId}) => done(partitions.get(partitionId).flush())),
      forceMerge: this.#serve('forceMerge', async ({partitionId}) => this.#buildIndex(partitionId, {rebuild: false})),
      rebuildIndex: this.#serve('rebuildIndex', async ({partitionId}) =>
        this.#buildIndex(partitionId, {rebuild: true}),
      ),
    }
  }

  /** What a leader is asked for sees all that was acknowledged before; it must know first that it still leads. */
  async #readable({partitionId, leader, atLeast = 0}: Addressed & ReadMode): Promise<Partition> {
    const partition = this.parts.partitions.get(partitionId)
    if (leader) {
      partition.assertLeader()
      await partition.readBarrier()
    } else await partition.freshEnough(atLeast)
    return partition
  }

  #leading(id: PartitionId): Partition {
    const partition = this.parts.partitions.get(id)
    partition.assertLeader()
    return partition
  }

  /** Answers at once; how far it is can be read from the partition's `index_status` and `index_num`. */
  #buildIndex(partitionId: PartitionId, options: {readonly rebuild: boolean}): Record<string, never> {
    const {log} = this.parts.env
    const building = this.parts.partitions.get(partitionId).buildIndex(options)
    building.catch((thrown: unknown) => log.error('partition.index.failed', {partitionId, error: String(thrown)}))
    return {}
  }

  /** Counts the call while it runs, and answers its caller no later than the deadline. */
  #serve<M extends PsMethod>(
    method: M,
    task: (request: PsRequest<M>, signal: AbortSignal) => Promise<PsResponse<M>>,
  ): (request: PsRequest<M>, context: {readonly signal: AbortSignal}) => Promise<PsResponse<M>> {
    return async (request, {signal}) => {
      if (this.#draining) {
        throw new CodedError('SERVICE_UNAVAILABLE', `node ${this.parts.nodeId} is stopping`, {retryable: true})
      }
      this.#underWay++
      const work = task(request, signal).finally(() => this.#underWay--)
      return beforeAbort(work, this.parts.env.clock, signal, method)
    }
  }
}

type Addressed = {readonly partitionId: PartitionId}

function done(work: Promise<unknown>): Promise<Record<string, never>> {
  return work.then(() => ({}))
}

function beforeAbort<T>(work: Promise<T>, clock: Clock, signal: AbortSignal, method: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const error = new CodedError('TIMEOUT', `request of method[${method}] time out`, {
        outcome: 'unknown',
        retryable: true,
      })
      // A turn later: a task that was still waiting for its place says itself that it never began.
      clock.soon(() => reject(error))
    }
    signal.addEventListener('abort', giveUp, {once: true})
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
