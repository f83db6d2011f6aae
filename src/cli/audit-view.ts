import type {AuditedField, AuditRow} from '../admin/changes/audit.js'
import type {View} from './view.js'

export const auditView: View<AuditRow> = {
  name: ({txn}) => txn,
  columns: {
    txn: {get: ({txn}) => txn},
    at: {get: ({at}) => at},
    action: {get: ({action}) => action},
    outcome: {
      get: ({outcome}) => outcome,
      tone: ({outcome}) => (outcome === 'done' ? 'good' : outcome === 'failed' ? 'bad' : 'uncertain'),
    },
    revision: {get: ({revision}) => revision},
    subject: {get: ({subject}) => subject},
    reason: {get: ({reason}) => reason, wide: true},
    context: {get: ({context}) => context, wide: true},
    place: {get: ({place}) => place, wide: true},
  },
}

export const auditedFieldView: View<AuditedField> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    field: {get: ({field}) => field},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}
