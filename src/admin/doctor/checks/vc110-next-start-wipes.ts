import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {holdersOf} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {type Evidence, evidence, ofPartition, recordSays} from '../finding.js'

export const vc110: Check = {
  code: 'VC110',
  group: 'nodes',
  severity: 'critical',
  title: say('VC110.title'),
  explanation: say('VC110.explain'),
  needs: ['metadata', 'nodes', 'disks'],
  check(picture) {
    return [...picture.partitions.values()].flatMap((sight) => {
      const {id, record} = sight
      if (record === null) return []
      const owners = record.value.replicas ?? []
      const holders = holdersOf(sight)
      const isCopy = (node: number) => holders.some((holder) => holder.node === node)
      const safe = intendedReplicas(sight).filter((node) => owners.includes(node) && isCopy(node))
      return holders
        .filter(({node}) => !owners.includes(node))
        .map(({node, onDisk, info, source}) => {
          const found: Evidence[] = [
            ...(onDisk === null ? [] : [evidence({from: 'disk', path: onDisk.path}, {bytes: onDisk.dataBytes})]),
            ...(info === null || source === null ? [] : [evidence(source, {has: id, doc_num: info.doc_num})]),
          ]
          return {
            subject: ofPartition(id),
            message: safe.length === 0 ? say('VC110.lastCopy', {node, owners}) : say('VC110', {node, owners, safe}),
            evidence: [recordSays(record, {replicas: owners}), ...found],
            next: `vearchctl partitions disk --node ${node}`,
          }
        })
    })
  },
}
