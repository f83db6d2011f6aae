import type {BackupRow} from '../admin/meta/backup.js'
import type {Consequence} from '../admin/meta/consequences.js'
import type {InspectedCluster} from '../admin/meta/inspection.js'
import type {View} from './view.js'

export const inspectionView: View<InspectedCluster> = {
  name: ({cluster}) => cluster,
  columns: {
    format: {get: ({format}) => format},
    cluster: {get: ({cluster}) => cluster},
    revision: {get: ({revision}) => revision},
    keys: {get: ({keys}) => keys},
    bytes: {get: ({bytes}) => bytes},
    broken: {get: ({broken}) => broken, tone: ({broken}) => (broken > 0 ? 'bad' : null)},
    'last-change': {get: ({lastChange}) => lastChange},
    sha256: {get: ({sha256}) => sha256, wide: true},
  },
}

export const backupView: View<BackupRow> = {
  name: ({file}) => file,
  columns: {
    file: {get: ({file}) => file},
    cluster: {get: ({cluster}) => cluster},
    revision: {get: ({revision}) => revision},
    keys: {get: ({keys}) => keys},
    bytes: {get: ({bytes}) => bytes},
    sha256: {get: ({sha256}) => sha256, wide: true},
  },
}

export const consequenceView: View<Consequence> = {
  name: ({subject}) => subject,
  columns: {
    job: {get: ({job}) => job},
    does: {get: ({does}) => does, tone: ({isLastCopy}) => (isLastCopy ? 'bad' : 'uncertain')},
    subject: {get: ({subject}) => subject},
    node: {get: ({node}) => node},
    docs: {get: ({docs}) => docs},
    bytes: {get: ({bytes}) => bytes},
    'last-copy': {get: ({isLastCopy}) => (isLastCopy ? 'yes' : 'no')},
    new: {get: ({isNew}) => (isNew ? 'yes' : 'no')},
  },
}
