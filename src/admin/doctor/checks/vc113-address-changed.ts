import {say} from '../../messages/message.js'
import {addressHeir} from '../../picture/address-heir.js'
import type {Check} from '../check.js'
import {type Found, ofNode, recordSays} from '../finding.js'

export const vc113: Check = {
  code: 'VC113',
  group: 'nodes',
  severity: 'warning',
  title: say('VC113.title'),
  explanation: say('VC113.explain'),
  needs: ['metadata'],
  check({metadata}) {
    const {failServers, servers} = metadata
    return [...failServers].flatMap(([node, failed]): Found[] => {
      const {ip: before} = failed.value.server
      const current = servers.get(node)
      const subject = ofNode(node)
      if (current !== undefined && before !== '' && current.value.ip !== before) {
        const message = say('VC113', {before, now: current.value.ip})
        const evidence = [recordSays(failed, {ip: before}), recordSays(current, {ip: current.value.ip})]
        return [{subject, message, evidence, next: `vearchctl node show ${node}`}]
      }
      const [heir, record] = addressHeir(metadata, node) ?? []
      if (heir === undefined || record === undefined) return []
      const message = say('VC113.heir', {ip: before, heir})
      const evidence = [recordSays(failed, {ip: before}), recordSays(record, {ip: before})]
      return [{subject, message, evidence, next: `vearchctl node replace ${node} ${heir} --by id`}]
    })
  },
}
