import type {RegisteredNode} from '../admin/register-node.js'
import type {View} from './view.js'

export const registeredView: View<RegisteredNode> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    new: {get: ({isNew}) => (isNew ? 'yes' : 'no')},
    address: {get: ({ip}) => ip},
    master: {get: ({master}) => master},
    partitions: {get: ({partitions}) => partitions},
  },
}
