/**
 * The columns of each pane. What matters most comes first: a narrow screen shows as many as fit.
 */
import {type NodeLine, type NodeState, nodeLines} from '../../admin/nodes/node-line.js'
import {type PartitionLine, partitionLines} from '../../admin/partitions/partition-line.js'
import type {ClusterPicture} from '../../admin/picture/picture.js'
import {partitionTones} from '../partition-view.js'
import type {Result, Tone, View} from '../view.js'
import type {TopPane} from './top-state.js'

const nodeTones: Readonly<Record<NodeState, Tone>> = {
  up: 'good',
  leased: 'good',
  silent: 'bad',
  impostor: 'bad',
  failed: 'bad',
  ghost: 'bad',
}

const nodeView: View<NodeLine> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    state: {get: ({state}) => state, tone: ({state}) => nodeTones[state]},
    parts: {get: ({partitions}) => partitions},
    leaders: {get: ({leaders}) => leaders},
    docs: {get: ({docs}) => docs},
    'mem%': {get: ({memoryPercent}) => memoryPercent},
    'disk%': {get: ({diskPercent}) => diskPercent},
    lag: {get: ({lag}) => lag},
    address: {get: ({address}) => address},
    'lease-ttl': {get: ({leaseTtl}) => leaseTtl},
    zone: {get: ({zone}) => zone, wide: true},
    rack: {get: ({rack}) => rack, wide: true},
    pool: {get: ({pool}) => pool, wide: true},
    version: {get: ({version}) => version, wide: true},
  },
}

const partitionView: View<PartitionLine> = {
  name: ({id}) => String(id),
  columns: {
    id: {get: ({id}) => id},
    state: {get: ({state}) => state, tone: ({state}) => partitionTones[state]},
    leader: {get: ({leader}) => leader},
    docs: {get: ({docs}) => docs},
    lag: {get: ({lag}) => lag},
    bytes: {get: ({bytes}) => bytes},
    index: {get: ({index}) => index},
    db: {get: ({db}) => db},
    space: {get: ({space}) => space},
    replicas: {get: ({replicas}) => replicas},
    unreachable: {get: ({unreachable}) => unreachable, wide: true},
    term: {get: ({term}) => term, wide: true},
    commit: {get: ({commit}) => commit, wide: true},
    applied: {get: ({applied}) => applied, wide: true},
    path: {get: ({path}) => path, wide: true},
  },
}

/** All that a pane has to show, unordered. */
export type PaneRows = Pick<Result<unknown>, 'rows' | 'view'>

export function paneRows(pane: TopPane, picture: ClusterPicture): PaneRows {
  const rows = pane === 'nodes' ? nodeLines(picture) : partitionLines(picture)
  return {rows, view: paneView(pane)}
}

export function paneView(pane: TopPane): View<unknown> {
  return (pane === 'nodes' ? nodeView : partitionView) as View<unknown>
}
