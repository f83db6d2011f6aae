/**
 * The first steps of a start, and no more: a partition server's id, and what the masters say of it; a router's admission. For an
 * operator who wants to know whether a server would be accepted, and with which partitions, before starting it.
 *
 * No lease is taken: it says that a server is there, and one without a server behind it would be given replicas. Where a record with
 * a lease is shown, a running server holds it.
 *
 * A server is reached at the address under which the masters see it, whatever it calls itself. So that address is asked for before
 * anything is taken, and what speaks against it is an objection like any other.
 */
import type {Config} from '../../config/config.js'
import type {NodeId, PartitionId} from '../../entity/ids.js'
import type {FailServer} from '../../entity/server.js'
import type {Log} from '../../env/log.js'
import {assert} from '../../errors/assert.js'
import {CodedError} from '../../errors/coded-error.js'
import type {KeyValue} from '../../meta/store.js'
import {httpPost} from '../../node/http-post.js'
import {MasterClient} from '../../ps/master-client.js'
import {assertIdentity, readIdentity, takeIdentity} from '../../ps/node-identity.js'
import {addressSeen, register} from '../../ps/registration.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Objection, type Proposal, proposal} from '../changes/proposal.js'
import {readableRecord} from '../entities/records.js'
import type {Listing} from '../listing.js'
import {say, textOf} from '../messages/message.js'
import type {Session} from '../session/session.js'
import {registeredServers} from './registered.js'

export interface RegisteredNode {
  readonly role: 'ps' | 'router'
  /** Null of a router. */
  readonly node: NodeId | null
  /** Whether the id was taken just now. */
  readonly isNew: boolean
  /** As the master sees it. */
  readonly ip: string
  readonly port: number
  readonly master: string
  /** Of the record that a running one holds; null where there is none. */
  readonly lease: string | null
  /** Seconds that are left of it. */
  readonly ttl: number | null
  /** Null of a router. */
  readonly partitions: readonly PartitionId[] | null
}

type Ports = Pick<Config['ps'], 'rpc_port' | 'raft_heartbeat_port' | 'raft_replicate_port'>

export interface RegisterRequest {
  /** Has its id, or gets one. */
  readonly directory: string
  /** Of one that is new; null: the next one. */
  readonly namedId: NodeId | null
  /** Under which the operator expects it; null: no matter. */
  readonly ip: string | null
  readonly ports: Ports
  /** Told of a round in which no master answered. */
  onRetry(reason: string): void
}

const portNames = ['rpc_port', 'raft_heartbeat_port', 'raft_replicate_port'] as const

/**
 * What registering would take and write down, no steps where the data directory has its id already; and what speaks against the
 * address. Errors: GUARD_FAILED where the directory cannot be that of the named id.
 */
export async function registrationPlan(session: Session, request: RegisterRequest): Promise<Proposal> {
  const {directory, namedId, ip: expected} = request
  const {disk} = session.env
  const cluster = await session.cluster()
  const known = await readIdentity(disk, directory, cluster)
  if (namedId !== null) await assertIdentity(disk, directory, known, namedId)
  const {ip, master} = await seenBy(session)
  const {keys} = await session.reading()
  const objections = [
    ...differentAddress(expected, ip, master),
    ...(await takenAddress(session, known ?? namedId, ip, request.ports)),
  ]
  if (known !== null) return proposal('node register', [], {objections})
  const taken = namedId === null ? 'the next id' : `id ${namedId}`
  const steps = [
    {step: `take ${taken} of sequence node in cluster ${cluster}`, subject: keys.sequence('node')},
    {step: `write it down in ${directory}`, subject: directory},
  ]
  return proposal(
    'node register',
    steps.map((step) => ({...step, before: null, after: null})),
    {objections},
  )
}

