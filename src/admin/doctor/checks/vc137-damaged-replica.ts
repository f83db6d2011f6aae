import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {damagedReplicas, soundReplicas} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {evidence, type Found, ofPartition} from '../finding.js'

export const vc137: Check = {
  code: 'VC137',
  group: 'partitions',
  severity: 'warning',
  title: say('VC137.title'),
  explanation: say('VC137.explain'),
  needs: ['nodes'],
  check({partitions}) {
    return [...partitions.values()].flatMap((sight) => {
      const isLast = soundReplicas(sight).length === 0
      return damagedReplicas(sight).flatMap(({node, info, source}): Found[] => {
        if (info === null || source === null) return []
        const others = intendedReplicas(sight).filter((other) => other !== node)
        return [
          {
            ...(isLast ? {severity: 'critical'} : {}),
            subject: ofPartition(sight.id),
            message: isLast ? say('VC137.last', {node, others}) : say('VC137', {node}),
            evidence: [evidence(source, {error: info.error ?? ''})],
            next: isLast ? `vearchctl why partition ${sight.id}` : `vearchctl repair VC137 ${sight.id}`,
          },
        ]
      })
    })
  },
}
