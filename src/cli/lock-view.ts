import type {LockRow} from '../admin/meta/lock-list.js'
import type {View} from './view.js'

export const lockView: View<LockRow> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    name: {get: ({name}) => name, wide: true},
    owner: {get: ({owner}) => owner, wide: true},
    lease: {get: ({lease}) => lease},
    ttl: {get: ({ttl}) => ttl},
    state: {
      get: ({state}) => state,
      tone: ({state}) => (state === 'held' ? 'good' : state === 'abandoned' ? 'bad' : 'uncertain'),
    },
    revision: {get: ({modRevision}) => modRevision, wide: true},
  },
}
