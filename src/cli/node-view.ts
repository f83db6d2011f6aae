import type {NodeRow, NodeState} from '../admin/nodes/list-nodes.js'
import type {RegisteredNode} from '../admin/nodes/register-node.js'
import type {ReadyNode} from '../admin/nodes/start-node.js'
import {describeFinding, type Finding} from '../config/loaded.js'
import type {NodeStep} from '../node/cluster-node.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<NodeState, Tone | null>> = {up: 'good', failed: 'bad', ghost: 'bad', known: null}

export const nodeView: View<NodeRow> = {
  name: ({id}) => id,
  columns: {
    id: {get: ({id}) => id},
    role: {get: ({role}) => role},
    address: {get: ({address}) => address},
    state: {get: ({state}) => state, tone: ({state}) => tones[state]},
    zone: {get: ({zone}) => zone},
    version: {get: ({version}) => version},
    parts: {get: ({partitions}) => partitions},
    leaders: {get: ({leaders}) => leaders},
    cordoned: {get: ({cordoned}) => (cordoned ? 'yes' : null), tone: ({cordoned}) => (cordoned ? 'uncertain' : null)},
    private: {get: ({private: isPrivate}) => (isPrivate ? 'yes' : 'no'), wide: true},
    'failed-at': {get: ({failedAt}) => failedAt, wide: true},
    lease: {get: ({lease}) => lease, wide: true},
    revision: {get: ({modRevision}) => modRevision, wide: true},
  },
}

export const registeredView: View<RegisteredNode> = {
  name: ({node, ip}) => (node === null ? ip : String(node)),
  columns: {
    node: {get: ({node}) => node},
    role: {get: ({role}) => role},
    address: {get: ({ip, port}) => `${ip}:${port}`},
    lease: {get: ({lease}) => lease},
    ttl: {get: ({ttl}) => ttl},
    partitions: {get: ({partitions}) => partitions},
    new: {get: ({isNew}) => (isNew ? 'yes' : 'no')},
    master: {get: ({master}) => master},
  },
}

export const startedView: View<ReadyNode> = {
  name: ({addresses}) => addresses.join('\n'),
  columns: {
    ready: {get: ({startMs}) => `in ${startMs} ms`},
    addresses: {get: ({addresses}) => addresses.join('  ')},
    pid: {get: ({pid}) => pid},
    log: {get: ({logFile}) => logFile},
  },
}

/** `   12 ms  ps      recover partitions    3 of 3`, in columns that line up while the steps come. */
export function stepLine({role, step, ms, detail}: NodeStep): string {
  return `${String(ms).padStart(7)} ms  ${role.padEnd(8)} ${step.padEnd(20)} ${detail}`.trimEnd()
}

export function findingLine(finding: Finding): string {
  return `${finding.severity}: ${describeFinding(finding)}`
}
