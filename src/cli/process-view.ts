import type {MasterLine} from '../admin/masters/master-line.js'
import type {StoreFacts} from '../admin/masters/store-facts.js'
import type {ProcessLine} from '../admin/nodes/process-line.js'
import type {View} from './view.js'

export const processView: View<ProcessLine> = {
  name: ({name}) => name,
  columns: {
    name: {get: ({name}) => name},
    address: {get: ({address}) => address},
    state: {
      get: ({state}) => state,
      tone: ({state}) => (state === 'up' || state === 'leased' ? 'good' : state === 'announced' ? null : 'bad'),
    },
    version: {get: ({version}) => version},
    'lease-ttl': {get: ({leaseTtl}) => leaseTtl},
  },
}

export const masterDutyView: View<MasterLine> = {
  name: ({master}) => master,
  columns: {
    duty: {get: ({duty}) => duty},
    master: {get: ({master}) => master},
    revision: {get: ({modRevision}) => modRevision},
  },
}

export const storeView: View<StoreFacts> = {
  name: ({endpoint}) => endpoint,
  columns: {
    endpoint: {get: ({endpoint}) => endpoint},
    backend: {get: ({backend}) => backend},
    version: {get: ({version}) => version},
    bytes: {get: ({dbBytes}) => dbBytes},
    content: {get: ({contentBytes}) => contentBytes},
    revision: {get: ({revision}) => revision},
    errors: {get: ({errors}) => errors, tone: ({errors}) => (errors.length > 0 ? 'bad' : null)},
  },
}
