/**
 * The first steps of a partition server's start, and no more: its id, and what the masters say of it. For an operator who
 * wants to know whether a server would be accepted, and with which partitions, before starting it.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {Log} from '../../env/log.js'
import {assert} from '../../errors/assert.js'
import {Keys} from '../../meta/keys.js'
import {httpPost} from '../../node/http-post.js'
import {MasterClient} from '../../ps/master-client.js'
import {readIdentity, takeIdentity} from '../../ps/node-identity.js'
import {register} from '../../ps/registration.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'

export interface RegisteredNode {
  readonly node: NodeId
  /** Whether the id was allocated just now. */
  readonly isNew: boolean
  readonly ip: string
  readonly master: string
  readonly partitions: readonly PartitionId[]
}

/** What registering would take and write down; null where the data directory has its id already. */
export async function registrationPlan(session: Session, directory: string): Promise<Proposal | null> {
  const {disk} = session.env
  const cluster = await session.cluster()
  if ((await readIdentity(disk, directory, cluster)) !== null) return null
  const subject = new Keys(cluster).sequence('node')
  return proposal('node register', [
    {step: `take the next id of sequence node in cluster ${cluster}`, subject, before: null, after: null},
    {step: `write it down in ${directory}`, subject: directory, before: null, after: null},
  ])
}

export interface RegisterRequest {
  /** Has its id, or gets one. */
  readonly directory: string
  /** Needed only where there is a plan. */
  readonly writer: GuardedWriter | null
  /** Told of a round in which no master answered. */
  onRetry(reason: string): void
}

export async function registerNode(
  session: Session,
  {directory, writer, onRetry}: RegisterRequest,
): Promise<Listing<RegisteredNode>> {
  const {disk, clock} = session.env
  const cluster = await session.cluster()
  if (writer !== null) await disk.makeDirectory(directory)
  const {nodeId, isNew} = await takeIdentity(session.env, directory, cluster, async () => {
    assert(writer !== null, 'a new id is taken only by a plan that was agreed to')
    return (await writer.allocate('node register', 'node', 1)).value
  })
  const masters = new MasterClient(httpPost, await mastersOf(session), await passwordOf(session), clock)
  const env = {...session.env, log: retryLog(session.env.log, onRetry)}
  const {registration, master} = await register(masters, {cluster, nodeId}, env, session.signal)
  const {ip, p_ids: partitions} = registration
  return {rows: [{node: nodeId, isNew, ip, master, partitions}], source: `master ${master}`, warnings: []}
}

async function mastersOf(session: Session): Promise<{address: string; api_port: number}[]> {
  return (await session.masterUrls()).map((url) => {
    const {hostname, port} = new URL(url)
    return {address: hostname, api_port: Number(port)}
  })
}

async function passwordOf({connections}: Session): Promise<string> {
  return (await connections.credentials()).password
}

/** The registration goes on until the command's time is up, and tells its log why. */
function retryLog(log: Log, onRetry: (reason: string) => void): Log {
  const warn: Log['warn'] = (event, fields) => {
    log.warn(event, fields)
    onRetry(String(fields?.error ?? event))
  }
  return {...log, warn}
}
