import type {LeavingReplica} from '../admin/nodes/decommission-status.js'
import type {PartitionId} from '../entity/ids.js'
import type {View} from './view.js'

export const leavingView: View<LeavingReplica> = {
  name: ({partition}) => String(partition),
  columns: {
    id: {get: ({partition}) => partition},
    to: {get: ({to}) => to},
    state: {get: ({state}) => state, tone: ({state}) => (state === 'failed' || state === 'stays' ? 'uncertain' : null)},
    step: {get: ({step}) => step},
    'waits-for': {get: ({waitsFor}) => waitsFor},
  },
}

export const cancelledView: View<{readonly partition: PartitionId}> = {
  name: ({partition}) => String(partition),
  columns: {id: {get: ({partition}) => partition}},
}
