import type {NodeId} from '../../../entity/ids.js'
import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {type Found, ofNode, recordSays} from '../finding.js'

export const vc112: Check = {
  code: 'VC112',
  group: 'nodes',
  severity: 'critical',
  title: say('VC112.title'),
  explanation: say('VC112.explain'),
  needs: ['metadata'],
  check({metadata}) {
    const found: Found[] = []
    const byAddress = new Map<string, NodeId>()
    for (const [node, record] of metadata.servers) {
      const {name, ip, rpc_port} = record.value
      const says = recordSays(record, {name, ip, rpc_port})
      const subject = ofNode(node)
      if (name !== node) {
        const message = say('VC112.name', {key: record.key, name})
        found.push({subject, message, evidence: [says], next: `vearchctl meta get ${record.key}`})
      }
      const address = `${ip}:${rpc_port}`
      const other = byAddress.get(address)
      byAddress.set(address, node)
      if (other === undefined) continue
      const held = metadata.servers.get(other)
      const message = say('VC112', {address, other})
      const evidence = held === undefined ? [says] : [recordSays(held, {name: other, ip, rpc_port}), says]
      found.push({subject, message, evidence, next: `vearchctl node ping ${other} ${node}`})
    }
    return found
  },
}
