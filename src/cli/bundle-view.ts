import type {WrittenBundle} from '../admin/debug/write-bundle.js'
import type {View} from './view.js'

export const bundleView: View<WrittenBundle> = {
  name: ({file}) => file,
  columns: {
    file: {get: ({file}) => file},
    bytes: {get: ({bytes}) => bytes},
    revision: {get: ({revision}) => revision},
    health: {get: ({health}) => health},
    heard: {get: ({nodesHeard, nodesAsked}) => `${nodesHeard} of ${nodesAsked}`},
    'log-lines': {get: ({logLines}) => logLines},
  },
}
