import {setMaxListeners} from 'node:events'
import type {Db} from '../entity/db.js'
import {dbId, type NodeId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Server} from '../entity/server.js'
import type {Space} from '../entity/space.js'
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import type {Random} from '../env/random.js'
import {CodedError} from '../errors/coded-error.js'
import type {LiveView} from '../meta/live-view.js'
import type {MetaRepository, Stored} from '../meta/repository.js'
import type {CallOptions} from '../meta/store.js'
import type {PsCaller} from '../rpc/ps-api.js'

/** What every service of the master works with. */
export interface Cluster {
  readonly repository: MetaRepository
  /** The metadata as it was a moment ago: for choosing and waiting, never as the ground of a write. */
  readonly view: LiveView
  readonly ps: PsCaller
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** How long a call may take and what ends it early. */
export type Call = Pick<RequestContext, 'signal' | 'remainingMs'>

/** A call that no request has made. It may ask many servers at once: its signal has as many listeners as there are answers to come. */
export function ownCall(clock: Pick<Clock, 'nowMs'>, signal: AbortSignal, timeoutMs: number): Call {
  setMaxListeners(0, signal)
  const endsAtMs = clock.nowMs() + timeoutMs
  return {signal, remainingMs: () => Math.max(0, endsAtMs - clock.nowMs())}
}

/** A db by name, or by id where the name is a number; names cannot begin with one. Throws DB_NOT_EXIST. */
export async function findDb({repository}: Cluster, nameOrId: string, options: CallOptions): Promise<Stored<Db>> {
  const db = /^\d+$/.test(nameOrId)
    ? await repository.db(dbId(Number(nameOrId)), options)
    : await repository.dbByName(nameOrId, options)
  if (db === null) throw new CodedError('DB_NOT_EXIST', `db:[${nameOrId}]`)
  return db
}

/** Throws SPACE_NOT_EXIST. */
export async function findSpace(
  cluster: Cluster,
  db: Stored<Db>,
  name: string,
  options: CallOptions,
): Promise<Stored<Space>> {
  const space = await spaceOrNull(cluster, db.value, name, options)
  if (space === null) throw new CodedError('SPACE_NOT_EXIST', `db:[${db.value.name}] space:[${name}]`)
  return space
}

/** The view knows which record to read in nearly every case; only what it does not know costs a scan of the db. */
export async function spaceOrNull(
  {repository, view}: Cluster,
  db: Db,
  name: string,
  options: CallOptions,
): Promise<Stored<Space> | null> {
  const seen = view.spaceByName(db.id, name)
  const space = seen === undefined ? null : await repository.space(db.id, seen.id, options)
  return space?.value.name === name ? space : repository.spaceByName(db.id, name, options)
}

/**
 * Waits until the view has every server that lives and every one that failed, as the store has them now: what a client was
 * just shown is then known here too. Returns those that live.
 */
export async function whenServersSeen(
  {repository, view}: Pick<Cluster, 'repository' | 'view'>,
  call: Call,
): Promise<readonly Server[]> {
  const [live, failed] = await Promise.all([repository.servers(call), repository.failServers(call)])
  const revisions = [...live.items, ...failed.items].map(({modRevision}) => modRevision)
  await view.whenAtLeast(Math.max(0, ...revisions), call.signal)
  return live.items.map(({value}) => value)
}

export function addressOf(server: Server): {readonly host: string; readonly port: number} {
  return {host: server.ip, port: server.rpc_port}
}

/** Throws PARTITION_SERVER_NOT_EXIST: the node is not alive. */
export function liveServer({view}: Cluster, node: NodeId): Server {
  const server = view.servers.get(node)
  if (server === undefined) throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node:[${node}]`, {retryable: true})
  return server
}
