import type {ChangedKey} from '../admin/meta/record-change.js'
import type {View} from './view.js'

export const changedView: View<ChangedKey> = {
  name: ({key}) => key,
  columns: {
    key: {get: ({key}) => key},
    change: {get: ({change}) => change},
    revision: {get: ({revision}) => revision},
    txn: {get: ({txn}) => txn},
  },
}
