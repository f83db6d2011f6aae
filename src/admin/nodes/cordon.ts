/**
 * A server that gets no new replicas and keeps those that it has, until somebody uncordons it: a record that our masters' placement
 * and our plans honour. A real Vearch's masters do not know of it.
 */
import type {NodeId} from '../../entity/ids.js'
import {stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, proposal} from '../changes/proposal.js'

export interface CordonRow {
  readonly node: NodeId
  readonly cordoned: boolean
  readonly reason: string | null
}

export interface CordonChange {
  readonly plan: Proposal
  readonly row: CordonRow
  apply(writer: GuardedWriter): Promise<unknown>
}

/** Errors: PARTITION_SERVER_NOT_EXIST. */
export async function cordon(meta: MetaReading, node: NodeId, reason: string, nowMs: number): Promise<CordonChange> {
  const {keys} = meta
  const [server, failed] = [await meta.get(keys.server(node)), await meta.get(keys.failServer(node))]
  if (server === null && failed === null) {
    throw new CodedError('PARTITION_SERVER_NOT_EXIST', `there is no node ${node}`, {hint: 'vearchctl node list'})
  }
  return change(meta, node, {reason, sinceMs: nowMs})
}

/** Errors: NOT_FOUND. */
export async function uncordon(meta: MetaReading, node: NodeId): Promise<CordonChange> {
  return change(meta, node, null)
}

async function change(
  meta: MetaReading,
  node: NodeId,
  after: {readonly reason: string; readonly sinceMs: number} | null,
): Promise<CordonChange> {
  const key = meta.keys.cordon(node)
  const before = await meta.get(key)
  if (before === null && after === null) throw new CodedError('NOT_FOUND', `node ${node} is not cordoned`)
  const verb = after === null ? 'uncordon' : 'cordon'
  const value = after === null ? null : stringifyJson(after)
  const step = {step: `${verb} node ${node}`, subject: key, before: textOf(before), after: value}
  return {
    plan: proposal(`node ${verb} ${node}`, [step], {needsApproval: false}),
    row: {node, cordoned: after !== null, reason: after?.reason ?? null},
    apply: (writer) => writer.apply(`node ${verb} ${node}`, [{key, before, after: value}]),
  }
}

function textOf(kv: KeyValue | null): string | null {
  return kv === null ? null : new TextDecoder().decode(kv.value)
}
