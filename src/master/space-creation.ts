/**
 * How a space comes to be, in four steps:
 *
 * 1. Reserve. One transaction takes the ids and writes the record: disabled, version 1, replicas chosen. It compares the
 *    sequences and the db's body and touches the latter, so that of two creations of one name exactly one succeeds, a
 *    deletion of the db excludes it, and no two creations count the same load. A claim under this master's lease goes with it.
 * 2. Build. Every partition is created on its servers in parallel.
 * 3. Wait until every partition has registered its leader, by watching.
 * 4. Publish. One transaction, on condition that the record is still as reserved, enables it and drops the claim.
 *
 * When anything fails or the request's time is up, the space is removed completely (`space-removal.ts`). When the master
 * dies, its claim ends with its lease and the reconciler of any master removes the space.
 */
import type {Db} from '../entity/db.js'
import {type NodeId, partitionId, type SpaceId, spaceId} from '../entity/ids.js'
import type {Partition} from '../entity/partition.js'
import type {Server} from '../entity/server.js'
import {slotBounds} from '../entity/slot.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import {
  planSpace,
  refreshIntervalMsDefault,
  type SpacePlan,
  type SpaceRequest,
  spaceFault,
} from '../entity/space-request.js'
import {Turns} from '../env/turns.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {absent, putRecord, unchanged} from '../meta/repository.js'
import type {CallOptions} from '../meta/store.js'
import {type Amendment, amend} from './amend.js'
import {type Call, type Cluster, findDb, liveServer, whenServersSeen} from './cluster.js'
import {callServer, firstFailure, onEach} from './partition-servers.js'
import {type AntiAffinity, eligibleServers, place, replicasPerServer} from './placement.js'
import {nextIds} from './sequences.js'
import type {Claim, Session} from './session.js'
import {claimValue, type SpaceRemoval} from './space-removal.js'

/** No creation takes longer than this, however long the client would wait. */
const creationMsMax = 600_000
/** A server that does not answer a ping in this time is not built on. */
const pingTimeoutMs = 2_000
const slowSearchMsDefault = 1_000

/** A space in version 1 has never served. */
export function isBeingCreated(space: Space): boolean {
  return space.version <= 1
}

export class SpaceCreation {
  readonly #reservations = new Turns()

  constructor(
    private readonly cluster: Cluster,
    private readonly session: Session,
    private readonly removal: SpaceRemoval,
    private readonly limits: {readonly limitedReplicaNum: boolean; readonly antiAffinity: AntiAffinity},
  ) {}

  async create(dbName: string, request: SpaceRequest, call: Call): Promise<Space> {
    const fault = spaceFault(request, this.limits)
    if (fault !== null) throw paramError(fault)
    const plan = planSpace(request)
    const servers = await this.#liveCandidates(dbName, plan, call)
    const claim = this.session.claim()
    let reserved: Space | null = null
    try {
      const {store} = this.cluster.repository
      reserved = await this.#reservations.run(() =>
        amend(store, () => this.#reserve(dbName, plan, servers, claim, call), {signal: call.signal}),
      )
      return await this.#build(reserved, claim.key, call)
    } catch (thrown) {
      // Also when it is not known whether the reservation was written: then there may be nothing to remove.
      if (reserved !== null || isUnknown(thrown)) this.removal.undoCreation(claim)
      throw thrown
    } finally {
      claim.release()
    }
  }

