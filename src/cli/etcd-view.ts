import type {MemberRow} from '../admin/masters/etcd-members.js'
import type {Defragmented} from '../admin/masters/etcd-space.js'
import type {EtcdLine} from '../admin/masters/etcd-status.js'
import type {EtcdAlarm, EtcdMember} from '../meta/etcd-store-upkeep.js'
import type {View} from './view.js'

export const etcdView: View<EtcdLine> = {
  name: ({endpoint}) => endpoint,
  columns: {
    endpoint: {get: ({endpoint}) => endpoint},
    name: {get: ({name}) => name},
    role: {
      get: ({role, silence}) => (silence === null ? role : '(silent)'),
      tone: ({role}) => (role === null || role === 'leaderless' ? 'bad' : null),
    },
    version: {get: ({version}) => version},
    bytes: {get: ({dbBytes}) => dbBytes},
    used: {get: ({usedBytes}) => usedBytes},
    revision: {get: ({revision}) => revision},
    alarms: {get: ({alarms}) => alarms, tone: ({alarms}) => (alarms.length > 0 ? 'bad' : null)},
    term: {get: ({term}) => term, wide: true},
    member: {get: ({member}) => member, wide: true},
    silence: {get: ({silence}) => silence, wide: true},
  },
}

export const defragmentedView: View<Defragmented> = {
  name: ({endpoint}) => endpoint,
  columns: {
    endpoint: {get: ({endpoint}) => endpoint},
    before: {get: ({beforeBytes}) => beforeBytes},
    after: {get: ({afterBytes}) => afterBytes},
  },
}

export const compactedView: View<{readonly revision: number}> = {
  name: ({revision}) => String(revision),
  columns: {revision: {get: ({revision}) => revision}},
}

export const alarmView: View<EtcdAlarm> = {
  name: ({member}) => member,
  columns: {
    member: {get: ({member}) => member},
    alarm: {get: ({alarm}) => alarm, tone: () => 'bad'},
  },
}

export const memberView: View<EtcdMember & Partial<MemberRow>> = {
  name: ({id}) => id,
  columns: {
    id: {get: ({id}) => id},
    name: {get: ({name}) => name},
    peers: {get: ({peerUrls}) => peerUrls},
    'initial-cluster': {get: ({initialCluster}) => initialCluster ?? null},
  },
}
