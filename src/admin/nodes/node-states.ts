/** The states of nodes that were asked, without what it takes to ask them. */
import type {NodeState} from './node-line.js'
import type {ProcessState} from './process-line.js'

export const askedStates = [
  'up',
  'leased',
  'silent',
  'impostor',
  'announced',
  'failed',
  'ghost',
] as const satisfies readonly (NodeState | ProcessState)[]
export type AskedState = (typeof askedStates)[number]
