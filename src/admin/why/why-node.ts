import type {NodeId} from '../../entity/ids.js'
import {type Evidence, evidence, recordSays} from '../doctor/finding.js'
import {type Message, say} from '../messages/message.js'
import {type NodeState, nodeState} from '../nodes/node-line.js'
import {addressHeir} from '../picture/address-heir.js'
import {leadersByNode, replicasByNode} from '../picture/node-load.js'
import type {ClusterPicture} from '../picture/picture.js'
import {type Cause, cause} from './cause.js'

/** The node, and what hangs on it. */
export function whyNode(picture: ClusterPicture, node: NodeId): Cause {
  const root = nodeCause(picture, node)
  const count = replicasByNode(picture).get(node) ?? 0
  const leaders = leadersByNode(picture).get(node) ?? 0
  return {...root, because: [...root.because, cause(say('why.node.holds', {count, leaders}))]}
}

/** Why the node is up or not: cheap, so that every replica of a partition can ask. */
export function nodeCause(picture: ClusterPicture, node: NodeId): Cause {
  const {servers, failServers, keys, revision} = picture.metadata
  const state = nodeState(node, picture)
  const [live, failed] = [servers.get(node), failServers.get(node)]
  const evidences: Evidence[] = [
    ...(live === undefined
      ? [evidence({from: 'metadata', key: keys.server(node), revision}, {record: null})]
      : [recordSays(live, {ip: live.value.ip, rpc_port: live.value.rpc_port, lease: live.lease})]),
    ...(failed === undefined
      ? []
      : [recordSays(failed, {time_stamp: failed.value.time_stamp, ip: failed.value.server.ip})]),
  ]
  return cause(messageOf(state, picture, node), {
    evidence: evidences,
    because: [...leaseCause(picture, node), ...addressCauses(picture, node)],
    next: nextOf(state, node),
  })
}

function messageOf(state: NodeState, {metadata, nodes}: ClusterPicture, node: NodeId): Message {
  const answer = nodes.get(node)
  const detail = answer?.told === false ? answer.silence.detail : ''
  switch (state) {
    case 'up':
      return say('why.node.up', {node})
    case 'leased':
      return say('why.node.leased', {node})
    case 'silent':
      return say('why.node.silent', {node, detail})
    case 'impostor':
      return say('why.node.impostor', {node, detail})
    case 'ghost':
      return say('why.node.ghost', {node})
    case 'failed': {
      const seconds = metadata.failServers.get(node)?.value.time_stamp ?? 0
      return say('why.node.failed', {node, at: new Date(seconds * 1000).toISOString()})
    }
  }
}

function nextOf(state: NodeState, node: NodeId): string | null {
  switch (state) {
    case 'failed':
    case 'ghost':
      return `vearchctl node recover ${node}`
    case 'silent':
    case 'impostor':
      return `vearchctl node ping ${node}`
    default:
      return null
  }
}

function leaseCause({metadata, leases}: ClusterPicture, node: NodeId): Cause[] {
  const lease = metadata.servers.get(node)?.lease ?? null
  if (lease === null || !leases.told) return []
  const ttl = leases.value.get(lease) ?? null
  return [cause(say('why.node.lease', {ttl}), {evidence: [evidence(leases.source, {lease, ttl})]})]
}

/** Vearch knows servers by address: one that moved, or whose address another has, is behind many a failure. */
function addressCauses({metadata}: ClusterPicture, node: NodeId): Cause[] {
  const failed = metadata.failServers.get(node)
  const before = failed?.value.server.ip ?? ''
  if (failed === undefined || before === '') return []
  const live = metadata.servers.get(node)
  if (live !== undefined) {
    if (live.value.ip === before) return []
    const says = [recordSays(failed, {ip: before}), recordSays(live, {ip: live.value.ip})]
    return [cause(say('why.node.moved', {before, now: live.value.ip}), {evidence: says})]
  }
  const heir = addressHeir(metadata, node)
  if (heir === null) return []
  const [id, record] = heir
  return [
    cause(say('why.node.heir', {heir: id, ip: before}), {
      evidence: [recordSays(record, {ip: before})],
      next: `vearchctl node replace ${node} ${id} --by id`,
    }),
  ]
}
