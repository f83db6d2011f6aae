import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofNode, recordSays} from '../finding.js'

export const vc134: Check = {
  code: 'VC134',
  group: 'nodes',
  severity: 'critical',
  title: say('VC134.title'),
  explanation: say('VC134.explain'),
  needs: ['metadata', 'nodes'],
  check({nodes, metadata}) {
    return [...nodes].flatMap(([node, answer]): Found[] => {
      if (answer.told || !['late', 'unreachable', 'refused'].includes(answer.silence.reason)) return []
      const record = metadata.servers.get(node)
      const address = record === undefined ? null : `${record.value.ip}:${record.value.rpc_port}`
      const {reason, detail} = answer.silence
      return [
        {
          subject: ofNode(node),
          message: reason === 'late' ? say('VC134.late', {address}) : say('VC134', {address, detail}),
          evidence: [
            evidence(answer.source, {silence: reason, detail}),
            ...(record === undefined ? [] : [recordSays(record, {lease: record.lease})]),
          ],
          next: `vearchctl node ping ${node}`,
        },
      ]
    })
  },
}
