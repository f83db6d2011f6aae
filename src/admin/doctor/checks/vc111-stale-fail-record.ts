import {say} from '../../messages/message.js'
import {replicasByNode} from '../../picture/node-load.js'
import type {Check} from '../check.js'
import {ofNode, recordSays} from '../finding.js'

export const vc111: Check = {
  code: 'VC111',
  group: 'nodes',
  severity: 'warning',
  title: say('VC111.title'),
  explanation: say('VC111.explain'),
  needs: ['metadata'],
  check(picture) {
    const {failServers, servers} = picture.metadata
    const held = replicasByNode(picture)
    return [...failServers].flatMap(([node, record]) => {
      const isBack = servers.has(node)
      if (!isBack && (held.get(node) ?? 0) > 0) return []
      const since = new Date(record.value.time_stamp * 1000).toISOString()
      return [
        {
          subject: ofNode(node),
          message: isBack ? say('VC111.back', {since}) : say('VC111', {since}),
          evidence: [recordSays(record, {time_stamp: record.value.time_stamp, p_ids: record.value.server.p_ids ?? []})],
          next: `vearchctl node forget ${node}`,
        },
      ]
    })
  },
}
