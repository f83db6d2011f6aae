import type {PartitionRow, PartitionState} from '../admin/partitions/partition-row.js'
import type {Tone, View} from './view.js'

export const partitionTones: Readonly<Record<PartitionState, Tone>> = {
  ok: 'good',
  degraded: 'uncertain',
  unknown: 'uncertain',
  mismatch: 'bad',
  leaderless: 'bad',
  lost: 'bad',
  orphan: 'bad',
}

export const partitionView: View<PartitionRow> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    db: {get: ({db, dbId}) => db ?? (dbId === null ? null : `#${dbId}`)},
    space: {get: ({space, spaceId}) => space ?? (spaceId === null ? null : `#${spaceId}`)},
    slots: {get: ({slots}) => slots?.join('-')},
    leader: {get: ({leader}) => leader},
    replicas: {get: ({replicas}) => replicas},
    state: {get: ({state}) => state, tone: ({state}) => partitionTones[state]},
    reason: {get: ({reason}) => reason, wide: true},
    term: {get: ({term}) => term, wide: true},
    updated: {get: ({updatedAt}) => updatedAt, wide: true},
    revision: {get: ({modRevision}) => modRevision, wide: true},
  },
}
