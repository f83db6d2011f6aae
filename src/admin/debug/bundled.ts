import type {NodeId} from '../../entity/ids.js'
import type {Answer} from '../picture/answer.js'
import type {NodeSays} from '../picture/node-says.js'
import type {ClusterPicture, PictureFacts} from '../picture/picture.js'
import type {BundledLogs} from './bundle-logs.js'

/** What the first line carries beside the backup's own fields; maps as their entries. */
export interface Bundled extends Pick<PictureFacts, 'takenAtMs' | 'store' | 'masters' | 'settings'> {
  readonly nodes: readonly (readonly [NodeId, Answer<NodeSays>])[]
  readonly leases: unknown
  /** Only where they were asked for. */
  readonly logs?: BundledLogs
}

/** What others than the metadata said. */
export function bundled({takenAtMs, store, masters, settings, nodes, leases}: ClusterPicture): Bundled {
  const toldLeases = leases.told ? {...leases, value: [...leases.value]} : leases
  return {takenAtMs, store, masters, settings, nodes: [...nodes], leases: toldLeases}
}
