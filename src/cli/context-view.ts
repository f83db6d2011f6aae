import type {ContextField, ContextRow} from '../admin/contexts/contexts.js'
import type {TestedPart} from '../admin/contexts/test-target.js'
import type {View} from './view.js'

export const contextView: View<ContextRow> = {
  name: ({name}) => name,
  columns: {
    use: {get: ({inUse}) => (inUse ? '*' : null)},
    name: {get: ({name}) => name},
    cluster: {get: ({cluster}) => cluster},
    metadata: {get: ({etcd, conf}) => etcd ?? conf},
    masters: {get: ({master}) => master, wide: true},
    user: {get: ({user}) => user, wide: true},
    guard: {
      get: (row) => [...(row.protected ? ['protected'] : []), ...(row['read-only'] ? ['read-only'] : [])],
      tone: (row) => (row.protected ? 'bad' : null),
    },
  },
}

export const contextFieldView: View<ContextField> = {
  name: ({key}) => key,
  columns: {key: {get: ({key}) => key}, value: {get: ({value}) => value}},
}

export const testedView: View<TestedPart> = {
  name: ({part}) => part,
  columns: {
    part: {get: ({part}) => part},
    address: {get: ({address}) => address},
    state: {get: ({state}) => state, tone: ({state}) => (state === 'ok' ? 'good' : 'bad')},
    ms: {get: ({ms}) => ms},
    detail: {get: ({detail}) => detail},
  },
}
