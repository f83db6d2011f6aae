/**
 * The first steps of a partition server's start, and no more: its id, and what the masters say of it. For an operator who
 * wants to know whether a server would be accepted, and with which partitions, before starting it.
 */
import type {NodeId, PartitionId} from '../entity/ids.js'
import type {Log} from '../env/log.js'
import {Sequence} from '../meta/sequence.js'
import {httpPost} from '../node/http-post.js'
import {MasterClient} from '../ps/master-client.js'
import {readIdentity, takeIdentity} from '../ps/node-identity.js'
import {register} from '../ps/registration.js'
import type {Listing} from './listing.js'
import type {Session} from './session.js'

export interface RegisteredNode {
  readonly node: NodeId
  /** Whether the id was allocated just now. */
  readonly isNew: boolean
  readonly ip: string
  readonly master: string
  readonly partitions: readonly PartitionId[]
}

export interface RegistrationHooks {
  /** Asked before an id is taken for good and written down; throws to stop. */
  approve(plan: readonly string[]): Promise<void>
  /** A round in which no master answered. */
  onRetry(reason: string): void
}

export async function registerNode(session: Session, hooks: RegistrationHooks): Promise<Listing<RegisteredNode>> {
  const config = await session.config()
  const cluster = await session.cluster()
  const {disk, clock} = session.env
  const directory = config.global.data[0] ?? '.'
  if ((await readIdentity(disk, directory, cluster)) === null) {
    await hooks.approve([`take the next id of sequence node in cluster ${cluster}`, `write it down in ${directory}`])
    await disk.makeDirectory(directory)
  }
  const {nodeId, isNew} = await takeIdentity(session.env, directory, cluster, async () => {
    const {store, keys} = await session.meta()
    return new Sequence(store, keys.sequence('node')).allocate(1, {signal: session.signal})
  })
  const masters = new MasterClient(httpPost, await session.masters(), await session.password(), clock)
  const env = {...session.env, log: retryLog(session.env.log, hooks.onRetry)}
  const {registration, master} = await register(masters, {cluster, nodeId}, env, session.signal)
  const {ip, p_ids: partitions} = registration
  return {rows: [{node: nodeId, isNew, ip, master, partitions}], source: `master ${master}`, problems: []}
}

/** The registration goes on until the command's time is up, and tells its log why. */
function retryLog(log: Log, onRetry: (reason: string) => void): Log {
  const warn: Log['warn'] = (event, fields) => {
    log.warn(event, fields)
    onRetry(String(fields?.error ?? event))
  }
  return {...log, warn}
}
