import type {AskedNode} from '../admin/nodes/list-asked-nodes.js'
import type {AskedState} from '../admin/nodes/node-states.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<AskedState, Tone | null>> = {
  up: 'good',
  leased: 'good',
  announced: null,
  silent: 'bad',
  impostor: 'bad',
  failed: 'bad',
  ghost: 'bad',
}

const percent = (value: number | null) => (value === null ? null : Math.round(value))

export const askedNodeView: View<AskedNode> = {
  name: ({id}) => id,
  columns: {
    id: {get: ({id}) => id},
    role: {get: ({role}) => role},
    address: {get: ({address}) => address},
    state: {get: ({state}) => state, tone: ({state}) => tones[state]},
    'lease-ttl': {get: ({leaseTtl}) => leaseTtl},
    version: {get: ({version}) => version},
    zone: {get: ({zone}) => zone},
    parts: {get: ({partitions}) => partitions},
    leaders: {get: ({leaders}) => leaders},
    docs: {get: ({docs}) => docs},
    'mem%': {get: ({memoryPercent}) => percent(memoryPercent)},
    'disk%': {get: ({diskPercent}) => percent(diskPercent)},
    lag: {get: ({lag}) => lag},
    rack: {get: ({rack}) => rack, wide: true},
    pool: {get: ({pool}) => pool, wide: true},
    'failed-at': {get: ({failedAt}) => failedAt, wide: true},
  },
}
