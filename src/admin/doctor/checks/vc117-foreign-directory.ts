import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found} from '../finding.js'

export const vc117: Check = {
  code: 'VC117',
  group: 'nodes',
  severity: 'critical',
  title: say('VC117.title'),
  explanation: say('VC117.explain'),
  needs: ['disks'],
  check({disks, metadata}) {
    const {cluster} = metadata.keys
    return disks.flatMap((disk): Found[] => {
      if (!disk.told) return []
      const {identity, partitions} = disk.value
      const path = disk.source.from === 'disk' ? disk.source.path : ''
      const subject = {kind: 'config', name: path} as const
      const next = `vearchctl node preflight --data-dir ${path}`
      const found = (message: Found['message']): Found[] => [
        {
          subject,
          message,
          evidence: [evidence(disk.source, {Id: identity?.node ?? null, ClusterName: identity?.cluster ?? null})],
          next,
        },
      ]
      if (identity === null)
        return partitions.length === 0 ? [] : found(say('VC117.nobody', {count: partitions.length}))
      if (identity.cluster !== cluster) return found(say('VC117', {theirs: identity.cluster, cluster}))
      const last = Number(metadata.sequences.get('node')?.value ?? 0)
      return identity.node > last ? found(say('VC117.beyond', {node: identity.node, last})) : []
    })
  },
}
