/** `node ping`: each port of a server by itself. One that answers on one port and not on another explains many a lost leader. */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {dial} from '../../env/net/dial.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import {brokenWarnings, recordsUnder} from '../entities/records.js'
import type {Metadata} from '../picture/metadata.js'
import type {Session} from '../session.js'

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
}

/**
 * Every server that is registered, or those of `ids`; one whose record cannot be read is a warning. Errors:
 * PARTITION_SERVER_NOT_EXIST.
 */
export async function pingNodes(
  session: Session,
  ids: readonly number[],
): Promise<{rows: PingLine[]; warnings: readonly string[]}> {
  const meta = await session.readAnew()
  const metadata = await recordsUnder(meta, [meta.keys.serverPrefix])
  const rows = await Promise.all(registered(metadata, ids).map((server) => pingNode(session, server)))
  return {rows, warnings: brokenWarnings(metadata)}
}

function registered({servers}: Metadata, ids: readonly number[]): Server[] {
  const found = new Map<number, Server>([...servers].map(([id, {value}]) => [id, {...value, name: id}]))
  if (ids.length === 0) return [...found.values()].sort((a, b) => a.name - b.name)
  return ids.map((id) => {
    const server = found.get(id)
    if (server !== undefined) return server
    throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${id} is not registered`, {
      hint: `vearchctl why node ${id}`,
    })
  })
}

async function pingNode(session: Session, server: Server): Promise<PingLine> {
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
