import type {Location} from '../admin/partitions/location.js'
import type {View} from './view.js'

export type LocatedRow = Location['partitions'][number] & {readonly slot: number}

export const locatedView: View<LocatedRow> = {
  name: ({id}) => String(id),
  columns: {
    slot: {get: ({slot}) => slot},
    partition: {get: ({id}) => id},
    range: {get: ({range}) => range},
    leader: {get: ({leader}) => leader},
    replicas: {get: ({replicas}) => replicas},
  },
}
