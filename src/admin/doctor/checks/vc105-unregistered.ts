import {say} from '../../messages/message.js'
import {sourceOfRecord} from '../../picture/record.js'
import {isServing, running} from '../../picture/sight-facts.js'
import type {Check} from '../check.js'
import {evidence, ofPartition} from '../finding.js'

export const vc105: Check = {
  code: 'VC105',
  group: 'partitions',
  severity: 'critical',
  title: say('VC105.title'),
  explanation: say('VC105.explain'),
  needs: ['metadata'],
  check({partitions, metadata}) {
    return [...partitions.values()].filter(isServing).flatMap((sight) => {
      if (sight.record !== null || sight.broken !== null) return []
      const {id, listing} = sight
      const holders = [...sight.replicas.values()].filter(
        ({onDisk, inServerRecord}) => onDisk !== null || inServerRecord,
      )
      const nodes = [...new Set([...running(sight), ...holders].map(({node}) => node))]
      return [
        {
          subject: ofPartition(id),
          message: say('VC105', {key: metadata.keys.partition(id), nodes}),
          evidence: [
            evidence(sourceOfRecord(listing.space), {partitions: [id], replicas: listing.partition.replicas ?? []}),
            ...running(sight).flatMap(({source, info}) =>
              source === null || info === null ? [] : [evidence(source, {has: id, doc_num: info.doc_num})],
            ),
          ],
          next: `vearchctl why partition ${id}`,
        },
      ]
    })
  },
}
