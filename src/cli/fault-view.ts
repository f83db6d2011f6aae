import type {Fault} from '../admin/meta/validation.js'
import type {View} from './view.js'

export const faultView: View<Fault> = {
  name: ({subject}) => subject,
  columns: {
    severity: {
      get: ({severity}) => severity,
      tone: ({severity}) => (severity === 'critical' ? 'bad' : severity === 'warning' ? 'uncertain' : null),
    },
    code: {get: ({code}) => code},
    subject: {get: ({subject}) => subject},
    fault: {get: ({fault}) => fault},
    next: {get: ({next}) => next, wide: true},
  },
}
