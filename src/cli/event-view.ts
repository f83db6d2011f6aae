import type {ClusterEvent, EventKind} from '../admin/events/cluster-event.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Partial<Record<EventKind, Tone>>> = {leader: 'uncertain', history: 'bad'}

export const clusterEventView: View<ClusterEvent> = {
  name: ({subject}) => subject,
  columns: {
    time: {get: ({at}) => at},
    kind: {get: ({kind}) => kind, tone: ({kind}) => tones[kind] ?? null},
    subject: {get: ({subject}) => subject},
    change: {get: ({change}) => change},
    revision: {get: ({revision}) => revision, wide: true},
  },
}
