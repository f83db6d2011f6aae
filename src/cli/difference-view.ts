import type {RecordDifference} from '../admin/meta/difference.js'
import type {HistoryRow} from '../admin/meta/history.js'
import type {MetaEvent} from '../admin/meta/watching.js'
import type {Plan} from '../admin/plan/plan.js'
import type {Tone, View} from './view.js'

export const differenceView: View<RecordDifference> = {
  name: ({key}) => key,
  columns: {
    change: {get: ({change}) => change, tone: ({change}) => tones[change]},
    kind: {get: ({kind}) => kind},
    key: {get: ({key}) => key},
    field: {get: ({field}) => field},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}

const tones: Readonly<Record<RecordDifference['change'], Tone>> = {added: 'good', removed: 'bad', changed: 'uncertain'}

export const historyView: View<HistoryRow> = {
  name: ({revision}) => String(revision),
  columns: {
    revision: {get: ({revision}) => revision},
    version: {get: ({version}) => version, wide: true},
    change: {get: ({change}) => change},
    field: {get: ({field}) => field},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}

export const eventView: View<MetaEvent> = {
  name: ({key}) => key,
  columns: {
    at: {get: ({at}) => at},
    revision: {get: ({revision}) => revision},
    event: {get: ({event}) => event},
    kind: {get: ({kind}) => kind, wide: true},
    key: {get: ({key}) => key},
    field: {get: ({field}) => field},
    before: {get: ({before}) => before},
    after: {get: ({after}) => after},
  },
}

/** A plan that is printed to be kept. */
export const planFileView: View<Plan> = {
  name: ({id}) => id,
  columns: {
    plan: {get: ({id}) => id},
    action: {get: ({action}) => action},
    steps: {get: ({steps}) => steps.length},
  },
}
