/** `node preflight`: what would happen if the partition server of these data directories started now. */
import type {ClusterPicture} from '../picture/picture.js'
import {type AutomaticAction, nextAutomaticActions} from '../plan/blast-radius.js'

export interface PreflightLine {
  readonly check: 'configuration' | 'identity' | 'registration' | 'partitions'
  /** `refused`: it would not start. `harm`: it would start and destroy something. */
  readonly verdict: 'ok' | 'note' | 'refused' | 'harm'
  readonly detail: string
}

export function preflight(picture: ClusterPicture): PreflightLine[] {
  return [...configuration(picture), ...picture.disks.flatMap((disk) => onDisk(picture, disk))]
}

function configuration({config}: ClusterPicture): PreflightLine[] {
  if (!config.told) return [{check: 'configuration', verdict: 'note', detail: config.silence.detail}]
  const faults = config.value.findings.filter(({severity}) => severity === 'error')
  if (faults.length === 0) return [{check: 'configuration', verdict: 'ok', detail: config.value.path}]
  return faults.map(({key, text}) => ({check: 'configuration', verdict: 'refused', detail: `${key} ${text}`.trim()}))
}

function onDisk(picture: ClusterPicture, disk: ClusterPicture['disks'][number]): PreflightLine[] {
  const {keys, servers, partitions: records} = picture.metadata
  if (!disk.told) return [{check: 'identity', verdict: 'refused', detail: disk.silence.detail}]
  const {identity, partitions} = disk.value
  if (identity === null) {
    return [{check: 'identity', verdict: 'note', detail: 'it has no id yet: a new one would be allocated'}]
  }
  const {node, cluster} = identity
  if (cluster !== keys.cluster) {
    return [
      {
        check: 'identity',
        verdict: 'refused',
        detail: `it is node ${node} of cluster ${cluster}, not of ${keys.cluster}`,
      },
    ]
  }
  const live = servers.get(node)?.value
  const registration: PreflightLine =
    live === undefined
      ? {check: 'registration', verdict: 'ok', detail: `node ${node} is not registered now`}
      : {check: 'registration', verdict: 'refused', detail: `node ${node} is alive at ${live.ip}:${live.rpc_port}`}
  const wipes = nextAutomaticActions(picture, null).filter(
    (action): action is Wipe => action.job === 'server start' && action.node === node,
  )
  const kept = [...records.values()].filter(({value}) => (value.replicas ?? []).includes(node)).length
  return [
    {check: 'identity', verdict: 'ok', detail: `node ${node} of cluster ${cluster}`},
    registration,
    {check: 'partitions', verdict: 'ok', detail: `${partitions.length} on disk, ${kept} by the metadata`},
    ...wipes.map(wipeLine),
  ]
}

type Wipe = AutomaticAction & {readonly job: 'server start'}

/** Ours sets such a partition aside instead; the operator may start either. */
function wipeLine({partition, loses: {docs, bytes, isLastCopy}}: Wipe): PreflightLine {
  const what = `${docs ?? 'an unknown number of'} docs, ${bytes ?? 'unknown'} bytes${isLastCopy ? ', the last copy' : ''}`
  return {
    check: 'partitions',
    verdict: 'harm',
    detail: `a Vearch server would wipe partition ${partition} (${what}); ours sets it aside`,
  }
}
