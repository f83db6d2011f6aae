import type {ProposedStep} from '../admin/changes/proposal.js'
import type {View} from './view.js'

export const planView: View<ProposedStep> = {
  name: ({subject}) => subject,
  columns: {
    step: {get: ({step}) => step},
    subject: {get: ({subject}) => subject, wide: true},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}
