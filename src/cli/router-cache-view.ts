import type {CachedSpace} from '../admin/nodes/router-cache.js'
import type {View} from './view.js'

export const routerCacheView: View<CachedSpace> = {
  name: ({router}) => router,
  columns: {
    router: {get: ({router}) => router},
    same: {get: ({same}) => (same ? 'yes' : 'no'), tone: ({same}) => (same ? 'good' : 'bad')},
    space: {get: ({value}) => value},
  },
}
