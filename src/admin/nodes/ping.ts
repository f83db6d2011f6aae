/** `node ping`: each port of a server by itself. One that answers on one port and not on another explains many a lost leader. */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {dial} from '../../env/net/dial.js'
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Session} from '../session/session.js'
import {registeredServers} from './registered.js'

export interface PortAnswer {
  /** `stranger`: somebody answers, and is not that node. */
  readonly word: 'ok' | 'silent' | 'refused' | 'stranger'
  readonly ms: number | null
  readonly detail: string | null
}

export interface PingLine {
  readonly node: NodeId
  readonly host: string
  readonly rpc: PortAnswer
  readonly heartbeat: PortAnswer
  readonly replicate: PortAnswer
  /** Milliseconds of the answers of its rpc port; null if there was none. */
  readonly rtt: {readonly least: number; readonly mean: number; readonly most: number} | null
  /** Times at which every port answered, of how many. */
  readonly answered: number
  readonly asked: number
}

type Ping = Pick<PingLine, 'node' | 'host' | 'rpc' | 'heartbeat' | 'replicate'>

/** Between two times. */
const pauseMs = 200

/**
 * Every server that is registered, or those of `ids`, so many times; one whose record cannot be read is a warning. A port that failed
 * once is shown as it failed then. Errors: PARTITION_SERVER_NOT_EXIST.
 */
export async function pingNodes(
  session: Session,
  ids: readonly number[],
  count: number,
): Promise<{readonly rows: readonly PingLine[]; readonly warnings: readonly string[]}> {
  const {servers, warnings} = await registeredServers(await session.readAnew(), ids)
  return {rows: await Promise.all(servers.map((server) => pingOften(session, server, count))), warnings}
}

async function pingOften(session: Session, server: Server, count: number): Promise<PingLine> {
  const {clock} = session.env
  const first = await pingNode(session, server)
  const pings = [first]
  while (pings.length < count) {
    await clock.sleep(pauseMs, session.signal)
    pings.push(await pingNode(session, server))
  }
  const worst = (port: 'rpc' | 'heartbeat' | 'replicate') =>
    pings.map((ping) => ping[port]).find(({word}) => word !== 'ok') ?? first[port]
  const times = pings.flatMap(({rpc: {ms}}) => ms ?? [])
  const mean = Math.round(times.reduce((sum, ms) => sum + ms, 0) / times.length)
  return {
    ...first,
    rpc: worst('rpc'),
    heartbeat: worst('heartbeat'),
    replicate: worst('replicate'),
    rtt: times.length === 0 ? null : {least: Math.min(...times), mean, most: Math.max(...times)},
    answered: pings.filter(isWell).length,
    asked: pings.length,
  }
}

export function isWell({rpc, heartbeat, replicate}: Ping): boolean {
  return [rpc, heartbeat, replicate].every(({word}) => word === 'ok')
}

async function pingNode(session: Session, server: Server): Promise<Ping> {
  const {name: node, ip: host, rpc_port, raft_heartbeat_port, raft_replicate_port} = server
  const [rpc, heartbeat, replicate] = await Promise.all([
    pingRpc(session, server, rpc_port),
    greet(session, host, raft_heartbeat_port),
    greet(session, host, raft_replicate_port),
  ])
  return {node, host: `${host}:${rpc_port}`, rpc, heartbeat, replicate}
}

async function pingRpc(session: Session, {name: id, ip: host}: Server, port: number): Promise<PortAnswer> {
  const [nodes, cluster] = await Promise.all([session.nodes(), session.cluster()])
  const answer = await nodes.ask({id, host, port}, 'ping', {})
  if (!answer.answered) return failed(answer.error)
  const {nodeId, cluster: theirs} = answer.value
  if (nodeId === id && theirs === cluster) return {word: 'ok', ms: answer.ms, detail: null}
  return {word: 'stranger', ms: answer.ms, detail: `node ${nodeId} of cluster ${theirs} answers`}
}

/** Both ends prove that they know the cluster's key; more is not asked of a raft port. */
async function greet({env, connections, options}: Session, host: string, port: number): Promise<PortAnswer> {
  const {signkey: authKey} = (await connections.config()).global
  const startedAtMs = env.clock.nowMs()
  try {
    const events = {frame: () => {}, closed: () => {}}
    const connection = await dial(env, {host, port}, {authKey, connectTimeoutMs: options.nodeTimeoutMs}, events)
    connection.destroy()
    return {word: 'ok', ms: Math.round(env.clock.nowMs() - startedAtMs), detail: null}
  } catch (thrown) {
    return failed(toCodedError(thrown))
  }
}

function failed({errorName, detail}: CodedError): PortAnswer {
  const isSilent = errorName === 'TIMEOUT' || errorName === 'CALL_RPCCLIENT_FAILED'
  return {word: isSilent ? 'silent' : 'refused', ms: null, detail}
}
