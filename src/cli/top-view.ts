import type {NodeLine, NodeState} from '../admin/nodes/node-line.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<NodeState, Tone>> = {
  up: 'good',
  leased: 'good',
  silent: 'bad',
  impostor: 'bad',
  failed: 'bad',
  ghost: 'bad',
}

export const topView: View<NodeLine> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    address: {get: ({address}) => address},
    state: {get: ({state}) => state, tone: ({state}) => tones[state]},
    'lease-ttl': {get: ({leaseTtl}) => leaseTtl},
    parts: {get: ({partitions}) => partitions},
    leaders: {get: ({leaders}) => leaders},
    docs: {get: ({docs}) => docs},
    'mem%': {get: ({memoryPercent}) => memoryPercent},
    'disk%': {get: ({diskPercent}) => diskPercent},
    lag: {get: ({lag}) => lag},
    zone: {get: ({zone}) => zone, wide: true},
    rack: {get: ({rack}) => rack, wide: true},
    pool: {get: ({pool}) => pool, wide: true},
    version: {get: ({version}) => version, wide: true},
  },
}
