import type {NodeStats} from '../admin/nodes/node-stats.js'
import type {View} from './view.js'

export const nodeStatsView: View<NodeStats> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    address: {get: ({address}) => address},
    'mem%': {get: ({memoryPercent}) => memoryPercent.toFixed(1)},
    'disk%': {get: ({diskPercent}) => diskPercent.toFixed(1)},
    'cpu%': {get: ({cpuPercent}) => cpuPercent.toFixed(1)},
    parts: {get: ({partitions}) => partitions},
    leaders: {get: ({leaders}) => leaders},
    docs: {get: ({docs}) => docs},
    lag: {get: ({lag}) => lag},
    memory: {get: ({memoryBytes}) => memoryBytes, wide: true},
    'disk-free': {get: ({diskFreeBytes}) => diskFreeBytes, wide: true},
  },
}
