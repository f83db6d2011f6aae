import type {AllocatedId, SequenceRow} from '../admin/meta/sequence-ids.js'
import type {View} from './view.js'

export const sequenceView: View<SequenceRow> = {
  name: ({next}) => String(next ?? ''),
  columns: {
    sequence: {get: ({sequence}) => sequence},
    key: {get: ({key}) => key, wide: true},
    last: {get: ({last}) => last},
    next: {get: ({next}) => next},
    'max-in-use': {get: ({maxInUse}) => maxInUse},
    status: {get: ({status}) => status, tone: ({status}) => (status === 'ok' ? 'good' : 'bad')},
  },
}

export const sequenceDetailView: View<SequenceRow> = {
  name: ({sequence}) => sequence,
  columns: {
    ...sequenceView.columns,
    headroom: {get: ({headroom}) => headroom},
    revision: {get: ({modRevision}) => modRevision},
  },
}

export const allocatedView: View<AllocatedId> = {
  name: ({id}) => String(id),
  columns: {sequence: {get: ({sequence}) => sequence}, id: {get: ({id}) => id}},
}
