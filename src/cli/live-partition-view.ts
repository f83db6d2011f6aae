import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {PartitionLine} from '../admin/partitions/partition-line.js'
import {partitionTones} from './partition-view.js'
import type {View} from './view.js'

/** With what the servers say. */
export function livePartitionView(catalogue: Catalogue): View<PartitionLine> {
  return {
    name: ({id}) => String(id),
    columns: {
      id: {get: ({id}) => id},
      db: {get: ({db}) => db},
      space: {get: ({space}) => space},
      slots: {get: ({slots}) => slots?.join('-')},
      leader: {get: ({leader}) => leader},
      replicas: {get: ({replicas}) => replicas},
      state: {get: ({state}) => state, tone: ({state}) => partitionTones[state]},
      docs: {get: ({docs}) => docs},
      size: {get: ({bytes}) => bytes},
      index: {get: ({index}) => index, tone: ({index}) => (index === 'FAILED' ? 'bad' : null)},
      lag: {get: ({lag}) => lag},
      reason: {get: ({reason}) => (reason === null ? null : textOf(reason, catalogue)), wide: true},
      term: {get: ({term}) => term, wide: true},
      commit: {get: ({commit}) => commit, wide: true},
      applied: {get: ({applied}) => applied, wide: true},
      unreachable: {get: ({unreachable}) => unreachable, wide: true},
      path: {get: ({path}) => path, wide: true},
      revision: {get: ({modRevision}) => modRevision, wide: true},
    },
  }
}
