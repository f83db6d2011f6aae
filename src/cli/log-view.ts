import {fieldsText, type LoggedLine} from '../admin/nodes/read-logs.js'
import type {View} from './view.js'

export const logView: View<LoggedLine> = {
  name: ({time, event}) => `${time} ${event}`,
  columns: {
    node: {get: ({node}) => node},
    time: {get: ({time}) => time},
    level: {
      get: ({level}) => level,
      tone: ({level}) => (level === 'warn' ? 'uncertain' : level === 'error' ? 'bad' : null),
    },
    event: {get: ({event}) => event},
    fields: {get: fieldsText},
    file: {get: ({file}) => file, wide: true},
  },
}
