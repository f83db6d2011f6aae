import type {LogLine} from '../admin/nodes/read-logs.js'
import type {View} from './view.js'

export const logView: View<LogLine> = {
  name: ({time, event}) => `${time} ${event}`,
  columns: {
    time: {get: ({time}) => time},
    level: {
      get: ({level}) => level,
      tone: ({level}) => (level === 'warn' ? 'uncertain' : level === 'error' ? 'bad' : null),
    },
    event: {get: ({event}) => event},
    fields: {
      get: ({fields}) =>
        Object.entries(fields)
          .map(([name, value]) => `${name}=${String(value)}`)
          .join(' '),
    },
    file: {get: ({file}) => file, wide: true},
  },
}
