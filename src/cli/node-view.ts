import type {RegisteredNode} from '../admin/register-node.js'
import type {ReadyNode} from '../admin/start-node.js'
import {describeFinding, type Finding} from '../config/loaded.js'
import type {NodeStep} from '../node/cluster-node.js'
import type {View} from './view.js'

export const registeredView: View<RegisteredNode> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    new: {get: ({isNew}) => (isNew ? 'yes' : 'no')},
    address: {get: ({ip}) => ip},
    master: {get: ({master}) => master},
    partitions: {get: ({partitions}) => partitions},
  },
}

export const startedView: View<ReadyNode> = {
  name: ({addresses}) => addresses.join('\n'),
  columns: {
    ready: {get: ({startMs}) => `in ${startMs} ms`},
    addresses: {get: ({addresses}) => addresses.join('  ')},
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