/** `writer`: needed only where the plan has steps. Errors: those of the masters' refusal; a conflict is GUARD_FAILED's exit. */
export async function registerNode(
  session: Session,
  writer: GuardedWriter | null,
  request: RegisterRequest,
): Promise<Listing<RegisteredNode>> {
  const {disk} = session.env
  const {directory, namedId, ports} = request
  const cluster = await session.cluster()
  if (writer !== null) await disk.makeDirectory(directory)
  const {nodeId: node, isNew} = await takeIdentity(session.env, directory, cluster, async () => {
    assert(writer !== null, 'a new id is taken only by a plan that was agreed to')
    const id =
      namedId === null ? writer.allocate('node register', 'node', 1) : writer.takeNamed('node register', namedId)
    return (await id).value
  })
  const masters = await mastersOf(session)
  const env = {...session.env, log: retryLog(session.env.log, request.onRetry)}
  const {registration, master} = await register(masters, {cluster, nodeId: node}, env, session.signal).catch(asConflict)
  const {ip, p_ids: partitions} = registration
  const meta = await session.readAnew()
  const record = await meta.get(meta.keys.server(node))
  const row = {role: 'ps' as const, node, isNew, ip, port: ports.rpc_port, master, partitions}
  return {
    rows: [{...row, ...(await leaseOf(session, record))}],
    source: `master ${master}`,
    warnings: await movedSinceFailure(session, node, ip),
  }
}

/** Errors: those of the masters' refusal. */
export async function registerRouter(
  session: Session,
  {port, ip: expected}: {readonly port: number} & Pick<RegisterRequest, 'ip'>,
): Promise<Listing<RegisteredNode>> {
  const {ip, master} = await seenBy(session)
  const [different] = differentAddress(expected, ip, master)
  if (different !== undefined) throw new CodedError('GUARD_FAILED', different.reason, {hint: whyAddresses})
  const meta = await session.reading()
  const record = await meta.get(meta.keys.router(ip))
  const row = {role: 'router' as const, node: null, isNew: false, ip, port, master, partitions: null}
  return {rows: [{...row, ...(await leaseOf(session, record))}], source: `master ${master}`, warnings: []}
}

const whyAddresses = 'vearchctl doctor explain VC113'

function differentAddress(expected: string | null, ip: string, master: string): Objection[] {
  if (expected === null || expected === ip) return []
  const reason = `VC113: master ${master} sees this machine as ${ip}, not as ${expected}, and so would everybody else`
  return [{guard: 'address', reason}]
}

/** Where another server that lives is. */
async function takenAddress(session: Session, own: NodeId | null, ip: string, ports: Ports): Promise<Objection[]> {
  const {servers} = await registeredServers(await session.reading(), [])
  const wanted = portNames.map((name) => ports[name])
  return servers
    .filter((server) => server.name !== own && server.ip === ip)
    .flatMap((server) =>
      portNames
        .filter((name) => wanted.includes(server[name]))
        .map((name) => ({guard: 'address', reason: `${ip}:${server[name]} is the ${name} of node ${server.name}`})),
    )
}

/** Recovery by address would take it for another. */
async function movedSinceFailure(session: Session, node: NodeId, ip: string): Promise<string[]> {
  const meta = await session.reading()
  const kv = await meta.get(meta.keys.failServer(node))
  if (kv === null) return []
  const before = (readableRecord(kv) as unknown as FailServer).server.ip
  return before === ip ? [] : [`VC113: ${textOf(say('VC113', {before, now: ip}))}`]
}

async function leaseOf(session: Session, record: KeyValue | null): Promise<Pick<RegisteredNode, 'lease' | 'ttl'>> {
  const lease = record?.lease ?? null
  return {lease, ttl: lease === null ? null : await (await session.observed()).leaseTimeToLive(lease)}
}

/** Another that has the id is a conflict for the operator to settle: asking again changes nothing. */
function asConflict(thrown: unknown): never {
  if (!(thrown instanceof CodedError) || thrown.errorName !== 'NODE_ID_LIVE_ELSEWHERE') throw thrown
  const {errorName, detail, hint = whyAddresses} = thrown
  throw new CodedError(errorName, detail, {hint, exit: 'guardFailed', cause: thrown})
}

async function seenBy(session: Session) {
  return addressSeen(await mastersOf(session), await session.cluster(), session.signal)
}

/** The masters as a process of the cluster asks them. */
async function mastersOf(session: Session): Promise<MasterClient> {
  const {env, connections} = session
  const [urls, {password}] = await Promise.all([session.masterUrls(), connections.credentials()])
  const addresses = urls.map((url) => {
    const {hostname, port} = new URL(url)
    return {address: hostname, api_port: Number(port)}
  })
  return new MasterClient(httpPost, addresses, password, env.clock)
}

/** The registration goes on until the command's time is up, and tells its log why. */
function retryLog(log: Log, onRetry: (reason: string) => void): Log {
  const warn: Log['warn'] = (event, fields) => {
    log.warn(event, fields)
    onRetry(String(fields?.error ?? event))
  }
  return {...log, warn}
}