  /** The servers that may hold the space and answer now. Refuses what cannot be placed before anything is written. */
  async #liveCandidates(dbName: string, plan: SpacePlan, call: Call): Promise<readonly Server[]> {
    const db = await findDb(this.cluster, dbName, call)
    await this.#requireFreeName(db.value, plan.name, call)
    const eligible = eligibleServers(await whenServersSeen(this.cluster, call), {
      resourceName: plan.resource_name,
      dbServers: db.value.ps ?? [],
      cordoned: this.cluster.view.cordoned,
    })
    const pings = await onEach(eligible, (server) => callServer(this.cluster, server, 'ping', {}, call, pingTimeoutMs))
    const live = eligible.filter((_, position) => pings[position]?.ok === true)
    if (live.length < plan.replica_num) throw notEnough(plan, live.length)
    return live
  }

  async #reserve(
    dbName: string,
    plan: SpacePlan,
    servers: readonly Server[],
    claim: Claim,
    {signal}: Call,
  ): Promise<Amendment<Space>> {
    const {repository, view} = this.cluster
    const {keys} = repository
    const count = plan.partitionNames.length
    const db = await findDb(this.cluster, dbName, {signal})
    const spaceIds = await nextIds(this.cluster, 'space', 1, {signal})
    const partitionIds = await nextIds(this.cluster, 'partition', count, {signal})
    // Every other creation moved one of these, so a view this new has them all: their names and their load.
    await view.whenAtLeast(Math.max(db.modRevision, spaceIds.modRevision, partitionIds.modRevision), signal)
    await this.#requireFreeName(db.value, plan.name, {signal})
    const placement = place(servers, replicasPerServer(view), {
      partitions: count,
      replicas: plan.replica_num,
      resourceName: plan.resource_name,
      dbServers: db.value.ps ?? [],
      cordoned: view.cordoned,
      antiAffinity: this.limits.antiAffinity,
      rotation: partitionIds.first - 1,
    })
    if (!placement.placed) throw notEnough(plan, placement.available, placement.reason)
    const space = reservedSpace(plan, db.value, spaceId(spaceIds.first), partitionIds.first, placement.assignment)
    return {
      transaction: {
        compare: [unchanged(db), ...spaceIds.compare, ...partitionIds.compare, absent(claim.key)],
        then: [
          spaceIds.put,
          partitionIds.put,
          putRecord(db.key, db.value),
          putRecord(keys.space(space.db_id, space.id), space),
          {type: 'put', key: claim.key, value: claimValue(space), lease: claim.lease},
        ],
      },
      result: space,
    }
  }

  /** As far as the view goes, and what it knows is read again: a space that it still has may be gone. */
  async #requireFreeName({id, name: dbName}: Db, name: string, options: CallOptions): Promise<void> {
    const {repository, view} = this.cluster
    const seen = view.spaceByName(id, name)
    if (seen === undefined || (await repository.space(id, seen.id, options))?.value.name !== name) return
    throw new CodedError('SPACE_EXIST', `db:[${dbName}] space:[${name}] already exists`)
  }

  async #build(reserved: Space, claimKey: string, call: Call): Promise<Space> {
    const started = this.cluster.clock.nowMs()
    const replicas = reserved.partitions.flatMap(({id, replicas: nodes = []}) => nodes.map((node) => ({id, node})))
    const timeoutMs = Math.min(call.remainingMs(), creationMsMax)
    const created = await onEach(replicas, ({id, node}) => {
      const server = liveServer(this.cluster, node)
      return callServer(this.cluster, server, 'createPartition', {partitionId: id, space: reserved}, call, timeoutMs)
    })
    const failure = firstFailure(created)
    if (failure !== null) throw creationFailed(failure)
    await this.#whenRegistered(reserved, call)
    const space = await this.#publish(reserved, claimKey, call)
    const ms = Math.round(this.cluster.clock.nowMs() - started)
    this.cluster.log.info('master.space.created', {space: space.name, id: space.id, partitions: replicas.length, ms})
    return space
  }

  async #whenRegistered(space: Space, {signal, remainingMs}: Call): Promise<void> {
    const {view, clock} = this.cluster
    const waiting = new Set(space.partitions.map(({id}) => id))
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        for (const id of waiting) if (view.partitions.get(id)?.leader_name) waiting.delete(id)
        if (waiting.size === 0) finish(resolve)
      }
      const timer = clock.after(Math.min(remainingMs(), creationMsMax), () => giveUp())
      const stopListening = view.onChange(check)
      const giveUp = () =>
        finish(() =>
          reject(new CodedError('TIMEOUT', `partitions [${[...waiting]}] have no leader yet`, {retryable: true})),
        )
      const finish = (settle: () => void) => {
        timer.cancel()
        stopListening()
        signal.removeEventListener('abort', giveUp)
        settle()
      }
      signal.addEventListener('abort', giveUp, {once: true})
      if (signal.aborted) giveUp()
      else check()
    })
  }

  async #publish(reserved: Space, claimKey: string, {signal}: Call): Promise<Space> {
    const {repository} = this.cluster
    const {keys, store} = repository
    const {id, db_id, refresh_interval = refreshIntervalMsDefault, enable_id_cache = false} = reserved
    const space: Space = {...reserved, version: reserved.version + 1, enabled: true}
    const config: SpaceConfig = {id, db_id, slow_search_time: slowSearchMsDefault, refresh_interval, enable_id_cache}
    // Nobody but its creator changes a reserved space, except to remove it, which removes the claim as well.
    const {succeeded} = await store.transact(
      {
        compare: [{key: claimKey, target: 'value', equals: claimValue(reserved)}],
        then: [
          putRecord(keys.space(db_id, id), space),
          putRecord(keys.spaceConfig(db_id, id), config),
          {type: 'delete', key: claimKey},
        ],
      },
      {signal},
    )
    if (!succeeded)
      throw new CodedError('INTERNAL_ERROR', `space:[${space.name}] was removed while it was being created`)
    return space
  }
}

function reservedSpace(
  plan: SpacePlan,
  db: Db,
  id: SpaceId,
  firstPartition: number,
  assignment: readonly (readonly NodeId[])[],
): Space {
  const {partitionNames, ...described} = plan
  const bounds = slotBounds(partitionNames.length)
  const partitions = partitionNames.map(
    (name, position): Partition => ({
      id: partitionId(firstPartition + position),
      name,
      space_id: id,
      db_id: db.id,
      partition_slot: bounds[position] ?? 0,
      replicas: assignment[position] ?? [],
      resourceExhausted: false,
    }),
  )
  return {id, ...described, version: 1, db_id: db.id, enabled: false, partitions}
}

function isUnknown(thrown: unknown): boolean {
  return !(thrown instanceof CodedError) || thrown.outcome === 'unknown'
}

function notEnough(plan: SpacePlan, available: number, reason?: string): CodedError {
  const text = reason ?? `not enough partition servers, need ${plan.replica_num} replicas but only have ${available}`
  return new CodedError('MASTER_PS_NOT_ENOUGH_SELECT', text, {
    retryable: true,
    hint: `start more servers, or pass "replica_num": ${Math.max(available, 1)}`,
  })
}

function creationFailed(cause: CodedError): CodedError {
  const {errorName, retryable} = cause
  const options = {retryable, cause}
  return errorName === 'INTERNAL_ERROR'
    ? new CodedError('INTERNAL_ERROR', `create partition err: ${cause.detail}`, options)
    : new CodedError(errorName, cause.detail, options)
}
