import {say} from '../../messages/message.js'
import {intendedReplicas} from '../../picture/partition-sight.js'
import {sourceOfRecord} from '../../picture/record.js'
import {isServing} from '../../picture/sight-facts.js'
import {labelNames, labelOf, serverOf} from '../../plan/candidates.js'
import type {Check} from '../check.js'
import {evidence, ofPartition} from '../finding.js'

export const vc121: Check = {
  code: 'VC121',
  group: 'partitions',
  severity: 'warning',
  title: say('VC121.title'),
  explanation: say('VC121.explain'),
  needs: ['metadata', 'config'],
  check(picture) {
    const {antiAffinity} = picture.settings
    const name = labelNames[antiAffinity]
    if (name === null) return []
    return [...picture.partitions.values()].filter(isServing).flatMap((sight) => {
      const byLabel = new Map<string, number[]>()
      for (const node of intendedReplicas(sight)) {
        const server = serverOf(picture, node)
        const label = server === null ? '' : labelOf(server, antiAffinity)
        if (label !== '') byLabel.set(label, [...(byLabel.get(label) ?? []), node])
      }
      const shared = [...byLabel].find(([, nodes]) => nodes.length > 1)
      if (shared === undefined) return []
      const [label, nodes] = shared
      return [
        {
          subject: ofPartition(sight.id),
          message: say('VC121', {nodes, name, label}),
          evidence: [evidence(sourceOfRecord(sight.listing.space), {replicas: intendedReplicas(sight), [name]: label})],
          next: `vearchctl partitions move ${sight.id} --from ${nodes.at(-1)} --dry-run`,
        },
      ]
    })
  },
}
