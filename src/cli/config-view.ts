import type {ConfigChange} from '../admin/config/change-config.js'
import type {ConfigDifference} from '../admin/config/config-difference.js'
import type {ConfigRow} from '../admin/config/show-config.js'
import type {Finding} from '../config/loaded.js'
import type {View} from './view.js'

export const configView: View<ConfigRow> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    value: {get: ({value}) => value},
    origin: {get: ({origin, line}) => (line === null ? origin : `line ${line}`)},
    why: {get: ({why}) => why, wide: true},
  },
}

export const findingView: View<Finding> = {
  name: ({key}) => key,
  columns: {
    severity: {
      get: ({severity}) => severity,
      tone: ({severity}) => (severity === 'error' ? 'bad' : severity === 'warning' ? 'uncertain' : null),
    },
    line: {get: ({line}) => line},
    key: {get: ({key}) => key},
    finding: {get: ({text}) => text},
    'what to do': {get: ({hint}) => hint},
  },
}

export const configChangeView: View<ConfigChange> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
    file: {get: ({file}) => file, wide: true},
  },
}

export const configDifferenceView: View<ConfigDifference> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}

export const lineView: View<{readonly line: string}> = {
  name: ({line}) => line,
  columns: {line: {get: ({line}) => line}},
}
