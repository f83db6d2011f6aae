/**
 * What is asked of one partition server's process, wherever it runs: how much it logs, a profile of it. Servers of our kind only,
 * and only who knows the cluster's key: the question goes to its rpc port.
 */
import type {NodeId} from '../../entity/ids.js'
import type {LogLevel} from '../../env/log.js'
import type {ProcessFacts} from '../../env/own-process.js'
import type {ProfileKind} from '../../env/profile.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'
import type {Session} from '../session/session.js'
import {registeredServer, rpcAddress} from './registered.js'

export interface ProcessRow extends ProcessFacts {
  readonly node: NodeId
}

export interface ProfileRow {
  readonly node: NodeId
  readonly kind: ProfileKind
  /** On the server's machine. */
  readonly host: string
  readonly file: string
  readonly bytes: number
}

/** Errors: PARTITION_SERVER_NOT_EXIST; that of the call. */
export async function processOf(session: Session, id: NodeId): Promise<ProcessRow> {
  const {address, nodes} = await reach(session, id)
  return {node: id, ...(await nodes.demand(address, 'processFacts', {}))}
}

export function levelPlan(node: NodeId, level: LogLevel): Proposal {
  const step = {step: `have node ${node} log ${level} and worse, until it ends`, subject: `node ${node}`}
  return proposal('node log-level', [{...step, before: null, after: level}], {needsApproval: false})
}

export async function setLogLevel(
  session: Session,
  writer: GuardedWriter,
  {id, level}: {readonly id: NodeId; readonly level: LogLevel},
): Promise<ProcessRow> {
  const {address, nodes} = await reach(session, id)
  const request = `setLogLevel ${level} of node ${id}`
  const {value} = await writer.request({action: 'node log-level', request}, () =>
    nodes.demand(address, 'setLogLevel', {level}),
  )
  return {node: id, ...value}
}

export interface ProfileRequest {
  readonly id: NodeId
  readonly kind: ProfileKind
  readonly ms: number
}

export function profilePlan({id, kind, ms}: ProfileRequest): Proposal {
  const step = {step: `sample node ${id} (${kind}) for ${ms} ms, into a file beside its log`, subject: `node ${id}`}
  return proposal('node profile', [{...step, before: null, after: null}], {needsApproval: false})
}

export async function profileNode(
  session: Session,
  writer: GuardedWriter,
  {id, kind, ms}: ProfileRequest,
): Promise<ProfileRow> {
  const {address, nodes} = await reach(session, id, {workMs: ms})
  const request = `profile ${kind} of node ${id} for ${ms} ms`
  const {value} = await writer.request({action: 'node profile', request}, () =>
    nodes.demand(address, 'profile', {kind, ms}),
  )
  return {node: id, kind, host: address.host, ...value}
}

async function reach(session: Session, id: NodeId, {workMs = 0} = {}) {
  const [server, nodes] = await Promise.all([
    session.reading().then((meta) => registeredServer(meta, id)),
    session.nodes({workMs}),
  ])
  return {address: rpcAddress(server), nodes}
}
